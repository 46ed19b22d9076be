"""A rule made ready to be tried on rows, and how the passing of days alone ends its breach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from forbear.packs import Rule
from forbear.questions.norms.truth import AGE, Condition


@dataclass(frozen=True, slots=True)
class Cure:
    """How the passing of days alone ends a breach: once `fact`, in days, has reached `days`.

    Of a counter over a rolling window: `counter` falls under `limit` then; without the fact the whole window is waited.
    """

    fact: str
    days: int
    counter: str | None = None
    limit: int = 0


@dataclass(frozen=True, eq=False)
class Norm:
    """A rule made ready for one stretch of time in which neither it nor its parameters change."""

    rule: Rule
    bit: int
    applies: tuple[Condition, ...]
    breach: tuple[Condition, ...]
    unless: tuple[tuple[Condition, ...], ...]
    values: Mapping[str, str]  # for the placeholders of its text
    windows: tuple[tuple[int, int], ...]  # the daily windows whose end cures a breach
    personal: bool  # broken at the times this person said do not suit
    cures: tuple[Cure, ...]
    steady: tuple[
        tuple[Condition, ...], ...
    ]  # of the exceptions, those that do not depend on the time of day

    @property
    def timed(self) -> bool:
        """Say whether it is broken at some times of day only."""
        return bool(self.windows) or self.personal

    def ages(self) -> bool:
        """Say whether it reads a fact that grows from day to day."""
        conditions = [*self.applies, *self.breach, *(c for branch in self.unless for c in branch)]
        return bool(self.cures) or any(f.startswith(AGE) for c in conditions for f in c.facts)

    def excused_by(self, fact: str) -> bool:
        """Say whether a fact is among the exceptions."""
        return any(fact in condition.facts for branch in self.unless for condition in branch)
