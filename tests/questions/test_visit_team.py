"""Teams as a whole: never alone, never worse for more reasons, the best use of the people offered, batch as single."""

from __future__ import annotations

from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from forbear import questions
from forbear.packs import load_packs
from forbear.questions.visit_team.answer import WORDS
from forbear.questions.visit_team.facts import COMPLEXITY, RISKS, ROLES, STAGES, Person
from forbear.questions.visit_team.people import Limits, choose

PACKS = load_packs()
DAY = PACKS.parameter("cn/cba-2026-guide/visitors_min").starts[0]
FLAGS = st.fixed_dictionaries(
    {
        "amount": st.sampled_from(["0.00", "499999.99", "500000.00", "9000000.00"]),
        "complexity": st.none() | st.lists(st.sampled_from(COMPLEXITY), max_size=4),
        "risk": st.none() | st.lists(st.sampled_from(RISKS), max_size=3),
        "stage": st.none() | st.sampled_from(STAGES),
    }
)
PEOPLE = st.lists(
    st.builds(
        lambda roles, incidents: {"roles": roles, "incidents": incidents},
        st.lists(st.sampled_from(ROLES), max_size=3),
        st.integers(0, 3),
    ),
    max_size=5,
)


def ask(**facts):
    return questions.ask("visit_team", facts, packs=PACKS, lang="en")


@given(st.lists(FLAGS, min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_a_batch_is_its_single_cases_and_nobody_goes_alone(rows):
    together = questions.ask_many("visit_team", rows, packs=PACKS, lang="en")

    assert together == [ask(**row) for row in rows]
    assert all(found["number"] >= 2 and found["number"] == len(found["roles"]) for found in together)


@given(FLAGS, st.sampled_from(COMPLEXITY), st.sampled_from(RISKS))
@settings(max_examples=80, deadline=None)
def test_one_reason_more_never_sends_fewer(facts, complexity, risk):
    before = ask(**facts)
    more = {"complexity": [*(facts["complexity"] or ()), complexity], "risk": [*(facts["risk"] or ()), risk]}

    assert set(before["roles"]) <= set(ask(**facts | more)["roles"])


@given(PEOPLE, st.lists(st.sampled_from(ROLES), unique=True, min_size=1, max_size=4))
@settings(max_examples=150, deadline=None)
def test_no_other_choice_of_people_fills_more_roles(people, roles):
    limits = Limits(DAY, (), 3, None)
    persons = [
        Person(id=str(i), roles=p["roles"], incidents_12_months=p["incidents"]) for i, p in enumerate(people)
    ]
    team, unfilled, excluded = choose(persons, roles, limits)

    assert {entry["id"] for entry in team}.isdisjoint(entry["id"] for entry in excluded)
    assert len(team) + len(unfilled) == len(roles)
    assert len(team) == most_filled([p for p in persons if p.incidents_12_months < 3], roles)


def most_filled(persons: list[Person], roles: list[str]) -> int:
    """Return how many roles can be filled, by trying every order of people."""
    places = [*persons, *([None] * len(roles))]
    return max(
        sum(
            person is not None
            and (role in person.roles or (role == "second_collector" and "collector" in person.roles))
            for role, person in zip(roles, order, strict=True)
        )
        for order in permutations(places, len(roles))
    )


def test_every_flag_has_its_words():
    assert set(WORDS) == {*COMPLEXITY, *RISKS, *STAGES, "amount_from"}
