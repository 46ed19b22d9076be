"""Parts always sum to the whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forbear.money import proportion, split


@given(st.integers(1, 10**9), st.integers(1, 60))
def test_instalments_of_any_total_sum_to_it(total, parts):
    rows = split(total, parts)

    assert sum(rows) == total
    assert len(rows) == parts
    assert min(rows) >= 0
    assert len(set(rows[:-1])) <= 1  # only the last row differs


def test_sixty_instalments_of_53210_47_leave_six_fen_seven_to_the_last():
    # 59 x 886.84 = 52,323.56; 53,210.47 - 52,323.56 = 886.91
    rows = split(5321047, 60)

    assert rows[:59] == [88684] * 59
    assert rows[59] == 88691


@given(st.integers(-(10**12), 10**12), st.lists(st.integers(0, 10**12), min_size=1, max_size=12).filter(any))
def test_shares_sum_to_the_whole_and_are_within_a_unit_of_exact(total, weights):
    shares = proportion(total, weights)

    assert sum(shares) == total
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share * sum(weights) - total * weight) < sum(weights)


def test_equal_remainders_go_to_the_earlier_part():
    assert proportion(100, [1, 1, 1]) == [34, 33, 33]


@pytest.mark.parametrize("weights", [[0, 0], [2, -1]])
def test_weights_that_share_nothing_are_refused(weights):
    with pytest.raises(ValueError, match="weights"):
        proportion(100, weights)


def test_no_parts_are_refused():
    with pytest.raises(ValueError, match="at least one"):
        split(100, 0)
