"""Periods of law over columns of days: the first day not counted, month ends, days off, and which law holds when."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forbear.days import CalendarNotKnown, add_business_days, is_announced, on_or_after
from forbear.packs import NoLawInForce, Packs, gettext_noop
from forbear.questions.facts import BadFact

Days = NDArray[np.datetime64]
Mask = NDArray[np.bool_]
# Months in a unit of the calendar: arithmetic, no rule.
MONTHS: Mapping[str, int] = {"months": 1, "years": 12}
WORKING_DAYS = "working_days"
HOME_CALENDAR = "CN"
CALENDAR = "business_calendar_{year}"  # how `needs` calls a year whose days off are not announced
LONGEST = 10_000  # a size: the most entries of a list that a fact may hold
EARLIEST = date(1900, 1, 1)  # what a fact may call a day; outside is a slip of the pen
LATEST = date(2199, 12, 31)  # likewise
CACHED_DAYS = 100_000  # a size: the days off kept in memory


def add(days: Days, count: Any, unit: str, country: str = HOME_CALENDAR) -> Days:
    """Return the last day of a period of `count` (working) days, months or years that begins on each day, shape (n,).

    The first day is not counted; a month without that day ends on its own last day (Civil Code arts 201, 202).
    Working days take one count for all rows and follow the days off of a country.
    """
    if unit == WORKING_DAYS:
        unique, back = np.unique(days, return_inverse=True)
        ends = [add_business_days(day, int(count), country) for day in unique.astype(object)]
        return np.array(ends, dtype="datetime64[D]")[back.reshape(days.shape)]
    if unit not in MONTHS:
        plain: Days = days + np.asarray(count).astype("timedelta64[D]")
        return plain
    month = days.astype("datetime64[M]")
    target = month + np.asarray(count, dtype=np.int64) * MONTHS[unit]
    first = target.astype("datetime64[D]")
    length = (target + 1).astype("datetime64[D]") - first
    last: Days = first + np.minimum(days - month, length - 1)
    return last


@lru_cache(maxsize=CACHED_DAYS)
def _shifted(day: date, country: str) -> tuple[date, bool]:
    try:
        moved = on_or_after(day, country)
    except CalendarNotKnown:
        return day, False
    return moved, is_announced(moved, country)


def shifted(days: Days, country: str = HOME_CALENDAR) -> tuple[Days, Mask]:
    """Move each day that is a day off to the next working day; second, whether that year's days off are announced.

    NaT stays NaT. Where no calendar is known the day stays where it is.
    """
    unique, back = np.unique(days, return_inverse=True)
    found = [(day, True) if day is None else _shifted(day, country) for day in unique.astype(object)]
    moved = np.array([day for day, _ in found], dtype="datetime64[D]")
    known = np.array([is_known for _, is_known in found], dtype=bool)
    return moved[back.reshape(days.shape)], known[back.reshape(days.shape)]


def calendar_need(day: Any) -> str:
    """Name in `needs` the calendar that would make a day certain."""
    return CALENDAR.format(year=str(day)[: len("YYYY")])


def values_over(packs: Packs, names: Sequence[str], days: Days) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return for each day the value of the one parameter in force, and its place in `names`; shape (n,) each.

    The names are one norm in successive instruments. Raises NoLawInForce with `rows` where none is in force.
    """
    held = np.empty(days.shape, dtype=object)
    place = np.full(days.shape, -1, dtype=np.int64)
    for index, name in enumerate(names):
        for start, until, value in stretches(packs, name):
            rows = (days >= start) & (days <= until)
            alike = np.empty(int(rows.sum()), dtype=object)
            alike.fill(value)  # a value may itself be a list, which assignment would spread over the rows
            held[rows], place[rows] = alike, index
    missing = place < 0
    if missing.any():
        raise no_law(packs, names, days, missing)
    return held, place


def stretches(packs: Packs, name: str) -> list[tuple[np.datetime64, np.datetime64, Any]]:
    """Return (first day, last day, value) of each dated value of a parameter."""
    parameter = packs.parameter(name)
    nexts = [*parameter.starts[1:], None]
    found: list[tuple[np.datetime64, np.datetime64, Any]] = []
    for start, until, following, value in zip(
        parameter.starts, parameter.untils, nexts, parameter.held, strict=True
    ):
        before_next = np.datetime64(following, "D") - 1 if following else np.datetime64(date.max, "D")
        found.append((np.datetime64(start, "D"), np.datetime64(until, "D") if until else before_next, value))
    return found


def no_law(packs: Packs, names: Sequence[str], days: Days, missing: Mask) -> NoLawInForce:
    """Return the error that says of each row on which day no law was in force."""
    first = min(packs.parameter(name).starts[0] for name in names)

    def of_row(i: int) -> NoLawInForce:
        said = gettext_noop("%(name)s has no value in force on %(day)s (first from %(start)s)")
        return NoLawInForce(said, name=names[0], day=days[i], start=first)

    return NoLawInForce.of_rows(of_row, missing)


def newest(packs: Packs, names: Sequence[str]) -> date:
    """Return the first day of the newest value among parameters: the law to ask where no day is given."""
    return max(packs.parameter(name).starts[-1] for name in names)


def on_day(column: Days, packs: Packs, names: Sequence[str]) -> Days:
    """Fill days that are not given with the first day of the newest law."""
    return np.where(np.isnat(column), np.datetime64(newest(packs, names), "D"), column)


def as_date(day: Any) -> date | None:
    """Return a day of a column as a date, None for NaT."""
    found: date | None = day.astype(object)
    return found


def iso(day: Any) -> str | None:
    """Return a day of a column as ISO 8601, None for NaT."""
    return None if np.isnat(day) else str(day)


def check_days(facts: Any, names: Sequence[str], prefix: str = "") -> None:
    """Raise BadFact for a day that no file of a bank can mean."""
    for name in names:
        day = getattr(facts, name)
        if day is not None and not EARLIEST <= day <= LATEST:
            raise BadFact(prefix + name, day.isoformat(), f"a day between {EARLIEST} and {LATEST}")


def parameters_named(packs: Packs, suffix: Callable[[str], bool]) -> list[str]:
    """Return the names of parameters that a test picks, in name order."""
    return sorted(name for name in packs.parameters if suffix(name))
