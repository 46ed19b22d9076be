"""Six months of every account from the canonical tables, as the score reads them."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from forbear.ledger import ArrearsRule, arrears, book_from_tables

from .features import MONTHS, History

Days = NDArray[np.datetime64]
MINOR_A_UNIT = 100


def history_from_tables(
    accounts: pa.Table,
    statements: pa.Table,
    entries: pa.Table,
    *,
    as_of: date,
    rule: ArrearsRule,
    typical_limit: float,
) -> History:
    """Return the history of each account in the order of `accounts`, as it stood on `as_of`.

    The newest statement by `as_of` comes first; its months past due are counted on `as_of`, the earlier ones on the
    day of their own statement. Payments are those whose value day lies after the statement before, through this one.
    """
    table = book_from_tables(accounts, statements, entries)
    number = table.account_no
    day = np.datetime64(as_of, "D")
    owner, on = _index(statements["account_no"], number), _days(statements["statement_on"])
    balance = statements["balance_minor"].to_numpy().astype(np.float32)
    seen = on <= day
    owner, on, balance = owner[seen], on[seen], balance[seen]
    order = np.lexsort((on, owner))[::-1]
    owner, on, balance = owner[order], on[order], balance[order]
    rank = np.arange(owner.size) - np.searchsorted(-owner, -owner, side="left")
    shape = (len(number), MONTHS + 1)
    days = np.full(shape, np.datetime64("NaT"), "datetime64[D]")
    owed = np.full(shape, np.nan, np.float32)
    kept = rank <= MONTHS
    days[owner[kept], rank[kept]], owed[owner[kept], rank[kept]] = on[kept], balance[kept]
    late = np.full((len(number), MONTHS), np.nan, np.float32)
    for k in range(MONTHS):
        has = ~np.isnat(days[:, k])
        asked = np.full(len(number), day) if k == 0 else np.where(has, days[:, k], day)
        cycles = arrears(table.book, as_of=asked, rule=rule).cycles_missed
        late[has, k] = cycles[has]
    limit = accounts["credit_limit_minor"].to_numpy(zero_copy_only=False).astype(np.float32)
    paid = _paid(entries, number, days, day)
    return History(limit, owed[:, :MONTHS], paid, late, typical_limit * MINOR_A_UNIT)


def _paid(entries: pa.Table, number: pa.Array, days: Days, as_of: np.datetime64) -> NDArray[np.float32]:
    """Add up payments less their reversals between statements, shape (n, MONTHS); NaN before the first statement."""
    rows = entries.filter(pc.is_in(entries["kind"], value_set=pa.array(["payment", "recovery", "reversal"])))
    owner, on = _index(rows["account_no"], number), _days(rows["value_on"])
    amount = rows["amount_minor"].to_numpy().astype(np.float64)
    counted = (on <= as_of) & (_days(rows["booked_on"]) <= as_of)
    owner, on, amount = owner[counted], on[counted], amount[counted]
    paid = np.zeros((len(number), MONTHS))
    for k in range(MONTHS):
        inside = (on > days[owner, k + 1]) & (on <= days[owner, k])
        np.add.at(paid[:, k], owner[inside], amount[inside])
    # A first statement has no earlier one: what was paid before it is not known.
    return np.where(np.isnat(days[:, 1:]), np.nan, paid).astype(np.float32)


def _index(names: pa.ChunkedArray, number: pa.Array) -> NDArray[np.int64]:
    return np.asarray(pc.index_in(names, value_set=number).to_numpy(), np.int64)


def _days(column: pa.ChunkedArray) -> Days:
    return np.asarray(column.to_numpy(), "datetime64[D]")
