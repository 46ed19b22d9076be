"""What must hold of every capacity: it is never more than what is left, and more income never lowers it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from forbear import questions
from forbear.packs import load_packs

PACKS = load_packs(Path(__file__).parents[2])
fen = st.integers(0, 3_000_000)


def yuan(amount: int) -> str:
    return f"{amount // 100}.{amount % 100:02d}"


def back(amount: str) -> int:
    return int(amount.replace(".", ""))


@st.composite
def cases(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "income": yuan(draw(fen)),
        "expenses": {name: yuan(draw(fen) // 10) for name in ("housing", "food", "medical")},
        "other_debts": yuan(draw(fen) // 10),
        "dependants": draw(st.integers(0, 6)),
        "region": draw(st.sampled_from([None, "310115", "440305", "999999", "000000"])),
    }


def asked(facts: dict[str, Any]) -> dict[str, Any]:
    return questions.ask("affordability", facts, packs=PACKS, lang="en")


@settings(max_examples=150, deadline=None)
@given(cases(), st.integers(1, 1_000_000))
def test_capacity_follows_income_and_never_exceeds_what_is_left(facts: dict[str, Any], more: int) -> None:
    answer = asked(facts)
    capacity, stress = (back(answer["answer"][name]) for name in ("monthly_capacity", "stress_capacity"))
    spent = sum(map(back, facts["expenses"].values())) + back(facts["other_debts"])
    assert 0 <= stress <= capacity <= max(back(facts["income"]) - spent, 0)
    assert back(answer["share_limit"]) * 2 <= capacity
    richer = asked({**facts, "income": yuan(back(facts["income"]) + more)})["answer"]
    assert back(richer["monthly_capacity"]) >= capacity
    assert back(richer["stress_capacity"]) >= stress


@settings(max_examples=100, deadline=None)
@given(cases())
def test_the_formula_shown_is_the_sum_that_was_done(facts: dict[str, Any]) -> None:
    answer = asked(facts)
    lines = answer["lines"]
    left = back(lines["income"]) - back(lines["living"]) - back(lines["other_debts"])
    assert int(lines["left"].replace(".", "")) == left
    assert all(lines[name] in answer["formula"] for name in ("income", "living", "other_debts", "left"))
    assert answer["answer"]["monthly_capacity"] in answer["formula"]


@settings(max_examples=60, deadline=None)
@given(st.lists(cases(), min_size=1, max_size=6))
def test_one_case_is_a_batch_of_one(rows: list[dict[str, Any]]) -> None:
    together = questions.ask_many("affordability", rows, packs=PACKS, lang="en")
    assert together == [asked(row) for row in rows]
