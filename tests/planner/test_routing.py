"""Routes keep every window, shift, role and capacity, name what they leave out, and never beat their own bound."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from bench.routes import BEST, SCALE, solomon
from hypothesis import given, settings
from hypothesis import strategies as st

from forbear.planner.routing import BadRouting, Routing, plan_routes, straight_line_s, travel_bound

HOUR = 3_600


def day(visits: int = 4, teams: int = 2, seed: int = 0, **changed: object) -> Routing:
    """Return a small day in a square of half an hour, one office, nine to eighteen o'clock."""
    random = np.random.default_rng(seed)
    x, y = random.integers(0, 1_800, (2, visits + 1))
    opens = random.integers(9, 15, visits) * HOUR
    facts = {
        "travel_s": np.abs(x[:, None] - x) + np.abs(y[:, None] - y),
        "visit_at": np.arange(1, visits + 1),
        "service_s": np.full(visits, HOUR // 2),
        "open_s": opens,
        "close_s": opens + random.integers(1, 4, visits) * HOUR,
        "team_from": np.zeros(teams, dtype=np.int64),
        "team_to": np.zeros(teams, dtype=np.int64),
        "shift_from_s": np.full(teams, 9 * HOUR),
        "shift_to_s": np.full(teams, 18 * HOUR),
        "allowed": np.ones((visits, teams), dtype=bool),
        "worth_s": np.full(visits, 10 * HOUR),
    }
    return Routing(**(facts | changed))


def assert_lawful(routing: Routing, found) -> None:
    made = [stop.visit for route in found.routes for stop in route.stops]
    assert len(made) == len(set(made))
    assert set(made) | set(found.left_out) == set(range(routing.visits))
    assert set(made).isdisjoint(found.left_out)
    for route in found.routes:
        place, clock = routing.team_from[route.team], route.leave_s
        assert route.leave_s >= routing.shift_from_s[route.team] or not route.stops
        for stop in route.stops:
            at = routing.visit_at[stop.visit]
            assert stop.arrive_s == clock + routing.travel_s[place, at]
            assert stop.arrive_s <= stop.begin_s
            assert routing.open_s[stop.visit] <= stop.begin_s <= routing.close_s[stop.visit]
            assert stop.leave_s == stop.begin_s + routing.service_s[stop.visit]
            assert routing.allowed[stop.visit, route.team]
            place, clock = at, stop.leave_s
        assert route.back_s <= routing.shift_to_s[route.team]
        if routing.load is not None:
            assert sum(routing.load[stop.visit] for stop in route.stops) <= routing.capacity[route.team]


@given(st.integers(1, 7), st.integers(1, 3), st.integers(0, 10_000), st.booleans())
@settings(max_examples=40, deadline=None)
def test_routes_are_lawful_and_never_beat_the_bound(visits, teams, seed, roles):
    random = np.random.default_rng(seed)
    allowed = random.random((visits, teams)) < 0.6 if roles else np.ones((visits, teams), dtype=bool)
    routing = day(visits, teams, seed, allowed=allowed, load=np.ones(visits, dtype=np.int64),
                  capacity=np.full(teams, 3))  # fmt: skip
    found = plan_routes(routing, seconds=1, plans=20)

    assert_lawful(routing, found)
    assert found.bound_s <= found.travel_s


@given(st.integers(1, 5), st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_the_bound_is_below_every_order_of_one_team(visits, seed):
    routing = day(visits, 1, seed, open_s=np.full(visits, 9 * HOUR), close_s=np.full(visits, 17 * HOUR))
    stops = [0, *range(1, visits + 1), 0]
    best = min(
        sum(routing.travel_s[a, b] for a, b in zip([0, *order], [*order, 0], strict=True))
        for order in permutations(stops[1:-1])
    )

    assert travel_bound(routing) <= best


def test_small_days_are_planned_at_their_best():
    for seed in range(5):
        routing = day(5, 1, seed, open_s=np.full(5, 9 * HOUR), close_s=np.full(5, 17 * HOUR))
        best = min(
            sum(routing.travel_s[a, b] for a, b in zip([0, *order], [*order, 0], strict=True))
            for order in permutations(range(1, 6))
        )
        assert plan_routes(routing, seconds=2, plans=60).travel_s == best


def test_a_visit_nobody_may_take_is_named():
    allowed = np.ones((4, 2), dtype=bool)
    allowed[2] = False
    found = plan_routes(day(allowed=allowed), seconds=1, plans=5)

    assert found.left_out == {2: "nobody_may"}


def test_a_visit_no_shift_reaches_is_named():
    routing = day(close_s=np.array([20, 20, 20, 20]) * HOUR, open_s=np.array([9, 9, 9, 19]) * HOUR)

    assert plan_routes(routing, seconds=1, plans=5).left_out == {3: "no_time"}


def test_what_does_not_fit_is_left_out_by_its_worth():
    worth = np.array([5, 9, 9, 9]) * HOUR
    routing = day(
        4, 1, load=np.ones(4, dtype=np.int64), capacity=np.array([3]), worth_s=worth,
        open_s=np.full(4, 9 * HOUR), close_s=np.full(4, 17 * HOUR),
    )  # fmt: skip

    assert plan_routes(routing, seconds=1, plans=30).left_out == {0: "no_room"}


def test_no_teams_make_no_visits():
    found = plan_routes(day(3, 0), seconds=1)

    assert found.left_out == dict.fromkeys(range(3), "nobody_may")


def test_no_visits_are_a_plan():
    assert plan_routes(day(0, 2), seconds=1).travel_s == 0


def test_the_same_day_is_planned_alike():
    routing = day(7, 2, 3)

    assert plan_routes(routing, seconds=5, plans=15) == plan_routes(routing, seconds=5, plans=15)


def test_a_solomon_instance_comes_out_near_its_published_best():
    found = plan_routes(solomon("C101"), seconds=5)

    assert not found.left_out
    assert found.travel_s / SCALE <= BEST["C101"][1] * 1.05
    assert found.bound_s / SCALE <= BEST["C101"][1]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"service_s": np.full(3, HOUR)}, "service_s: expected the shape"),
        ({"service_s": np.full(4, 0.5)}, "service_s: expected whole seconds"),
        ({"visit_at": np.array([1, 2, 3, 9])}, "visit_at: a place between"),
        ({"open_s": np.full(4, 19 * HOUR)}, "closes before it opens"),
        ({"worth_s": np.full(4, -1)}, "worth_s: between 0"),
        ({"load": np.ones(4, dtype=np.int64)}, "give both or neither"),
    ],
)
def test_a_routing_that_cannot_be_planned_is_refused(changed, words):
    with pytest.raises(BadRouting, match=words):
        day(**changed)


def test_straight_lines_are_symmetric_rounded_up_and_near_the_known_distance():
    # Shanghai to Suzhou, about 85 km in a straight line.
    seconds = straight_line_s(
        np.array([31.23, 31.30]), np.array([121.47, 120.58]), metres_per_s=10, detour=1.0, setting_off_s=0
    )

    assert seconds[0, 1] == seconds[1, 0]
    assert 8_400 < seconds[0, 1] < 8_600
    assert seconds[0, 0] == 0


def test_whoever_waits_hears_of_each_plan_and_the_last_is_the_cheapest() -> None:
    heard: list[tuple[int, int]] = []
    found = plan_routes(
        day(8, 2, seed=3), seconds=2, plans=12, tell=lambda number, cost: heard.append((number, cost))
    )
    assert [number for number, _ in heard] == list(range(1, len(heard) + 1))
    assert min(cost for _, cost in heard) >= found.bound_s
    assert heard
