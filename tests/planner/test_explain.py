"""Every unit can be told why it got its action and not another."""

from __future__ import annotations

import numpy as np
import pytest

from forbear.planner import Floors, Problem, allocate, explain


@pytest.fixture(scope="module")
def planned():
    # One call slot (resource 0) and plenty of messages (resource 1). Actions: 0 call, 1 message, 2 visit of size 9.
    problem = Problem(
        value=np.array([[90.0, 10, 5], [60.0, 10, 5], [80.0, -1, 500]]),
        allowed=np.array([[True, True, True], [True, True, True], [False, True, True]]),
        resource=np.tile(np.array([0, 1, 0], np.int8), (3, 1)),
        amount=np.tile(np.array([1.0, 1.0, 9.0]), (3, 1)),
        capacity=np.array([1.0, 100.0]),
    )
    return problem, allocate(problem)


def reasons(planned, unit):
    problem, plan = planned
    return [offer.reason for offer in explain(plan, problem, unit).offers]


def test_the_chosen_action_shows_its_value_and_price(planned):
    problem, plan = planned
    told = explain(plan, problem, 0)
    assert told.chosen == 0
    call = told.offers[0]
    assert call.reason == "chosen"
    assert call.reduced == pytest.approx(call.value - call.charged)
    # The slot goes to 90 rather than 60, whose next best is 10: its price lies between 60 - 10 and 90 - 10.
    assert 50 - 1e-6 <= call.charged <= 80 + 1e-6


def test_a_call_that_is_worth_more_elsewhere_loses_to_the_message(planned):
    told = explain(planned[1], planned[0], 1)
    assert told.chosen == 1
    assert told.offers[0].reason in {"second_best", "priced_out", "capacity"}


def test_an_illegal_action_says_so_before_anything_else(planned):
    assert reasons(planned, 2)[0] == "not_allowed"


def test_an_action_without_gain_says_so(planned):
    assert reasons(planned, 2)[1] == "no_gain"


def test_an_action_larger_than_the_day_says_which_resource(planned):
    offer = explain(planned[1], planned[0], 2).offers[2]
    assert (offer.reason, offer.short_of) == ("never_fits", (0,))


def test_a_unit_that_does_not_exist_is_refused(planned):
    with pytest.raises(IndexError):
        explain(planned[1], planned[0], 3)


def test_a_floor_shows_as_credit():
    floors = Floors(np.array([-1, 0], np.int16), np.array([True]), np.array([1], np.int64))
    problem = Problem(np.array([[100.0], [10.0]]), np.ones((2, 1), bool), np.zeros((2, 1), np.int8),
                      np.ones((2, 1)), np.ones(1), floors)  # fmt: skip
    plan = allocate(problem)
    assert explain(plan, problem, 1).offers[0].floor_credit == pytest.approx(float(plan.floor_price[0]))
    assert explain(plan, problem, 1).offers[0].reason == "chosen"
    assert explain(plan, problem, 0).offers[0].reason in {"priced_out", "capacity"}


def test_no_offer_of_a_random_day_is_better_than_the_choice_without_a_stated_reason():
    rng = np.random.default_rng(0)
    problem = Problem(rng.gamma(2.0, 50.0, (300, 4)), rng.random((300, 4)) < 0.8,
                      rng.integers(-1, 3, (300, 4)).astype(np.int8), rng.gamma(3.0, 1.0, (300, 4)),
                      np.array([60.0, 90.0, 120.0]))  # fmt: skip
    plan = allocate(problem)
    for i in range(300):
        told = explain(plan, problem, i)
        now = told.offers[told.chosen].reduced if told.chosen >= 0 else 0.0
        for offer in told.offers:
            if offer.reason in {"second_best", "priced_out"}:
                assert offer.reduced <= max(now, 0.0)
            if offer.reason == "not_allowed":
                assert not problem.allowed[i, offer.action]
