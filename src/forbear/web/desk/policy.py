"""What policy says about the desk: bands, script, forecast, paydays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from forbear.web.law.current import packs_now
from forbear.web.reading import reading_lang


def in_language(row: Mapping[str, Any], name: str = "") -> str:
    """Return a text of a policy row in the reader's language; `name` is the prefix of its keys."""
    suffix = reading_lang()
    return str(row[f"{name}_{suffix}" if name else suffix])


@dataclass(frozen=True, slots=True)
class Band:
    """One band of the day's queue."""

    code: str
    name: str
    why: str


def bands(on: date) -> dict[str, Band]:
    """Return the bands by code, in their order."""
    rows = packs_now().value("house/desk/live_bands", on)
    return {row["code"]: Band(row["code"], in_language(row), in_language(row, "why")) for row in rows}


def broken_days(on: date) -> int:
    """Return how long a failed promise stays in the band of broken promises."""
    return int(packs_now().value("house/desk/broken_days", on))


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the script, its words not yet filled in."""

    code: str
    name: str
    say: str
    shows_amount: bool


def script(on: date, *, third: bool) -> list[Step]:
    """Return the steps of the script for the debtor, or the relay script for a third person."""
    rows = packs_now().value("house/desk/relay_script" if third else "house/desk/script", on)
    return [
        Step(row["code"], in_language(row), in_language(row, "say"), row.get("shows_amount", False))
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class Forecast:
    """What waiting would cost: an estimate in minor units by number of days, with its formula."""

    rate: Decimal
    verified: bool
    base_minor: int
    rows: tuple[tuple[int, int, int], ...]  # days, cost, owed then


def forecast(base_minor: int, total_minor: int, on: date) -> Forecast:
    """Estimate base x daily rate x days, rounded half up to the fen; fees bear no interest and stay outside."""
    parameter = packs_now().parameter("house/desk/forecast_daily_rate")
    rate = parameter.on(on)
    rows = []
    for row in packs_now().value("house/desk/forecast_days", on):
        cost = int((Decimal(base_minor) * rate * row["days"]).quantize(Decimal(1), ROUND_HALF_UP))
        rows.append((row["days"], cost, total_minor + cost))
    return Forecast(rate, parameter.verified, base_minor, tuple(rows))


def next_payday(on: date, days_ahead_max: int) -> date:
    """Return the next usual payday after a day, or the last day a promise may have."""
    paydays = {row["day"] for row in packs_now().value("house/desk/paydays", on)}
    for ahead in range(1, days_ahead_max + 1):
        day = on + timedelta(days=ahead)
        if day.day in paydays:
            return day
    return on + timedelta(days=days_ahead_max)
