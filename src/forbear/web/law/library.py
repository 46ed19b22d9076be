"""The library's entries: every instrument, rule and parameter as one searchable row, and where each is used."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import gettext_lazy as _

from forbear.packs import Conflict, Instrument, NoLawInForce, Packs, Parameter, Rule
from forbear.packs.acts import named, word
from forbear.web.board.selectors import Span, refusals_by_rule
from forbear.web.law.changes import versions, written

DAYS_OF_REFUSALS = 30
KINDS = {"instrument": _("Instrument"), "rule": _("Rule"), "parameter": _("Parameter")}
STATUSES = {"in_force": _("In force"), "expired": _("Expired"), "future": _("Not yet in force")}
UNVERIFIED = ("U", "V3")
OPEN = "…"  # a number that only the case in hand gives
PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the library."""

    kind: str
    id: str
    title: Mapping[str, str]
    text: Mapping[str, str]
    instrument: Instrument
    article: Mapping[str, str]
    grade: str
    starts_on: date
    until: date | None
    haystack: str  # all of it in small letters, both languages

    def status(self, on: date) -> str:
        """Say whether it binds on a day: in_force, expired or future."""
        if on < self.starts_on:
            return "future"
        return "expired" if self.until and on > self.until else "in_force"

    @property
    def jurisdiction(self) -> str:
        """Name the pack."""
        return self.instrument.pack


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader looks for."""

    words: str = ""
    on: date = date.min
    kind: str = ""
    force: str = ""
    grade: str = ""
    jurisdiction: str = ""
    status: str = ""


def entries(packs: Packs) -> list[Entry]:
    """Return every entry, made once for each state of the packs."""
    if "library" not in packs.compiled:
        packs.compiled["library"] = [
            *(of_instrument(each) for each in packs.instruments.values()),
            *(of_rule(packs, each) for each in packs.rules.values()),
            *(of_parameter(each) for each in packs.parameters.values()),
        ]
    found: list[Entry] = packs.compiled["library"]
    return found


def of_instrument(each: Instrument) -> Entry:
    """Return an instrument as an entry."""
    words = hay(each.key, *each.title.values())
    return Entry("instrument", each.key, each.title, {}, each, {}, "", each.in_force_on, each.until, words)


def of_rule(packs: Packs, each: Rule) -> Entry:
    """Return a rule as an entry; its numbers are those of its first day or, if later, of its parameters'."""
    words = hay(
        each.id,
        *each.article.values(),
        each.question,
        *each.text.values(),
        *each.instrument.title.values(),
        *each.source.values(),
        *(words for fact, value in named(each) for words in called(packs, fact, value, each)),
    )
    return Entry(
        "rule",
        each.id,
        each.text,
        each.text,
        each.instrument,
        each.article,
        each.grade,
        each.starts_on,
        each.until,
        words,
    )


def called(packs: Packs, fact: str, value: str, rule: Rule) -> list[str]:
    """Return an act or a detail of a rule and what it is called, to be searched in."""
    return [value, *(word(packs, fact, value, rule.instrument.pack) or {}).values()]


def acts_of(rule: Rule) -> dict[str, list[str]]:
    """Return the acts and details a rule names, each once, by fact."""
    found: dict[str, list[str]] = {}
    for fact, value in dict.fromkeys(named(rule)):
        found.setdefault(fact, []).append(value)
    return found


def of_parameter(each: Parameter) -> Entry:
    """Return a parameter as an entry."""
    said = each.description
    words = hay(
        each.name,
        *each.article.values(),
        *said.values(),
        *each.instrument.title.values(),
        *each.source.values(),
    )
    grade = each.grade if each.verified else "U"
    return Entry(
        "parameter",
        each.name,
        said,
        said,
        each.instrument,
        each.article,
        grade,
        each.starts[0],
        each.untils[-1],
        words,
    )


def hay(*texts: str) -> str:
    """Return texts to be searched in."""
    return "\n".join(texts).casefold()


def search(packs: Packs, wanted: Wanted) -> list[Entry]:
    """Return the entries that hold every word and pass every filter, instruments first, then rules."""
    words = wanted.words.casefold().split()
    return [
        each for each in entries(packs)
        if all(word in each.haystack for word in words)
        and wanted.kind in ("", each.kind)
        and wanted.force in ("", each.instrument.force)
        and (wanted.grade in ("", each.grade) or (wanted.grade == "unverified" and each.grade in UNVERIFIED))
        and wanted.jurisdiction in ("", each.jurisdiction)
        and wanted.status in ("", each.status(wanted.on))
    ]  # fmt: skip


