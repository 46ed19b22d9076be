"""Columns of minor units times a rate are exact, whatever their size."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forbear.money import LossyCalculationError, sum_by, times_rate

MODES = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN, "down": ROUND_DOWN, "up": ROUND_UP}
RATES = st.decimals(min_value=0, max_value=3, places=8, allow_nan=False)


@given(
    st.lists(st.integers(-(10**13), 10**13), min_size=1, max_size=20),
    RATES,
    st.integers(0, 4000),
    st.sampled_from(sorted(MODES)),
)
def test_a_rate_on_a_column_is_what_decimal_says_row_by_row(amounts, rate, days, mode):
    got = times_rate(np.array(amounts), rate, times=days, rounding=mode)

    exact = [Decimal(a) * rate * days for a in amounts]
    assert got.tolist() == [int(e.quantize(Decimal(1), MODES[mode])) for e in exact]
    assert got.dtype == np.int64


def test_a_column_of_days_meets_a_column_of_amounts():
    # 1,000.00 x 0.05 % x 24 = 12.00 and 900.00 x 0.05 % x 13 = 5.85
    got = times_rate(np.array([100000, 90000]), Decimal("0.0005"), times=np.array([24, 13]))

    assert got.tolist() == [1200, 585]


def test_a_product_beyond_64_bits_is_still_exact():
    # 10^15 fen x 0.00000001 x 10^6 = 10^13, through 10^21
    assert times_rate(np.array([10**15]), Decimal("0.00000001"), times=10**6).tolist() == [10**13]


def test_floats_are_refused_in_amounts_and_rates():
    with pytest.raises(LossyCalculationError):
        times_rate(np.array([1.0]), Decimal("0.1"))
    with pytest.raises(LossyCalculationError):
        times_rate(np.array([1]), 0.1)
    with pytest.raises(LossyCalculationError):
        sum_by(np.array([0]), np.array([1.0]), 1)


def test_an_unknown_rounding_is_refused():
    with pytest.raises(ValueError, match="half_up"):
        times_rate(np.array([1]), Decimal("0.1"), rounding="nearest")


def test_sums_by_group_stay_exact_beyond_what_a_double_holds():
    big = 2**53 + 1
    assert sum_by(np.array([1, 1, 0]), np.array([big, 2, 5]), 3).tolist() == [5, big + 2, 0]
