"""Is this act of the bank, of its agency or in court lawful? Acts and what bears on them are named by the rules alone.

A rule of this question names its acts in `applies: {act: [..]}` and, where an act has kinds, `detail`. A lawyer adds
an act by writing a rule; an act that no rule in force names has no law, and the answer says so instead of "lawful".
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Annotated, Any

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from forbear.packs import NAMED, NoLawInForce, PackError, Packs, Rule, gettext_noop
from forbear.questions.columns import UNKNOWN, Columns, Fact, facts_of
from forbear.questions.facts import Facts, Word
from forbear.questions.norms.compiler import Compiler
from forbear.questions.norms.judging import judge
from forbear.questions.norms.norm import Norm
from forbear.questions.norms.truth import MAX_BITS, Trial
from forbear.questions.periods import check_days
from forbear.questions.registry import Question

NAME = "conduct"
ONE_DAY = timedelta(days=1)
CODES = ("lawful", "discouraged", "unlawful")
STRENGTH = {"note": 0, "presume": 1, "discourage": 1, "refuse": 2}  # index of CODES
Count = Annotated[int, Meta(ge=0, le=1_000_000_000)]
Flag = bool | None


class ConductFacts(Facts, frozen=True, kw_only=True):
    """What is done, when, and what matters about it; null means "not known"."""

    act: Annotated[
        Word, Meta(description="What is done, as the rules name it; an unknown one lists those known.")
    ]
    as_of: Annotated[date, Meta(description="The day it is done.")]
    jurisdiction: Annotated[Word, Meta(description="Whose law. Default cn.")] = "cn"
    detail: Annotated[Word | None, Meta(description="Which kind of the act, as the rules name it.")] = None
    consent: Annotated[Flag, Meta(description="Whoever must agree has agreed: the person, or the bank.")] = (
        None
    )
    informed: Annotated[
        Flag, Meta(description="The person was told before, conspicuously where asked for.")
    ] = None
    repeated: Annotated[Flag, Meta(description="It is done again and again.")] = None
    serious: Annotated[
        Flag, Meta(description="The circumstances are serious in the sense of the penal norm.")
    ] = None
    at_work: Annotated[Flag, Meta(description="The data was obtained in performing one's duties.")] = None
    times: Annotated[Count | None, Meta(description="How often in the last year, or how often before.")] = (
        None
    )
    items: Annotated[Count | None, Meta(description="How many records or persons.")] = None
    percent: Annotated[Count | None, Meta(description="Per cent of what the norm measures by.")] = None
    days: Annotated[Count | None, Meta(description="Days of notice or delay.")] = None
    months: Annotated[Count | None, Meta(description="Months that have passed or were given.")] = None


def check(facts: ConductFacts) -> None:
    """Raise BadFact for a day that cannot be meant."""
    check_days(facts, ("as_of",))


@dataclass(frozen=True)
class _Group:
    """The norms on one act on one day, and the facts as bits of `needs`."""

    norms: tuple[Norm, ...]
    versions: dict[str, str]


@dataclass(frozen=True)
class ConductAnswer:
    """Columns of shape (n,): `code` indexes CODES; one bit per norm of the row's group in `broken`, `kept`."""

    n: int
    code: NDArray[np.int8]
    broken: NDArray[np.uint64]
    shown: NDArray[np.uint64]
    needs: NDArray[np.uint64]
    group_of: NDArray[np.int64]
    groups: list[_Group]
    on: NDArray[np.datetime64]

    def rendered(self, i: int, lang: str) -> dict[str, Any]:
        """Return the public JSON object of one row."""
        group, broken, shown = self.groups[self.group_of[i]], int(self.broken[i]), int(self.shown[i])
        said = sorted(
            (n for n in group.norms if (broken | shown) >> n.bit & 1), key=lambda n: -STRENGTH[n.rule.effect]
        )
        return {
            "answer": CODES[self.code[i]],
            "reasons": [
                n.rule.reason(n.rule.effect if broken >> n.bit & 1 else "permit", lang, n.values)
                for n in said
            ],
            "needs": [
                name for bit, name in enumerate(facts_of(ConductFacts)) if int(self.needs[i]) >> bit & 1
            ],
            "as_of": str(self.on[i]),
            "pack_versions": dict(group.versions),
        }


def answer(columns: Columns, *, packs: Packs, n: int) -> ConductAnswer:
    """Judge n acts, each under the law of its day; raises NoLawInForce with rows where no rule names the act."""
    on = columns["as_of"]
    group_of, missing = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=bool)
    groups: list[_Group] = []
    places: dict[Any, int] = {}
    for i, asked in enumerate(
        zip(
            columns["jurisdiction"].tolist(), columns["act"].tolist(), on.astype(object).tolist(), strict=True
        )
    ):
        if asked not in places:
            places[asked] = len(groups)
            groups.append(_group(packs, *asked))
        group_of[i], missing[i] = places[asked], not groups[places[asked]].norms
    if missing.any():
        raise _no_law(packs, columns, missing)
    broken, shown, needs = (np.zeros(n, dtype=np.uint64) for _ in ("broken", "shown", "needs"))
    found = ConductAnswer(n, np.zeros(n, np.int8), broken, shown, needs, group_of, groups, on)
    for place, group in enumerate(groups):
        _decide(found, group, np.flatnonzero(group_of == place), columns)
    return found


