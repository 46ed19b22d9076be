"""Candidate days: paydays on or after a day, and the business day on which money is still in time."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from forbear.ledger import instalments
from forbear.questions.periods import shifted
from forbear.questions.plan_options.case import Case
from forbear.questions.plan_options.policy import Policy


def paydays(case: Case, policy: Policy, after: int) -> list[tuple[date, int]]:
    """Return for each payday the first one at least `after` days after the talk, with its day of the month; earliest first."""
    earliest = case.on + timedelta(days=after)
    days = policy.paydays if case.payday is None else (case.payday,)
    return sorted((_first(earliest, day), day) for day in days)


def _first(earliest: date, day: int) -> date:
    for due in due_days(earliest.replace(day=1), 2, day):
        if due >= earliest:
            return due
    raise ValueError(f"day {day} of the month: no such day from {earliest}")


def due_days(first: date, months: int, day: int) -> list[date]:
    """Return the given day of the month of `first` and of the months after it, cut to the month's end."""
    # The first row of a schedule is due on the day given, so the month before is asked and left out.
    before = first.replace(day=1) - timedelta(days=1)
    due, _ = instalments(0, months + 1, before, original_day=day)
    found: list[date] = due[1:].astype(object).tolist()
    return found


def business_days(days: list[date]) -> tuple[list[date], NDArray[np.bool_]]:
    """Return for each day the business day on which money is in time, and whether that year's days off are announced."""
    moved, announced = shifted(np.array(days, dtype="datetime64[D]"))
    return moved.astype(object).tolist(), announced
