"""The limit on abandoned calls holds whatever the calls in flight come to."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from forbear.web.telephony.pacing import Floor, calls_to_begin

LIMIT = Decimal("0.03")


def test_one_line_per_free_collector_and_none_without():
    assert calls_to_begin(Floor(5, 2, 0, 0), lines_per_free=Decimal(1), share_max=LIMIT) == 3
    assert calls_to_begin(Floor(0, 0, 100, 0), lines_per_free=Decimal(1), share_max=LIMIT) == 0
    assert calls_to_begin(Floor(2, 2, 0, 0), lines_per_free=Decimal(1), share_max=LIMIT) == 0


def test_more_lines_than_collectors_are_rung_only_when_the_day_can_bear_the_worst():
    # 10 free, 100 answered: 11 lines answered at once abandon 1 of 111 (0.9 %), 13 abandon 3 of 113 (2.7 %), 14 4 of 114 (3.5 %)
    assert calls_to_begin(Floor(10, 0, 100, 0), lines_per_free=Decimal(2), share_max=LIMIT) == 13
    assert calls_to_begin(Floor(10, 0, 0, 0), lines_per_free=Decimal(2), share_max=LIMIT) == 10


floors = st.builds(
    Floor,
    free=st.integers(0, 50),
    in_flight=st.integers(0, 80),
    answered=st.integers(0, 2000),
    abandoned=st.just(0),
)


@given(floor=floors, ratio=st.sampled_from(["1", "1.2", "2", "3"]), answers=st.integers(0, 300))
def test_whatever_number_is_answered_the_share_stays_within_the_limit(floor, ratio, answers):
    more = calls_to_begin(floor, lines_per_free=Decimal(ratio), share_max=LIMIT)
    if more == 0:
        return
    taken = min(answers, floor.in_flight + more)

    abandoned = max(0, taken - floor.free)

    assert abandoned <= LIMIT * (floor.answered + taken)


@given(floor=floors, abandoned=st.integers(1, 50))
def test_a_day_over_the_limit_begins_no_call_that_could_make_it_worse(floor, abandoned):
    spent = Floor(0, floor.in_flight, floor.answered, abandoned)

    assert calls_to_begin(spent, lines_per_free=Decimal(2), share_max=LIMIT) == 0
