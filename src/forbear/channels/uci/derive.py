"""Derive statements from the UCI file's monthly status, bills and payments, so that ageing gives its own status.

The file has no due dates and no minimum dues. What is assumed, and why:

* The bill of a month is the statement of its last day, due on the 20th of the next month. PAY_AMTk is paid in its
  month, on the 15th, and so pays the bill of the month before: in the file a full payer's PAY_AMTk equals the
  bill of the month before, BILL_AMT(k+1).
* Status n at the end of month m says that n bills due by then are unpaid: those of months m-n to m-1. Aged on the
  first of the next month the oldest is 30(n-1)+1 to 30n days late, which is bucket Mn. -2, -1 and 0 are M0.
* A minimum due is chosen so that the real payments, oldest first, leave just those bills unpaid: nominally a tenth
  of the bill, less where the payment was smaller and yet the status is not late, more where a payment came and the
  status stayed late.
* Where two months contradict each other the later one holds. A status that jumps by more than one month (0, then 2)
  means that the earlier month was late too; one that falls without a payment (of LEAST or more) means that nothing
  had been due.
  September, the newest, is therefore always the file's own; `reproduced` counts the earlier months.
* Bills older than April that a status proves unpaid become opening statements whose balance is that minimum.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]
STATUS_MAX = 9
MONTHS = 6  # April to September
OPENING = STATUS_MAX  # bills before April that a status can prove unpaid
COLUMNS = OPENING + MONTHS
_NOMINAL_DIVISOR = 10
LEAST = 100  # a bill that stays unpaid adds at least this much, so that no house's grace amount excuses it


@dataclass(frozen=True)
class Derived:
    """Minimum dues of COLUMNS months ending in September, shape (n, COLUMNS); -1 = no statement that month."""

    minimum_due: Whole
    oldest_unpaid: (
        Whole  # column of the oldest bill unpaid at the end of September, COLUMNS - 1 = none; shape (n,)
    )
    reproduced: NDArray[np.bool_]  # months whose aged status is the file's own, shape (n, MONTHS)


def derive(status: Whole, bills: Whole, paid: Whole) -> Derived:
    """Choose minimum dues; all inputs have shape (n, MONTHS), April first, in whole units of money."""
    late = np.maximum(status, 0)
    paid_wide = _widen(paid, 0)
    frontier = _frontiers(late, paid_wide)
    through, settled = _parts(frontier, _widen(bills, 0), paid_wide)
    minimum = through - settled
    first = np.minimum(frontier[:, OPENING], OPENING)  # April's oldest unpaid bill, or April itself
    minimum[np.arange(COLUMNS) < first[:, None]] = -1
    aged = np.arange(OPENING, COLUMNS) - frontier[:, OPENING:]
    return Derived(minimum, frontier[:, -1], aged == late)


def _widen(values: Whole, filler: int) -> Whole:
    wide = np.full((len(values), COLUMNS), filler, np.int64)
    wide[:, OPENING:] = values
    return wide


def _frontiers(late: Whole, paid: Whole) -> Whole:
    """Return for each month the oldest bill still unpaid at its end (the month's own bill when none is late).

    From September back: a bill unpaid later was unpaid before; one that is paid later without any payment in between
    was never due. Shape (n, COLUMNS).
    """
    frontier = np.zeros((len(late), COLUMNS), np.int64)
    frontier[:, -1] = COLUMNS - 1 - late[:, -1]
    for month in range(COLUMNS - 2, -1, -1):
        after = frontier[:, month + 1]
        own = month - late[:, month - OPENING] if month >= OPENING else np.full(len(late), month)
        now = np.minimum(own, after)
        unpaid_gap = (paid[:, month + 1] < LEAST) & (after > now)
        frontier[:, month] = np.where(unpaid_gap, np.minimum(after, month), now)
    return frontier


def _parts(frontier: Whole, bills: Whole, paid: Whole) -> tuple[Whole, Whole]:
    """Choose what each bill adds to what is due, as running sums, beside what is settled by each month's end.

    A bill's running sum must lie above all that is paid while it is the oldest unpaid one, and not above what is paid
    by the month in which it no longer is. What a payment leaves over is dropped, as in the ledger.
    """
    count = len(frontier)
    through = np.zeros((count, COLUMNS), np.int64)
    settled = np.zeros((count, COLUMNS), np.int64)
    before = np.zeros(count, np.int64)  # running sum of the bill before
    running = np.zeros(count, np.int64)  # settled so far
    for month in range(COLUMNS):
        if month:
            running = np.minimum(running + paid[:, month], before)
        settled[:, month] = running
        low, high = _bounds(month, frontier, paid, running)
        nominal = before + np.maximum(bills[:, month], 0) // _NOMINAL_DIVISOR
        chosen = np.minimum(np.maximum(nominal, low), high)
        before = np.maximum(chosen, before)
        through[:, month] = before
    return through, settled


def _bounds(month: int, frontier: Whole, paid: Whole, settled: Whole) -> tuple[Whole, Whole]:
    """Return the least and the greatest running sum through this month's bill that its later status allows."""
    count = len(frontier)
    low, high = np.zeros(count, np.int64), np.full(count, np.iinfo(np.int64).max)
    open_still = np.ones(count, bool)
    total = settled.copy()
    for later in range(month + 1, COLUMNS):
        total = total + paid[:, later]
        oldest_here = open_still & (frontier[:, later] == month)
        low = np.where(oldest_here, total + LEAST, low)
        cleared = open_still & (frontier[:, later] > month)
        high = np.where(cleared, total, high)
        open_still &= ~cleared
    return low, high
