"""Instalment schedules: real due days and amounts to the cent that sum to the total; a single plan is a batch of one.

The day of the month is that of the original day, cut to the end of a shorter month and never drifting: 31 January is
followed by 28 February and then 31 March. What does not divide goes to the last row.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forbear.ledger.parts import Days, Index, Minor

Calendar = Callable[[date], date]  # from a nominal due day to the day on which money is due
MONTH_DAYS_MAX = 31
_ONE_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True)
class Schedules:
    """The rows of k plans, one plan after the other; row columns have shape (rows,), `starts` (k + 1,)."""

    plan: Index
    number: Index  # 1 for the first row of a plan
    due_on: Days
    amount_minor: Minor
    starts: Index


def instalments(
    total_minor: int, n: int, first_due: date, *, original_day: int, calendar: Calendar | None = None
) -> tuple[Days, Minor]:
    """Return due days and amounts (minor units) of one plan, both of shape (n,); the amounts sum to the total.

    The first row is due on `first_due`, the others in the following months on `original_day`. `calendar` moves a
    nominal day to a business day, without moving the rows after it. Raises ValueError where n is under 1, the total
    is negative or the original day is no day of a month.
    """
    made = schedules([total_minor], [n], [first_due], original_day=[original_day], calendar=calendar)
    return made.due_on, made.amount_minor


def schedules(
    total_minor: Any, n: Any, first_due: Any, *, original_day: Any, calendar: Calendar | None = None
) -> Schedules:
    """Return the schedules of k plans; every argument has shape (k,) or is one value for all. See `instalments`."""
    total, count, day = (np.asarray(x) for x in (total_minor, n, original_day))
    total, count, first, day = np.broadcast_arrays(
        np.atleast_1d(total), count, np.asarray(first_due, dtype="datetime64[D]"), day
    )
    _check(total, count, day)
    starts = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    plan = np.repeat(np.arange(count.size), count)
    number = np.arange(plan.size) - starts[plan] + 1
    due_on = month_days(first[plan], number - 1, day[plan])
    due_on = np.where(number == 1, first[plan], due_on)
    if calendar is not None:
        due_on = _moved(due_on, calendar)
    return Schedules(plan, number, due_on, _amounts(total, count, plan, number), starts)


def month_days(first: Days, months: Index, day: NDArray[np.integer[Any]]) -> Days:
    """Return the given day of the month that is `months` after the month of `first`, cut to the month's end."""
    month = first.astype("datetime64[M]") + months
    last = (month + 1).astype("datetime64[D]") - _ONE_DAY
    days: Days = np.minimum(month.astype("datetime64[D]") + (day.astype(np.int64) - 1), last)
    return days


def _amounts(total: Minor, count: Index, plan: Index, number: Index) -> Minor:
    each = total // count
    last = total - each * (count - 1)
    amounts: Minor = np.where(number == count[plan], last[plan], each[plan])
    return amounts


def _moved(due_on: Days, calendar: Calendar) -> Days:
    nominal, which = np.unique(due_on, return_inverse=True)
    moved = np.array([calendar(day) for day in nominal.astype(object)], dtype="datetime64[D]")
    return moved[which]


def _check(total: NDArray[Any], count: NDArray[Any], day: NDArray[Any]) -> None:
    for name, column in (("total_minor", total), ("n", count), ("original_day", day)):
        if column.dtype.kind not in "iu":
            raise ValueError(f"{name}: a column of {column.dtype}; give whole numbers")
    if (total < 0).any():
        raise ValueError(
            f"total_minor {int(total.min())}: a plan is over what is owed, never less than nothing"
        )
    if (count < 1).any():
        raise ValueError(f"n {int(count.min())}: a plan has at least one row")
    if ((day < 1) | (day > MONTH_DAYS_MAX)).any():
        raise ValueError(f"original_day: a day of a month is 1 to {MONTH_DAYS_MAX}")
