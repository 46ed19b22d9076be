"""The only module that reads the clock; everything below web/ takes `as_of` or `at`."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone


def now() -> datetime:
    """Return the current moment, aware, in the bank's own time zone.

    `settings.FORBEAR_CLOCK_AT` (an aware datetime) stops the clock for demonstrations and browser tests.
    """
    stopped: datetime | None = getattr(settings, "FORBEAR_CLOCK_AT", None)
    return (stopped or timezone.now()).astimezone(bank_zone())


def today() -> date:
    """Return the bank's business date now."""
    return now().date()


def bank_zone() -> ZoneInfo:
    """Return the bank's time zone; a debtor's own may differ and is stored with the debtor."""
    return ZoneInfo(settings.TIME_ZONE)
