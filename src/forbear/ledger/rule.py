"""How days past due are counted: grace, where counting starts, and the buckets. All of it is house policy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forbear.money import parse_minor
from forbear.packs import Ladder, Packs

COUNTED_FROM = ("due_on", "grace_end")


@dataclass(frozen=True)
class ArrearsRule:
    """What arrears need to know of policy; the grace may be one value for all or one per account."""

    ladder: Ladder
    grace_days: int | NDArray[np.integer[Any]] = 0
    grace_amount_minor: int | NDArray[np.int64] = 0
    grace_counts_from: str = "due_on"

    def __post_init__(self) -> None:
        if self.grace_counts_from not in COUNTED_FROM:
            raise ValueError(
                f"grace_counts_from {self.grace_counts_from!r}: one of {', '.join(COUNTED_FROM)}"
            )
        if np.min(self.grace_days, initial=0) < 0 or np.min(self.grace_amount_minor, initial=0) < 0:
            raise ValueError("grace is never negative")


def arrears_rule(packs: Packs, on: date) -> ArrearsRule:
    """Return the house's rule in force on a day; raises NoLawInForce before it begins."""
    return ArrearsRule(
        ladder=packs.value("house/arrears/bucket_ladder", on),
        grace_days=packs.value("house/arrears/grace_days", on),
        grace_amount_minor=parse_minor(str(packs.value("house/arrears/grace_amount", on))),
        grace_counts_from=packs.value("house/counting/grace_counts_from", on),
    )
