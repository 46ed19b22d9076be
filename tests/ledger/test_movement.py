"""Cure, roll forward, roll back, and the matrix of where each bucket went."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forbear.ledger import ABSENT, movement, roll_rates

BUCKETS = ("M0", "M1", "M2", "M3", "M4", "M5", "M6", "M7+")


def test_each_change_of_bucket_has_its_name():
    #                  stays M0, enters, forward, same, back, cured
    opening = np.array([0, 0, 1, 2, 3, 4])
    closing = np.array([0, 1, 2, 2, 1, 0])

    moved = movement(opening, closing)

    assert moved.entered.tolist() == [False, True, False, False, False, False]
    assert moved.rolled_forward.tolist() == [False, False, True, False, False, False]
    assert moved.stayed.tolist() == [False, False, False, True, False, False]
    assert moved.rolled_back.tolist() == [False, False, False, False, True, False]
    assert moved.cured.tolist() == [False, False, False, False, False, True]


def test_w16_of_12400_accounts_in_m1_1860_in_m2_a_month_later_is_15_percent():
    # 1,860 / 12,400 = 15.00 %; another 8,000 cured and 2,540 stayed
    opening = np.ones(12_400, dtype=int)
    closing = np.repeat([2, 0, 1], [1_860, 8_000, 2_540])

    rates = roll_rates(opening, closing, buckets=BUCKETS, opening_balance_minor=np.full(12_400, 100))

    assert rates.rolled("M1") == Decimal("15.00")
    assert rates.rate("M1", "cured") == Decimal("64.52")  # 8,000 / 12,400 = 64.516 %
    assert rates.counts[1].sum() == 12_400


def test_by_balance_the_large_accounts_weigh_more():
    # by count 1 of 2 = 50 %; by opening balance 900 of 1,000 = 90 %
    rates = roll_rates(
        np.array([1, 1]), np.array([2, 1]), buckets=BUCKETS, opening_balance_minor=np.array([90000, 10000])
    )

    assert rates.rolled("M1") == Decimal("50.00")
    assert rates.rolled("M1", by="balance") == Decimal("90.00")


def test_settled_absent_cured_and_current_have_columns_of_their_own():
    opening = np.array([0, 0, 2, 2, 2, 2])
    closing = np.array([0, 1, 0, ABSENT, ABSENT, 3])
    settled = np.array([False, False, False, True, False, False])

    rates = roll_rates(
        opening, closing, buckets=BUCKETS, opening_balance_minor=np.full(6, 10), settled=settled
    )

    assert [rates.rate("M0", c) for c in ("M0", "M1")] == [Decimal("50.00")] * 2
    assert [rates.rate("M2", c) for c in ("cured", "settled", "absent", "M3")] == [Decimal("25.00")] * 4
    assert rates.rate("M2", "M0") == 0


def test_a_closed_cohort_leaves_out_who_came_since_and_an_open_one_shows_them():
    opening, closing = np.array([1, ABSENT, ABSENT]), np.array([2, 1, ABSENT])
    balance = {"opening_balance_minor": np.array([10, 0, 0]), "closing_balance_minor": np.array([20, 30, 0])}

    closed = roll_rates(opening, closing, buckets=BUCKETS, **balance)
    opened = roll_rates(opening, closing, buckets=BUCKETS, open_cohort=True, **balance)

    assert closed.counts.sum() == 1
    assert opened.counts.sum() == 2
    assert opened.balance_minor[opened.rows.index("new")].sum() == 30
    assert opened.rolled("M1") == Decimal("100.00")
    with pytest.raises(ValueError, match="closing balances"):
        roll_rates(
            opening, closing, buckets=BUCKETS, open_cohort=True, opening_balance_minor=np.zeros(3, int)
        )


def test_the_last_bucket_rolls_nowhere_and_an_empty_one_rolls_nothing():
    rates = roll_rates(np.array([7]), np.array([7]), buckets=BUCKETS, opening_balance_minor=np.array([1]))

    assert rates.rolled("M1") == Decimal("0.00")
    assert rates.rate("M7+", "M7+") == Decimal("100.00")
    with pytest.raises(ValueError, match="last bucket"):
        rates.rolled("M7+")
    with pytest.raises(ValueError, match="count or balance"):
        rates.rate("M1", "M2", by="amount")


@given(
    st.lists(
        st.tuples(st.integers(-1, 7), st.integers(-1, 7), st.integers(0, 10**9), st.booleans()), max_size=60
    )
)
def test_every_account_of_the_cohort_is_in_exactly_one_cell(rows):
    opening, closing, balance, settled = (np.array(column, dtype=int) for column in zip(*rows, strict=True)) if rows else (np.zeros(0, int),) * 4  # fmt: skip
    rates = roll_rates(
        opening, closing, buckets=BUCKETS, opening_balance_minor=balance, settled=settled.astype(bool)
    )

    cohort = opening != ABSENT
    assert rates.counts.sum() == cohort.sum()
    assert rates.balance_minor.sum() == balance[cohort].sum()
    for code in range(len(BUCKETS)):
        assert rates.counts[code].sum() == (opening == code).sum()
