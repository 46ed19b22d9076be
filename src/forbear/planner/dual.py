"""Prices for shared capacity: at these prices each unit picks its own best action, and the total is a bound."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from .compiled import compiled
from .pairs import Floats, Pairs, sample

CHUNK = 16_384  # units per block: fixed, so that sums and plans do not depend on the number of threads
WARM_UNITS = 16_384  # the first prices come from a sample of this size; each level is eight times larger
LEVEL = 8
LARGE = (
    250_000  # from here on two levels have warmed the prices, and few steps over all units are left to make
)
LARGE_SHARE = 5
ROUNDS = 3  # quasi-Newton restarts on a piecewise linear function


@dataclass(frozen=True, slots=True, eq=False)
class Priced:
    """What prices lead to: bound D(price), each unit's best pair (-1 = nothing), the use of every row."""

    price: Floats
    bound: float
    pick: NDArray[np.int64]
    use: Floats


class Pricer:
    """Evaluates prices over blocks of units in a few threads; the blocks, not the threads, fix the result."""

    def __init__(self, pairs: Pairs, pool: ThreadPoolExecutor) -> None:
        """Cut the units into blocks and keep one set of buffers."""
        self.pairs = pairs
        self.pool = pool
        self.edges = [*range(0, pairs.n, CHUNK), pairs.n]
        blocks = len(self.edges) - 1
        self.use = np.zeros((blocks, pairs.rows + 1))
        self.pick = np.full(pairs.n, -1, np.int64)

    def __call__(self, price: Floats) -> Priced:
        """Return the bound at non-negative prices; it holds for any such prices, rounding included."""
        pairs = self.pairs
        padded = np.append(price, 0.0)
        self.use[:] = 0.0

        def block(b: int) -> tuple[float, float]:
            span = (self.edges[b], self.edges[b + 1])
            return _price_units(
                pairs.start, pairs.value, pairs.row, pairs.amount, padded, *span, self.use[b], self.pick
            )

        blocks = range(len(self.edges) - 1)
        sums = list(self.pool.map(block, blocks)) if len(blocks) > 1 else [block(b) for b in blocks]
        charge = price * pairs.limit
        total = math.fsum([s[0] for s in sums]) + math.fsum(charge)
        # Each block adds at most CHUNK + 8 rounded terms: the bound is lifted by the most they can have lost.
        size = math.fsum([s[1] for s in sums]) + math.fsum(np.abs(charge))
        bound = total + (CHUNK + 8) * np.finfo(np.float64).eps * size if size else 0.0
        return Priced(price, float(bound), self.pick, self.use.sum(axis=0)[:-1])


def best_prices(pairs: Pairs, pool: ThreadPoolExecutor, *, seed: int, evaluations: int) -> Priced:
    """Search prices with the least bound: on growing samples first, then on every unit."""
    price = np.zeros(pairs.rows)
    size = WARM_UNITS
    rng = np.random.default_rng(seed)
    while size * 2 <= pairs.n:
        part = sample(pairs, np.sort(rng.choice(pairs.n, size, replace=False)))
        price = _descend(Pricer(part, pool), price, evaluations=evaluations).price
        size *= LEVEL
    pricer = Pricer(pairs, pool)
    steps = evaluations // LARGE_SHARE if pairs.n >= LARGE else evaluations
    best = _descend(pricer, price, evaluations=steps)
    return pricer(best.price)


def _descend(pricer: Pricer, price: Floats, *, evaluations: int) -> Priced:
    """Lower the bound by quasi-Newton steps with restarts; any point on the way is valid, the best is kept."""
    limit = pricer.pairs.limit
    worth = max(pricer(np.zeros(limit.size)).bound, 1e-300)
    unit = worth / np.maximum(np.abs(limit), 1e-9 * (1 + np.abs(limit).max(initial=0.0)))
    best, left = pricer(price), evaluations

    def scaled(step: Floats) -> tuple[float, Floats]:
        nonlocal best, left
        left -= 1
        seen = pricer(np.maximum(step, 0.0) * unit)
        if seen.bound < best.bound:
            best = seen
        return seen.bound / worth, (limit - seen.use) * unit / worth

    for _ in range(ROUNDS):
        if left <= 0 or limit.size == 0:
            break
        before = best.bound
        minimize(
            scaled,
            best.price / unit,
            jac=True,
            method="L-BFGS-B",
            bounds=[(0.0, None)] * limit.size,
            options={"maxfun": left, "maxiter": left, "ftol": 1e-13, "gtol": 1e-9, "maxcor": 20},
        )
        if before - best.bound <= 1e-9 * abs(before):
            break
    return best


@compiled
def _price_units(
    start: NDArray[np.int64],
    value: Floats,
    row: NDArray[np.uint8],
    amount: NDArray[np.float32],
    price: Floats,
    first: int,
    last: int,
    use: Floats,
    pick: NDArray[np.int64],
) -> tuple[float, float]:
    total = 0.0
    size = 0.0
    for i in range(first, last):
        best = 0.0
        chosen = -1
        for p in range(start[i], start[i + 1]):
            reduced = value[p]
            for s in range(row.shape[1]):
                reduced -= price[row[p, s]] * amount[p, s]
            if reduced > best:
                best = reduced
                chosen = p
        pick[i] = chosen
        if chosen >= 0:
            total += best
            size += abs(value[chosen]) + abs(value[chosen] - best)
            for s in range(row.shape[1]):
                use[row[chosen, s]] += amount[chosen, s]
    return total, size
