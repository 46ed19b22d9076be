"""Calendars and clocks of the debtor: local contact hours and business days. Reads no clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forbear.days.local import (
    DAY,
    SECOND,
    UnknownZone,
    Zone,
    next_midnight,
    next_opening,
    time_of_day,
    within,
    zone,
)

if TYPE_CHECKING:
    from forbear.days.business import (
        CalendarNotKnown,
        add_business_days,
        is_announced,
        is_business_day,
        on_or_after,
    )

_BUSINESS = ("CalendarNotKnown", "add_business_days", "is_announced", "is_business_day", "on_or_after")


def __getattr__(name: str) -> Any:
    """Load the holiday calendar only when asked for: it is slow to import and the contact gate never needs it."""
    if name not in _BUSINESS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from forbear.days import business

    return getattr(business, name)


__all__ = [
    "DAY", "SECOND", "CalendarNotKnown", "UnknownZone", "Zone", "add_business_days", "is_announced",
    "is_business_day", "next_midnight", "next_opening", "on_or_after", "time_of_day", "within", "zone",
]  # fmt: skip
