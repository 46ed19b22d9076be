"""What the house says about the credit record, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from forbear.web.law.current import packs_now
from forbear.web.reading import reading_lang


def letters(on: date) -> dict[str, Mapping[str, Any]]:
    """Return what each letter means."""
    return {row["letter"]: row for row in packs_now().value("house/credit/letters", on)}


def grounds(on: date) -> dict[str, Mapping[str, Any]]:
    """Return on which grounds a record can be objected to."""
    return {row["ground"]: row for row in packs_now().value("house/credit/grounds", on)}


def word(row: Mapping[str, Any], prefix: str = "") -> str:
    """Return the words of a row in the reader's language."""
    return str(row[prefix + reading_lang()])


def months(on: date) -> tuple[int, int]:
    """Return how many months the short and the long history tell."""
    said = packs_now().value("house/credit/months", on)
    return int(said["short"]), int(said["long"])
