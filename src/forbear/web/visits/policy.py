"""What the house says about visits, read from the packs in force at a moment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from decimal import Decimal
from typing import Any

from forbear.web.law.current import packs_at
from forbear.web.reading import reading_lang

E6 = 1_000_000  # a degree in the units places are stored in


def value(name: str, at: datetime) -> Any:
    """Return one value of policy/house/visits.yaml in force at a moment."""
    return packs_at(at).value(f"house/visits/{name}", at.date())


def table(name: str, at: datetime) -> dict[str, Mapping[str, Any]]:
    """Return a table by its codes."""
    return {str(row["code"]): row for row in value(name, at)}


def clock_time(name: str, at: datetime) -> time:
    """Return a local time."""
    seconds = int(value(name, at))
    return time(seconds // 3_600, seconds % 3_600 // 60, seconds % 60)


def word(row: Mapping[str, Any], prefix: str = "") -> str:
    """Return the words of a row in the reader's language."""
    return str(row[prefix + reading_lang()])


def word_of(name: str, code: str, at: datetime) -> str:
    """Return the words of a code; an unknown code stands for itself."""
    row = table(name, at).get(code)
    return word(row) if row else code


def e6(degrees: str) -> int:
    """Return a position as millionths of a degree."""
    return int(Decimal(degrees) * E6)


def offices(at: datetime) -> dict[str, tuple[int, int]]:
    """Return where teams set out, by city, in millionths of a degree."""
    return {row["city"]: (e6(row["latitude"]), e6(row["longitude"])) for row in value("offices", at)}
