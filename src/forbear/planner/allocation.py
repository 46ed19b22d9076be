"""Daily allocation: dual prices, repair, and an exact search where that pays; see docs/planner.md."""

from __future__ import annotations

import math
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from .dual import Priced, best_prices
from .integer import CORE_NODES, Effort, search_all, search_core
from .pairs import Floats, Pairs, legal_pairs
from .plan import NOTHING, Certificate, Plan
from .problem import Floors, Problem
from .repair import Choice, choose, fill, overruns, reduced_values, repair, total_value

THREADS = 2


@dataclass(frozen=True, slots=True)
class Settings:
    """How hard to try. gap: stop when proved this near; exact_units: below this size HiGHS decides every unit."""

    gap: float = 1e-4
    core_gap: float = 2e-5
    exact_units: int = 20_000
    exact_seconds: float = 20.0
    exact_nodes: int = 100_000
    evaluations: int = 120
    threads: int = THREADS


@dataclass(frozen=True, slots=True, eq=False)
class Solved:
    """One pass over one set of limits: pairs, prices with their bound, choice and what was proved."""

    pairs: Pairs
    priced: Priced
    choice: Choice
    bound: float
    method: str
    certain: bool


def allocate(problem: Problem, *, seed: int = 0, settings: Settings | None = None) -> Plan:
    """Choose at most one legal action per unit so that total value is greatest under capacities and floors.

    The same problem, seed and settings give the same plan, whatever the number of threads. Floors that can't be
    met are lowered to what was reached, and the plan says by how much and what is proved; never dropped silently.
    """
    began = perf_counter()
    settings = settings or Settings()
    with ThreadPoolExecutor(min(settings.threads, os.cpu_count() or 1)) as pool:
        least = problem.floors.least if problem.floors else np.zeros(0, np.int64)
        solved = _solve(problem, least, None, pool, seed=seed, settings=settings)
        reachable, missing = least, 0
        if overruns(solved.pairs, solved.choice).any():
            most, reachable, missing = _most_served(problem, pool, seed=seed, settings=settings)
            reached = np.minimum(_served(problem, most), least)
            solved = _solve(problem, reached, most, pool, seed=seed, settings=settings)
    return replace(_plan(problem, solved, reachable, missing), seconds=perf_counter() - began)


def _solve(
    problem: Problem,
    least: NDArray[np.int64],
    start: NDArray[np.int8] | None,
    pool: ThreadPoolExecutor,
    *,
    seed: int,
    settings: Settings,
) -> Solved:
    """Price, repair, search. `start` is a plan known to keep the limits, used where repair misses a floor."""
    pairs = legal_pairs(problem, least)
    priced = best_prices(pairs, pool, seed=seed, evaluations=settings.evaluations)
    reduced = reduced_values(pairs, priced.price)
    choice = repair(pairs, priced.price, priced.pick)
    method = "dual"
    if start is not None and overruns(pairs, choice).any():
        choice = choose(pairs, _as_picks(pairs, start))
        fill(pairs, reduced, choice)
        choice = choose(pairs, choice.pick)
    solved = Solved(pairs, priced, choice, priced.bound, method, True)
    if not pairs.action.size or _settled(solved, settings.core_gap):
        return solved
    solved = _polish(solved, reduced, seed=seed, settings=settings)
    if pairs.n > settings.exact_units or _settled(solved, settings.gap):
        return solved
    return _prove(solved, reduced, seed=seed, settings=settings)


def _settled(solved: Solved, gap: float) -> bool:
    """Say whether the plan keeps every limit and is proved within the gap."""
    if overruns(solved.pairs, solved.choice).any():
        return False
    return solved.bound - total_value(solved.pairs, solved.choice) <= gap * abs(solved.bound)


def _polish(solved: Solved, reduced: Floats, *, seed: int, settings: Settings) -> Solved:
    """Let HiGHS re-decide the units near a tie; the bound is unchanged."""
    effort = Effort(settings.core_gap * abs(solved.bound) / 2, CORE_NODES, settings.exact_seconds, seed)
    found = search_core(solved.pairs, reduced, solved.choice, effort)
    certain = not found.out_of_time
    return replace(solved, choice=found.choice, method="dual+core", certain=certain)


def _prove(solved: Solved, reduced: Floats, *, seed: int, settings: Settings) -> Solved:
    """Let HiGHS decide every unit of a small problem, and take its bound where that is lower."""
    kept = solved.choice
    value = -np.inf if overruns(solved.pairs, kept).any() else total_value(solved.pairs, kept)
    effort = Effort(settings.gap * abs(solved.bound) / 2, settings.exact_nodes, settings.exact_seconds, seed)
    found = search_all(solved.pairs, reduced, kept, solved.bound, effort, value=value)
    bound = min(solved.bound, max(found.bound, value))
    return replace(solved, choice=found.choice, bound=bound, method="integer", certain=not found.out_of_time)


