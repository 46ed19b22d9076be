"""What the planner returns: one action or none per unit, with the proof of how good that is."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .pairs import Floats

NOTHING = -1


@dataclass(frozen=True, slots=True, eq=False)
class Certificate:
    """Where the distance from objective to dual bound lies; the three parts are never negative and add up to it.

    unused: price times free capacity; floors: price times served beyond the floor; regret: reduced value that
    units gave up against their own best.
    """

    dual_bound: float
    unused: float
    floors: float
    regret: float


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A plan that never uses an illegal pair nor exceeds a capacity.

    action (n,) int8, -1 = nothing. objective <= best possible <= bound, in yuan of expected recovery; gap is their
    distance over bound. price (m,) is the worth of one more unit of each resource, floor_price (g,) the cost of
    one more served. served, shortfall (g,) count against the floors asked for; feasible says all are met.
    least_shortfall is proved: no plan misses the floors, added together, by less; `reachable` (g,) bounds what each
    group could get if it alone counted. Where floors are missed, bound holds for plans serving at least `served`.
    certain is False when a clock stopped the search, so that another machine may find another plan.
    """

    action: NDArray[np.int8]
    objective: float
    bound: float
    gap: float
    price: Floats
    floor_price: Floats
    use: Floats
    served: NDArray[np.int64]
    shortfall: NDArray[np.int64]
    least_shortfall: int
    reachable: NDArray[np.int64]
    feasible: bool
    method: str
    certain: bool
    certificate: Certificate
    seconds: float = field(default=0.0)
