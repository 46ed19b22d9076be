"""Letters as a whole: names are those of the law, more never makes a letter worse, a batch is its single cases."""

from __future__ import annotations

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from forbear import questions
from forbear.packs import load_packs
from forbear.questions.letter_complete import CONTENT, ITEMS

PACKS = load_packs()
LETTERS = st.fixed_dictionaries(
    {"items": st.lists(st.sampled_from(ITEMS), max_size=12), "sealed": st.sampled_from([None, True, False])}
)


def ask(**facts):
    return questions.ask("letter_complete", facts, packs=PACKS, lang="en")


def test_the_items_one_may_name_are_those_of_the_law():
    rows = PACKS.value(CONTENT, date(2026, 1, 1))

    assert {row["item"] for row in rows} | {part for row in rows for part in row["parts"]} == set(ITEMS)
    assert len(rows) == 7  # art. 69 has seven items


@given(st.lists(LETTERS, min_size=1, max_size=8))
@settings(max_examples=60, deadline=None)
def test_a_batch_is_its_single_cases(rows):
    together = questions.ask_many("letter_complete", rows, packs=PACKS)

    assert together == [questions.ask("letter_complete", row, packs=PACKS) for row in rows]


@given(LETTERS, st.sampled_from(ITEMS))
@settings(max_examples=100, deadline=None)
def test_another_item_never_makes_more_missing(letter, item):
    before = ask(**letter)["missing"]

    assert set(ask(**letter | {"items": [*letter["items"], item]})["missing"]) <= set(before)
