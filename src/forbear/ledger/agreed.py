"""Figures of agreements: what a settlement pays and waives, what a broken plan leaves due, what an agency earns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from forbear.ledger.owed import OWED
from forbear.money import Money

REVIVES = ("yes", "no", "from_breach_date")  # the clause that was signed on interest forborne meanwhile


@dataclass(frozen=True)
class Settlement:
    """By component what is waived and what is paid; together they are what is owed."""

    waived: Mapping[str, Money]
    pay: Money
    total: Money

    def executed(self, received: Money) -> bool:
        """Say whether the waiver may be posted: only on the full payment."""
        return received >= self.pay

    @property
    def waived_total(self) -> Money:
        """Return all that is waived."""
        return self.total - self.pay


def settlement(owed: Mapping[str, Money], shares: Mapping[str, Decimal]) -> Settlement:
    """Waive a share (0 to 1) of components, each rounded half up on its own line; raises ValueError for other shares."""
    if unknown := sorted({*owed, *shares} - set(OWED)):
        raise ValueError(f"{unknown[0]!r}: no component; known: {', '.join(OWED)}")
    if wrong := [name for name, share in shares.items() if not 0 <= share <= 1]:
        raise ValueError(f"{wrong[0]}: a share is between 0 and 1")
    waived = {name: owed[name].times(share) for name, share in shares.items() if name in owed}
    total = _sum(owed)
    return Settlement(waived, total - _sum(waived) if waived else total, total)


def after_breach(
    agreed: Money, paid: Money, forborne: Mapping[str, Money], clause: str
) -> Mapping[str, Money]:
    """Return what a broken plan leaves due without and with forborne interest, and what the signed clause makes of it.

    `forborne` has the interest the plan held back, by clause: all of it ("yes"), and that since the breach
    ("from_breach_date"). Raises ValueError for a clause that is none. Both figures are to be shown before one is told.
    """
    if clause not in REVIVES:
        raise ValueError(f"clause {clause!r}: one of {', '.join(REVIVES)}")
    without = agreed - paid
    due = without if clause == "no" else without + forborne[clause]
    return {"without": without, "with": without + forborne["yes"], "due": due}


def commission(receipts: Money, rate: Decimal, compliance: Decimal = Decimal(1)) -> Money:
    """Return an agency's commission; rate and compliance factor are each rounded half up on their own line.

    A reversed receipt is a negative amount and claws back what it had earned.
    """
    return receipts.times(rate).times(compliance)


def _sum(parts: Mapping[str, Money]) -> Money:
    first, *others = parts.values()
    for each in others:
        first = first + each
    return first
