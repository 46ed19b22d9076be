"""The public question of what a payment covers first, and its chain with days past due."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forbear import questions
from forbear.packs import load_packs
from forbear.questions.allocate_payment import Components

PACKS = load_packs()
OWED = {"fees": "120.00", "interest": "480.00", "principal": "9400.00"}
AMOUNT = st.integers(0, 10**7).map(lambda fen: f"{fen // 100}.{fen % 100:02}")


def allocate(**facts):
    return questions.ask("allocate_payment", {"as_of": "2026-07-22", **facts}, packs=PACKS, lang="en")


@pytest.mark.parametrize(
    ("posted_on", "dpd", "principal_after"),
    # due 04-23: 07-22 is day 90, fees and interest first; 07-23 is day 91, principal first
    [("2026-07-22", 90, "9000.00"), ("2026-07-23", 91, "8400.00")],
)
def test_the_day_of_posting_decides_between_the_two_card_orders(posted_on, dpd, principal_after):
    late = questions.ask(
        "days_past_due", {"due_on": "2026-04-23", "as_of": posted_on, "minimum_due": "100.00"}, packs=PACKS
    )

    paid = allocate(amount="1000.00", components=OWED, dpd=late["dpd"], as_of=posted_on)

    assert late["dpd"] == dpd
    assert paid["after"]["principal"] == principal_after


def test_next_months_interest_on_principal_is_9_yuan_less_after_the_second_order():
    # 30 days x 0.05 %: 9,000.00 -> 135.00; 8,400.00 -> 126.00
    left = [
        Decimal(allocate(amount="1000.00", components=OWED, dpd=dpd)["after"]["principal"])
        for dpd in (45, 91)
    ]

    assert [principal * 30 * Decimal("0.0005") for principal in left] == [Decimal("135"), Decimal("126")]


@given(
    AMOUNT,
    st.fixed_dictionaries(
        dict.fromkeys(("principal", "interest", "fees", "costs", "doubled_interest"), AMOUNT)
    ),
    st.integers(0, 400),
    st.sampled_from(["card", "civil_default", "enforcement", "criminal_amount"]),
)
@settings(max_examples=150)
def test_in_every_context_money_in_is_money_out(amount, components, dpd, context):
    found = allocate(amount=amount, components=components, dpd=dpd, context=context)

    applied = {name: Decimal(value) for name, value in found["applied"].items()}
    after = {name: Decimal(value) for name, value in found["after"].items()}
    assert sum(applied.values()) + Decimal(found["overpayment"]) == Decimal(amount)
    assert all(applied[name] + after[name] == Decimal(components[name]) for name in components)
    assert min(*applied.values(), *after.values()) >= 0
    assert Decimal(found["overpayment"]) == 0 or not any(after.values())


def test_two_payments_of_a_day_may_be_posted_in_either_order():
    def after(*amounts):
        left = OWED
        for amount in amounts:
            left = allocate(amount=amount, components=left, dpd=45)["after"]
        return left

    assert after("700.00", "55.55") == after("55.55", "700.00")


def test_three_accounts_one_payment_tells_the_law_it_follows():
    found = allocate(
        amount="2000.00",
        debts=[
            {"id": "A", "owed": "800.00", "due_on": "2026-03-05"},
            {"id": "B", "owed": "1500.00", "due_on": "2026-02-20"},
        ],
    )

    assert [(d["id"], d["applied_total"], d["after_total"]) for d in found["debts"]] == [
        ("A", "500.00", "300.00"),
        ("B", "1500.00", "0.00"),
    ]
    assert found["reasons"][0]["rule"] == "PAY-560"
    assert found["needs"] == ["debts[].annual_rate"]


def test_a_column_of_payments_is_answered_like_each_one():
    amounts = np.array([100000, 15000, 10**7])
    components = np.full(3, None, dtype=object)
    components[:] = [Components(**OWED)] * 3

    column = questions.ask_columns(
        "allocate_payment",
        {
            "amount": amounts,
            "as_of": np.datetime64("2026-07-22"),
            "components": components,
            "dpd": np.array([45, 91, 91]),
        },
        packs=PACKS,
    )

    assert column.after[:, 0].tolist() == [900000, 925000, 0]
    assert column.overpaid_minor.tolist() == [0, 0, 10**7 - 1000000]


def test_a_column_without_components_is_refused():
    with pytest.raises(questions.BadFact):
        questions.ask_columns(
            "allocate_payment",
            {"amount": np.array([1, 2]), "as_of": np.datetime64("2026-07-22")},
            packs=PACKS,
        )


def test_in_a_batch_of_all_contexts_only_the_rows_before_their_law_are_refused():
    row = b'{"amount":"1.00","as_of":"%s","context":"%s","dpd":5,"components":{"principal":"9.00"}}'
    lines = [
        row % (day, context)
        for day in (b"2012-01-01", b"2026-01-01")
        for context in (b"card", b"civil_default", b"enforcement", b"criminal_amount")
    ]

    found = questions.ask_lines("allocate_payment", lines, packs=PACKS)

    assert [isinstance(one, questions.NoLawInForce) for one in found] == [False, True, True, True] + [
        False
    ] * 4
