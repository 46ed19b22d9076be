"""Step `segment`: the overdue accounts of one customer and product are one unit of work; name its segment and stage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from forbear.nightly.day import Day, to_minor
from forbear.nightly.steps import Made, Reader, Step

READS = ("inputs/accounts", "intake/book", "ageing/ageing", "inputs/customers")
MONEY = ("past_due", "total")


class BadPolicy(ValueError):
    """A table of the day's policy can't be applied; names the row and what to change."""


def run(reader: Reader, day: Day) -> Made:
    """Return the units that have something overdue, each with its lead account, segment and stage."""
    table = _units(*reader.frames(*READS)).to_pyarrow()
    rows = day.policy("segments/segments")
    chosen = first_match(rows, unit_columns(table))
    names = pa.array([row["name"] for row in rows])
    stages = day.policy("segments/stages")
    bucket = table["bucket"].combine_chunks().dictionary_encode()
    stage_of = pa.array([stages[name] for name in bucket.dictionary.to_pylist()], pa.string())
    units = table.append_column("segment", pa.DictionaryArray.from_arrays(pa.array(chosen), names))
    units = units.append_column(
        "stage", pa.DictionaryArray.from_arrays(bucket.indices, stage_of).dictionary_decode()
    )
    counts = np.bincount(chosen, minlength=len(rows)).tolist()
    note = {"units_by_segment": {row["name"]: count for row, count in zip(rows, counts, strict=True)}}
    return Made(
        {"units": units}, int(table["accounts"].combine_chunks().sum().as_py() or 0), units.num_rows, note
    )


def _units(accounts: Any, book: Any, ageing: Any, customers: Any) -> Any:
    """Group overdue accounts; the lead is the latest, then the largest, then the first by number."""
    overdue = ageing.filter(ageing.dpd > 0)
    joined = overdue.inner_join(book, "account_id").inner_join(accounts, "account_id")
    place = ibis.row_number().over(
        group_by=ibis._.unit, order_by=[ibis._.dpd.desc(), ibis._.past_due_minor.desc(), ibis._.account_id]
    )
    ranked = joined.mutate(place=place)
    lead = ranked.filter(ranked.place == 0).select(
        "unit", "customer_id", "product", "currency", "card_tail", "block_code", "written_off", "dpd", "bucket", "due_on",
        lead_account_id="account_id",
    )  # fmt: skip
    sums = ranked.group_by("unit").agg(
        accounts=ibis._.count().cast("int32"),
        past_due_minor=ibis._.past_due_minor.sum().cast("int64"),
        total_minor=ibis._.total_minor.sum().cast("int64"),
        limit_minor=ibis._.credit_limit_minor.sum().cast("int64"),
        opened_on=ibis._.opened_on.min(),
    )
    whole = lead.inner_join(sums, "unit").inner_join(
        customers.select("customer_id", "city", "timezone"), "customer_id"
    )
    return whole.mutate(bucket=whole.bucket.cast("string")).order_by("unit")


def unit_columns(table: pa.Table) -> dict[str, NDArray[Any]]:
    """Return the columns of a unit that conditions of policy may test."""
    return {
        "dpd": np.asarray(table["dpd"]),
        "bucket": table["bucket"].to_numpy().astype(str),
        "block_code": table["block_code"].to_numpy().astype(str),
        "written_off": table["written_off"].to_numpy(),
        "past_due": np.asarray(table["past_due_minor"]),
        "total": np.asarray(table["total_minor"]),
    }


def first_match(rows: tuple[Mapping[str, Any], ...], columns: Mapping[str, NDArray[Any]]) -> NDArray[np.int8]:
    """Return for each unit the index of the first row whose conditions all hold; raises BadPolicy if none does."""
    n = len(next(iter(columns.values())))
    chosen = np.full(n, -1, np.int8)
    for index, row in enumerate(rows):
        open_ = chosen < 0
        for name, wanted in row["when"].items():
            if name not in columns:
                raise BadPolicy(f"segment {row['name']}: no column {name!r}; known: {', '.join(columns)}")
            open_ = open_ & _holds(columns[name], wanted, money=name in MONEY, where=row["name"])
        chosen[open_] = index
    if (chosen < 0).any():
        raise BadPolicy("segments: some units match no row; end the table with a row whose `when` is empty")
    return chosen


def _holds(column: NDArray[Any], wanted: Any, *, money: bool, where: str) -> NDArray[np.bool_]:
    if isinstance(wanted, list):
        return np.isin(column, wanted)
    if not isinstance(wanted, dict) or not wanted or set(wanted) - {"at_least", "at_most"}:
        raise BadPolicy(
            f"segment {where}: write a list of values, or {{at_least: .., at_most: ..}}, not {wanted!r}"
        )
    low, high = (
        to_minor(v) if money and v is not None else v for v in (wanted.get("at_least"), wanted.get("at_most"))
    )
    holds = np.ones(column.shape, np.bool_)
    if low is not None:
        holds &= column >= low
    if high is not None:
        holds &= column <= high
    return holds


STEP = Step("segment", "Group into cases and segments", "归并案件并分客群", READS, run)
