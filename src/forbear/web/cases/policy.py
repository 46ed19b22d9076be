"""What the house's policy says about cases: promises, holds, result codes. All of it is data in policy/house."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from forbear.web.law.current import packs_now

MINOR_UNITS = 100  # every currency handled so far has two decimals


@dataclass(frozen=True, slots=True)
class PromisePolicy:
    """The house's terms for promises in force on a day."""

    grace_days: int
    tolerance_minor: int
    days_ahead_max: int
    window_days: int
    failed_before_approval: int
    down_payment_ratio: Decimal
    approver_roles: tuple[str, ...]


def promise_policy(on: date) -> PromisePolicy:
    """Return the terms for a promise made on a day; raises NoLawInForce where there are none."""

    def value(name: str) -> Any:
        return packs_now().value(f"house/promises/{name}", on)

    return PromisePolicy(
        grace_days=value("grace_days"),
        tolerance_minor=int(value("tolerance") * MINOR_UNITS),
        days_ahead_max=value("days_ahead_max"),
        window_days=value("window_days"),
        failed_before_approval=value("failed_before_approval"),
        down_payment_ratio=value("down_payment_ratio"),
        approver_roles=tuple(value("approver_roles")),
    )


def pay_channels(on: date) -> dict[str, Mapping[str, Any]]:
    """Return the ways a promised payment may come, by code."""
    return _by(packs_now().value("house/promises/pay_channels", on), "code")


@dataclass(frozen=True, slots=True)
class HoldPolicy:
    """What one kind of hold means."""

    kind: str
    business_days: int | None
    cancels_promises: bool
    freezes: bool
    roles: tuple[str, ...]


def hold_policy(kind: str, on: date) -> HoldPolicy:
    """Return the policy of one kind of hold; raises KeyError for a kind the house does not know."""
    row = _by(packs_now().value("house/holds/kinds", on), "kind")[kind]
    return HoldPolicy(
        kind=kind,
        business_days=row.get("business_days"),
        cancels_promises=row["cancels_promises"],
        freezes=row["freezes"],
        roles=tuple(row["roles"]),
    )


def freezing_kinds(on: date) -> tuple[str, ...]:
    """Name the kinds of hold under which only care codes may close a call."""
    return tuple(row["kind"] for row in packs_now().value("house/holds/kinds", on) if row["freezes"])


def _by(rows: Any, key: str) -> dict[str, Mapping[str, Any]]:
    return {row[key]: row for row in rows}
