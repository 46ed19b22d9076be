"""Some rows of `may_contact` that share a time zone, and their facts at a later moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forbear.days import DAY, Zone
from forbear.questions.columns import UNKNOWN
from forbear.questions.may_contact.facts import DAILY
from forbear.questions.may_contact.law import Stretch
from forbear.questions.norms.truth import AGE


@dataclass(frozen=True, eq=False)
class Rows:
    """Some rows that share jurisdiction, time zone and stretch of law; a column of one row holds for all."""

    at: NDArray[np.int64]
    facts: Mapping[str, NDArray[Any]]
    consent: NDArray[np.int64] | None  # (n, k, 2), see consent_windows
    personal: NDArray[np.int64] | None  # (n, k, 3), see inconvenient_pieces
    where: Zone

    @property
    def n(self) -> int:
        return len(self.at)

    def take(self, rows: NDArray[Any]) -> Rows:
        """Return some of the rows."""
        facts = {name: column if len(column) == 1 else column[rows] for name, column in self.facts.items()}
        consent, personal = (None if c is None else c[rows] for c in (self.consent, self.personal))
        return replace(self, at=self.at[rows], facts=facts, consent=consent, personal=personal)


def spread(column: Any, n: int) -> NDArray[Any]:
    """Return a column with as many rows as asked for, from one that has them or a single one."""
    column = np.asarray(column)
    return column if column.shape == (n,) else np.broadcast_to(column, n)


def moved(rows: Rows, moment: NDArray[np.int64], stretch: Stretch) -> Rows:
    """Return the rows at a later moment if nothing happens until then.

    Daily counters start again at zero, "days since" have grown, and calls have left their rolling window: with the
    limiting call gone one more fits, with a whole window gone none counts any more.
    """
    passed = rows.where.local(moment) // DAY - rows.where.local(rows.at) // DAY
    facts = dict(rows.facts)
    for name in DAILY:
        facts[name] = np.where(passed > 0, 0, facts[name])
    for cure in {cure for norm in stretch.cured for cure in norm.cures if cure.counter}:
        counter, age = facts[cure.counter or ""], facts[cure.fact]
        left = (age != UNKNOWN) & (age + passed >= cure.days)
        counter = np.where(left, np.minimum(counter, cure.limit - 1), counter)
        facts[cure.counter or ""] = np.where((passed >= cure.days) & (counter > 0), 0, counter)
        facts[cure.fact] = np.where(left, UNKNOWN, age)
    for name in facts:
        if name.startswith(AGE):
            facts[name] = np.where(facts[name] == UNKNOWN, UNKNOWN, facts[name] + passed)
    return replace(rows, at=moment, facts=facts)
