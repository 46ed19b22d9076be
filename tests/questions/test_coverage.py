"""Every rule and number of law is held by worked cases, on both sides of its threshold and around its first day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from forbear.packs import Packs, load_packs
from forbear.questions.coverage import Coverage, Gap
from forbear.questions.vectors import Vector, accepted_gaps, load_vectors

ROOT = Path(__file__).parents[2]
ACCEPTED = accepted_gaps(ROOT)


@pytest.fixture(scope="module")
def packs() -> Packs:
    return load_packs(ROOT)


@pytest.fixture(scope="module")
def vectors() -> list[Vector]:
    return load_vectors(ROOT)


@pytest.fixture(scope="module")
def gaps(packs: Packs, vectors: list[Vector]) -> list[Gap]:
    return list(Coverage(packs, vectors).gaps())


def test_each_rule_and_number_of_law_has_cases_on_both_sides(gaps: list[Gap]) -> None:
    missing = [str(gap) for gap in gaps if gap.name not in ACCEPTED]
    assert not missing, "\n".join(missing)


def test_nothing_is_accepted_that_has_its_cases(gaps: list[Gap]) -> None:
    stale = sorted(set(ACCEPTED) - {gap.name for gap in gaps})
    assert not stale, f"take these out of law/*/vectors/coverage.yaml: {stale}"


def without(vectors: list[Vector], *names: str) -> Iterator[Vector]:
    return (v for v in vectors if not any(name in v.name for name in names))


def found(packs: Packs, vectors: Iterator[Vector], name: str) -> list[str]:
    coverage = Coverage(packs, list(vectors))
    return [
        gap.what for gap in coverage.gaps(lambda e: name in (getattr(e, "id", ""), getattr(e, "name", "")))
    ]


def test_a_case_taken_away_is_missed(packs: Packs, vectors: list[Vector]) -> None:
    name = "cn/write-off-2017/audit_months_max"
    assert found(packs, iter(vectors), name) == []
    assert found(packs, without(vectors, "WO17-AUDIT is kept"), name) == [
        "from 2017-10-01, 5 → 4: no case notices"
    ]


def test_a_first_day_without_a_case_is_missed(packs: Packs, vectors: list[Vector]) -> None:
    assert found(packs, iter(vectors), "PIPL-25") == []
    said = found(packs, without(vectors, "PIPL-25 on its first", "PIPL-25 is excused"), "PIPL-25")
    assert "no case on its first day, 2021-11-01" in said


def test_a_rule_that_begins_another_day_is_noticed(packs: Packs, vectors: list[Vector]) -> None:
    rule = packs.rules["PIPL-25"]
    for by in (-1, 1):
        moved = replace(rule, starts_on=rule.starts_on + timedelta(days=by))
        changed = replace(packs, rules={**packs.rules, rule.id: moved}, compiled={})
        assert found(changed, iter(vectors), "PIPL-25")


def test_a_number_nobody_reads_is_dead(packs: Packs, vectors: list[Vector]) -> None:
    idle = replace(
        packs.parameters["cn/write-off-2017/audit_months_max"], name="cn/write-off-2017/idle_months_max"
    )
    changed = replace(packs, parameters={**packs.parameters, idle.name: idle}, compiled={})
    assert [gap.name for gap in Coverage(changed, vectors).dead() if "cn/" in gap.name] == [idle.name]


def test_no_number_of_law_is_dead(packs: Packs, vectors: list[Vector]) -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py"))
    dead = [gap for gap in Coverage(packs, vectors).dead(code) if not gap.name.startswith("house/")]
    assert not dead, "\n".join(map(str, dead))