def _most_served(
    problem: Problem, pool: ThreadPoolExecutor, *, seed: int, settings: Settings
) -> tuple[NDArray[np.int8], NDArray[np.int64], int]:
    """Find a plan that serves as much of the floors as can be, what each group alone could get, and the proof.

    Each human action is worth 1 and each floor is a capacity of its own group, so serving beyond a floor is worth
    nothing; the bound of that problem, rounded down, is the most that can be served.
    """
    floors = _floors(problem)
    together = _solve(_counting(problem, floors.least), _NONE, None, pool, seed=seed, settings=settings)
    most = _actions(together.pairs, together.choice, problem.n)
    missing = max(int(floors.least.sum()) - _whole(together.bound), 0)
    reachable = floors.least.copy()
    for g in range(floors.least.size):
        alone = np.where(np.arange(floors.least.size) == g, floors.least, 0)
        best = _solve(_counting(problem, alone), _NONE, None, pool, seed=seed, settings=settings)
        reachable[g] = min(int(floors.least[g]), _whole(best.bound))
    return most, reachable, missing


_NONE = np.zeros(0, np.int64)


def _whole(bound: float) -> int:
    """Round a proved bound on a count down to a whole number, forgiving the rounding of its sums."""
    return math.floor(bound * (1 + 1e-9) + 1e-6)


def _counting(problem: Problem, least: NDArray[np.int64]) -> Problem:
    """Restate the problem as: serve as many as possible of each group, up to its floor."""
    floors = _floors(problem)
    serves = problem.allowed & floors.human[None, :] & (floors.group >= 0)[:, None]
    own = np.where(serves, (problem.m + floors.group)[:, None], -1)[:, :, None]
    return Problem(
        value=serves.astype(np.float32),
        allowed=serves,
        resource=np.concatenate([problem.resource, own.astype(np.int8)], axis=2),
        amount=np.concatenate([problem.amount, np.ones((*serves.shape, 1), np.float32)], axis=2),
        capacity=np.concatenate([problem.capacity, least.astype(np.float64)]),
    )


def _floors(problem: Problem) -> Floors:
    if problem.floors is None:
        raise ValueError("this problem has no floors")
    return problem.floors


def _as_picks(pairs: Pairs, action: NDArray[np.int8]) -> NDArray[np.int64]:
    """Turn actions back into pair numbers."""
    owner = np.repeat(np.arange(pairs.n), np.diff(pairs.start))
    pick = np.full(pairs.n, NOTHING, np.int64)
    chosen = np.flatnonzero(pairs.action == action[owner])
    pick[owner[chosen]] = chosen
    return pick


def _actions(pairs: Pairs, choice: Choice, n: int) -> NDArray[np.int8]:
    action = np.full(n, NOTHING, np.int8)
    has = choice.pick >= 0
    action[has] = pairs.action[choice.pick[has]]
    return action


def _served(problem: Problem, action: NDArray[np.int8]) -> NDArray[np.int64]:
    """Count per group the units that get a human action."""
    if problem.floors is None:
        return _NONE
    human = np.append(problem.floors.human, False)[action]
    group = problem.floors.group
    return np.bincount(group[human & (group >= 0)], minlength=problem.floors.least.size).astype(np.int64)


def _plan(problem: Problem, solved: Solved, reachable: NDArray[np.int64], missing: int) -> Plan:
    """Write down the plan with its proof, use counted afresh."""
    pairs, choice, m = solved.pairs, choose(solved.pairs, solved.choice.pick), problem.m
    if (choice.use[:m] > problem.capacity).any():
        raise RuntimeError(f"the plan exceeds a capacity: {choice.use[:m]} of {problem.capacity}")
    action = _actions(pairs, choice, problem.n)
    objective = total_value(pairs, choice)
    bound = max(solved.bound, objective)
    served = _served(problem, action)
    least = problem.floors.least if problem.floors else _NONE
    shortfall = np.maximum(least - served, 0)
    return Plan(
        action=action,
        objective=objective,
        bound=bound,
        gap=(bound - objective) / abs(bound) if bound else 0.0,
        price=solved.priced.price[:m],
        floor_price=solved.priced.price[m:],
        use=choice.use[:m],
        served=served,
        shortfall=shortfall,
        least_shortfall=missing,
        reachable=reachable,
        feasible=not shortfall.any(),
        method=solved.method,
        certain=solved.certain,
        certificate=_certificate(solved, choice),
    )


def _certificate(solved: Solved, choice: Choice) -> Certificate:
    pairs, price = solved.pairs, solved.priced.price
    free = price * (pairs.limit - choice.use[:-1])
    m = pairs.resources
    reduced = reduced_values(pairs, price)
    best = np.zeros(pairs.n)
    has = solved.priced.pick >= 0
    best[has] = reduced[solved.priced.pick[has]]
    mine = np.zeros(pairs.n)
    has = choice.pick >= 0
    mine[has] = reduced[choice.pick[has]]
    return Certificate(
        solved.priced.bound, float(free[:m].sum()), float(free[m:].sum()), float((best - mine).sum())
    )
