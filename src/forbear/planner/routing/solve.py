"""Routes by OR-Tools: parallel insertion, then guided local search until the time or the number of plans is spent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from ortools.constraint_solver import pywrapcp, routing_enums_pb2
from ortools.util import optional_boolean_pb2

from forbear.planner.routing.bound import travel_bound
from forbear.planner.routing.problem import Routing

NEIGHBOURS = 15  # visits taken out at once; measured on the instances of bench/routes.py
NOBODY, NO_TIME, NO_ROOM = "nobody_may", "no_time", "no_room"


@dataclass(frozen=True, slots=True)
class Stop:
    """One visit on a route: arrive, begin (after waiting for the window), leave; seconds from midnight."""

    visit: int
    arrive_s: int
    begin_s: int
    leave_s: int


@dataclass(frozen=True, slots=True)
class Route:
    """What one team does; no stops means it stays."""

    team: int
    leave_s: int
    stops: tuple[Stop, ...]
    back_s: int
    travel_s: int


@dataclass(frozen=True, slots=True)
class Routes:
    """A plan: routes by team, what was left out and why, its travel, and the proved least travel for the same visits."""

    routes: tuple[Route, ...]
    left_out: dict[int, str]
    travel_s: int
    bound_s: int

    @property
    def gap(self) -> float:
        """Return how far travel may be above the best for the same visits, as a share of travel."""
        return (self.travel_s - self.bound_s) / self.travel_s if self.travel_s else 0.0


def plan_routes(
    routing: Routing,
    *,
    seconds: float = 5,
    plans: int | None = None,
    tell: Callable[[int, int], None] | None = None,
) -> Routes:
    """Return routes; `plans` ends the search after so many improvements, which makes a run repeatable.

    tell(number, cost_s) hears of each plan that is found, while the search goes on; cost is travel with what leaving out costs.
    """
    hopeless = _hopeless(routing)
    kept = np.array([v for v in range(routing.visits) if v not in hopeless], dtype=np.int64)
    if kept.size == 0 or routing.teams == 0:
        nobody = {v: hopeless.get(v, NOBODY) for v in range(routing.visits)}
        return Routes(tuple(_staying(routing, team) for team in range(routing.teams)), nobody, 0, 0)
    manager, model, time = _model(routing, kept)
    if tell is not None:
        _listen(model, tell)
    found = model.SolveWithParameters(_search(seconds, plans))
    if found is None:  # cannot be: every visit may be left out
        raise RuntimeError("the router returned no plan though every visit may be left out")
    routes = tuple(_route(routing, kept, manager, model, time, found, team) for team in range(routing.teams))
    served = np.array(sorted(stop.visit for route in routes for stop in route.stops), dtype=np.int64)
    left_out = hopeless | {int(v): NO_ROOM for v in kept if v not in set(served.tolist())}
    travel = sum(route.travel_s for route in routes)
    return Routes(routes, dict(sorted(left_out.items())), travel, travel_bound(routing, served))


def _listen(model: pywrapcp.RoutingModel, tell: Callable[[int, int], None]) -> None:
    found = 0

    def heard() -> None:
        nonlocal found
        found += 1
        tell(found, int(model.CostVar().Min()))

    model.AddAtSolutionCallback(heard)


def _hopeless(routing: Routing) -> dict[int, str]:
    """Return the visits that no team can make even as its only one, with why."""
    found: dict[int, str] = {}
    for visit in range(routing.visits):
        teams = np.flatnonzero(routing.allowed[visit])
        if teams.size == 0:
            found[visit] = NOBODY
            continue
        at = routing.visit_at[visit]
        begin = np.maximum(
            routing.shift_from_s[teams] + routing.travel_s[routing.team_from[teams], at],
            routing.open_s[visit],
        )
        back = begin + routing.service_s[visit] + routing.travel_s[at, routing.team_to[teams]]
        if not np.any((begin <= routing.close_s[visit]) & (back <= routing.shift_to_s[teams])):
            found[visit] = NO_TIME
    return found


def _staying(routing: Routing, team: int) -> Route:
    start = int(routing.shift_from_s[team])
    return Route(team, start, (), start, 0)


def _model(
    routing: Routing, kept: NDArray[np.int64]
) -> tuple[pywrapcp.RoutingIndexManager, pywrapcp.RoutingModel, pywrapcp.RoutingDimension]:
    """Build the model: nodes are the kept visits, then the first and last places of the teams."""
    n, k = kept.size, routing.teams
    place = np.concatenate([routing.visit_at[kept], routing.team_from, routing.team_to])
    manager = pywrapcp.RoutingIndexManager(n + 2 * k, k, list(range(n, n + k)), list(range(n + k, n + 2 * k)))
    model = pywrapcp.RoutingModel(manager)
    travel = routing.travel_s[np.ix_(place, place)]
    model.SetArcCostEvaluatorOfAllVehicles(model.RegisterTransitMatrix(travel.tolist()))
    model.SetFixedCostOfAllVehicles(routing.team_cost_s)
    service = np.concatenate([routing.service_s[kept], np.zeros(2 * k, dtype=np.int64)])
    horizon = int(max(routing.shift_to_s.max(), routing.close_s.max()))
    model.AddDimension(
        model.RegisterTransitMatrix((travel + service[:, None]).tolist()), horizon, horizon, False, "time"
    )
    time = model.GetDimensionOrDie("time")
    for team in range(k):
        shift = int(routing.shift_from_s[team]), int(routing.shift_to_s[team])
        time.CumulVar(model.Start(team)).SetRange(*shift)
        time.CumulVar(model.End(team)).SetRange(*shift)
        model.AddVariableMinimizedByFinalizer(time.CumulVar(model.End(team)))
    for node, visit in enumerate(kept.tolist()):
        index = manager.NodeToIndex(node)
        time.CumulVar(index).SetRange(int(routing.open_s[visit]), int(routing.close_s[visit]))
        model.AddDisjunction([index], int(routing.worth_s[visit]))
        teams = np.flatnonzero(routing.allowed[visit])
        if teams.size < k:
            # By the variable: SetAllowedVehiclesForIndex of OR-Tools 9.15 takes no list from Python. -1: left out.
            model.VehicleVar(index).SetValues([-1, *teams.tolist()])
    if routing.load is not None and routing.capacity is not None:
        load = np.concatenate([routing.load[kept], np.zeros(2 * k, dtype=np.int64)])
        carried = model.RegisterUnaryTransitVector(load.tolist())
        model.AddDimensionWithVehicleCapacity(carried, 0, routing.capacity.tolist(), True, "load")
    return manager, model, time


def _search(seconds: float, plans: int | None) -> pywrapcp.RoutingModel:
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    # Taking out neighbouring visits and putting them back leaves the plans that guided search alone goes round in.
    operators = parameters.local_search_operators
    operators.use_global_cheapest_insertion_close_nodes_lns = optional_boolean_pb2.BOOL_TRUE
    operators.use_local_cheapest_insertion_close_nodes_lns = optional_boolean_pb2.BOOL_TRUE
    parameters.heuristic_close_nodes_lns_num_nodes = NEIGHBOURS
    parameters.time_limit.FromMilliseconds(int(seconds * 1_000))
    if plans is not None:
        parameters.solution_limit = plans
    return parameters


def _route(
    routing: Routing,
    kept: NDArray[np.int64],
    manager: pywrapcp.RoutingIndexManager,
    model: pywrapcp.RoutingModel,
    time: pywrapcp.RoutingDimension,
    found: pywrapcp.Assignment,
    team: int,
) -> Route:
    """Read one team's route; it leaves as late as its first visit lets it, so that nobody waits in the street."""
    order = []
    index = found.Value(model.NextVar(model.Start(team)))
    while not model.IsEnd(index):
        order.append(int(kept[manager.IndexToNode(index)]))
        index = found.Value(model.NextVar(index))
    if not order:
        return _staying(routing, team)
    return timed(routing, team, order)


def timed(routing: Routing, team: int, order: list[int]) -> Route:
    """Return a team's route through visits in an order, with its times; the order must be feasible."""
    place, travelled = int(routing.team_from[team]), 0
    first = order[0]
    to_first = int(routing.travel_s[place, routing.visit_at[first]])
    leave = max(int(routing.shift_from_s[team]), int(routing.open_s[first]) - to_first)
    clock, stops = leave, []
    for visit in order:
        step = int(routing.travel_s[place, routing.visit_at[visit]])
        arrive = clock + step
        begin = max(arrive, int(routing.open_s[visit]))
        clock = begin + int(routing.service_s[visit])
        stops.append(Stop(visit, arrive, begin, clock))
        place, travelled = int(routing.visit_at[visit]), travelled + step
    home = int(routing.travel_s[place, routing.team_to[team]])
    return Route(team, leave, tuple(stops), clock + home, travelled + home)
