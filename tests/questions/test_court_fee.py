"""Court fees: monotone, continuous, the same alone and together."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forbear import questions
from forbear.money import format_minor, parse_minor
from forbear.packs import load_packs

PACKS = load_packs()
PROCEDURES = ("ordinary", "simplified", "payment_order", "enforcement", "preservation")
ON = np.datetime64("2026-03-02")
MOST = 10**15 - 1  # the largest claim a fact may hold, in minor units
claims = st.integers(0, MOST) | st.integers(0, 30_000_000_00)


def fees(claims_minor, procedure):
    column = np.array(claims_minor, dtype=np.int64)
    facts = {"claim": column, "procedure": np.array([procedure]), "as_of": ON}
    return questions.ask_columns("court_fee", facts, packs=PACKS).fee_minor


def by_hand(claim, procedure):
    """Walk through the bands in yuan, one case at a time, to compare with the columns."""
    on = ON.astype(object)
    how = PACKS.value("cn/court-fee-2007/fees/procedures", on)[procedure]
    table = PACKS.value("cn/court-fee-2007/fees/bands", on)[how["bands"]]
    total, start = Decimal(0), Decimal(0)
    for band in table["bands"]:
        end = Decimal(band.get("up_to", claim))
        part = max(min(claim, end) - start, Decimal(0))
        total += Decimal(band["fee"]) if "fee" in band else part * Decimal(band["rate"])
        start = end
    total = min(total, Decimal(table.get("cap", total)))
    return (total / how["divisor"]).quantize(Decimal("0.01"), ROUND_HALF_UP)


@pytest.mark.parametrize("procedure", PROCEDURES)
@given(st.lists(claims, min_size=1, max_size=20))
@settings(max_examples=40, deadline=None)
def test_the_columns_agree_with_the_bands_walked_by_hand(procedure, claims_minor):
    expected = [parse_minor(str(by_hand(Decimal(c).scaleb(-2), procedure))) for c in claims_minor]
    assert fees(claims_minor, procedure).tolist() == expected


@pytest.mark.parametrize("procedure", PROCEDURES)
@given(st.lists(claims, min_size=2, max_size=50))
@settings(max_examples=40, deadline=None)
def test_a_higher_claim_never_costs_less(procedure, claims_minor):
    found = fees(sorted(claims_minor), procedure)
    assert (np.diff(found) >= 0).all()


@pytest.mark.parametrize("procedure", PROCEDURES)
def test_the_fee_does_not_jump_at_an_edge(procedure):
    on = ON.astype(object)
    how = PACKS.value("cn/court-fee-2007/fees/procedures", on)[procedure]
    bands = PACKS.value("cn/court-fee-2007/fees/bands", on)[how["bands"]]["bands"]
    edges = np.array([parse_minor(band["up_to"]) for band in bands[:-1]], dtype=np.int64)

    # A cent more of claim is at most 0.025 cent of fee, so rounding moves it by a cent at most.
    assert (fees(edges + 1, procedure) - fees(edges, procedure) <= 1).all()
    assert (fees(edges, procedure) - fees(edges - 1, procedure) <= 1).all()


@given(st.lists(st.tuples(claims, st.sampled_from(PROCEDURES), st.booleans()), min_size=1, max_size=12))
@settings(max_examples=30, deadline=None)
def test_a_batch_answers_each_row_as_alone(rows):
    facts = [
        {"claim": format_minor(c), "procedure": p, "settled_or_withdrawn": s, "as_of": "2026-03-02"}
        for c, p, s in rows
    ]
    together = questions.ask_many("court_fee", facts, packs=PACKS)
    assert together == [questions.ask("court_fee", one, packs=PACKS) for one in facts]


def test_a_batch_refuses_only_the_rows_before_the_regulation():
    lines = [
        b'{"claim":"8000.00","procedure":"ordinary","as_of":"2007-03-31"}',
        b'{"claim":"8000.00","procedure":"ordinary","as_of":"2007-04-01"}',
    ]
    before, first_day = questions.ask_lines("court_fee", lines, packs=PACKS)
    assert isinstance(before, questions.NoLawInForce)
    assert b'"answer":"50.00"' in first_day


def test_the_shares_of_the_bands_add_up_to_the_full_fee():
    found = questions.ask("court_fee", {"claim": "34567890.12", "procedure": "ordinary"}, packs=PACKS)
    assert sum(Decimal(band["share"]) for band in found["bands"]) == Decimal(found["full_fee"])
    assert sum(Decimal(band["amount"]) for band in found["bands"]) == Decimal("34567890.12")
