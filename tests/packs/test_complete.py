"""The Chinese pack holds every norm of the research, and says where sources disagree and what is not verified."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from forbear import questions
from forbear.packs import GRADES, Packs, load_packs
from forbear.questions.vectors import load_vectors

ROOT = Path(__file__).parents[2]
COVERED = yaml.safe_load((ROOT / "law/cn/covered.yaml").read_text(encoding="utf-8"))
LEAST = 150  # norms of the research; a list cut short would prove nothing


@pytest.fixture(scope="module")
def packs() -> Packs:
    return load_packs(ROOT)


def test_every_norm_of_the_research_is_a_rule_or_says_why_not(packs: Packs) -> None:
    assert len(COVERED) > LEAST
    for norm, where in COVERED.items():
        if isinstance(where, str):
            assert len(where) > 20, norm
            continue
        assert where, norm
        for rule in where:
            assert rule in packs.rules, f"{norm}: {rule}"


def test_what_is_left_out_is_told_in_the_documentation() -> None:
    told = (ROOT / "docs/law.md").read_text(encoding="utf-8")
    for norm, where in COVERED.items():
        if isinstance(where, str):
            assert norm in told, norm


def test_every_conflict_says_what_each_side_says_and_why_one_is_followed(packs: Packs) -> None:
    assert len(packs.conflicts) >= 10
    for conflict in packs.conflicts.values():
        assert conflict.between, conflict.id
        assert len(conflict.positions) >= 2, conflict.id
        for text in (
            conflict.title,
            conflict.taken,
            conflict.why,
            *(side for p in conflict.positions for side in (p.says, p.source)),
        ):
            assert all(text[lang].strip() for lang in ("zh", "en")), conflict.id


def test_a_rule_is_graded_no_better_than_the_number_it_stands_on(packs: Packs) -> None:
    for rule in packs.rules.values():
        if rule.grade not in GRADES:
            continue
        for name in packs.parameters_of(rule):
            parameter = packs.parameters[name]
            if parameter.grade in GRADES:
                assert GRADES.index(rule.grade) >= GRADES.index(parameter.grade), f"{rule.id} states {name}"


def test_every_answer_that_uses_what_is_not_verified_says_so(packs: Packs) -> None:
    for vector in load_vectors(ROOT):
        if vector.then is None or vector.packs != "all":
            continue
        answer = questions.ask(vector.question, vector.facts(packs), packs=packs)
        for reason in answer["reasons"]:
            grade = packs.rules[reason["rule"]].grade
            assert reason["source_grade"] == grade, vector.name
