"""Allocation: legal, within capacity, fair, near the best possible, and proved so."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forbear.planner import Floors, Problem, Settings, allocate

_spec = importlib.util.spec_from_file_location("planner_instances", Path(__file__).parent / "instances.py")
instances = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(instances)

DUAL_ONLY = Settings(exact_units=0, core_gap=1.0)


def problem_of(value, resource, amount, capacity, *, allowed=None, floors=None):
    value = np.asarray(value, float)
    allowed = np.ones(value.shape, bool) if allowed is None else np.asarray(allowed)
    return Problem(
        value, allowed, np.asarray(resource), np.asarray(amount, float), np.asarray(capacity, float), floors
    )


def one_resource(values, amounts, capacity, **more):
    column = np.asarray(values, float)[:, None]
    return problem_of(
        column, np.zeros(column.shape, int), np.asarray(amounts, float)[:, None], [capacity], **more
    )


@pytest.mark.parametrize("floors", [False, True])
@pytest.mark.parametrize("seed", range(12))
def test_a_tiny_plan_is_the_best_of_all_plans(seed, floors):
    problem = instances.random_problem(6, k=3, m=2, seed=seed, floors=floors)
    best = instances.best_by_enumeration(problem)
    plan = allocate(problem, settings=Settings(gap=1e-9))
    if best == -np.inf:
        assert not plan.feasible
        return
    assert instances.keeps_everything(problem, plan.action)
    assert plan.objective == pytest.approx(best, rel=1e-9)
    assert plan.bound >= best * (1 - 1e-12)


@settings(max_examples=60, deadline=None)
@given(
    n=st.integers(1, 7),
    seed=st.integers(0, 10_000),
    tight=st.floats(0.0, 3.0),
    whole=st.booleans(),
)
def test_enumeration_never_beats_the_bound_nor_the_dual_plan_the_enumeration(n, seed, tight, whole):
    problem = instances.random_problem(n, k=3, m=2, seed=seed, tight=tight, whole=whole)
    best = instances.best_by_enumeration(problem)
    plan = allocate(problem, settings=DUAL_ONLY)
    assert instances.keeps_everything(problem, plan.action)
    assert plan.objective <= best + 1e-9
    assert best <= plan.bound * (1 + 1e-12)


@pytest.mark.parametrize("floors", [False, True])
def test_the_dual_bound_meets_the_linear_programme(floors):
    problem = instances.random_problem(1500, seed=3, floors=floors)
    relaxed = instances.best_by_highs(problem, integer=False)
    plan = allocate(problem, settings=DUAL_ONLY)
    assert plan.certificate.dual_bound >= relaxed * (1 - 1e-9)
    assert plan.certificate.dual_bound <= relaxed * (1 + 1e-4)


@pytest.mark.parametrize("floors", [False, True])
def test_a_small_portfolio_is_proved_within_a_ten_thousandth(floors):
    problem = instances.random_problem(300, seed=5, floors=floors)
    best = instances.best_by_highs(problem, integer=True)
    plan = allocate(problem)
    assert plan.certain
    assert plan.gap <= 1e-4
    assert plan.objective <= best * (1 + 1e-7)
    assert plan.bound >= best * (1 - 1e-7)
    assert plan.objective >= best * (1 - 1e-4)


@pytest.mark.parametrize("floors", [False, True])
@pytest.mark.parametrize("n", [50, 3_000, 60_000])
def test_distance_to_the_bound_is_accounted_for_to_the_last_yuan(n, floors):
    problem = instances.random_problem(n, seed=n, floors=floors)
    plan = allocate(problem, settings=DUAL_ONLY)
    proof = plan.certificate
    parts = (proof.unused, proof.floors, proof.regret)
    assert min(parts) >= -1e-9 * plan.bound
    assert proof.dual_bound - plan.objective == pytest.approx(sum(parts), abs=1e-9 * plan.bound)


@pytest.mark.parametrize("floors", [False, True])
def test_a_large_portfolio_is_proved_within_a_ten_thousandth_and_breaks_nothing(floors):
    problem = instances.random_problem(60_000, k=8, m=6, seed=1, floors=floors)
    plan = allocate(problem)
    assert instances.keeps_everything(problem, plan.action)
    assert plan.feasible
    assert plan.gap <= 1e-4
    assert plan.objective == pytest.approx(instances.value_of(problem, plan.action), rel=1e-12)
    assert plan.use == pytest.approx(instances.use_of(problem, plan.action), rel=1e-12)


def test_the_same_input_and_seed_give_the_same_plan_on_one_thread_or_two():
    problem = instances.random_problem(60_000, k=8, m=6, seed=1, floors=True)
    plans = [allocate(problem, seed=3, settings=Settings(threads=t)) for t in (1, 2, 2)]
    for plan in plans[1:]:
        assert plan.action.tobytes() == plans[0].action.tobytes()
        assert plan.price.tobytes() == plans[0].price.tobytes()
        assert plan.bound == plans[0].bound


def test_the_order_of_units_does_not_change_what_is_reached():
    problem = instances.random_problem(400, seed=9)
    order = np.random.default_rng(0).permutation(400)
    shuffled = replace(
        problem,
        value=problem.value[order],
        allowed=problem.allowed[order],
        resource=problem.resource[order],
        amount=problem.amount[order],
    )
    exact = Settings(gap=1e-7)
    assert allocate(shuffled, settings=exact).objective == pytest.approx(
        allocate(problem, settings=exact).objective, rel=1e-7
    )


def test_a_price_says_what_one_more_unit_is_worth():
    # Four units want one minute each, worth 40, 30, 20 and 10; two minutes: the third minute would bring 20.
    plan = allocate(one_resource([40, 30, 20, 10], [1, 1, 1, 1], 2))
    assert plan.action.tolist() == [0, 0, -1, -1]
    assert plan.objective == 70
    assert 20 - 1e-6 <= plan.price[0] <= 30 + 1e-6


def test_the_shadow_price_predicts_a_larger_budget():
    problem = instances.random_problem(60_000, k=8, m=6, seed=1)
    plan = allocate(problem, settings=DUAL_ONLY)
    m = int(np.argmax(plan.price * problem.capacity))
    step = np.zeros(problem.m)
    step[m] = 0.01 * problem.capacity[m]
    more = allocate(replace(problem, capacity=problem.capacity + step), settings=DUAL_ONLY)
    assert more.bound - plan.bound == pytest.approx(plan.price[m] * step[m], rel=0.1)


def test_it_beats_taking_the_most_valuable_first():
    problem = instances.random_problem(5_000, k=6, m=4, seed=2, tight=0.3)
    use, greedy, done = np.zeros(problem.m), 0.0, set()
    for flat in np.argsort(-np.where(problem.allowed, problem.value, -np.inf), axis=None, kind="stable"):
        i, a = divmod(int(flat), problem.k)
        if i in done or not problem.allowed[i, a]:
            continue
        need = np.bincount(problem.resource[i, a] + 1, problem.amount[i, a], problem.m + 1)[1:]
        if (use + need <= problem.capacity).all():
            use, greedy = use + need, greedy + float(problem.value[i, a])
            done.add(i)
    assert allocate(problem, settings=DUAL_ONLY).objective > greedy


def test_no_units_give_an_empty_plan():
    plan = allocate(problem_of(np.zeros((0, 3)), np.zeros((0, 3), int), np.zeros((0, 3)), [5.0]))
    assert plan.action.shape == (0,)
    assert (plan.objective, plan.bound, plan.feasible) == (0.0, 0.0, True)


def test_where_nothing_is_allowed_nothing_is_done():
    problem = one_resource([5, 6], [1, 1], 9, allowed=[[False], [False]])
    plan = allocate(problem)
    assert plan.action.tolist() == [-1, -1]
    assert plan.objective == plan.bound == 0.0


def test_without_capacity_only_what_needs_none_is_done():
    plan = allocate(problem_of([[9, 4], [9, 0]], [[0, -1], [0, -1]], [[1, 0], [1, 0]], [0.0]))
    assert plan.action.tolist() == [1, -1]


def test_without_resources_each_unit_takes_its_best():
    plan = allocate(problem_of([[1, 3], [2, 1]], -np.ones((2, 2), int), np.zeros((2, 2)), []))
    assert plan.action.tolist() == [1, 0]
    assert plan.gap <= 1e-9


def test_with_room_for_all_each_unit_takes_its_best():
    problem = instances.random_problem(500, seed=4, tight=1000.0)
    plan = allocate(problem)
    best = np.where(problem.allowed, problem.value, 0.0).max(axis=1)
    assert plan.objective == pytest.approx(float(best.sum(dtype=np.float64)), rel=1e-9)
    assert not plan.price.any()


def test_equal_units_fill_the_capacity_and_no_more():
    plan = allocate(one_resource([7.0] * 50, [1.0] * 50, 20))
    assert (plan.action == 0).sum() == 20
    assert plan.gap <= 1e-9


def test_fractions_that_fill_a_capacity_exactly_are_used():
    # 7.5 + 7.5 = 15.0 minutes, exactly what there is.
    plan = allocate(one_resource([3, 3], [7.5, 7.5], 15))
    assert plan.action.tolist() == [0, 0]


def test_an_action_larger_than_the_whole_capacity_is_never_taken():
    plan = allocate(one_resource([1000, 3], [8, 2], 7))
    assert plan.action.tolist() == [-1, 0]
    assert plan.gap <= 1e-9


def test_a_loss_is_not_taken_unless_a_floor_asks_for_it():
    floors = Floors(np.array([0, 0], np.int16), np.array([True]), np.array([1], np.int64))
    values = ([-5.0, -3.0], [1, 1], 2)
    assert allocate(one_resource(*values)).action.tolist() == [-1, -1]
    plan = allocate(one_resource(*values, floors=floors))
    assert plan.action.tolist() == [-1, 0]
    assert plan.objective == -3.0
    assert plan.feasible


def test_a_floor_takes_the_slot_of_a_more_valuable_unit():
    # One slot. Without the floor it goes to the unit worth 100; the protected one is worth 10.
    floors = Floors(np.array([-1, 0], np.int16), np.array([True]), np.array([1], np.int64))
    plan = allocate(one_resource([100, 10], [1, 1], 1, floors=floors))
    assert plan.action.tolist() == [-1, 0]
    assert plan.served.tolist() == [1]
    assert plan.gap <= 1e-9


@pytest.mark.parametrize("exact_units", [0, 20_000])
def test_a_floor_beyond_reach_is_lowered_and_the_shortfall_proved(exact_units):
    # Five protected units, two slots, a floor of four: two can be served, and no plan serves three.
    floors = Floors(np.zeros(5, np.int16), np.array([True]), np.array([4], np.int64))
    problem = one_resource([5, 4, 3, 2, 1], [1] * 5, 2, floors=floors)
    plan = allocate(problem, settings=Settings(exact_units=exact_units))
    assert not plan.feasible
    assert plan.served.tolist() == [2]
    assert plan.shortfall.tolist() == [2]
    assert plan.least_shortfall == 2
    assert plan.reachable.tolist() == [2]
    assert plan.objective == 9.0


def test_a_floor_above_the_number_of_people_says_how_many_there_are():
    floors = Floors(np.array([0, 0, -1], np.int16), np.array([True]), np.array([3], np.int64))
    plan = allocate(one_resource([5, 4, 3], [1] * 3, 9, floors=floors))
    assert plan.shortfall.tolist() == [1]
    assert plan.least_shortfall == 1
    assert plan.action.tolist() == [0, 0, 0]


def test_two_floors_that_compete_are_missed_by_the_least_possible_together():
    # Three slots, floors of two each: together 4, so at least one is missed, though either alone is reachable.
    floors = Floors(np.array([0, 0, 1, 1], np.int16), np.array([True]), np.array([2, 2], np.int64))
    plan = allocate(one_resource([1, 1, 50, 50], [1] * 4, 3, floors=floors))
    assert plan.shortfall.sum() == plan.least_shortfall == 1
    assert plan.reachable.tolist() == [2, 2]


@pytest.mark.parametrize("seed", range(6))
def test_floors_are_kept_whenever_enumeration_keeps_them(seed):
    problem = instances.random_problem(7, k=2, m=2, seed=100 + seed, floors=True, tight=0.4, whole=True)
    plan = allocate(problem, settings=Settings(gap=1e-9))
    best = instances.best_by_enumeration(problem)
    assert plan.feasible == (best > -np.inf)
    if plan.feasible:
        assert plan.objective == pytest.approx(best, rel=1e-9)
    else:
        assert plan.least_shortfall > 0


def test_single_precision_values_are_taken_as_they_are():
    problem = instances.random_problem(200, seed=6)
    double = replace(problem, value=problem.value.astype(np.float64))
    assert allocate(problem).objective == allocate(double).objective
