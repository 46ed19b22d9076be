"""What policy/house/reach.yaml says: sources, bases, channels, how long a proof lasts, how the best time is learned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from forbear.web.law.current import packs_now
from forbear.web.reading import reading_lang


@dataclass(frozen=True, slots=True)
class Source:
    """Where a contact point may come from."""

    code: str
    names: Mapping[str, str]
    bases: tuple[str, ...]
    quarantine: bool


@dataclass(frozen=True, slots=True)
class BestTimePolicy:
    """How the best time is learned; hours, tries, days."""

    window_hours: int
    first_hour: int
    last_hour: int
    prior_tries: int
    neighbour: int  # percent of a try that the hours beside it get
    days: int
    tries_min: int


def value(name: str, on: date) -> Any:
    """Return one value of the house's policy of reaching people."""
    return packs_now().value(f"house/reach/{name}", on)


def sources(on: date) -> dict[str, Source]:
    """Return the sources a contact point may come from, by code."""
    return {
        row["code"]: Source(
            row["code"],
            {"zh": row["zh"], "en": row["en"]},
            tuple(row["bases"]),
            row.get("quarantine", False),
        )
        for row in value("sources", on)
    }


def named(table: str, on: date) -> dict[str, str]:
    """Return a table of the policy as code and name in the reader's language."""
    language = reading_lang()
    return {row["code"]: str(row[language]) for row in value(table, on)}


def writing_only_closes(on: date) -> tuple[str, ...]:
    """Return the channels closed to whoever wants writing only."""
    return tuple(row["channel"] for row in value("writing_only_closes", on))


def best_time_policy(on: date) -> BestTimePolicy:
    """Return how the best time is learned."""
    return BestTimePolicy(**value("best_time", on)[0])
