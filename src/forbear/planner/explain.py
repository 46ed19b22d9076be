"""Why a unit got its action and not another: value, what its use is charged, and what is left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from .plan import NOTHING, Plan
from .problem import Problem

Reason = Literal["chosen", "not_allowed", "no_gain", "never_fits", "priced_out", "second_best", "capacity"]


@dataclass(frozen=True, slots=True)
class Offer:
    """One action for one unit, in yuan: value - charged + floor_credit = reduced.

    reason: chosen; not_allowed (law, consent or policy); no_gain (value not above 0); never_fits (needs more than
    the whole capacity); priced_out (its use is worth more elsewhere); second_best (another action is better for
    this unit); capacity (best at these prices, but `short_of` had no room left or a floor had to be kept).
    """

    action: int
    value: float
    charged: float
    floor_credit: float
    reduced: float
    reason: Reason
    short_of: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Explained:
    """The action chosen for a unit (-1 = nothing) and every offer, in order of action."""

    unit: int
    chosen: int
    offers: tuple[Offer, ...]


def explain(plan: Plan, problem: Problem, i: int) -> Explained:
    """Explain unit i's outcome from the plan's prices. Raises IndexError for a unit that isn't in the problem."""
    if not 0 <= i < problem.n:
        raise IndexError(f"unit {i} of {problem.n}")
    chosen = int(plan.action[i])
    reduced = [_reduced(plan, problem, i, a) for a in range(problem.k)]
    now = reduced[chosen][2] if chosen != NOTHING else 0.0
    return Explained(i, chosen, tuple(_offer(plan, problem, i, a, reduced[a], now) for a in range(problem.k)))


def _uses(problem: Problem, i: int, a: int) -> dict[int, float]:
    """Return what pair (i, a) uses of each resource."""
    uses: dict[int, float] = {}
    for m, amount in zip(problem.resource[i, a], problem.amount[i, a], strict=True):
        if m >= 0 and amount > 0:
            uses[int(m)] = uses.get(int(m), 0.0) + float(amount)
    return uses


def _reduced(plan: Plan, problem: Problem, i: int, a: int) -> tuple[float, float, float]:
    """Return what the pair is charged, its credit for a floor, and its reduced value."""
    charged = sum(float(plan.price[m]) * amount for m, amount in _uses(problem, i, a).items())
    credit = 0.0
    if problem.floors is not None and problem.floors.human[a] and problem.floors.group[i] >= 0:
        credit = float(plan.floor_price[problem.floors.group[i]])
    value = float(problem.value[i, a]) if np.isfinite(problem.value[i, a]) else 0.0
    return charged, credit, value - charged + credit


def _offer(
    plan: Plan, problem: Problem, i: int, a: int, priced: tuple[float, float, float], now: float
) -> Offer:
    charged, credit, reduced = priced
    reason, short = _reason(plan, problem, i, a, reduced, now)
    value = float(problem.value[i, a]) if problem.allowed[i, a] else 0.0
    if not problem.allowed[i, a]:
        charged = credit = reduced = 0.0
    return Offer(a, value, charged, credit, reduced, reason, short)


def _reason(
    plan: Plan, problem: Problem, i: int, a: int, reduced: float, now: float
) -> tuple[Reason, tuple[int, ...]]:
    """Say the first true reason; `short_of` names the resources without room for this pair."""
    if not problem.allowed[i, a]:
        return "not_allowed", ()
    if a == plan.action[i]:
        return "chosen", ()
    uses = _uses(problem, i, a)
    too_big = tuple(m for m, amount in uses.items() if amount > problem.capacity[m])
    if too_big:
        return "never_fits", too_big
    if problem.value[i, a] <= 0:
        return "no_gain", ()
    if reduced <= 0:
        return "priced_out", tuple(m for m in uses if plan.price[m] > 0)
    if reduced <= now:
        return "second_best", ()
    freed = _uses(problem, i, int(plan.action[i])) if plan.action[i] != NOTHING else {}
    full = [m for m, x in uses.items() if plan.use[m] + x - freed.get(m, 0.0) > problem.capacity[m]]
    return "capacity", tuple(full)
