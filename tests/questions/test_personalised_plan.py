"""Plans as a whole: names are those of the law, a longer term is never easier, a batch is its single cases."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forbear import questions
from forbear.packs import load_packs
from forbear.questions.personalised_plan import CONTENT, ITEMS, KINDS

PACKS = load_packs()
FLAG = st.sampled_from([None, True, False])
PLANS = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(KINDS),
        "exceeds_ability": FLAG,
        "willing": FLAG,
        "instalments": st.sampled_from([None, 1, 24, 25, 60, 61]),
        "content": st.none() | st.lists(st.sampled_from(ITEMS), max_size=7),
        "oral": st.booleans(),
        "recorded": FLAG,
        "already_instalment": FLAG,
        "amount": st.sampled_from([None, "1.00", "50000.00", "50000.01"]),
    }
)


def ask(**facts):
    return questions.ask("personalised_plan", facts, packs=PACKS, lang="en")


def test_the_items_one_may_name_are_the_six_of_the_law():
    assert set(PACKS.value(CONTENT, date(2026, 1, 1))) == set(ITEMS)
    assert len(ITEMS) == 6


@given(st.lists(PLANS, min_size=1, max_size=8))
@settings(max_examples=60, deadline=None)
def test_a_batch_is_its_single_cases(rows):
    together = questions.ask_many("personalised_plan", rows, packs=PACKS)

    assert together == [questions.ask("personalised_plan", row, packs=PACKS) for row in rows]


@given(PLANS, st.integers(1, 100), st.integers(0, 100))
@settings(max_examples=100, deadline=None)
def test_a_longer_term_is_never_easier(plan, months, more):
    if ask(**plan, months=months)["answer"] == "refused":
        assert ask(**plan, months=months + more)["answer"] == "refused"


@pytest.mark.parametrize("kind", KINDS)
def test_a_refusal_says_which_rule_first(kind):
    found = ask(kind=kind, months=600)

    assert (found["answer"], found["reasons"][0]["effect"]) == ("refused", "refuse")
    assert str(found["months_max"]) in found["reasons"][0]["text"]


def test_columns_are_answered_like_rows():
    months = np.arange(1, 80)

    column = questions.ask_columns("personalised_plan", {"months": months, "kind": "ordinary"}, packs=PACKS)

    assert column.valid.tolist() == [ask(kind="ordinary", months=int(m))["answer"] == "valid" for m in months]
