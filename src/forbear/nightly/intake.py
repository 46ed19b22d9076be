"""Step `intake`: read the snapshot, refuse what does not hold together, count it, and find what each account owes."""

from __future__ import annotations

from typing import Any

import ibis
import numpy as np
import pyarrow as pa

from forbear.nightly.day import Day
from forbear.nightly.inputs import BadSnapshot
from forbear.nightly.steps import Made, Reader, Step

READS = (
    "inputs/accounts",
    "inputs/customers",
    "inputs/statements",
    "inputs/entries",
    "inputs/positions",
)


def run(reader: Reader, day: Day) -> Made:
    """Return one row per account: which unit (customer and product) it belongs to, and its total owed."""
    accounts, customers, statements, entries, positions = reader.frames(*READS)
    _check(accounts, customers, {"statements": statements, "entries": entries, "positions": positions})
    book = _totals(accounts, statements, entries, positions, day).to_pyarrow()
    table = _with_units(reader.table("inputs/accounts", ["customer_id", "product"]), book)
    units = int(np.asarray(table["unit"]).max() + 1) if table.num_rows else 0
    note = {
        "accounts": table.num_rows,
        "customers": customers.count().execute(),
        "units": units,
        "statements": statements.count().execute(),
        "entries": entries.count().execute(),
        "positions": positions.count().execute(),
        "total_minor": int(np.asarray(table["total_minor"]).sum()),
    }
    return Made({"book": table}, table.num_rows, table.num_rows, {k: int(v) for k, v in note.items()})


def _check(accounts: Any, customers: Any, facts: dict[str, Any]) -> None:
    repeated = accounts.account_id.count() - accounts.account_id.nunique()
    if count := int(repeated.execute() or 0):
        raise BadSnapshot(f"accounts: {count} rows repeat an account_id")
    orphans = accounts.anti_join(customers, "customer_id").count().execute()
    if orphans:
        raise BadSnapshot(f"accounts: {orphans} rows name a customer that is not in customers")
    for name, table in facts.items():
        if lost := table.anti_join(accounts, "account_id").count().execute():
            raise BadSnapshot(f"{name}: {lost} rows name an account that is not in accounts")
    twice = (
        facts["positions"].group_by("account_id").agg(n=ibis._.count()).filter(ibis._.n > 1).count().execute()
    )
    if twice:
        raise BadSnapshot(f"positions: {twice} accounts have more than one; the newest alone is wanted")


def _totals(accounts: Any, statements: Any, entries: Any, positions: Any, day: Day) -> Any:
    """Return account_id and total owed: the newest figure the bank gave, less what was booked since.

    The overdue list of a day already holds what was booked up to that day; a statement likewise.
    """
    as_of = ibis.literal(day.as_of)
    billed = (
        statements.filter(statements.statement_on <= as_of)
        .group_by("account_id")
        .agg(
            billed_on=ibis._.statement_on.max(), billed_minor=ibis._.balance_minor.argmax(ibis._.statement_on)
        )
    )
    listed = positions.filter(positions.data_on <= as_of).select(
        "account_id", "data_on", listed_minor="total_minor"
    )
    known = accounts.select("account_id").left_join(billed, "account_id").drop("account_id_right")
    known = known.left_join(listed, "account_id").drop("account_id_right")
    newer = known.data_on.notnull() & (known.billed_on.isnull() | (known.data_on >= known.billed_on))
    known = known.select(
        "account_id",
        figure_on=ibis.ifelse(newer, known.data_on, known.billed_on),
        figure_minor=ibis.ifelse(newer, known.listed_minor, known.billed_minor).fill_null(0),
    )
    posted = entries.filter((entries.value_on <= as_of) & (entries.booked_on <= as_of))
    since = (
        posted.inner_join(known, "account_id")
        .filter(ibis._.figure_on.isnull() | (ibis._.booked_on > ibis._.figure_on))
        .group_by("account_id")
        .agg(since_minor=ibis._.amount_minor.sum().cast("int64"))
    )
    joined = known.left_join(since, "account_id").drop("account_id_right")
    total = (joined.figure_minor - joined.since_minor.fill_null(0)).cast("int64")
    return joined.select("account_id", total_minor=total).order_by("account_id")


def _with_units(keys: pa.Table, book: pa.Table) -> pa.Table:
    """Number the units 0, 1, ... in order of customer and product."""
    customer = np.asarray(keys["customer_id"])
    product = keys["product"].combine_chunks().dictionary_encode()
    names = np.array(product.dictionary.to_pylist(), dtype=object)
    rank = (
        np.argsort(np.argsort(names.astype(str), kind="stable"), kind="stable")
        if names.size
        else names.astype(int)
    )
    code = rank[np.asarray(product.indices)] if names.size else np.zeros(0, np.int64)
    _, unit = np.unique(customer * max(names.size, 1) + code, return_inverse=True)
    return book.append_column("unit", pa.array(unit.astype(np.int32)))


STEP = Step("intake", "Read and count the snapshot", "读入并清点快照", READS, run)
