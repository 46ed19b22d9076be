"""What the house says about letters."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from forbear.web.law.current import packs_at


def house(name: str, at: datetime) -> Any:
    """Return one value of policy/house/letters.yaml; raises NoLawInForce."""
    return packs_at(at).value(f"house/letters/{name}", at.date())


def kinds(at: datetime) -> dict[str, Mapping[str, Any]]:
    """Return the kinds of letters by code."""
    return {row["kind"]: row for row in house("kinds", at)}


def way(name: str, lang: str, at: datetime) -> str | None:
    """Return how to do one thing, as letters say it."""
    return next((str(row[lang]) for row in house("ways", at) if row["way"] == name), None)


def lines(name: str, lang: str, at: datetime) -> list[str]:
    """Return a text of several lines in one language."""
    return [str(row[lang]) for row in house(name, at)]


def bank(at: datetime) -> str:
    """Return the name by which the bank introduces itself."""
    return str(packs_at(at).value("house/messages/bank", at.date()))


def result_rows(at: datetime) -> dict[str, Mapping[str, Any]]:
    """Return what the post's answers mean, by code."""
    return {row["result"]: row for row in house("results", at)}
