"""Limitation as a whole: what must hold for any events in any order."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forbear import questions
from forbear.packs import load_packs
from forbear.questions.limitation import KINDS

PACKS = load_packs()
OBSTACLES = (
    "force_majeure",
    "no_legal_agent",
    "no_heir_or_administrator",
    "creditor_controlled",
    "other_obstacle",
)
ACTS = tuple(kind for kind in KINDS if kind not in (*OBSTACLES, "acceleration"))
FLAG = st.sampled_from([None, True, False])
DAYS = st.dates(date(2012, 1, 1), date(2026, 12, 31))


@st.composite
def events(draw, kinds=KINDS):
    on = draw(DAYS)
    found = {"on": on.isoformat(), "kind": draw(st.sampled_from(kinds))}
    for name in (
        "to_reserved_contact",
        "delivered",
        "whereabouts_unknown",
        "promises_payment",
        "waives_rest",
    ):
        found[name] = draw(FLAG)
    if draw(st.booleans()):
        found["until"] = (on + timedelta(days=draw(st.integers(0, 700)))).isoformat()
    if found["kind"] == "plan" and draw(st.booleans()):
        found["last_due_on"] = (on + timedelta(days=draw(st.integers(0, 1800)))).isoformat()
    return found


def ask(**facts):
    return questions.ask("limitation", {"as_of": "2026-11-24", **facts}, packs=PACKS, lang="en")


@st.composite
def claims(draw, kinds=KINDS):
    return {
        "starts_on": draw(st.dates(date(2010, 1, 1), date(2025, 12, 31))).isoformat(),
        "as_of": draw(st.dates(date(2017, 1, 1), date(2026, 12, 31))).isoformat(),
        "events": draw(st.lists(events(kinds), max_size=5)),
    }


@given(st.lists(claims(), min_size=1, max_size=8))
@settings(max_examples=60, deadline=None)
def test_a_batch_is_its_single_cases(rows):
    together = questions.ask_many("limitation", rows, packs=PACKS)

    assert together == [questions.ask("limitation", row, packs=PACKS) for row in rows]


@given(claims(), st.randoms())
@settings(max_examples=120, deadline=None)
def test_the_order_in_which_events_are_told_does_not_matter(claim, random):
    shuffled = random.sample(claim["events"], len(claim["events"]))

    first, second = ask(**claim), ask(**claim | {"events": shuffled})

    for name in ("last_day", "barred", "needs_lawyer", "runs_from", "history"):
        assert first[name] == second[name]


@given(claims(), events(ACTS))
@settings(max_examples=200, deadline=None)
def test_an_interruption_never_shortens(claim, act):
    if claim["events"] and any(e["kind"] == "acceleration" for e in claim["events"]):
        claim["events"] = [e for e in claim["events"] if e["kind"] != "acceleration"]

    without, with_it = ask(**claim), ask(**claim | {"events": [*claim["events"], act]})

    assert with_it["last_day"] >= without["last_day"]


@given(
    st.dates(date(2017, 10, 1), date(2022, 12, 31)),
    st.integers(0, 900),
    st.integers(0, 60),
    st.sampled_from(OBSTACLES[:1]),
)
@settings(max_examples=150, deadline=None)
def test_an_obstacle_that_ends_before_the_last_six_months_changes_nothing(start, after, length, kind):
    on = start + timedelta(days=after)
    until = min(on + timedelta(days=length), start + timedelta(days=3 * 365 - 185))
    if until < on:
        return
    obstacle = {"on": on.isoformat(), "kind": kind, "until": until.isoformat()}

    assert (
        ask(starts_on=start.isoformat(), events=[obstacle])["last_day"]
        == ask(starts_on=start.isoformat())["last_day"]
    )


@given(st.dates(date(1987, 1, 1), date(2150, 12, 31)))
@settings(max_examples=150, deadline=None)
def test_the_last_day_is_not_barred_and_the_next_one_is(start):
    last = date.fromisoformat(ask(starts_on=start.isoformat(), as_of=start.isoformat())["last_day"])

    on_it, after = (
        ask(starts_on=start.isoformat(), as_of=day.isoformat()) for day in (last, last + timedelta(days=1))
    )

    assert (on_it["barred"], after["barred"]) == (False, True)


def test_columns_are_answered_like_rows():
    starts = np.datetime64("2015-01-01") + np.arange(0, 4000, 37)

    column = questions.ask_columns(
        "limitation", {"starts_on": starts, "as_of": np.datetime64("2026-11-24")}, packs=PACKS
    )

    alone = [ask(starts_on=str(day)) for day in starts]
    assert [str(day) for day in column.last_day] == [one["last_day"] for one in alone]
    assert [bool(flag) for flag in column.barred] == [one["barred"] for one in alone]


def test_a_batch_refuses_only_the_rows_before_the_law():
    lines = [
        b'{"starts_on":"1980-05-05","as_of":"2026-01-01"}',
        b'{"starts_on":"2023-06-15","as_of":"2026-01-01"}',
    ]

    before, after = questions.ask_lines("limitation", lines, packs=PACKS)

    assert isinstance(before, questions.NoLawInForce)
    assert "1980-05-05" in str(before)
    assert b'"last_day":"2026-06-15"' in after


@pytest.mark.parametrize(("lang", "word"), [("zh", "3年"), ("en", "3 years")])
def test_the_length_is_said_with_its_number_in_both_languages(lang, word):
    found = questions.ask(
        "limitation", {"starts_on": "2023-06-15", "as_of": "2026-01-01"}, packs=PACKS, lang=lang
    )

    assert word in found["reasons"][0]["text"]


def test_law_from_memory_says_so():
    found = ask(starts_on="2018-01-02", as_of="2020-01-02")

    assert {r["source_grade"] for r in found["reasons"] if r["rule"] == "LIM-2017-188"} == {"U"}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_event_is_governed_today(kind):
    event = {
        "on": "2024-03-04",
        "kind": kind,
        "to_reserved_contact": True,
        "delivered": True,
        "whereabouts_unknown": True,
    }

    (entry,) = ask(starts_on="2023-06-15", events=[event])["history"]

    assert entry["rule"]
