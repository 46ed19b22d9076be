"""The law, as vectors: each alone, then all of a file together in any order."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import pytest

from forbear import questions
from forbear.packs import Packs, load_packs
from forbear.questions.vectors import Vector, failure, load_vectors

ROOT = Path(__file__).parents[1]
VECTORS = load_vectors(ROOT)
ALL = [pytest.param(v, id=f"{v.pack}/{v.path.stem}: {v.name}") for v in VECTORS]
ANSWERED = [v for v in VECTORS if v.then is not None]
BATCHES = [
    pytest.param(list(group), id=f"{path.parent.parent.name}/{path.stem}: {which} packs")
    for (path, which), group in groupby(
        sorted(ANSWERED, key=lambda v: (v.path, v.packs)), key=lambda v: (v.path, v.packs)
    )
]


@pytest.fixture(scope="session")
def packs_by_name() -> dict[str, Packs]:
    packs = load_packs(ROOT)
    return {"all": packs, "law": packs.without_policy()}


@pytest.mark.parametrize("vector", ALL)
def test_law(vector: Vector, packs_by_name: dict[str, Packs]) -> None:
    found = failure(vector, packs_by_name[vector.packs])
    assert found is None, found


@pytest.mark.parametrize("cases", BATCHES)
def test_a_batch_in_any_order_gives_each_row_the_answer_it_gets_alone(
    cases: list[Vector], packs_by_name: dict[str, Packs]
) -> None:
    name, packs = cases[0].question, packs_by_name[cases[0].packs]
    alone = [questions.ask(name, case.facts(packs), packs=packs) for case in cases]
    for seed in range(3):
        order = random.Random(seed).sample(range(len(cases)), len(cases))
        together = questions.ask_many(name, [cases[i].facts(packs) for i in order], packs=packs)
        assert together == [alone[i] for i in order]


def test_all_jurisdictions_in_one_batch_keep_their_own_law(packs_by_name: dict[str, Packs]) -> None:
    packs = packs_by_name["all"]
    cases = [v for v in ANSWERED if v.question == "may_contact" and v.packs == "all"]
    assert {v.pack for v in cases} >= {"cn", "us", "uk"}
    order = random.Random(5).sample(cases, len(cases))
    together = questions.ask_many("may_contact", [case.facts(packs) for case in order], packs=packs)
    alone = [questions.ask("may_contact", case.facts(packs), packs=packs) for case in order]
    for case, one, other in zip(order, together, alone, strict=True):
        assert one == other, case.name


def named(pack: str, start: str) -> Vector:
    return next(v for v in VECTORS if v.pack == pack and v.name.startswith(start))


@pytest.mark.parametrize(
    ("pack", "start", "then", "said"),
    [
        ("cn", "T01", {"answer": "allowed"}, ["the vector says 'allowed', the answer is 'refused'", "CBA26-HOURS"]),
        ("cn", "T05", {"rules": {"CBA26-HOURS": "refuse"}}, ["rule CBA26-HOURS: the vector says refuse, the answer says permit"]),
        ("us", "T02 the eighth", {"rules": {"REGF-CALLS": "refuse"}}, ["the vector says refuse, the answer says presumed_violation", "12 CFR 1006.14(b)(2)"]),
        ("us", "T05 the day", {"earliest_at": "2026-09-14T08:00:00-04:00"}, ["earliest_at: the vector says '2026-09-14T08:00:00-04:00'", "REGF-COOLDOWN"]),
        ("uk", "T37a", {"answer": "allowed"}, ["the answer is 'refused'", "SI 2020/1311 reg 11"]),
        ("uk", "T36b a night", {"without": ["CONC-TIMES"]}, ["rule CONC-TIMES: must not be a reason"]),
    ],
)  # fmt: skip
def test_a_wrong_vector_fails_in_the_terms_of_the_rule(
    pack: str, start: str, then: dict[str, object], said: list[str], packs_by_name: dict[str, Packs]
) -> None:
    vector = replace(named(pack, start), then=then)
    found = failure(vector, packs_by_name["all"])
    assert found is not None
    assert all(part in found for part in said), found


def test_a_vector_that_expects_no_law_where_there_is_some_fails(packs_by_name: dict[str, Packs]) -> None:
    vector = replace(named("cn", "T01"), then=None, raises="NoLawInForce")
    assert "the vector says NoLawInForce, but the answer is 'refused'" in str(
        failure(vector, packs_by_name["all"])
    )
