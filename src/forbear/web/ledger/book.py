"""From the database to the columns of the ledger: many accounts in three queries, one account the same way.

An account is rolled forward from the bank's own figures of an earlier day (its anchor): what came before is in them.
An account that never had any is built from its entries alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection
from numpy.typing import NDArray
from pyarrow import csv

from forbear.ledger.accrual import Billing, Contracts, PaymentOrders, payment_orders
from forbear.ledger.rows import NOTHING, Rows, make_rows, signed_kinds
from forbear.ledger.terms import Terms, product_terms, terms_table
from forbear.packs import Packs

FILE = Path(__file__).with_name("sql") / "book.sql"
_NAME = re.compile(r"^-- (\w+) --$", re.MULTILINE)
BROUGHT = ("principal", "interest", "compound", "late_fee", "fee", "other")
BROUGHT_AS = ("opening", "interest", "compound", "late_fee", "fee", "cost")
DAY, MINOR, WHOLE = pa.date32(), pa.int64(), pa.int64()
TYPES: Mapping[str, pa.DataType] = {
    "account": WHOLE, "product": pa.string(), "bill_day": WHOLE, "anchor_on": DAY, "due_on": DAY,
    **{f"{part}_minor": MINOR for part in (*BROUGHT, "past_due", "amount", "minimum_due", "last_payment")},
    "entry_no": pa.string(), "kind": pa.string(), "value_on": DAY, "booked_on": DAY, "reverses_no": pa.string(),
    "statement_on": DAY, "last_payment_on": DAY,
}  # fmt: skip
ONE_DAY = np.timedelta64(1, "D")
Days = NDArray[np.datetime64]


@dataclass(frozen=True)
class LedgerBook:
    """Accounts as the ledger takes them; account i of every column is `account_ids[i]`."""

    account_ids: NDArray[np.int64]
    anchored_on: Days  # NaT where the account is built from its entries alone
    rows: Rows
    billing: Billing
    contracts: Contracts
    orders: PaymentOrders
    charge_from: Days
    entries: pa.Table  # what `rows.origin` names, with `entry_no` (empty where it was brought forward)
    terms: Mapping[int, tuple[Terms, ...]]  # by table of `contracts`


@cache
def queries() -> Mapping[str, str]:
    """Return the queries of sql/book.sql by name."""
    return parts_of(FILE)


def parts_of(file: Path) -> Mapping[str, str]:
    """Return the queries of a file of SQL by the name that stands before each."""
    parts = _NAME.split(file.read_text("utf-8"))
    return {name: body.strip() for name, body in zip(parts[1::2], parts[2::2], strict=True)}


def fetch(name: str, values: Mapping[str, Any], mine: str = "true") -> pa.Table:
    """Return the rows of a query as columns, by COPY."""
    return copied(queries()[name].format(mine=mine), values, TYPES)


def copied(query: str, values: Mapping[str, Any], types: Mapping[str, pa.DataType]) -> pa.Table:
    """Return the rows of any query as columns of these types, by COPY."""
    sink = pa.BufferOutputStream()
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT csv, HEADER)", values) as copy,
    ):
        for part in copy:
            sink.write(part)
    options = csv.ConvertOptions(
        column_types=dict(types), strings_can_be_null=True, quoted_strings_can_be_null=False
    )
    return csv.read_csv(pa.BufferReader(sink.getvalue()), convert_options=options)


def load_book(accounts: Sequence[int] | NDArray[np.int64], *, to: date, packs: Packs) -> LedgerBook:
    """Return accounts ready to be accrued to a day, with what was booked by then; three queries."""
    far = to - timedelta(days=packs.value("house/pricing/explained_from_days", to))
    asked = {"accounts": [int(each) for each in accounts], "to": to, "far": far}
    anchors, entries, statements = (fetch(name, asked) for name in ("anchors", "entries", "statements"))
    ids = _whole(anchors["account"])
    anchor_on = _days(anchors["anchor_on"])
    of = np.searchsorted(ids, _whole(entries["account"]))
    since = np.isnat(anchor_on[of]) | (_days(entries["booked_on"]) > anchor_on[of])
    billing, begins = _billing(anchors, ids, statements, entries, of, anchor_on)
    table = _with_brought(anchors, begins, entries.filter(pa.array(since)), ids)
    rows = _rows(table, ids)
    tables, contracts = _contracts(anchors, packs)
    charge_from = np.where(np.isnat(anchor_on), np.datetime64(date.min, "D"), anchor_on + ONE_DAY)
    return LedgerBook(
        ids, anchor_on, rows, billing, contracts, payment_orders(rows, packs), charge_from, table, tables
    )


def _billing(
    anchors: pa.Table,
    ids: NDArray[np.int64],
    statements: pa.Table,
    entries: pa.Table,
    of: NDArray[np.int64],
    anchor_on: Days,
) -> tuple[Billing, Days]:
    """Return the statements that still matter after the anchor, and the day from which each account's balance accrues.

    Before the anchor there remain at most two: the oldest unpaid minimum, as of the due day the bank names, and the
    last statement with what of its minimum the anchor's day had left unpaid.
    """
    account = np.searchsorted(ids, _whole(statements["account"]))
    on, due = _days(statements["statement_on"]), _days(statements["due_on"])
    minimum = _whole(statements["minimum_due_minor"]).copy()
    before = ~np.isnat(anchor_on[account]) & (on <= anchor_on[account])
    last = np.full(ids.size, NOTHING)
    np.maximum.at(last, account[before], np.flatnonzero(before))
    has_last = np.flatnonzero(last != NOTHING)
    last_on = np.full(ids.size, np.datetime64("NaT", "D"))
    last_on[has_last] = on[last[has_last]]
    paid = _paid_between(entries, of, last_on, anchor_on, last != NOTHING)
    minimum[last[has_last]] = np.maximum(minimum[last[has_last]] - paid[has_last], 0)
    keep = ~before
    keep[last[has_last]] = True
    oldest = _days(anchors["due_on"])
    older = np.flatnonzero(
        ~np.isnat(oldest) & ~np.isnat(anchor_on) & (np.isnat(last_on) | (oldest < last_on))
    )
    account = np.concatenate([older, account[keep]])
    on, due = np.concatenate([oldest[older], on[keep]]), np.concatenate([oldest[older], due[keep]])
    minimum = np.concatenate([_whole(anchors["past_due_minor"])[older], minimum[keep]])
    order = np.lexsort((on, account))
    starts = np.searchsorted(account[order], np.arange(ids.size + 1))
    start: Days = np.where(np.isnat(last_on), anchor_on, last_on).astype("datetime64[D]")
    begins: Days = start + ONE_DAY
    return Billing(starts, on[order], due[order], minimum[order]), begins


def _paid_between(
    entries: pa.Table, of: NDArray[np.int64], after: Days, until: Days, known: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Return what each account repaid after one day and up to another."""
    moves = np.asarray(pc.is_in(entries["kind"], value_set=pa.array(["payment", "recovery", "reversal"])))
    value_on = _days(entries["value_on"])
    within = moves & known[of] & (value_on > after[of]) & (_days(entries["booked_on"]) <= until[of])
    paid = np.zeros(known.size, dtype=np.int64)
    np.add.at(paid, of[within], _whole(entries["amount_minor"])[within])
    return paid


