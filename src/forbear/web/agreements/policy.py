"""What the house says about agreements, read from the packs in force at a moment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from forbear.web.law.current import packs_at


def house(name: str, at: datetime) -> Any:
    """Return one value of policy/house/agreements.yaml."""
    return packs_at(at).value(f"house/agreements/{name}", at.date())


def words(name: str, at: datetime, lang: str) -> str:
    """Return a text of the house in one language."""
    return str(house(name, at)[0][lang])


def bank(name: str, at: datetime) -> str:
    """Return how the bank speaks of itself: bank, hotline, app."""
    return str(packs_at(at).value(f"house/messages/{name}", at.date()))


def matter_kinds(at: datetime) -> dict[str, Mapping[str, Any]]:
    """Return the kinds of matters by code."""
    return {row["kind"]: row for row in house("matters", at)}


def proof_names(at: datetime, lang: str) -> dict[str, str]:
    """Return the names of proofs by code in one language."""
    return {row["code"]: row[lang] for row in house("proofs", at)}
