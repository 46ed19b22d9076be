"""The day to be run, and what policy says about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from forbear.packs import Packs

MINOR_A_UNIT = 100
JURISDICTION = "cn"
HOUSE = "house"


@dataclass(frozen=True)
class Day:
    """One collections day: facts as of `as_of`, judged by the law and policy of `law_on`.

    assume_points: contact points taken as on file because the input has none (a data set without people).
    """

    as_of: date
    law_on: date
    packs: Packs
    seed: int = 0
    portfolio: str = "bank"
    assume_points: tuple[str, ...] = ()

    @cached_property
    def policy(self) -> Policy:
        """Return the house's choices in force."""
        return Policy(self.packs, self.law_on)

    @property
    def pack_versions(self) -> Mapping[str, str]:
        """Return the versions of the packs this day is judged by."""
        return self.packs.versions([JURISDICTION, HOUSE], self.law_on)

    def settings(self) -> dict[str, Any]:
        """Return everything besides the snapshot that decides the outcome, for the digest."""
        return {
            "as_of": self.as_of.isoformat(),
            "law_on": self.law_on.isoformat(),
            "seed": self.seed,
            "portfolio": self.portfolio,
            "assume_points": list(self.assume_points),
            "packs": dict(self.packs.digests),
        }


@dataclass(frozen=True, slots=True)
class Policy:
    """House policy as of one day; every number of the day comes from here."""

    packs: Packs
    on: date

    def __call__(self, name: str) -> Any:
        """Return a house value such as "capacity/legal_slots"; raises NoLawInForce."""
        return self.packs.value(f"{HOUSE}/{name}", self.on)

    def minor(self, name: str) -> int:
        """Return a house amount in minor units."""
        return to_minor(self(name))


def to_minor(amount: Decimal | str) -> int:
    """Return an amount of policy in minor units; raises ValueError on fractions of a cent."""
    minor = Decimal(amount) * MINOR_A_UNIT
    if minor != minor.to_integral_value():
        raise ValueError(f"{amount} has fractions of a cent")
    return int(minor)
