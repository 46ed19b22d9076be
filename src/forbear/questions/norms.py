"""Evaluates the rules of a pack over columns in three-valued logic: a fact that is not known proves nothing.

Truth is one byte per row, FALSE < UNKNOWN < TRUE, so that "and" is the minimum and "or" the maximum. A rule is
broken where it applies, its breach is TRUE and none of its exceptions is TRUE. What is UNKNOWN neither breaks a rule
nor excuses from it; it is reported as needed where knowing it could change the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forbear.packs import PackError, Packs, Rule, gettext_noop
from forbear.questions.columns import UNKNOWN as NOT_KNOWN
from forbear.questions.columns import Fact

FALSE, UNKNOWN, TRUE = np.uint8(0), np.uint8(1), np.uint8(2)
Truth = NDArray[np.uint8]
Bits = NDArray[np.uint64]
Facts = Mapping[str, NDArray[Any]]
MAX_BITS = 64  # of the widest integer of a column
AGE = "days_since_"  # facts so named grow by one each local day
CONSENT, INCONVENIENT = "within_consented_hours", "at_inconvenient_time"  # depend on the time of day


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


@dataclass(frozen=True)
class Verdict:
    """What the norms say, as one bit per norm and row; shape (n,), or (1,) where all rows are alike."""

    broken: Bits
    kept: Bits  # excused, or kept and worth saying (`show_kept`)
    in_scope: Mapping[int, Truth | None]  # by bit: where the norm applies, for norms with a window
    breaking: Bits  # one bit per fact: not known, and could break a norm
    excusing: Bits  # one bit per fact: not known, and could excuse a breach


class Compiler:
    """Turns the conditions of rules, as written in YAML, into tests on columns."""

    def __init__(self, packs: Packs, pack: str, facts: Mapping[str, Fact], on: date) -> None:
        self._packs, self._pack, self._facts, self._on = packs, pack, facts, on
        self._known: dict[str, Condition] = {}

    def norm(self, rule: Rule, bit: int) -> Norm:
        """Compile one rule; raises PackError where it names what does not exist."""
        values: dict[str, str] = {}
        try:
            applies, breach = (self._all(written, rule, values) for written in (rule.applies, rule.breach))
            unless = tuple(self._all(branch, rule, values) for branch in rule.unless)
            windows = tuple(c.window for c in breach if c.window is not None)
            steady = tuple(b for b in unless if not any(CONSENT in c.facts for c in b))
            for stated in rule.states:
                self._limit(stated, rule, values)
            personal = any(INCONVENIENT in c.facts for c in breach)
            return Norm(
                rule,
                bit,
                applies,
                breach,
                unless,
                values,
                windows,
                personal,
                self._cures(breach, unless),
                steady,
            )
        except (PackError, TypeError, ValueError, LookupError) as error:
            raise PackError(
                gettext_noop("%(file)s: %(rule)s: %(error)s"),
                file=rule.path,
                rule=rule.id,
                error=error,
            ) from error

    def _cures(
        self, breach: tuple[Condition, ...], unless: tuple[tuple[Condition, ...], ...]
    ) -> tuple[Cure, ...]:
        """Return what the passing of days cures: a "days since" that must grow, a count over a rolling window."""
        cures = [Cure(*c.cured_at) for c in breach if c.cured_at]
        cures += [
            Cure(*b[0].limit) for b in unless if len(b) == 1 and b[0].limit and b[0].facts[0].startswith(AGE)
        ]
        counts = self._packs.counts.get(self._pack, {})
        for condition in breach:
            counter, limit = condition.limit or ("", 0)
            if "window_days" in counts.get(counter, {}):
                days = self._packs.value(counts[counter]["window_days"], self._on)
                cures.append(Cure(counts[counter]["limiting"], int(days), counter, limit))
        return tuple(cures)

    def _all(self, written: Mapping[str, Any], rule: Rule, values: dict[str, str]) -> tuple[Condition, ...]:
        return tuple(self._condition(name, wanted, rule, values) for name, wanted in written.items())

    def _condition(self, name: str, wanted: Any, rule: Rule, values: dict[str, str]) -> Condition:
        """Return the condition, the same object for the same meaning, so that it is tried once."""
        if isinstance(wanted, dict):
            ((kind, parameters),) = wanted.items()
            limits = [
                self._limit(p, rule, values)
                for p in ([parameters] if isinstance(parameters, str) else parameters)
            ]
            return self._once(f"{name} {kind} {limits}", lambda: _comparison(name, kind, limits))
        readings = self._packs.readings.get(self._pack, {})
        if name in readings:
            return self._once(f"{name} {wanted}", lambda: self._reading(readings[name], bool(wanted), rule))
        return self._once(f"{name} {wanted}", lambda: _choice(self._fact(name), wanted))

    def _once(self, key: str, make: Callable[[], Condition]) -> Condition:
        if key not in self._known:
            self._known[key] = make()
        return self._known[key]

    def _fact(self, name: str) -> Fact:
        if name not in self._facts:
            raise PackError(
                gettext_noop("%(name)r is neither a fact of %(known)s nor a reading of %(pack)s"),
                name=name,
                known=", ".join(self._facts),
                pack=self._pack,
            )
        return self._facts[name]

    def _limit(self, parameter: str, rule: Rule, values: dict[str, str]) -> int:
        full = parameter if "/" in parameter else f"{rule.instrument.key}/{parameter}"
        value = self._packs.value(full, self._on)
        timed = self._packs.parameter(full).unit == "local_time"
        values[full.rsplit("/", 1)[1]] = _clock(value) if timed else str(value)
        return int(value)

    def _reading(self, written: Mapping[str, Any], wanted: bool, rule: Rule) -> Condition:
        branches = tuple(self._all(branch, rule, {}) for branch in written["any"])
        facts = tuple(dict.fromkeys(fact for branch in branches for c in branch for fact in c.facts))

        def test(trial: Trial) -> Truth:
            held = trial.any_of(branches)
            if held is None:
                raise PackError(
                    gettext_noop("a reading needs at least one condition in each branch of `any`")
                )
            return held if wanted else TRUE - held

        return Condition(facts, test)


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}"


def _choice(fact: Fact, wanted: Any) -> Condition:
    choices = fact.choices if fact.kind == "choice" else (False, True)
    members = wanted if isinstance(wanted, list) else [wanted]
    if unknown := [m for m in members if m not in choices or isinstance(m, bool) != (fact.kind == "flag")]:
        raise PackError(
            gettext_noop("%(fact)s is never %(unknown)r; it is one of %(choices)s"),
            fact=fact.name,
            unknown=unknown[0],
            choices=choices,
        )
    # The code of "not known" is -1, which reads the last entry.
    table = np.array([TRUE if choice in members else FALSE for choice in choices] + [UNKNOWN], dtype=np.uint8)
    return Condition((fact.name,), lambda trial: table[trial.facts[fact.name]])


def _comparison(name: str, kind: str, limits: list[int]) -> Condition:
    if kind == "within" and len(limits) == 2 and name == "local_time":
        start, end = (limit * 1_000_000 for limit in limits)

        def inside(trial: Trial) -> Truth:
            times = trial.facts[name]
            held = (times >= start) & (times < end) if start <= end else (times >= start) | (times < end)
            return held.view(np.uint8) << np.uint8(1)

        return Condition(("at",), inside, window=(start, end))
    if kind not in ("at_least", "over", "under") or len(limits) != 1:
        raise PackError(
            gettext_noop(
                "%(name)s: {%(kind)s: ..} is unknown; write at_least, over, under, or (of local_time) within"
            ),
            name=name,
            kind=kind,
        )
    limit, reached = limits[0] + (kind == "over"), FALSE if kind == "under" else TRUE

    def compared(trial: Trial) -> Truth:
        counted = trial.facts[name]
        held: Truth = np.where(counted >= limit, reached, TRUE - reached)
        held[counted == NOT_KNOWN] = UNKNOWN
        return held

    named = (name, limit)
    if kind == "under":
        return Condition((name,), compared, cured_at=named if name.startswith(AGE) else None)
    return Condition((name,), compared, limit=named)


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