def _decide(found: ConductAnswer, group: _Group, rows: NDArray[np.int64], columns: Columns) -> None:
    facts = {
        name: column[rows]
        for name, column in columns.items()
        if name not in (*NAMED, "as_of", "jurisdiction")
    }
    for name in NAMED:
        codes = {value: code for code, value in enumerate(_named(group.norms, name))}
        facts[name] = np.array(
            [codes.get(v, len(codes) if v else UNKNOWN) for v in columns[name][rows]], np.int64
        )
    bits = {name: bit for bit, name in enumerate(facts_of(ConductFacts))}
    verdict = judge(group.norms, Trial(facts), bits)
    found.broken[rows] = verdict.broken
    found.shown[rows] = verdict.kept
    found.needs[rows] = verdict.breaking | verdict.excusing
    for norm in group.norms:
        strength = np.int8(STRENGTH[norm.rule.effect])
        here = (found.broken[rows] >> np.uint64(norm.bit)) & np.uint64(1) == 1
        found.code[rows] = np.where(here, np.maximum(found.code[rows], strength), found.code[rows])


def _starts(packs: Packs, jurisdiction: str, act: str) -> list[date]:
    """Return the days from which what bears on an act, or the version of a pack, may read otherwise."""
    key = (NAME, jurisdiction, act)
    if key not in packs.compiled:
        houses = [jurisdiction, *packs.houses()]
        rules = [r for r in packs.rules_of(NAME, houses) if act in _acts(r)]
        keys = {rule.instrument.key for rule in rules}
        days = {i.in_force_on for i in packs.instruments.values() if i.pack in houses}
        days |= {rule.starts_on for rule in rules} | {rule.until + ONE_DAY for rule in rules if rule.until}
        days |= {day for p in packs.parameters.values() if p.instrument.key in keys for day in p.starts}
        packs.compiled[key] = sorted(days)
    found: list[date] = packs.compiled[key]
    return found


def _group(packs: Packs, jurisdiction: str, act: str, asked_on: date) -> _Group:
    """Return what bears on an act on a day, compiled once for each stretch without a change."""
    starts = _starts(packs, jurisdiction, act)
    place = bisect_right(starts, asked_on) - 1
    if place < 0:
        return _Group((), {})
    on = starts[place]
    key = (NAME, jurisdiction, act, on)
    if key not in packs.compiled:
        packs.compiled[key] = _compiled(packs, jurisdiction, act, on)
    found: _Group = packs.compiled[key]
    return found


def _compiled(packs: Packs, jurisdiction: str, act: str, on: date) -> _Group:
    houses = [jurisdiction, *packs.houses()]
    rules = [r for r in packs.rules_of(NAME, houses) if act in _acts(r) and r.in_force(on)]
    if len(rules) > MAX_BITS:
        raise PackError(
            gettext_noop(
                "%(name)s: %(count)s rules name the act %(act)s; an answer has room for %(max_bits)s"
            ),
            name=NAME,
            count=len(rules),
            act=act,
            max_bits=MAX_BITS,
        )
    kinds = dict(facts_of(ConductFacts)) | {
        name: Fact(name, "choice", (*_named(rules, name), "other"), None, None, None, True) for name in NAMED
    }
    compiler = Compiler(packs, jurisdiction, kinds, on)
    norms = tuple(compiler.norm(replace(rule, show_kept=True), bit) for bit, rule in enumerate(rules))
    return _Group(norms, packs.versions([p for p in houses if p in packs.digests], on))


def _acts(rule: Rule) -> list[str]:
    written = rule.applies.get("act")
    if not isinstance(written, list):
        raise PackError(
            gettext_noop("%(file)s: %(rule)s: write `applies: {act: [..]}`, the acts it bears on"),
            file=rule.path,
            rule=rule.id,
        )
    return written


def _named(norms: Any, fact: str) -> tuple[str, ...]:
    """Return the values of a fact that the rules name, in a fixed order."""
    rules = [getattr(norm, "rule", norm) for norm in norms]
    parts = [part for r in rules for part in (r.applies, r.breach, *r.unless) if fact in part]
    values = (v for part in parts for v in (part[fact] if isinstance(part[fact], list) else [part[fact]]))
    return tuple(sorted(set(values)))


def acts(packs: Packs, jurisdiction: str) -> Iterator[str]:
    """Yield every act that some rule of a jurisdiction names, on whatever day."""
    yield from sorted({act for rule in packs.rules_of(NAME, [jurisdiction]) for act in _acts(rule)})


def _no_law(packs: Packs, columns: Columns, missing: NDArray[np.bool_]) -> NoLawInForce:
    def of_row(i: int) -> NoLawInForce:
        jurisdiction, act = columns["jurisdiction"][i], columns["act"][i]
        known = list(acts(packs, jurisdiction))
        if act in known:
            starts = min(r.starts_on for r in packs.rules_of(NAME, [jurisdiction]) if act in _acts(r))
            said = gettext_noop(
                "no rule on %(act)s is in force in %(where)s on %(day)s (first from %(start)s)"
            )
            return NoLawInForce(said, act=act, where=jurisdiction, day=columns["as_of"][i], start=starts)
        said = gettext_noop("no rule in %(where)s names the act %(act)r; known acts: %(known)s")
        return NoLawInForce(said, where=jurisdiction, act=act, known=", ".join(known) or "—")

    return NoLawInForce.of_rows(of_row, missing)


QUESTION = Question(NAME, "Is this act lawful, and what follows from it?", ConductFacts, answer, check=check)
