"""Judges norms on the rows of a trial.

A norm is broken where it applies, its breach is TRUE and none of its exceptions is TRUE. What is UNKNOWN neither
breaks a norm nor excuses from it; it is reported as needed where knowing it could change the answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forbear.questions.columns import UNKNOWN as NOT_KNOWN
from forbear.questions.norms.norm import Norm
from forbear.questions.norms.truth import FALSE, TRUE, UNKNOWN, Bits, Condition, Trial, Truth


@dataclass(frozen=True)
class Verdict:
    """What the norms say, as one bit per norm and row; shape (n,), or (1,) where all rows are alike."""

    broken: Bits
    kept: Bits  # excused, or kept and worth saying (`show_kept`)
    in_scope: Mapping[int, Truth | None]  # by bit: where the norm applies, for norms with a window
    breaking: Bits  # one bit per fact: not known, and could break a norm
    excusing: Bits  # one bit per fact: not known, and could excuse a breach


def judge(norms: Iterable[Norm], trial: Trial, fact_bits: Mapping[str, int]) -> Verdict:
    """Judge all norms on the rows of a trial."""
    tally = _Tally(fact_bits)
    in_scope: dict[int, Truth | None] = {}
    for norm in norms:
        applies = trial.all_of(norm.applies)
        if norm.timed:
            in_scope[norm.bit] = _scope(applies, trial.any_of(norm.steady))
        if norm.rule.hardens or (applies is not None and not np.count_nonzero(applies)):
            continue
        strict = _both(applies, trial.all_of(norm.breach))
        if norm.rule.show_kept:
            kept = strict == FALSE if applies is None else (strict == FALSE) & (applies == TRUE)
            excuse = trial.any_of(norm.steady) if norm.rule.effect == "presume" else None
            tally.kept.add(norm.bit, kept if excuse is None else kept & (excuse != TRUE))
        if np.count_nonzero(strict):  # otherwise it is broken nowhere, and nothing more needs to be known
            _judge_breach(norm, trial, strict, tally)
    return Verdict(
        tally.broken.bits(), tally.kept.bits(), in_scope, tally.breaking.bits(), tally.excusing.bits()
    )


def _judge_breach(norm: Norm, trial: Trial, strict: Truth, tally: _Tally) -> None:
    """Note where a norm is broken or excused, given where its breach holds, and what would have to be known."""
    excuse = trial.any_of(norm.unless)
    is_broken, undecided = strict == TRUE, strict == UNKNOWN
    if excuse is not None:
        tally.kept.add(norm.bit, is_broken & (excuse == TRUE))
        is_broken, undecided = is_broken & (excuse != TRUE), undecided & (excuse != TRUE)
    tally.broken.add(norm.bit, is_broken)
    if norm.rule.effect == "note":
        return
    _add_needs(tally.breaking, trial, (*norm.applies, *norm.breach), undecided, tally.fact_bits)
    for branch in norm.unless if excuse is not None else ():
        _add_needs(tally.excusing, trial, branch, is_broken & (excuse == UNKNOWN), tally.fact_bits)


def _scope(applies: Truth | None, excuse: Truth | None) -> Truth | None:
    """Return where a norm bears on a row whatever the time of day; None for everywhere."""
    if excuse is None:
        return applies
    open_to_it = np.where(excuse == TRUE, FALSE, TRUE)
    return open_to_it if applies is None else np.minimum(applies, open_to_it)


def _both(applies: Truth | None, breach: Truth | None) -> Truth:
    if applies is None or breach is None:
        only = breach if applies is None else applies
        return np.array([TRUE]) if only is None else only
    return np.minimum(applies, breach)


def _add_needs(
    needs: _BitSet,
    trial: Trial,
    conditions: tuple[Condition, ...],
    where: NDArray[np.bool_],
    bits: Mapping[str, int],
) -> None:
    if not np.count_nonzero(where):
        return
    for condition in conditions:
        unknown = where & (trial.truth(condition) == UNKNOWN)
        if np.count_nonzero(unknown):
            for fact in condition.facts:
                needs.add(bits[fact], unknown & (trial.facts[fact] == NOT_KNOWN))


class _BitSet:
    """Collects bits by row, cheaply where a bit is the same for all rows."""

    def __init__(self) -> None:
        self._common = 0
        self._rows: Bits | None = None

    def add(self, bit: int, where: NDArray[np.bool_]) -> None:
        if where.size == 1:
            self._common |= bool(where[0]) << bit
        elif np.count_nonzero(where):
            shifted = where.astype(np.uint64) << np.uint64(bit)
            self._rows = shifted if self._rows is None else np.bitwise_or(self._rows, shifted, out=self._rows)

    def bits(self) -> Bits:
        common = np.array([self._common], dtype=np.uint64)
        return common if self._rows is None else self._rows | common


class _Tally:
    """What judging collects, norm by norm."""

    def __init__(self, fact_bits: Mapping[str, int]) -> None:
        self.fact_bits = fact_bits
        self.broken, self.kept = _BitSet(), _BitSet()
        self.breaking, self.excusing = _BitSet(), _BitSet()
