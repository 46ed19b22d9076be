"""Days of the bank as moments."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from forbear.web import clock


def day_start(day: date) -> datetime:
    """Return the first moment of a day in the bank's time."""
    return datetime.combine(day, time.min, clock.bank_zone())


def day_end(day: date) -> datetime:
    """Return the first moment after a day in the bank's time."""
    return day_start(day + timedelta(days=1))
