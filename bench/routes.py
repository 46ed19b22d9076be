"""Routes of visiting teams: Solomon's instances against their published bests, and a day of 200 visits and 10 teams."""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from time import perf_counter

import numpy as np
from bench.machine import describe

from forbear.planner.routing import Routing, plan_routes, straight_line_s

INSTANCES = Path(__file__).parent / "instances"
SCALE = 100  # whole hundredths of Solomon's unit
# Best known (vehicles, distance), and the optimum of distance alone with one decimal; sources in instances/README.md.
BEST = {"C101": (10, 828.94, 827.3), "R101": (19, 1650.80, 1637.7), "RC101": (14, 1696.95, 1619.8)}
VEHICLES, CAPACITY = 25, 200
VEHICLE_WORTH = 2_000 * SCALE  # above any detour: fewer vehicles count before less distance
SECONDS = (3, 20)
SEED = 7


def solomon(name: str, *, team_cost_s: int = 0) -> Routing:
    """Return an instance in hundredths of its unit."""
    with (INSTANCES / f"{name}.csv").open() as file:
        rows = np.array([[int(cell) for cell in row.values()] for row in csv.DictReader(file)])
    x, y = rows[:, 1], rows[:, 2]
    travel = np.rint(SCALE * np.hypot(x[:, None] - x, y[:, None] - y)).astype(np.int64)
    depot, n = np.zeros(VEHICLES, dtype=np.int64), len(rows) - 1
    return Routing(
        travel_s=travel,
        visit_at=np.arange(1, n + 1),
        service_s=rows[1:, 6] * SCALE,
        open_s=rows[1:, 4] * SCALE,
        close_s=rows[1:, 5] * SCALE,
        team_from=depot,
        team_to=depot,
        shift_from_s=depot,
        shift_to_s=np.full(VEHICLES, rows[0, 5] * SCALE),
        allowed=np.ones((n, VEHICLES), dtype=bool),
        worth_s=np.full(n, 5_000 * SCALE),
        load=rows[1:, 3],
        capacity=np.full(VEHICLES, CAPACITY),
        team_cost_s=team_cost_s,
    )


def city(visits: int, teams: int) -> Routing:
    """Return a day in one city: visits of 30 minutes within windows of two to ten hours, teams from two offices."""
    random = np.random.default_rng(SEED)
    latitude, longitude = (
        31.2 + random.normal(0, 0.06, visits + 2),
        121.45 + random.normal(0, 0.07, visits + 2),
    )
    travel = straight_line_s(latitude, longitude, metres_per_s=25 / 3.6, detour=1.35, setting_off_s=300)
    opens = random.integers(9, 15, visits) * 3_600
    office = np.arange(teams) % 2 + visits
    return Routing(
        travel_s=travel,
        visit_at=np.arange(visits),
        service_s=np.full(visits, 1_800 // 2),
        open_s=opens,
        close_s=np.minimum(opens + random.integers(2, 10, visits) * 3_600, 20 * 3_600),
        team_from=office,
        team_to=office,
        shift_from_s=np.full(teams, 9 * 3_600),
        shift_to_s=np.full(teams, 20 * 3_600),
        allowed=np.ones((visits, teams), dtype=bool),
        worth_s=np.full(visits, 4 * 3_600),
    )


def main() -> None:
    print(describe("", "ortools", "numpy"))
    print(
        "\nSolomon, fewest vehicles first | published | ours (vehicles, distance) | gap of distance | seconds"
    )
    for name, (vehicles, distance, _) in BEST.items():
        for seconds in SECONDS:
            found, spent = timed(solomon(name, team_cost_s=VEHICLE_WORTH), seconds)
            used = sum(bool(route.stops) for route in found.routes)
            ours = found.travel_s / SCALE
            print(
                f"{name:6} | {vehicles}, {distance} | {used}, {ours:.2f} | {ours / distance - 1:+.2%} | {spent:.1f}"
            )
    print("\nSolomon, distance alone | optimum | ours | gap | proved bound | seconds")
    for name, (_, _, optimum) in BEST.items():
        found, spent = timed(solomon(name), SECONDS[-1])
        ours = found.travel_s / SCALE
        print(
            f"{name:6} | {optimum} | {ours:.2f} | {ours / optimum - 1:+.2%} | {found.bound_s / SCALE:.2f} | {spent:.1f}"
        )
    print("\n200 visits, 10 teams | made | travel hours | proved gap | seconds")
    for seconds in (1, *SECONDS):
        found, spent = timed(city(200, 10), seconds)
        made = 200 - len(found.left_out)
        print(f"{seconds:3} s | {made} | {found.travel_s / 3_600:.1f} | {found.gap:.1%} | {spent:.1f}")


def timed(routing: Routing, seconds: float):
    """Return the routes and the seconds they took."""
    began = perf_counter()
    found = plan_routes(routing, seconds=seconds)
    return found, perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
