"""The minimum payment and the late fee, in the worked example of a mixed statement."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from forbear.ledger import Billed, MinimumRule, late_fee, minimum_due, minimum_rule
from forbear.packs import NoLawInForce, load_packs

ALL_CASH = MinimumRule(Decimal("0.10"), Decimal("1.00"), 0, Decimal("0.05"), 0)
TENTH_OF_CASH = replace(ALL_CASH, cash_ratio=Decimal("0.10"))


def billed(purchases=0, cash=0, interest=0, fees=0, past_due=0, instalment=0, over_limit=0):
    return Billed(
        *(np.array([x]) for x in (purchases, cash, interest, fees, past_due, instalment, over_limit))
    )


MIXED = billed(1234567, 200000, 8830, 1500, 30000, 50000)


@pytest.mark.parametrize(
    ("rule", "minimum"),
    [
        # 10 % of 12,345.67 = 1,234.567 -> 1,234.57; + 2,000.00 + 88.30 + 15.00 + 300.00 + 500.00 = 4,137.87
        (ALL_CASH, 413787),
        # with 10 % of cash: 1,234.57 + 200.00 + 88.30 + 15.00 + 300.00 + 500.00 = 2,337.87
        (TENTH_OF_CASH, 233787),
    ],
)
def test_w4_the_mixed_statement_in_both_variants(rule, minimum):
    assert minimum_due(MIXED, rule).tolist() == [minimum]


def test_1500_paid_on_the_larger_minimum_costs_a_late_fee_of_131_89():
    # 5 % x (4,137.87 - 1,500.00) = 5 % x 2,637.87 = 131.8935
    assert late_fee(np.array([413787]), np.array([150000]), ALL_CASH).tolist() == [13189]


@pytest.mark.parametrize(("floor", "fee"), [(0, 500), (1000, 1000)])
def test_nothing_paid_of_100_costs_five_or_the_floor(floor, fee):
    rule = replace(ALL_CASH, late_fee_floor_minor=floor)

    assert late_fee(np.array([10000]), np.array([0]), rule).tolist() == [fee]


def test_a_minimum_paid_in_full_costs_nothing_in_spite_of_the_floor():
    rule = replace(ALL_CASH, late_fee_floor_minor=1000)

    assert late_fee(np.array([10000, 10000]), np.array([10000, 10001]), rule).tolist() == [0, 0]


def test_under_the_floor_the_floor_is_due_and_never_more_than_all():
    rule = replace(ALL_CASH, floor_minor=10000)

    assert minimum_due(billed(purchases=50000), rule).tolist() == [10000]  # 10 % is 50.00, the floor 100.00
    assert minimum_due(billed(purchases=8000), rule).tolist() == [8000]  # only 80.00 is owed
    assert minimum_due(billed(), rule).tolist() == [0]


def test_the_house_rule_comes_from_policy_with_its_dates():
    packs = load_packs()

    assert minimum_rule(packs, date(2026, 1, 1)).purchases_ratio == Decimal("0.10")
    with pytest.raises(NoLawInForce):
        minimum_rule(packs, date(1999, 12, 31))
