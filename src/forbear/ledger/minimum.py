"""The minimum payment of a statement, and the late fee on its unpaid part; ratios and floors are house policy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np

from forbear.ledger.parts import Minor
from forbear.money import parse_minor, times_rate
from forbear.packs import Packs


@dataclass(frozen=True)
class MinimumRule:
    """How an issuer forms the minimum payment and charges for what of it stays unpaid."""

    purchases_ratio: Decimal
    cash_ratio: Decimal
    floor_minor: int
    late_fee_ratio: Decimal
    late_fee_floor_minor: int


@dataclass(frozen=True)
class Billed:
    """What a statement bills, by kind, in minor units; every column has shape (n,)."""

    purchases_minor: Minor  # within the limit
    cash_minor: Minor
    interest_minor: Minor
    fees_minor: Minor
    past_due_minor: Minor  # unpaid minimum of earlier statements
    instalment_minor: Minor
    over_limit_minor: Minor

    def total(self) -> Minor:
        """Return all that is owed by the statement."""
        return self._but_shares() + self.purchases_minor + self.cash_minor

    def _but_shares(self) -> Minor:
        return (
            self.interest_minor
            + self.fees_minor
            + self.past_due_minor
            + self.instalment_minor
            + self.over_limit_minor
        )


def minimum_rule(packs: Packs, on: date) -> MinimumRule:
    """Return the house's rule in force on a day; raises NoLawInForce before it begins."""
    value = {
        name: packs.value(f"house/minimum/{name}", on)
        for name in ("purchases_ratio", "cash_ratio", "floor", "late_fee_ratio", "late_fee_floor")
    }
    return MinimumRule(
        value["purchases_ratio"],
        value["cash_ratio"],
        parse_minor(str(value["floor"])),
        value["late_fee_ratio"],
        parse_minor(str(value["late_fee_floor"])),
    )


def minimum_due(billed: Billed, rule: MinimumRule) -> Minor:
    """Return the minimum payment of each statement; each share is rounded half_up on its own line.

    Under the floor the floor is asked for, and where less than the floor is owed, all of it.
    """
    shares = times_rate(billed.purchases_minor, rule.purchases_ratio) + times_rate(
        billed.cash_minor, rule.cash_ratio
    )
    asked = np.maximum(shares + billed._but_shares(), rule.floor_minor)
    least: Minor = np.minimum(asked, billed.total())
    return least


def late_fee(minimum_minor: Minor, paid_by_due_minor: Minor, rule: MinimumRule) -> Minor:
    """Return the late fee (违约金) on the unpaid part of the minimum, 0 where all of it was paid by the due day."""
    unpaid = np.maximum(minimum_minor - paid_by_due_minor, 0)
    fee = np.maximum(times_rate(unpaid, rule.late_fee_ratio), rule.late_fee_floor_minor)
    return np.where(unpaid > 0, fee, 0)
