"""Until when must something be done? Terms of courts, credit bureaus and complaints, with their counting rules.

A kind of term is data: a number under `deadlines.yaml` with a rule that names it. A lawyer adds one without a program.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal, get_args

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from forbear.packs import NoLawInForce, PackError, Packs, Rule, gettext_noop
from forbear.questions.columns import UNKNOWN, Columns
from forbear.questions.envelope import envelope
from forbear.questions.facts import BadFact, Facts, Word
from forbear.questions.periods import (
    HOME_CALENDAR,
    WORKING_DAYS,
    Days,
    add,
    calendar_need,
    check_days,
    iso,
    shifted,
    stretches,
)
from forbear.questions.registry import Question

Grounds = Literal["merits", "cannot_pay", "wants_delay", "other_way_of_paying"]
GROUNDS: tuple[str, ...] = get_args(Grounds)
OBJECTION, ENFORCEMENT = "payment_order_objection", "enforcement_application"
OBJECTION_RULE, LATE_RULE = "PO-OBJ", "ENF-481"
SECTION = "/deadlines/"
HELPERS = ("counting", "continues", "opens")  # parameters of the section that say how others are counted
LONGEST_CHAIN = 4  # a size: terms that begin where another ends; beyond it the pack turns in a circle


class DeadlineFacts(Facts, frozen=True):
    """Until when, counted from one event?"""

    kind: Annotated[
        Word,
        Meta(
            description="Which term, as the packs name it; an unknown one lists those known. The answer tells what starts it."
        ),
    ]
    event_on: Annotated[
        date, Meta(description="The day of the event that starts the term; it is not counted.")
    ]
    done_on: Annotated[
        date | None,
        Meta(description="The day it was done, to be told whether in time. Default not done yet."),
    ] = None
    grounds: Annotated[
        Grounds | None, Meta(description="Of an objection: on what ground? Null, the default: not known.")
    ] = None
    in_writing: Annotated[
        bool | None, Meta(description="Of an objection: in writing? Null, the default: not known.")
    ] = None
    jurisdiction: Annotated[Word, Meta(description="Whose law. Default cn.")] = "cn"


def check(facts: DeadlineFacts) -> None:
    """Raise BadFact for days that cannot be meant."""
    check_days(facts, ("event_on", "done_on"))
    if facts.done_on is not None and facts.done_on < facts.event_on:
        raise BadFact("done_on", facts.done_on.isoformat(), "not before event_on")


@dataclass(frozen=True)
class Term:
    """One term in one stretch of law: its steps, each a count and a unit, and how days off are treated."""

    pack: str
    kind: str
    start: np.datetime64
    until: np.datetime64
    steps: tuple[tuple[int, str], ...]
    day_off_moves: bool
    counting_rule: str
    rule: Rule
    country: str  # whose days off
    opens: tuple[int, str] | None  # it may be done from then on; none from the event on


@dataclass(frozen=True)
class DeadlineAnswer:
    """Columns of shape (n,): `first_day`, `last_day`, `nominal_last_day`, `in_time`, `valid` (1, 0, -1 not known)."""

    n: int
    first_day: Days  # the event itself where the term opens with it
    last_day: Days
    nominal_last_day: Days
    announced: NDArray[np.bool_]  # the days off of that year are known, or do not matter
    in_time: NDArray[np.int8]
    valid: NDArray[np.int8]
    term_of: NDArray[np.int64]
    terms: tuple[Term, ...]
    facts: Columns
    packs: Packs

    def rendered(self, i: int, lang: str) -> dict[str, Any]:
        """Return the public JSON object of one row."""
        term, on = self.terms[self.term_of[i]], self.facts["event_on"][i].astype(object)
        counting = self.packs.reason(term.counting_rule, on=on, lang=lang)
        result = {
            **({"first_day": iso(self.first_day[i])} if term.opens else {}),
            "last_day": iso(self.last_day[i]),
            "counting_rule": {
                "steps": [{"count": count, "unit": unit} for count, unit in term.steps],
                "first_day_counted": False,
                "day_off": "next_working_day" if term.day_off_moves else "stays",
                "text": counting["text"],
            },
        }
        named = result | {
            "nominal_last_day": iso(self.nominal_last_day[i]),
            "in_time": _flag(self.in_time[i]),
            "valid": _flag(self.valid[i]),
        }
        reasons = [term.rule.reason(term.rule.effect, lang, {"count": term.steps[-1][0]}), counting]
        reasons += [self.packs.reason(rule, on=on, lang=lang) for rule in self._notes(i, on)]
        needs, where = self._needs(i), term.pack
        return envelope(result, named, reasons, on=on, packs=self.packs, needs=needs, jurisdiction=where)

    def _notes(self, i: int, on: date) -> list[str]:
        kind = self.terms[self.term_of[i]].kind
        found = [OBJECTION_RULE] if kind == OBJECTION else []
        found += [LATE_RULE] if kind == ENFORCEMENT and self.in_time[i] == 0 else []
        return [rule for rule in found if self.packs.rules[rule].in_force(on)]

    def _needs(self, i: int) -> list[str]:
        asked = (
            self.terms[self.term_of[i]].kind == OBJECTION
            and self.in_time[i] == 1
            and self.valid[i] == UNKNOWN
        )
        found = [name for name in ("grounds", "in_writing") if asked and self.facts[name][i] == UNKNOWN]
        return found if self.announced[i] else [*found, calendar_need(self.last_day[i])]


def _flag(code: Any) -> bool | None:
    return None if code == UNKNOWN else bool(code)


def terms_of(packs: Packs) -> tuple[Term, ...]:
    """Return every term of the law packs by kind and stretch; raises PackError where one cannot be counted."""
    if "deadline" not in packs.compiled:
        packs.compiled["deadline"] = tuple(
            term for name in sorted(_numbers(packs)) for term in _terms(packs, name)
        )
    found: tuple[Term, ...] = packs.compiled["deadline"]
    return found


def kinds_of(packs: Packs, pack: str | None = None) -> tuple[str, ...]:
    """Return the kinds of term that the packs, or one of them, hold on whatever day."""
    return tuple(sorted({term.kind for term in terms_of(packs) if pack in (None, term.pack)}))


def _numbers(packs: Packs) -> set[str]:
    """Name the parameters that are terms: all of the section but the helpers, and the numbers that `opens` names."""
    inside = {name for name in packs.parameters if SECTION in name}
    helpers = {name for name in inside if name.split("/")[-1] in HELPERS}
    openings = {
        f"{name.rsplit('/', 1)[0]}/{opening}"
        for name in helpers
        if name.endswith("/opens")
        for held in packs.parameters[name].held
        for opening in held.values()
    }
    return inside - helpers - openings


def _terms(packs: Packs, name: str) -> list[Term]:
    parameter = packs.parameter(name)
    folder, kind = name.rsplit("/", 1)
    pack = name.split("/")[0]
    found = []
    for start, until, count in stretches(packs, name):
        on: date = start.astype(object)
        counting = packs.value(f"{folder}/counting", on)
        steps = (*_steps_before(packs, folder, kind, on, ()), (count, parameter.unit))
        moves = counting["day_off_moves"]
        country = (
            _country(packs, pack) if moves or WORKING_DAYS in (unit for _, unit in steps) else HOME_CALENDAR
        )
        found.append(
            Term(pack, kind, start, until, steps, moves, counting["rule"], _rule(packs, pack, kind, on), country,
                 _opens(packs, folder, kind, on))
        )  # fmt: skip
    return found


def _country(packs: Packs, pack: str) -> str:
    if pack not in packs.calendars:
        raise PackError(
            gettext_noop(
                "law/%(pack)s/jurisdiction.yaml: add `calendar`, the country whose days off its terms skip"
            ),
            pack=pack,
        )
    return packs.calendars[pack]


def _opens(packs: Packs, folder: str, kind: str, on: date) -> tuple[int, str] | None:
    """Return after how long it may first be done, where `opens` names a parameter for it."""
    name = f"{folder}/opens"
    opening = packs.value(name, on).get(kind) if name in packs.parameters else None
    if opening is None:
        return None
    parameter = packs.parameter(f"{folder}/{opening}")
    return parameter.on(on), parameter.unit


def _steps_before(
    packs: Packs, folder: str, kind: str, on: date, seen: tuple[str, ...]
) -> tuple[tuple[int, str], ...]:
    """Return the terms at whose end this one begins, first one first."""
    name = f"{folder}/continues"
    before = packs.value(name, on).get(kind) if name in packs.parameters else None
    if before is None:
        return ()
    if before in seen or len(seen) > LONGEST_CHAIN:
        raise PackError(
            gettext_noop("%(name)s: %(kind)s continues itself; break the circle"), name=name, kind=kind
        )
    earlier = packs.parameter(f"{folder}/{before}")
    return (*_steps_before(packs, folder, before, on, (*seen, kind)), (earlier.on(on), earlier.unit))


def _rule(packs: Packs, pack: str, kind: str, on: date) -> Rule:
    for rule in packs.rules_of("deadline", [pack]):
        if kind in rule.applies.get("kind", ()) and rule.in_force(on):
            return rule
    raise PackError(
        gettext_noop(
            "no rule of the question deadline names the kind %(kind)s on %(on)s: add one with its article"
        ),
        kind=kind,
        on=on,
    )


def answer(columns: Columns, *, packs: Packs, n: int) -> DeadlineAnswer:
    """Count n terms, each under the law of its event; raises NoLawInForce with rows where none governs."""
    event, where = columns["event_on"], columns["jurisdiction"]
    names, kind = np.unique(columns["kind"].astype(str), return_inverse=True)
    code = {str(name): index for index, name in enumerate(names)}
    terms = terms_of(packs)
    term_of = np.full(n, -1, dtype=np.int64)
    first, nominal, last = event.copy(), event.copy(), event.copy()
    announced = np.ones(n, dtype=bool)
    for index, term in enumerate(terms):
        rows = (kind == code.get(term.kind, -1)) & (event >= term.start) & (event <= term.until)
        rows &= (where == term.pack).astype(bool)
        if not rows.any():
            continue
        term_of[rows] = index
        nominal[rows] = last[rows] = _added(event[rows], term)
        if term.day_off_moves:
            last[rows], announced[rows] = shifted(nominal[rows], term.country)
        if term.opens:
            first[rows] = add(event[rows], *term.opens, term.country)
    missing = term_of < 0
    if missing.any():
        raise _no_law(packs, columns, missing)
    done = columns["done_on"]
    in_time = np.where(np.isnat(done), UNKNOWN, (done >= first) & (done <= last)).astype(np.int8)
    valid = _valid(columns, in_time, kind == code.get(OBJECTION, -1))
    return DeadlineAnswer(n, first, last, nominal, announced, in_time, valid, term_of, terms, columns, packs)


def _added(days: Days, term: Term) -> Days:
    for count, unit in term.steps:
        days = add(days, count, unit, term.country)
    return days


def _valid(columns: Columns, in_time: NDArray[np.int8], objection: NDArray[np.bool_]) -> NDArray[np.int8]:
    """Art. 228: in time, in writing and against the debt itself; any of them missing is enough to fail."""
    grounds, writing = columns["grounds"], columns["in_writing"]
    merits = np.where(grounds == UNKNOWN, UNKNOWN, grounds == GROUNDS.index("merits"))
    parts = np.stack([in_time, merits, writing])
    found = np.where((parts == 0).any(axis=0), 0, np.where((parts == UNKNOWN).any(axis=0), UNKNOWN, 1))
    return np.where(objection, found, UNKNOWN).astype(np.int8)


def _no_law(packs: Packs, columns: Columns, missing: NDArray[np.bool_]) -> NoLawInForce:
    def of_row(i: int) -> NoLawInForce:
        kind, where, on = columns["kind"][i], columns["jurisdiction"][i], columns["event_on"][i]
        known = kinds_of(packs, str(where))
        if kind in known:
            said = gettext_noop("no law in %(where)s gives a term for %(kind)s from %(day)s")
            return NoLawInForce(said, where=where, kind=kind, day=on)
        said = gettext_noop("no law in %(where)s knows the term %(kind)r; known: %(known)s")
        return NoLawInForce(said, where=where, kind=kind, known=", ".join(known) or "—")

    return NoLawInForce.of_rows(of_row, missing)


QUESTION = Question("deadline", "Until when must something be done?", DeadlineFacts, answer, check=check)
