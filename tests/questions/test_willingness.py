"""Willingness is read from behaviour alone, and every fact that was used is told."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from forbear import questions
from forbear.learning.guard import refuse_forbidden
from forbear.packs import load_packs

PACKS = load_packs(Path(__file__).parents[2])
SIGNS = PACKS.value("house/willingness/signs", date(2026, 11, 25))
NAMES = [row["fact"] for row in SIGNS]
facts = st.fixed_dictionaries({}, optional={name: st.integers(0, 100) for name in NAMES})


def test_no_fact_and_no_text_speaks_of_the_person() -> None:
    given_facts = set(questions.question("willingness").facts.__struct_fields__) - {"as_of"}
    assert given_facts == set(NAMES)
    refuse_forbidden([*given_facts, *(row[lang] for row in SIGNS for lang in ("zh", "en"))])


@settings(max_examples=100, deadline=None)
@given(facts)
def test_the_points_are_those_of_the_facts_shown_and_of_nothing_else(known: dict[str, Any]) -> None:
    answer = questions.ask("willingness", known, packs=PACKS)
    used = answer["used"]
    assert len(used) == min(3, len(known))
    assert answer["points"] == (sum(each["points"] for each in used) if used else None)
    alone = {each["fact"]: each["value"] for each in used}
    assert questions.ask("willingness", alone, packs=PACKS)["answer"] == answer["answer"]


@settings(max_examples=100, deadline=None)
@given(facts, st.sampled_from([name for name in NAMES if name != "days_since_last_payment"]))
def test_doing_more_never_lowers_the_points(known: dict[str, Any], name: str) -> None:
    if known.get(name, 100) == 100:
        return
    more = questions.ask("willingness", {**known, name: known[name] + 1}, packs=PACKS)
    assert more["points"] >= questions.ask("willingness", known, packs=PACKS)["points"]
