"""What a draft leaves open: numbers nothing reads, days and thresholds no worked case stands on, cases that change.

The same checks as `forbear law check`, on what the draft adds or changes alone. Found once, when it is submitted, and
kept with it as plain data, so that the second person reads in either language what the author was told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from django.utils.translation import gettext_lazy

from forbear.packs import Packs, Parameter, Rule
from forbear.packs.files import packs_root
from forbear.questions.coverage import Coverage, Gap, of_law
from forbear.questions.lawcheck import program_text
from forbear.questions.vectors import Vector, load_vectors
from forbear.web.law.changes import changes

Advice = dict[str, str]  # kind, name, detail, start, folder
SHOWN = 40  # points kept of one draft; a change that opens more is read as "and others"
CASE, DEAD = "case", "dead"
WORDS: Mapping[str, object] = {
    "unheld": gettext_lazy("%(name)s: no worked case holds that it is there. Add one to %(folder)s."),
    "first_day": gettext_lazy("%(name)s begins on %(detail)s, and no worked case stands on that day. Add one to %(folder)s."),
    "day_before": gettext_lazy("%(name)s: no worked case stands on %(detail)s, the day before it begins. Add one to %(folder)s."),
    "last_day": gettext_lazy("%(name)s ends on %(detail)s, and no worked case stands on that day. Add one to %(folder)s."),
    "day_after": gettext_lazy("%(name)s: no worked case stands on %(detail)s, the day after its last. Add one to %(folder)s."),
    "threshold": gettext_lazy("%(name)s from %(start)s: were it %(detail)s, no worked case would notice. Add one on that side to %(folder)s."),
    "change": gettext_lazy("%(name)s changes on %(start)s, and no worked case is of %(detail)s. Add one to %(folder)s."),
    "dead": gettext_lazy("%(name)s: no question, rule or program reads it. Use it in a rule, or remove it."),
    "case": gettext_lazy("The worked case “%(name)s” (%(folder)s) would get another answer. Change the case with the next release, or the draft."),
}  # fmt: skip


def advice(before: Packs, after: Packs) -> list[Advice]:
    """Return what a draft leaves open, idle numbers first; empty where each change has its cases."""
    changed = {change["id"] for change in changes(before, after) if change["what"] != "removed"}
    old, new = covered(before), covered(after)
    known = {id(case) for case in old.failing}
    points = [as_advice(gap) for gap in idle(old, new)]
    points += map(as_advice, new.gaps(lambda entry: name_of(entry) in changed))
    points += [as_case(case) for case in new.failing if id(case) not in known]
    return points[:SHOWN]


def idle(old: Coverage, new: Coverage) -> Iterator[Gap]:
    """Yield the numbers that nothing reads any more, or not yet."""
    text = program_text()
    known = {gap.name for gap in old.dead(text)}
    yield from (gap for gap in new.dead(text) if gap.name not in known)


def idle_policy(points: list[Advice], packs: Packs) -> list[Advice]:
    """Return the idle numbers of the house: a reader would take them for in force, so they are refused."""
    return [p for p in points if p["kind"] == DEAD and not of_law(packs.parameters[p["name"]])]


def covered(packs: Packs) -> Coverage:
    """Return the worked cases asked of these packs, once for each state of the packs."""
    if "covered" not in packs.compiled:
        packs.compiled["covered"] = Coverage(packs, cases())
    found: Coverage = packs.compiled["covered"]
    return found


@lru_cache(maxsize=1)
def cases() -> tuple[Vector, ...]:
    """Return the shipped worked cases, which no draft can change."""
    return tuple(load_vectors(packs_root()))


def name_of(entry: Rule | Parameter) -> str:
    """Return the id of a rule or the name of a parameter."""
    return entry.id if isinstance(entry, Rule) else entry.name


def as_advice(gap: Gap) -> Advice:
    """Return a gap as plain data."""
    return {
        "kind": gap.kind,
        "name": gap.name,
        "detail": gap.detail,
        "start": gap.start,
        "folder": gap.folder,
    }


def as_case(case: Vector) -> Advice:
    """Return a case that answers otherwise as plain data."""
    return {"kind": CASE, "name": case.name, "folder": case.path.relative_to(packs_root()).as_posix()}


def in_words(point: Advice) -> str:
    """Write one point in the reader's language."""
    return str(WORDS[point["kind"]]) % point
