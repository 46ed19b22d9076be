"""Law and policy once loaded: dated parameters, rules and instruments, all frozen."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forbear.packs.errors import NoLawInForce, gettext_noop

FORCES = (
    "law", "regulation", "interpretation", "rule", "notice", "standard", "self_regulation", "policy",
)  # fmt: skip
GRADES = ("V1", "V2", "V3", "U")
EFFECTS = ("note", "discourage", "presume", "refuse")  # weakest first; presume: the law presumes a violation
PRESUMPTION = "presumption"  # what a policy hardens beside forces: whatever law only presumes
LANGS = ("zh", "en")
DEFAULT_LANG = "zh"
NAMED = ("act", "detail")  # facts whose values are named by the rules alone


@dataclass(frozen=True, slots=True)
class Instrument:
    """One statute, rule, standard, guide or house policy."""

    key: str  # "cn/cba-2026-guide" or "house"
    title: Mapping[str, str]
    force: str
    in_force_on: date
    until: date | None  # last day in force
    path: str

    @property
    def pack(self) -> str:
        """Name the pack: the jurisdiction, or the house."""
        return self.key.split("/")[0]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One dated value of law or policy."""

    name: str
    unit: str
    instrument: Instrument
    article: Mapping[str, str]
    source: Mapping[str, str]
    grade: str
    description: Mapping[str, str]
    starts: tuple[date, ...]
    held: tuple[Any, ...]
    untils: tuple[date | None, ...]  # last day of each value, where it ends before the next one starts
    stricter: str | None = None  # "lower" or "higher": which way is tighter
    tightens: str | None = None
    verified: bool = True
    path: str = ""  # the file it stands in

    def on(self, day: date) -> Any:
        """Return the value in force on a day; raises NoLawInForce outside its dates."""
        index = bisect_right(self.starts, day) - 1
        until = self.untils[index] if index >= 0 else None
        if index < 0 or (until is not None and day > until):
            raise self._missing(day)
        return self.held[index]

    def over(self, days: NDArray[np.datetime64]) -> NDArray[Any]:
        """Return the value in force on each day of a column, shape (n,) to (n,).

        Raises NoLawInForce with `rows` marking the days that have no value.
        """
        starts = np.array(self.starts, dtype="datetime64[D]")
        index = np.searchsorted(starts, days, side="right") - 1
        ends = np.array([until or date.max for until in self.untils], dtype="datetime64[D]")
        missing = (index < 0) | (days > ends[np.maximum(index, 0)])
        if missing.any():
            raise self._missing(days[missing][0].astype(object), missing)
        objects = ("CNY", "ratio", "per_day", "per_year", "table", "mapping", "words")
        held = np.array(self.held) if self.unit not in objects else None
        if held is None or held.ndim != 1:
            held = np.empty(len(self.held), dtype=object)
            held[:] = self.held
        return held[index]

    def _missing(self, day: date, rows: Any = None) -> NoLawInForce:
        said = gettext_noop("%(name)s has no value in force on %(day)s (first from %(start)s; %(source)s)")
        return NoLawInForce(said, rows, name=self.name, day=day, start=self.starts[0], source=self.source)


