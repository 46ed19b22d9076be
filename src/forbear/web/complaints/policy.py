"""What the house says about complaints, read from the packs in force on a day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from forbear.web.law.current import packs_now
from forbear.web.reading import reading_lang


def value(name: str, on: date) -> Any:
    """Return one value of policy/house/complaints.yaml."""
    return packs_now().value(f"house/complaints/{name}", on)


def table(name: str, on: date) -> dict[str, Mapping[str, Any]]:
    """Return a table of the house by its codes."""
    return {str(row["code"]): row for row in value(name, on)}


def choices(name: str, on: date) -> list[tuple[str, str]]:
    """Return codes and words of a table in the reader's language."""
    return [(code, word(row)) for code, row in table(name, on).items()]


def word(row: Mapping[str, Any], prefix: str = "") -> str:
    """Return the words of a row in the reader's language."""
    return str(row[prefix + reading_lang()])


def word_of(name: str, code: str, on: date) -> str:
    """Return the words of a code; an unknown code stands for itself."""
    row = table(name, on).get(code)
    return word(row) if row else code
