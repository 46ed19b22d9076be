"""Turns the rules of a pack, as written in YAML, into norms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from forbear.packs import PackError, Packs, Rule, gettext_noop
from forbear.questions.columns import Fact
from forbear.questions.norms.conditions import choice_of, compared_with
from forbear.questions.norms.norm import Cure, Norm
from forbear.questions.norms.truth import AGE, TRUE, Condition, Trial, Truth

CONSENT, INCONVENIENT = "within_consented_hours", "at_inconvenient_time"  # depend on the time of day


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
            return self._once(f"{name} {kind} {limits}", lambda: compared_with(name, kind, limits))
        readings = self._packs.readings.get(self._pack, {})
        if name in readings:
            return self._once(f"{name} {wanted}", lambda: self._reading(readings[name], bool(wanted), rule))
        return self._once(f"{name} {wanted}", lambda: choice_of(self._fact(name), wanted))

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
