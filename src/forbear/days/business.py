"""Business days: statutory holidays and weekends of a country; in mainland China the weekends worked in exchange too."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

import holidays

ONE_DAY = timedelta(days=1)
FIRST_YEAR = 2000
HOME = "CN"
# The State Council announces the exchanged weekends of a year in the autumn before it; for later years the calendar
# knows only the statutory days themselves. 2026 was announced on 2025-11-04.
ANNOUNCED_UNTIL = date(2026, 12, 31)


class CalendarNotKnown(LookupError):
    """The business calendar does not cover this day."""


@lru_cache(maxsize=4)
def _calendar(country: str) -> holidays.HolidayBase:
    try:
        return holidays.country_holidays(country)
    except NotImplementedError as error:
        raise CalendarNotKnown(
            f"no calendar of days off for {country!r}; use a code such as CN or US"
        ) from error


def is_business_day(day: date, country: str = HOME) -> bool:
    """Say whether banks and courts work on a day; raises CalendarNotKnown before 2000."""
    if day.year < FIRST_YEAR:
        raise CalendarNotKnown(f"no business calendar for {day}; it starts in {FIRST_YEAR}")
    return bool(_calendar(country).is_working_day(day))


def is_announced(day: date, country: str = HOME) -> bool:
    """Say whether the exchanged weekends of that day's year have been announced; elsewhere there are none."""
    return country != HOME or day <= ANNOUNCED_UNTIL


def on_or_after(day: date, country: str = HOME) -> date:
    """Return the day itself if it is a business day, else the next one (Civil Code art. 203)."""
    while not is_business_day(day, country):
        day += ONE_DAY
    return day


def add_business_days(day: date, count: int, country: str = HOME) -> date:
    """Return the business day that is `count` business days after a day, the day itself not counted."""
    if count < 0:
        raise ValueError(f"count {count} is negative: business days are added, not taken away")
    for _ in range(count):
        day = on_or_after(day + ONE_DAY, country)
    return day
