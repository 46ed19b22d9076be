"""How much is the doubled part of interest on a judgment that is not performed in time?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from forbear.ledger import in_force
from forbear.money import format_minor, times_rate
from forbear.packs import Packs
from forbear.questions.columns import Columns, minor_units
from forbear.questions.envelope import envelope
from forbear.questions.facts import Amount, BadFact, Facts
from forbear.questions.periods import check_days, on_day
from forbear.questions.registry import Question

RATE, RULE, ROUNDING = "cn/enforcement-interest-2014/doubled_rate", "ENF-INT", "house/court/rounding"


class EnforcementInterestFacts(Facts, frozen=True):
    """How much doubled interest has run?"""

    unpaid: Annotated[Amount, Meta(description="Money of the judgment that is still unpaid.")]
    days_late: Annotated[
        int, Meta(ge=0, le=40_000, description="Days since the period for performance ended.")
    ]
    ordinary_interest: Annotated[
        Amount,
        Meta(description="The part of `unpaid` that is ordinary interest and bears none. Default 0.00."),
    ] = "0.00"
    as_of: Annotated[
        date | None,
        Meta(description="The last day counted. Default: all days under the newest rate."),
    ] = None


@dataclass(frozen=True)
class EnforcementInterestAnswer:
    """`amount_minor` and `base_minor` of shape (n,), minor units."""

    n: int
    amount_minor: NDArray[np.int64]
    base_minor: NDArray[np.int64]
    day: NDArray[np.datetime64]
    facts: Columns
    packs: Packs

    def rendered(self, i: int, lang: str) -> dict[str, Any]:
        """Return the public JSON object of one row."""
        on, days = self.day[i].astype(object), int(self.facts["days_late"][i])
        base, amount = format_minor(int(self.base_minor[i])), format_minor(int(self.amount_minor[i]))
        rate = self.packs.value(RATE, on)
        results = {
            "amount": amount,
            "base": base,
            "daily_rate": str(rate),
            "days": days,
            "formula": f"{base} x {rate} x {days} = {amount}",
            "rounding": self.packs.value(ROUNDING, on),
        }
        reason = self.packs.reason(RULE, on=on, lang=lang, base=base, rate=rate, days=days)
        needs = ("as_of",) if np.isnat(self.facts["as_of"][i]) else ()
        return envelope(amount, results, [reason], on=on, packs=self.packs, needs=needs)


def answer(columns: Columns, *, packs: Packs, n: int) -> EnforcementInterestAnswer:
    """Compute n amounts; raises NoLawInForce where a day counted lies before the interpretation."""
    day = on_day(columns["as_of"], packs, (RATE,))
    first = day - np.maximum(columns["days_late"] - 1, 0).astype("timedelta64[D]")
    packs.values(RATE, np.where(np.isnat(columns["as_of"]), day, first))
    base_minor = columns["unpaid"] - columns["ordinary_interest"]
    if (base_minor < 0).any():
        raise BadFact("ordinary_interest", None, "at most `unpaid`, of which it is a part")
    amount_minor = np.zeros(n, dtype=np.int64)
    for rate, at_rate in in_force(packs, RATE, day):
        for rounding, rounded in in_force(packs, ROUNDING, day):
            rows = at_rate & rounded
            amount_minor[rows] = times_rate(
                base_minor[rows], rate, times=columns["days_late"][rows], rounding=rounding
            )
    return EnforcementInterestAnswer(n, amount_minor, base_minor, day, columns, packs)


def check(facts: EnforcementInterestFacts) -> None:
    """Raise BadFact where a part exceeds the whole, or for a day that no file can mean."""
    check_days(facts, ("as_of",))
    if minor_units(facts.ordinary_interest) > minor_units(facts.unpaid):
        raise BadFact("ordinary_interest", facts.ordinary_interest, "at most `unpaid`, of which it is a part")


QUESTION = Question(
    "enforcement_interest", "How much doubled interest?", EnforcementInterestFacts, answer, check=check
)
