"""Tests on columns in three-valued logic: a fact that is not known proves nothing.

Truth is one byte per row, FALSE < UNKNOWN < TRUE, so that "and" is the minimum and "or" the maximum.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

FALSE, UNKNOWN, TRUE = np.uint8(0), np.uint8(1), np.uint8(2)
Truth = NDArray[np.uint8]
Bits = NDArray[np.uint64]
Facts = Mapping[str, NDArray[Any]]
MAX_BITS = 64  # of the widest integer of a column
AGE = "days_since_"  # facts so named grow by one each local day


@dataclass(frozen=True, eq=False)
class Condition:
    """One test on one fact (or on a reading, which combines several)."""

    facts: tuple[str, ...]  # the facts it reads
    test: Callable[[Trial], Truth]
    window: tuple[int, int] | None = None  # of a test on the local time of day, in microseconds
    limit: tuple[str, int] | None = None  # of a test that a counter has reached its limit
    cured_at: tuple[str, int] | None = (
        None  # of a test of days passed: the day count from which it no longer breaks
    )


@dataclass(eq=False)
class Trial:
    """The facts of some rows, and the truth of each condition already tried on them."""

    facts: Facts
    tried: dict[Any, Truth] = field(default_factory=dict)

    def truth(self, condition: Condition) -> Truth:
        """Return the truth of a condition by row; shape (n,), or (1,) where it is the same for all."""
        found = self.tried.get(condition)
        if found is None:
            found = self.tried[condition] = condition.test(self)
        return found

    def all_of(self, conditions: tuple[Condition, ...]) -> Truth | None:
        """Return where all hold; None stands for "always", for no condition at all."""
        if len(conditions) < 2:
            return self.truth(conditions[0]) if conditions else None
        found = self.tried.get(conditions)  # many norms share what they apply to
        if found is None:
            found = self.tried[conditions] = reduce(np.minimum, map(self.truth, conditions))
        return found

    def any_of(self, alternatives: tuple[tuple[Condition, ...], ...]) -> Truth | None:
        """Return where one of the conjunctions holds; None stands for "never", for no alternative at all."""
        held = [found for found in map(self.all_of, alternatives) if found is not None]
        return reduce(np.maximum, held) if held else None
