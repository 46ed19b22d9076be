"""Credit records as a whole: a batch is its single cases, and the closed window stays closed."""

from __future__ import annotations

from datetime import date

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from forbear import questions
from forbear.packs import load_packs
from forbear.questions.credit_record import EVENTS

PACKS = load_packs()
DAY = st.none() | st.dates(date(2020, 6, 1), date(2026, 12, 31)).map(str)
ROWS = st.fixed_dictionaries(
    {
        "event": st.sampled_from(EVENTS),
        "started_on": st.none() | st.dates(date(2018, 1, 1), date(2020, 5, 31)).map(str),
        "repaid_on": DAY,
        "amount": st.sampled_from([None, "1.00", "10000.00", "10000.01"]),
        "notice_given_on": DAY,
        "report_on": DAY,
        "objection_on": DAY,
        "lawfully_public": st.booleans(),
        "withdrawal_requested": st.booleans(),
        "as_of": DAY,
    }
)


def ask(**facts):
    return questions.ask("credit_record", facts, packs=PACKS, lang="en")


@given(st.lists(ROWS, min_size=1, max_size=8))
@settings(max_examples=60, deadline=None)
def test_a_batch_is_its_single_cases(rows):
    together = questions.ask_many("credit_record", rows, packs=PACKS)

    assert together == [questions.ask("credit_record", row, packs=PACKS) for row in rows]


@given(ROWS, st.dates(date(2026, 4, 1), date(2030, 1, 1)))
@settings(max_examples=100, deadline=None)
def test_nothing_repaid_after_the_window_is_ever_covered(row, repaid_on):
    assert ask(**row | {"repaid_on": str(repaid_on), "as_of": str(repaid_on)})["repair"]["covered"] is False


@given(ROWS)
@settings(max_examples=100, deadline=None)
def test_without_a_notice_nothing_is_reported_that_is_not_public(row):
    found = ask(**row | {"notice_given_on": None, "lawfully_public": False})

    assert found["may_report"] is False


def test_columns_are_answered_like_rows():
    repaid = np.datetime64("2025-11-01") + np.arange(0, 200, 3)

    column = questions.ask_columns(
        "credit_record",
        {"started_on": np.datetime64("2024-01-01"), "repaid_on": repaid, "amount": np.array([100_00])},
        packs=PACKS,
    )

    alone = [ask(started_on="2024-01-01", repaid_on=str(day), amount="100.00")["repair"] for day in repaid]
    assert column.covered.tolist() == [int(one["covered"]) for one in alone]
    assert [None if np.isnat(d) else str(d) for d in column.hidden_by] == [one["hidden_by"] for one in alone]