def rendered(packs: Packs, rule: Rule, on: date) -> dict[str, str]:
    """Return a rule's text in both languages with the numbers of a day, or of its own day next to that; what only a case tells is "…"."""
    values = {}
    on = max(on, rule.starts_on) if rule.until is None else min(max(on, rule.starts_on), rule.until)
    for name, parameter in numbers_of(packs, rule).items():
        try:
            values[name] = written(parameter.on(on), parameter.unit).removesuffix(":00")
        except NoLawInForce:
            continue
    return {
        lang: PLACEHOLDER.sub(lambda found: values.get(found[1], OPEN), text)
        for lang, text in rule.text.items()
    }


def said(packs: Packs, entry: Entry, on: date) -> Mapping[str, str]:
    """Return what a row of the library says: a title, a description, or a rule with the numbers of a day."""
    return rendered(packs, packs.rules[entry.id], on) if entry.kind == "rule" else entry.title


def numbers_of(packs: Packs, rule: Rule) -> Mapping[str, Parameter]:
    """Return the numbers of a rule's text by placeholder, found once for each state of the packs."""
    if "numbers" not in packs.compiled:
        packs.compiled["numbers"] = {each.id: found_numbers(packs, each) for each in packs.rules.values()}
    found: Mapping[str, Parameter] = packs.compiled["numbers"][rule.id]
    return found


def found_numbers(packs: Packs, rule: Rule) -> dict[str, Parameter]:
    """Return what a rule stands on, what it says it states, and the number of the one term it is about."""
    key, kinds = rule.instrument.key, rule.applies.get("kind", ())
    found = {leaf(name): packs.parameters[name] for name in packs.parameters_of(rule)}
    found |= {placeholder: packs.parameters[f"{key}/{name}"] for placeholder, name in rule.numbers.items()}
    term = f"{key}/deadlines/{kinds[0]}" if len(kinds) == 1 else ""
    return found | (
        {"count": packs.parameters[term]} if rule.question == "deadline" and term in packs.parameters else {}
    )


def leaf(name: str) -> str:
    """Return the last part of a parameter's name."""
    return name.rsplit("/", 1)[1]


def timeline(parameter: Parameter, on: date) -> list[dict[str, Any]]:
    """Return the versions of a parameter, newest first, each beside the one it replaced."""
    rows, before = [], ""
    for start, until, text in versions(parameter):
        status = "future" if on < start else "expired" if until is not None and on > until else "in_force"
        rows.append({"start": start, "until": until, "text": text, "before": before, "status": status})
        before = text
    return rows[::-1]


def rules_using(packs: Packs, name: str) -> list[Rule]:
    """Return the rules whose tests stand on a parameter."""
    return [rule for rule in packs.rules.values() if name in packs.parameters_of(rule)]


def conflicts_about(packs: Packs, name: str) -> list[Conflict]:
    """Return the conflicts a rule or parameter takes part in."""
    return [each for each in packs.conflicts.values() if name in each.between]


def tightened_by(packs: Packs, name: str) -> list[str]:
    """Name the policies that stiffen a rule or parameter."""
    both: Iterable[Any] = (*packs.rules.values(), *packs.parameters.values())
    return [getattr(each, "id", "") or each.name for each in both if each.tightens == name]


@lru_cache(maxsize=4)
def vectors(root: Path) -> tuple[tuple[str, str, str], ...]:
    """Return every worked case as (file, name, everything it says)."""
    found = []
    for path in sorted((root / "law").glob("*/vectors/*.yaml")):
        content = yaml.load(path.read_bytes(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
        for case in (content or {}).get("cases", []):
            said = json.dumps(case, ensure_ascii=False, default=str)
            found.append((path.relative_to(root).as_posix(), str(case.get("name", "")), said))
    return tuple(found)


def vectors_touching(root: Path, ids: Iterable[str]) -> list[tuple[str, str]]:
    """Return (file, name) of the worked cases that name one of these rules."""
    wanted = re.compile("|".join(rf'"{re.escape(each)}"' for each in ids) or "(?!)")
    return [(file, name) for file, name, said in vectors(root) if wanted.search(said)]


def templates_naming(root: Path, ids: Iterable[str]) -> list[str]:
    """Name the message templates whose file names one of these rules, parameters or instruments."""
    wanted = [each for each in ids if each]
    paths = sorted((root / "policy").glob("*/templates/*.yaml"))
    return [path.stem for path in paths if any(each in path.read_text(encoding="utf-8") for each in wanted)]


def refusals(at: datetime) -> dict[str, Mapping[str, Any]]:
    """Return by rule what it refused in the last days; one query."""
    last = at.date()
    span = Span(last - timedelta(days=DAYS_OF_REFUSALS - 1), last)
    return {row["rule"]: row for row in refusals_by_rule(span)}