def _with_brought(anchors: pa.Table, begins: Days, entries: pa.Table, ids: NDArray[np.int64]) -> pa.Table:
    """Put what each anchor brings forward before the entries since, as rows of their own."""
    anchored = _days(anchors["anchor_on"])
    held = ~np.isnat(anchored)
    parts = []
    for part, kind in zip(BROUGHT, BROUGHT_AS, strict=True):
        minor = np.where(held, np.nan_to_num(_whole(anchors[f"{part}_minor"])), 0)
        some = np.flatnonzero(minor > 0)
        # What the bank had charged by the anchor's day is brought forward by then; principal accrues from `begins`.
        since = begins[some] if kind == "opening" else np.minimum(begins[some], anchored[some])
        day = pa.array(since.astype("datetime64[D]"))
        empty = pa.array([""] * some.size, pa.string())
        parts.append(
            pa.table(
                {
                    "account": ids[some], "entry_no": empty, "kind": pa.array([kind] * some.size, pa.string()),
                    "amount_minor": -minor[some], "value_on": day.cast(DAY), "booked_on": day.cast(DAY), "reverses_no": empty,
                }
            )
        )  # fmt: skip
    return pa.concat_tables(
        [*parts, entries.select(parts[0].column_names).cast(parts[0].schema)]
    ).combine_chunks()


def _rows(table: pa.Table, ids: NDArray[np.int64]) -> Rows:
    kinds, size, component = signed_kinds(table["kind"].combine_chunks(), _whole(table["amount_minor"]))
    names = table["entry_no"].combine_chunks()
    reverses = pc.fill_null(
        pc.index_in(
            pc.if_else(pc.equal(table["reverses_no"], ""), None, table["reverses_no"]),
            value_set=names,
            skip_nulls=True,
        ),
        NOTHING,
    )
    return make_rows(
        ids.size,
        account=np.searchsorted(ids, _whole(table["account"])),
        kind=kinds,
        amount_minor=size,
        value_on=_days(table["value_on"]),
        booked_on=_days(table["booked_on"]),
        reverses=np.asarray(reverses.to_numpy(), dtype=np.int64),
        component=component,
    )


def _contracts(anchors: pa.Table, packs: Packs) -> tuple[Mapping[int, tuple[Terms, ...]], Contracts]:
    products = anchors["product"].combine_chunks().dictionary_encode()
    terms = {i: tuple(product_terms(packs, name)) for i, name in enumerate(products.dictionary.to_pylist())}
    tables = [terms_table(each, packs) for each in terms.values()]
    return terms, Contracts.stacked(tables, products.indices.to_numpy())


def _days(column: pa.ChunkedArray) -> Days:
    return np.asarray(column.to_numpy(), dtype="datetime64[D]")


def _whole(column: pa.ChunkedArray) -> NDArray[np.int64]:
    return np.asarray(pc.fill_null(column, 0).to_numpy(), dtype=np.int64)
