"""What policy/house/dialler.yaml says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from forbear.web.law.current import packs_now


def value(name: str, on: date) -> Any:
    """Return one value of the house's policy of telephoning."""
    return packs_now().value(f"house/dialler/{name}", on)


def causes(on: date) -> list[Mapping[str, Any]]:
    """Return the table of causes for `line_of`."""
    return [dict(row) for row in value("line_of_cause", on)]


@dataclass(frozen=True, slots=True)
class DiallerPolicy:
    """How the dialler paces itself."""

    preview: timedelta
    after_call: timedelta
    after_abuse: timedelta
    retry: timedelta
    tries_a_day_max: int
    abandoned_share_max: Decimal
    lines_per_free_collector: Decimal
    abusive_outcomes: frozenset[str]


def dialler_policy(on: date) -> DiallerPolicy:
    """Return the dialler's terms in force on a day."""
    return DiallerPolicy(
        preview=timedelta(seconds=value("preview_seconds", on)),
        after_call=timedelta(seconds=value("after_call_seconds", on)),
        after_abuse=timedelta(seconds=value("after_abuse_seconds", on)),
        retry=timedelta(minutes=value("retry_minutes", on)),
        tries_a_day_max=value("tries_a_day_max", on),
        abandoned_share_max=value("abandoned_share_max", on),
        lines_per_free_collector=value("lines_per_free_collector", on),
        abusive_outcomes=frozenset(row["code"] for row in value("abusive_outcomes", on)),
    )
