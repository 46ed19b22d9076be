"""What policy/house/debtor.yaml says."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import get_language

from forbear.web.law.current import packs_at


def value(name: str, at: datetime) -> Any:
    """Return one value of the house's policy for the debtor's page."""
    return packs_at(at).value(f"house/debtor/{name}", at.date())


def hours(name: str, at: datetime) -> timedelta:
    """Return a value given in hours."""
    return timedelta(hours=value(name, at))


def minutes(name: str, at: datetime) -> timedelta:
    """Return a value given in minutes."""
    return timedelta(minutes=value(name, at))


def tries_max(kind: str, at: datetime) -> tuple[int, int]:
    """Return the failed tries allowed per person or code (0: not counted) and per network address."""
    for row in value("tries_max", at):
        if row["kind"] == kind:
            return row["who"], row["address"]
    raise KeyError(f"house/debtor/tries_max has no row for {kind!r}")


def bank(name: str, at: datetime) -> str:
    """Return how messages introduce the bank: `bank`, in the reader's language, or `hotline` of house/messages."""
    name = "bank_en" if name == "bank" and lang() == "en" else name
    found: str = packs_at(at).value(f"house/messages/{name}", at.date())
    return found


def lang() -> str:
    """Return the language of words that come from the rooms below."""
    return "zh" if (get_language() or "zh").startswith("zh") else "en"


def pricing(name: str, at: datetime) -> int:
    """Return a number of days of house/pricing."""
    return int(packs_at(at).value(f"house/pricing/{name}", at.date()))
