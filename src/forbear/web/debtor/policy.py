"""What policy/house/debtor.yaml says."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from forbear.web.law.current import packs_at
from forbear.web.reading import reading_lang


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
    name = "bank_en" if name == "bank" and reading_lang() == "en" else name
    found: str = packs_at(at).value(f"house/messages/{name}", at.date())
    return found


def pricing(name: str, at: datetime) -> int:
    """Return a number of days of house/pricing."""
    return int(packs_at(at).value(f"house/pricing/{name}", at.date()))
