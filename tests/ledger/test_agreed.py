"""Settlement, broken plan and commission, in the worked examples W9, W10 and W14."""

from __future__ import annotations

from decimal import Decimal

import pytest

from forbear.ledger.agreed import after_breach, commission, settlement
from forbear.money import Money

OWED = {
    "principal": Money.parse("25000.00"), "interest": Money.parse("9876.54"),
    "late_fee": Money.parse("3265.65"), "cost": Money.parse("500.00"),
}  # fmt: skip


def test_w9_all_of_the_late_fee_and_60_percent_of_the_interest_are_waived():
    made = settlement(OWED, {"late_fee": Decimal(1), "interest": Decimal("0.60")})

    assert str(made.waived["interest"]) == "5925.92"  # 5,925.924
    assert (str(made.pay), str(made.waived_total), str(made.total)) == ("29450.62", "9191.57", "38642.19")
    assert made.executed(Money.parse("29450.62"))
    assert not made.executed(Money.parse("29450.61"))


@pytest.mark.parametrize(
    "shares", [{"interest": Decimal("1.01")}, {"interest": Decimal("-0.1")}, {"gift": Decimal(1)}]
)
def test_a_share_that_cannot_be_is_refused(shares):
    with pytest.raises(ValueError, match=r"share|component"):
        settlement(OWED, shares)


@pytest.mark.parametrize(
    ("clause", "due"), [("no", "47002.59"), ("yes", "48002.59"), ("from_breach_date", "47302.59")]
)
def test_w10_both_figures_of_a_broken_plan_and_the_one_the_clause_makes(clause, due):
    # 53,210.47 less 7 rows of 886.84 = 6,207.88
    forborne = {"yes": Money.parse("1000.00"), "from_breach_date": Money.parse("300.00")}
    made = after_breach(Money.parse("53210.47"), Money.parse("6207.88"), forborne, clause)

    assert (str(made["without"]), str(made["with"]), str(made["due"])) == ("47002.59", "48002.59", due)


def test_w14_commission_and_its_claw_back():
    rate, factor = Decimal("0.165"), Decimal("0.85")

    assert str(commission(Money.parse("18650.40"), rate)) == "3077.32"  # 3,077.316
    assert str(commission(Money.parse("18650.40"), rate, factor)) == "2615.72"  # 2,615.722
    assert commission(Money.parse("-18650.40"), rate, factor) == -commission(
        Money.parse("18650.40"), rate, factor
    )