@dataclass(frozen=True, slots=True)
class Rule:
    """One norm: when it applies, what breaks it, what excuses, and what follows."""

    id: str
    instrument: Instrument
    question: str
    article: Mapping[str, str]
    source: Mapping[str, str]
    grade: str
    effect: str
    starts_on: date
    until: date | None
    text: Mapping[str, str]
    applies: Mapping[str, Any] = field(default_factory=dict)
    breach: Mapping[str, Any] = field(default_factory=dict)
    unless: tuple[Mapping[str, Any], ...] = ()
    remaining: str | None = None  # the name under which an answer shows what is left of this rule's counter
    show_kept: bool = False  # an allowed answer names this norm among its reasons, where it was kept
    states: tuple[str, ...] = ()  # parameters its text names though no test stands on them
    numbers: Mapping[str, str] = field(default_factory=dict)  # of those, by the placeholder of the text
    hardens: tuple[str, ...] = ()  # forces whose discouragements this policy turns into its own effect
    tightens: str | None = None  # the law rule that this policy rule is at least as strict as
    jurisdictions: tuple[str, ...] = ()  # of a policy rule: where it is meant; none for everywhere
    path: str = ""  # the file it stands in

    def in_force(self, day: date) -> bool:
        """Say whether the norm binds on a day."""
        return self.starts_on <= day and (self.until is None or day <= self.until)

    def reason(self, effect: str, lang: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Render the norm as one reason of an answer; `values` fill the placeholders of the text."""
        return {
            "rule": self.id,
            "instrument": self.instrument.title[lang],
            "article": self.article[lang],
            "force": self.instrument.force,
            "effect": effect,
            "text": self.text[lang].format_map(values),
            "source_grade": self.grade,
        }


@dataclass(frozen=True, slots=True)
class Position:
    """What one source says where sources disagree."""

    source: Mapping[str, str]
    grade: str
    says: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Instruments or sources that do not agree: what each says, which is followed, and why."""

    id: str
    pack: str
    title: Mapping[str, str]
    between: tuple[str, ...]  # rules and parameters of the packs
    positions: tuple[Position, ...]
    taken: Mapping[str, str]
    why: Mapping[str, str]
    path: str


@dataclass(frozen=True, slots=True, eq=False)
class Packs:
    """All law and policy in one checked, immutable whole."""

    instruments: Mapping[str, Instrument]
    parameters: Mapping[str, Parameter]
    rules: Mapping[str, Rule]
    readings: Mapping[str, Mapping[str, Any]]  # by pack: named combinations of facts, see docs/law.md
    zones: Mapping[str, str]  # by pack: the time zone whose midnight starts a law
    digests: Mapping[str, str]  # by pack: hash of the content
    counts: Mapping[str, Mapping[str, Any]] = field(
        default_factory=dict
    )  # by pack: which events a counter counts
    conflicts: Mapping[str, Conflict] = field(default_factory=dict)
    calendars: Mapping[str, str] = field(default_factory=dict)  # by pack: the country whose days off hold
    titles: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # by pack: its name by language
    acts: Mapping[str, Any] = field(default_factory=dict)  # by pack, fact and value: words of acts
    compiled: dict[Any, Any] = field(default_factory=dict, repr=False)  # what questions derive once from this

    def parameter(self, name: str) -> Parameter:
        """Return a parameter by its full name, such as "cn/cc-2011-2/plan_months_max"."""
        try:
            return self.parameters[name]
        except KeyError:
            known = ", ".join(sorted(n for n in self.parameters if n.split("/")[0] == name.split("/")[0]))
            said = gettext_noop("no pack has a parameter %(name)r; known there: %(known)s")
            raise NoLawInForce(said, name=name, known=known or "—") from None

    def value(self, name: str, on: date) -> Any:
        """Return the value of a parameter in force on a day; raises NoLawInForce, never a default."""
        return self.parameter(name).on(on)

    def values(self, name: str, days: NDArray[np.datetime64]) -> NDArray[Any]:
        """Return the value in force on each day of a datetime64[D] column."""
        return self.parameter(name).over(days)

    def rules_of(self, question: str, packs: Iterable[str]) -> tuple[Rule, ...]:
        """Return the rules of a question in these packs (all dates), law before policy, in file order."""
        wanted = set(packs)
        found = [
            r
            for r in self.rules.values()
            if r.question == question
            and r.instrument.pack in wanted
            and (not r.jurisdictions or wanted & set(r.jurisdictions))
        ]
        return tuple(sorted(found, key=lambda rule: rule.instrument.force == "policy"))

    def reason(
        self, rule_id: str, *, on: date, effect: str | None = None, lang: str = DEFAULT_LANG, **values: Any
    ) -> dict[str, Any]:
        """Render one rule as a reason in an answer; raises NoLawInForce where it does not bind on that day."""
        rule = self.rules.get(rule_id)
        if rule is None or not rule.in_force(on):
            raise NoLawInForce(gettext_noop("rule %(rule)s is not in force on %(day)s"), rule=rule_id, day=on)
        return rule.reason(effect or rule.effect, lang, values)

    def parameters_of(self, rule: Rule) -> set[str]:
        """Name the parameters that a rule's tests stand on or its text states."""
        found: set[str] = set()

        def visit(part: Any) -> None:
            if isinstance(part, str):
                full = part if "/" in part else f"{rule.instrument.key}/{part}"
                if full in self.parameters:
                    found.add(full)
            inside = (
                part.values() if isinstance(part, Mapping) else part if isinstance(part, list | tuple) else ()
            )
            for inner in inside:
                visit(inner)

        visit([rule.applies, rule.breach, rule.unless, rule.states])
        return found

    def without_policy(self) -> Packs:
        """Return the law alone, as if no house had a policy."""

        def of_law(entries: Mapping[str, Any]) -> dict[str, Any]:
            return {key: entry for key, entry in entries.items() if entry.instrument.force != "policy"}

        instruments = {k: i for k, i in self.instruments.items() if i.force != "policy"}
        return replace(
            self,
            instruments=instruments,
            parameters=of_law(self.parameters),
            rules=of_law(self.rules),
            compiled={},
        )

    def jurisdictions(self) -> tuple[str, ...]:
        """Name the jurisdictions that have a law pack."""
        return tuple(sorted({i.pack for i in self.instruments.values() if i.force != "policy"}))

    def houses(self) -> tuple[str, ...]:
        """Name the policy packs."""
        return tuple(sorted({i.pack for i in self.instruments.values() if i.force == "policy"}))

    def versions(self, packs: Iterable[str], on: date) -> dict[str, str]:
        """Return by pack its version: the newest instrument in force on a day, and the hash of the content."""
        versions = {}
        for pack in packs:
            dates = [
                i.in_force_on for i in self.instruments.values() if i.pack == pack and i.in_force_on <= on
            ]
            versions[pack] = f"{max(dates, default='none')}+{self.digests[pack]}"
        return versions
