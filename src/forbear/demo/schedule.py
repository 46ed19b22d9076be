"""When each account was billed, when it was due, when the one payment that matters arrived."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from forbear.demo.book import Shape
    from forbear.demo.people import Cards

BILL_DAYS_MAX = 28
GRACE_DAYS = (
    3  # the book's overdue accounts are past any usual grace, so that every bank's setting sees them late
)
TAIL_MAX = 2  # statements after the last missed one that exist but are not yet late
NEVER = np.datetime64("9999-12-31")
Dates = NDArray[np.datetime64]


@dataclass(frozen=True)
class Schedule:
    """Shape (n, positions) for dates of statements, oldest first; positions not used are after `last`."""

    bill_day: NDArray[np.int64]
    statement_on: Dates
    due_on: Dates
    first_missed: NDArray[np.int64]  # position of the first missed statement (before any payment)
    last: NDArray[np.int64]  # position of the newest statement on or before as_of
    paid_on: Dates  # day of the rolling-back or curing payment; NEVER without one


def month_before(day: date) -> date:
    """Return the same day one month earlier, or that month's last day."""
    year, month = (day.year, day.month - 1) if day.month > 1 else (day.year - 1, 12)
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def make_schedule(shape: Shape, rng: np.random.Generator, cards: Cards, *, as_of: date) -> Schedule:
    """Lay out statements so that each account has the missed cycles it was dealt, as of the date."""
    n = cards.count
    today = np.datetime64(as_of)
    bill_day = rng.integers(1, BILL_DAYS_MAX + 1, n)
    low, high = shape.book["due_days"]
    due_days = rng.integers(low, high + 1, n).astype("timedelta64[D]")
    latest = latest_late_month(bill_day, due_days, today)
    unpaid = cards.missed + cards.rolled_back
    history = int(shape.book["history_statements"])
    positions = history + int(unpaid.max()) + TAIL_MAX
    first_month = latest - (history + unpaid - 1).astype("timedelta64[M]")
    months = first_month[:, None] + np.arange(positions).astype("timedelta64[M]")
    statement_on = months.astype("datetime64[D]") + (bill_day - 1).astype("timedelta64[D]")[:, None]
    return Schedule(
        bill_day=bill_day,
        statement_on=statement_on,
        due_on=statement_on + due_days[:, None],
        first_missed=np.full(n, history),
        last=(statement_on <= today).sum(axis=1) - 1,
        paid_on=payment_days(rng, cards, as_of=as_of),
    )


def latest_late_month(
    bill_day: NDArray[np.int64], due_days: NDArray[np.timedelta64], today: np.datetime64
) -> Dates:
    """Return the month of the newest statement whose due date is more than the grace days ago."""
    month = np.full(len(bill_day), today.astype("datetime64[M]"))
    for _ in range(3):
        due = month.astype("datetime64[D]") + (bill_day - 1).astype("timedelta64[D]") + due_days
        late = due < today - np.timedelta64(GRACE_DAYS, "D")
        month = np.where(late, month, month - np.timedelta64(1, "M"))
    return month


def payment_days(rng: np.random.Generator, cards: Cards, *, as_of: date) -> Dates:
    """Return the day of the payment that cured or rolled back an account within the last month."""
    before = np.datetime64(month_before(as_of))
    days = before + rng.integers(1, 26, cards.count).astype("timedelta64[D]")
    return np.where(cards.cured | cards.rolled_back, days, NEVER)
