"""Do the worked cases hold the law? Each number, first day and rule is changed a little, and some case must notice.

A case that notices a number raised by the least step stands on one side of its threshold, one that notices it lowered
on the other. A rule moved by a day must be noticed by the case on its first day or the one on the day before.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from forbear.packs import Ladder, NoLawInForce, PackError, Packs, Parameter, Rule
from forbear.packs.units import clock_time
from forbear.questions.facts import BadFact
from forbear.questions.registry import ask_lines
from forbear.questions.vectors import RAISES, Vector, compare

ONE_DAY = timedelta(days=1)
DEAD = "no question, rule or program reads it: use it or remove it"
DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])-([0-2]\d|3[01])(T|$)")
TEXTUAL = ("text", "words", "mapping")  # units without a threshold


WHAT: Mapping[str, str] = {
    "unheld": "no case holds that it is there",
    "first_day": "no case on its first day, {detail}",
    "day_before": "no case on the day before it, {detail}",
    "last_day": "no case on its last day, {detail}",
    "day_after": "no case on the day after its last, {detail}",
    "threshold": "{detail}: no case notices",
    "change": "changes on {start}, and no case is of {detail}",
    "dead": DEAD,
}


@dataclass(frozen=True)
class Gap:
    """Something that could change without any worked case noticing; `kind` is a key of WHAT."""

    name: str
    kind: str
    instrument: str
    detail: str = ""  # the day without a case, or the step nobody noticed
    start: str = ""  # the first day of the value

    @property
    def what(self) -> str:
        """Say what is missing, without the name."""
        detail = f"from {self.start}, {self.detail}" if self.kind == "threshold" else self.detail
        return WHAT[self.kind].format(detail=detail, start=self.start)

    @property
    def folder(self) -> str:
        """Name the folder that a case goes into."""
        pack, inside, _ = self.instrument.partition("/")
        return f"{'law' if inside else 'policy'}/{pack}/vectors"

    def __str__(self) -> str:
        if self.kind == "dead":
            return f"{self.name}: {self.what}"
        return f"{self.name}: {self.what}; add a case to {self.folder}"


def of_law(entry: Rule | Parameter) -> bool:
    """Say whether a rule or parameter is law; house policy owes no cases."""
    return entry.instrument.force != "policy"


class _Read(dict[str, Parameter]):
    """Parameters that remember which of them were asked for by name."""

    def __init__(self, given: Mapping[str, Parameter]) -> None:
        super().__init__(given)
        self.names: set[str] = set()

    def __getitem__(self, name: str) -> Parameter:
        self.names.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        """Return a parameter or the default, remembering the name."""
        self.names.add(name)
        return super().get(name, default)


class Coverage:
    """The worked cases with what each reads and cites, ready to be tried on changed packs."""

    def __init__(self, packs: Packs, vectors: Sequence[Vector]) -> None:
        self.packs = packs
        self._by_question: dict[tuple[str, str], list[Vector]] = defaultdict(list)
        for vector in vectors:
            self._by_question[vector.question, vector.packs].append(vector)
        self.reads: dict[str, set[str]] = {}  # by question: the parameters it asked for by name
        self._citing: dict[str, set[int]] = defaultdict(
            set
        )  # by rule: cases that name it or whose answer does
        self._cited_by: dict[str, set[int]] = defaultdict(
            set
        )  # by rule: cases whose answer cites it, not as kept
        self._questions_citing: dict[str, set[str]] = defaultdict(set)
        self.failing: list[Vector] = []  # cases that these packs do not answer as they say
        self._days = {id(v): set(_days(v.given)) | set(_days(v.calls)) for v in vectors}
        self._lines = {id(v): _line(v, packs) for v in vectors}
        for (question, _), cases in self._by_question.items():
            chosen = _chosen(cases, packs)
            read = _Read(chosen.parameters)
            answers = self._answers(question, cases, replace(chosen, parameters=read, compiled={}))
            self.reads[question] = self.reads.get(question, set()) | read.names
            for case, answered in zip(cases, answers, strict=True):
                self._note(case, answered)

    def _note(self, case: Vector, answered: bytes | Exception) -> None:
        if _fails(case, answered):
            self.failing.append(case)
        named = {*(case.then or {}).get("rules", ()), *(case.then or {}).get("without", ())}
        reasons = json.loads(answered)["reasons"] if isinstance(answered, bytes) else ()
        for reason in reasons:
            self._cited_by[reason["rule"]].add(id(case))
            self._questions_citing[reason["rule"]].add(case.question)
        for rule in named | {reason["rule"] for reason in reasons}:
            self._citing[rule].add(id(case))

    def _answers(self, question: str, cases: Sequence[Vector], packs: Packs) -> list[bytes | Exception]:
        return ask_lines(question, [self._lines[id(case)] for case in cases], packs=packs, lang="en")

    def noticed(self, packs: Packs, chosen: Callable[[Vector], bool]) -> bool:
        """Say whether some chosen case fails on these packs; one that failed before would notice anything."""
        failed = set(map(id, self.failing))
        for (question, _), all_cases in self._by_question.items():
            cases = [case for case in all_cases if chosen(case) and id(case) not in failed]
            if not cases:
                continue
            try:
                answers = self._answers(question, cases, _chosen(cases, packs))
            except (PackError, NoLawInForce, LookupError, ValueError, TypeError):
                return True  # packs that no longer answer at all are noticed by whoever asks
            if any(_fails(case, found) for case, found in zip(cases, answers, strict=True)):
                return True
        return False

    def gaps(self, wanted: Callable[[Rule | Parameter], bool] = of_law) -> Iterator[Gap]:
        """Yield what no case holds, of the rules and parameters that are wanted."""
        for rule in self.packs.rules.values():
            if wanted(rule):
                yield from self._rule_gaps(rule)
        for parameter in self.packs.parameters.values():
            if parameter.unit not in TEXTUAL and wanted(parameter):
                yield from self._parameter_gaps(parameter)

    def _rule_gaps(self, rule: Rule) -> Iterator[Gap]:
        relevant = self._citing[rule.id]
        without = {k: r for k, r in self.packs.rules.items() if k != rule.id}
        if not self.noticed(replace(self.packs, rules=without, compiled={}), lambda v: id(v) in relevant):
            yield Gap(rule.id, "unheld", rule.instrument.key)
        edges = [
            (rule.starts_on, True, "first_day"),
            (rule.starts_on - ONE_DAY, False, "day_before"),
        ]
        if rule.until is not None:
            edges += [
                (rule.until, True, "last_day"),
                (rule.until + ONE_DAY, False, "day_after"),
            ]
        for day, cited, kind in edges:
            if not self._has_case(rule, day, cited):
                yield Gap(rule.id, kind, rule.instrument.key, f"{day}")

    def _has_case(self, rule: Rule, day: date, cited: bool) -> bool:
        """Say whether a case of that day cites the rule; or, if not to be cited, knows the rule elsewhere and not here."""
        if cited:
            return any(day in self._days[case] for case in self._cited_by[rule.id])
        asked = self._questions_citing[rule.id]
        return any(
            day in self._days[id(case)] and id(case) not in self._cited_by[rule.id]
            for (question, _), cases in self._by_question.items()
            if question in asked
            for case in cases
            if case.raises or rule.id in case.then.get("without", ())  # type: ignore[union-attr]  # then where not raises
        )

    def _parameter_gaps(self, parameter: Parameter) -> Iterator[Gap]:
        asked = {question for question, names in self.reads.items() if parameter.name in names}
        for place, held in enumerate(parameter.held):
            for what, changed in steps(held, parameter.unit):
                values = (*parameter.held[:place], changed, *parameter.held[place + 1 :])
                changed_to = {**self.packs.parameters, parameter.name: replace(parameter, held=values)}
                packs = replace(self.packs, parameters=changed_to, compiled={})
                if not self.noticed(packs, lambda v: v.question in asked):
                    since = f"{parameter.starts[place]}"
                    yield Gap(parameter.name, "threshold", parameter.instrument.key, what, since)
        for start in parameter.starts[1:]:
            for day in (start - ONE_DAY, start):
                if not any(day in self._days[id(case)] for case in self._asking(asked)):
                    yield Gap(parameter.name, "change", parameter.instrument.key, f"{day}", f"{start}")

    def _asking(self, questions: set[str]) -> Iterator[Vector]:
        for (question, _), cases in self._by_question.items():
            if question in questions:
                yield from cases

    def dead(self, code: str = "") -> Iterator[Gap]:
        """Yield parameters that no question read, no rule or parameter names, and no program text mentions."""
        read = set().union(*self.reads.values()) if self.reads else set()
        named = json.dumps(
            [[r.applies, r.breach, r.unless, r.states, r.tightens] for r in self.packs.rules.values()]
            + [[p.tightens, p.held] for p in self.packs.parameters.values()]
            + [list(self.packs.readings.values()), list(self.packs.counts.values())],
            default=str,
        )
        for parameter in self.packs.parameters.values():
            leaf = parameter.name.rsplit("/", 1)[1]
            if parameter.name not in read and leaf not in named and leaf not in code:
                yield Gap(parameter.name, "dead", parameter.instrument.key)


def _days(given: Any) -> Iterator[date]:
    """Yield every day that the facts of a case name, moments by their local day."""
    if isinstance(given, Mapping | list | tuple):
        for inner in given.values() if isinstance(given, Mapping) else given:
            yield from _days(inner)
    elif isinstance(given, date):
        yield given
    elif isinstance(given, str) and DAY.match(given):
        yield date.fromisoformat(given[:10])


def _chosen(cases: Sequence[Vector], packs: Packs) -> Packs:
    return packs.without_policy() if cases[0].packs == "law" else packs


def _line(vector: Vector, packs: Packs) -> bytes:
    return msgspec.json.encode(vector.facts(packs))


def _fails(case: Vector, answered: bytes | Exception) -> bool:
    if isinstance(answered, Exception):
        expected = RAISES.get(case.raises or "", ())
        return not isinstance(answered, expected) or (
            isinstance(answered, BadFact) and case.field not in (None, answered.field)
        )
    return case.then is None or bool(compare(case.then, json.loads(answered)))


def steps(held: Any, unit: str) -> Iterator[tuple[str, Any]]:
    """Yield a value moved by the least step to each side, for every number in it."""
    if isinstance(held, bool):
        yield f"{held} → {not held}", not held
    elif isinstance(held, int):
        said = clock_time if unit == "local_time" else str
        yield from ((f"{said(held)} → {said(held + by)}", held + by) for by in (1, -1) if held + by >= 0)
    elif isinstance(held, Decimal):
        step = Decimal(1).scaleb(int(held.as_tuple().exponent))
        yield from ((f"{held} → {held + by}", held + by) for by in (step, -step) if held + by >= 0)
    elif isinstance(held, Ladder):
        for place, start in enumerate(held.starts[1:], 1):
            for by in (1, -1):
                starts = (*held.starts[:place], start + by, *held.starts[place + 1 :])
                yield f"{held.names[place]} {start} → {start + by}", replace(held, starts=starts)
    elif unit == "table":
        yield from _table_steps(held)


def _table_steps(rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Any]]:
    for place, row in enumerate(rows):
        for key, written in row.items():
            for what, changed in steps(*_number(written)):
                back = str(changed) if isinstance(written, str) else changed
                yield (
                    f"[{place + 1}] {key} {what}",
                    (*rows[:place], {**row, key: back}, *rows[place + 1 :]),
                )


def _number(written: Any) -> tuple[Any, str]:
    """Return a number of a table as a value with steps; anything else has none."""
    if isinstance(written, str):
        try:
            return Decimal(written), "CNY"
        except InvalidOperation:
            return None, "text"
    return (None, "text") if isinstance(written, date | list | dict) else (written, "count")
