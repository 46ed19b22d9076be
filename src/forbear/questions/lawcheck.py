"""Everything that can be held against a folder of packs, in words that say what to do: load, vectors, coverage, idle numbers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import yaml

import forbear
from forbear.packs import PackError, Packs, gettext_noop, load_packs
from forbear.questions.coverage import Coverage, Gap
from forbear.questions.registry import UnknownQuestion, all_questions, question
from forbear.questions.vectors import Vector, accepted_gaps, failure, load_vectors


def check_law(root: Path) -> Iterator[str]:
    """Yield each problem of the packs under a folder; nothing where a lawyer may rely on them."""
    try:
        packs = load_packs(root)
        vectors = load_vectors(root)
    except (PackError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        yield f"{error}"  # what does not load cannot be asked
        return
    yield from map(str, unknown_questions(packs))
    failed = list(failures(packs, vectors))
    yield from failed
    if not failed:  # a case that is wrong already would notice any change
        yield from uncovered(packs, vectors, root)


def unknown_questions(packs: Packs) -> Iterator[PackError]:
    """Yield rules of a question that does not exist, which nobody would ever ask, as errors that say so."""
    for rule in packs.rules.values():
        try:
            question(rule.question)
        except UnknownQuestion:
            said = gettext_noop("%(file)s: %(rule)s: no question %(question)r; known: %(known)s")
            known = ", ".join(each.name for each in all_questions())
            yield PackError(said, file=rule.path, rule=rule.id, question=rule.question, known=known)


def failures(packs: Packs, vectors: list[Vector]) -> Iterator[str]:
    """Yield what each vector that does not hold says."""
    by_name = {"all": packs, "law": packs.without_policy()}
    for vector in vectors:
        if said := failure(vector, by_name[vector.packs]):
            yield f"{vector.path}: {said}"


def uncovered(packs: Packs, vectors: list[Vector], root: Path) -> Iterator[str]:
    """Yield what no vector holds and nothing accepts, acceptances that are stale, and numbers that nothing reads."""
    coverage, accepted = Coverage(packs, vectors), accepted_gaps(root)
    gaps: list[Gap] = list(coverage.gaps())
    yield from (str(gap) for gap in gaps if gap.name not in accepted)
    for name in sorted(set(accepted) - {gap.name for gap in gaps}):
        yield f"{name} is accepted without a case but has its cases: take it out of coverage.yaml"
    yield from map(str, coverage.dead(program_text()))


def program_text() -> str:
    """Return the text of the whole program, in which a number may be named."""
    return "".join(p.read_text(encoding="utf-8") for p in Path(forbear.__file__).parent.rglob("*.py"))
