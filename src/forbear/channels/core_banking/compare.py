"""Compare today's overdue list with the one before: who vanished, who was cured, whose lateness moved unexplained."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

ALERTS = pa.schema(
    [
        pa.field("account_no", pa.string(), nullable=False),
        # cured, vanished_unexplained, dpd_drop_unexplained, dpd_jump_unexplained
        pa.field("alert", pa.string(), nullable=False),
        pa.field("previous_dpd", pa.int32()),
        pa.field("today_dpd", pa.int32()),  # null where the account vanished
        pa.field("previous_total_minor", pa.int64(), nullable=False),
        pa.field("needed_minor", pa.int64()),  # what had to be paid to leave the list
        pa.field(
            "paid_minor", pa.int64(), nullable=False
        ),  # booked since the list before, reversals deducted
    ]
)


def compare_positions(
    previous: pa.Table,
    today: pa.Table,
    payments: pa.Table,
    *,
    previous_on: date,
    today_on: date,
    tolerance_minor: int = 0,
) -> pa.Table:
    """Return alerts (schema ALERTS) over two POSITIONS tables and the ENTRIES booked between them.

    Absent and paid at least the minimum due (the total where that is unknown) is cured; absent otherwise is
    unexplained, and its state is to be kept, for the file may have a gap. A DPD that fell without any payment, or rose
    by more than the days between, is unexplained too. Raises ValueError when the days are not in order.
    """
    if today_on <= previous_on:
        raise ValueError(f"today's list of {today_on} is not after the one of {previous_on}")
    paid = _paid_by_account(previous["account_no"], payments, previous_on, today_on)
    found = _look_up(previous["account_no"], today["account_no"])
    gone = found < 0
    before = _numbers(previous["dpd"], 0)
    after = np.where(gone, 0, _numbers(today["dpd"], 0)[found]) if today.num_rows else np.zeros_like(before)
    known = _valid(previous["dpd"]) & ~gone
    known[~gone] &= _valid(today["dpd"])[found[~gone]]
    needed = _needed(previous)
    days = (today_on - previous_on).days
    alerts = np.full(previous.num_rows, None, dtype=object)
    alerts[gone] = "vanished_unexplained"
    alerts[gone & (paid > 0) & (paid + tolerance_minor >= needed)] = "cured"
    alerts[known & (after < before) & (paid <= 0)] = "dpd_drop_unexplained"
    alerts[known & (after - before > days) & (paid >= 0)] = "dpd_jump_unexplained"
    rows = np.flatnonzero(alerts != np.array(None))
    return pa.table(
        [
            previous["account_no"].take(pa.array(rows)),
            pa.array(alerts[rows].tolist(), pa.string()),
            previous["dpd"].take(pa.array(rows)),
            pa.array(after[rows], pa.int32(), mask=gone[rows] | ~known[rows]),
            previous["total_minor"].take(pa.array(rows)),
            pa.array(needed[rows], pa.int64()),
            pa.array(paid[rows], pa.int64()),
        ],
        schema=ALERTS,
    )


def _needed(previous: pa.Table) -> np.ndarray:
    return _numbers(pc.coalesce(previous["minimum_due_minor"], previous["total_minor"]), 0)


def _paid_by_account(accounts: pa.ChunkedArray, payments: pa.Table, after: date, through: date) -> np.ndarray:
    """Sum what was booked in (after, through] by account, reversals deducted. Shape (accounts,)."""
    booked = payments["booked_on"]
    inside = pc.and_(pc.greater(booked, pa.scalar(after)), pc.less_equal(booked, pa.scalar(through)))
    moved = pc.is_in(payments["kind"], value_set=pa.array(["payment", "recovery", "reversal"]))
    some = payments.filter(pc.and_(inside, moved))
    at = _look_up(some["account_no"], accounts)
    sums = np.zeros(len(accounts), np.int64)
    np.add.at(sums, at[at >= 0], _numbers(some["amount_minor"], 0)[at >= 0])
    return sums


def _look_up(wanted: pa.ChunkedArray, among: pa.ChunkedArray) -> np.ndarray:
    """Return positions of `wanted` in `among`, -1 where absent."""
    values = among.combine_chunks() if isinstance(among, pa.ChunkedArray) else among
    return _numbers(pc.index_in(wanted, value_set=values), -1)


def _numbers(column: pa.ChunkedArray, filler: int) -> np.ndarray:
    numbers: np.ndarray = pc.fill_null(column.cast(pa.int64()), filler).to_numpy()
    return numbers


def _valid(column: pa.ChunkedArray) -> np.ndarray:
    mask: np.ndarray = np.array(column.is_valid().to_numpy())
    return mask
