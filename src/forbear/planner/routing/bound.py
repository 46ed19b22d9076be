"""The least travel that any routes through given visits need, proved by a relaxation.

Each visit is entered once and left once; a team leaves its first place at most once. That alone, without asking for
whole routes, is an assignment problem: its optimum is never above the travel of real routes. Arcs that no lawful time
allows are left out first, which makes the bound sharper where windows are tight.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from forbear.planner.routing.problem import Routing

NEVER = 10**9  # above every sum of travel a routing may hold


def travel_bound(routing: Routing, served: NDArray[np.int64] | None = None) -> int:
    """Return a lower bound in seconds on the travel of any routes that make the served visits (default: all)."""
    chosen = np.arange(routing.visits) if served is None else np.asarray(served, dtype=np.int64)
    n, k = chosen.size, routing.teams
    if n == 0:
        return 0
    cost = np.full((n + k, n + k), NEVER, dtype=np.int64)
    cost[:n, :n] = _between(routing, chosen)
    at = routing.visit_at[chosen]
    out = routing.travel_s[routing.team_from][:, at]  # (k, n): a team to its first visit
    home = routing.travel_s[np.ix_(at, routing.team_to)]  # (n, k): a last visit to a team's last place
    usable = routing.allowed[chosen].T
    first = routing.shift_from_s[:, None] + out <= routing.close_s[chosen]
    back = (routing.open_s + routing.service_s)[chosen][:, None] + home <= routing.shift_to_s
    cost[n:, :n] = np.where(usable & first, out, NEVER)
    cost[:n, n:] = np.where(usable.T & back, home, NEVER)
    cost[n:, n:] = 0  # a team that stays; which team comes home where is left open, so every pair is free
    rows, columns = linear_sum_assignment(cost)
    return int(np.minimum(cost[rows, columns], NEVER).sum())


def _between(routing: Routing, chosen: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return (n, n) travel from visit to visit where one team may make both in that order, NEVER elsewhere."""
    at = routing.visit_at[chosen]
    travel = routing.travel_s[np.ix_(at, at)]
    earliest = routing.open_s[chosen] + routing.service_s[chosen]
    in_time = earliest[:, None] + travel <= routing.close_s[chosen]
    same_team = routing.allowed[chosen].astype(np.int64) @ routing.allowed[chosen].T.astype(np.int64) > 0
    found = np.where(in_time & same_team, travel, NEVER)
    np.fill_diagonal(found, NEVER)
    return found
