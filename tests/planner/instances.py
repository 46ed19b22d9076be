"""Problems to plan in tests: small random ones, and an exact answer to hold the planner against."""

from __future__ import annotations

from itertools import product

import highspy
import numpy as np

from forbear.planner import Floors, Problem


def random_problem(n, *, k=4, m=3, seed=0, floors=False, tight=0.5, whole=False):
    """Draw n units with k actions; `tight` scales capacity, `whole` makes every amount 1."""
    rng = np.random.default_rng(seed)
    value = (rng.gamma(1.2, 100.0, (n, k)) - 20).astype(np.float32)
    allowed = (rng.random((n, k)) < 0.7) & (value > 0)
    resource = rng.integers(-1, m, (n, k, 2)).astype(np.int8)
    amount = np.ones((n, k, 2)) if whole else rng.gamma(3.0, 1.0, (n, k, 2))
    capacity = rng.uniform(0.5, 1.5, m) * tight * n * (1.0 if whole else 3.0) / m
    asked = None
    if floors:
        group = rng.integers(-1, 2, n).astype(np.int16)
        human = np.arange(k) % 2 == 1
        able = [int(((group == g) & (allowed & human).any(1)).sum()) for g in (0, 1)]
        asked = Floors(group, human, np.array([able[0] // 3, able[1] // 2], np.int64))
    return Problem(value, allowed, resource, amount.astype(np.float32), capacity, asked)


def use_of(problem, action):
    """Count what the actions use of each resource, the slow and plain way."""
    use = np.zeros(problem.m)
    for i, a in enumerate(action):
        if a >= 0:
            for m, x in zip(problem.resource[i, a], problem.amount[i, a], strict=True):
                if m >= 0:
                    use[m] += float(x)
    return use


def value_of(problem, action):
    """Add up the value of the actions, the slow and plain way."""
    return sum(float(problem.value[i, a]) for i, a in enumerate(action) if a >= 0)


def served_by(problem, action):
    """Count human actions per group, the slow and plain way."""
    served = np.zeros(problem.floors.least.size, int)
    for i, a in enumerate(action):
        if a >= 0 and problem.floors.human[a] and problem.floors.group[i] >= 0:
            served[problem.floors.group[i]] += 1
    return served


def keeps_everything(problem, action):
    """Say whether actions are legal, within capacity and above the floors."""
    legal = all(problem.allowed[i, a] for i, a in enumerate(action) if a >= 0)
    within = bool((use_of(problem, action) <= problem.capacity).all())
    fair = problem.floors is None or bool((served_by(problem, action) >= problem.floors.least).all())
    return legal and within and fair


def best_by_enumeration(problem):
    """Try every combination of actions; minus infinity when none keeps the floors."""
    offers = [[-1, *np.flatnonzero(problem.allowed[i])] for i in range(problem.n)]
    plans = (plan for plan in product(*offers) if keeps_everything(problem, plan))
    return max((value_of(problem, plan) for plan in plans), default=-np.inf)


def best_by_highs(problem, *, integer):
    """Solve the same problem as a linear or integer program written out in full, to HiGHS's own tolerances."""
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("mip_rel_gap", 0.0)
    solver.setOptionValue("mip_abs_gap", 1e-6)
    take = {
        (i, a): solver.addBinary() if integer else solver.addVariable(lb=0, ub=1)
        for i, a in np.argwhere(problem.allowed).tolist()
    }
    for i in range(problem.n):
        mine = [take[i, a] for a in range(problem.k) if (i, a) in take]
        if mine:
            solver.addConstr(sum(mine) <= 1)
    for m in range(problem.m):
        uses = [
            float(x) * take[i, a]
            for (i, a) in take
            for r, x in zip(problem.resource[i, a], problem.amount[i, a], strict=True)
            if r == m
        ]
        if uses:
            solver.addConstr(sum(uses) <= float(problem.capacity[m]))
    if problem.floors is not None:
        for g, least in enumerate(problem.floors.least):
            helps = [
                x for (i, a), x in take.items() if problem.floors.group[i] == g and problem.floors.human[a]
            ]
            if helps:
                solver.addConstr(sum(helps) >= int(least))
    solver.maximize(sum(float(problem.value[i, a]) * x for (i, a), x in take.items()))
    return solver.getInfo().objective_function_value
