"""From prices to a plan that keeps every limit: release what is over-used at least loss, then fill what is free."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .compiled import compiled
from .pairs import Floats, Pairs

FILL_ROUNDS = 6


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """One pair per unit (-1 = nothing) and what that uses of every row."""

    pick: NDArray[np.int64]
    use: Floats


def choose(pairs: Pairs, pick: NDArray[np.int64]) -> Choice:
    """Count afresh what the picks use, in order of units."""
    use = np.zeros(pairs.rows + 1)
    _add_up(pick, pairs.row, pairs.amount, use)
    return Choice(pick.copy(), use)


def overruns(pairs: Pairs, choice: Choice) -> NDArray[np.bool_]:
    """Mark the rows whose limit the choice breaks: capacities exceeded, floors missed."""
    return choice.use[:-1] > pairs.limit


def total_value(pairs: Pairs, choice: Choice) -> float:
    """Add up the value of the picks in float64."""
    chosen = choice.pick[choice.pick >= 0]
    return float(pairs.value[chosen].sum())


def reduced_values(pairs: Pairs, price: Floats) -> Floats:
    """Value of each pair less what its uses are charged, shape (p,)."""
    padded = np.append(price, 0.0)
    reduced = pairs.value.copy()
    for s in range(pairs.row.shape[1]):
        reduced -= padded[pairs.row[:, s]] * pairs.amount[:, s]
    return reduced


def repair(pairs: Pairs, price: Floats, pick: NDArray[np.int64]) -> Choice:
    """Make the picks keep the limits: floors first, then capacities without undoing them, then fill.

    A floor that can't be met this way stays missed; capacity never stays broken, because doing nothing is free.
    """
    choice = choose(pairs, pick)
    reduced = reduced_values(pairs, price)
    floors_only = pairs.held.copy()
    floors_only[: pairs.resources] = np.inf
    for row in range(pairs.resources, pairs.rows):
        _release(pairs, reduced, choice, row, floors_only)
    capacity_only = pairs.held.copy()
    capacity_only[pairs.resources :] = np.inf
    for limit in (pairs.held, capacity_only):
        for row in range(pairs.resources):
            _release(pairs, reduced, choice, row, limit)
    fill(pairs, reduced, choice)
    for row in range(pairs.resources, pairs.rows):
        _release(pairs, reduced, choice, row, pairs.held)
    return choose(pairs, choice.pick)


def fill(pairs: Pairs, reduced: Floats, choice: Choice) -> None:
    """Take every single change that raises value within the limits, best reduced value first."""
    for _ in range(FILL_ROUNDS):
        state = (
            pairs.start,
            pairs.value,
            reduced,
            pairs.row,
            pairs.amount,
            choice.pick,
            choice.use,
            pairs.held,
        )
        unit, pair, gain = _gainful(*state)
        if not unit.size:
            return
        order = np.argsort(-gain, kind="stable")
        if not _take(unit[order], pair[order], *state[1:]):
            return


def _release(pairs: Pairs, reduced: Floats, choice: Choice, row: int, limit: Floats) -> None:
    """Move units off one over-used row, least loss per amount first, until it holds or nothing more can move."""
    if not choice.use[row] > pairs.held[row]:
        return
    state = (pairs.start, reduced, pairs.row, pairs.amount, choice.pick, choice.use, limit)
    unit, loss = _movers(*state, row)
    order = np.argsort(loss, kind="stable")
    _move(unit[order], *state, row, float(pairs.held[row]))


@compiled
def _add_up(
    pick: NDArray[np.int64], row: NDArray[np.uint8], amount: NDArray[np.float32], use: Floats
) -> None:
    for i in range(pick.size):
        if pick[i] >= 0:
            for s in range(row.shape[1]):
                use[row[pick[i], s]] += amount[pick[i], s]


@compiled
def _change(r: int, old: int, new: int, row: NDArray[np.uint8], amount: NDArray[np.float32]) -> float:
    """Say how the use of row r changes when a unit goes from pair old to pair new."""
    change = 0.0
    for s in range(row.shape[1]):
        if new >= 0 and row[new, s] == r:
            change += amount[new, s]
        if old >= 0 and row[old, s] == r:
            change -= amount[old, s]
    return change


@compiled
def _fits(
    old: int, new: int, row: NDArray[np.uint8], amount: NDArray[np.float32], use: Floats, limit: Floats
) -> bool:
    """Say whether a move breaks no limit and worsens none already broken."""
    for pair in (new, old):
        if pair < 0:
            continue
        for s in range(row.shape[1]):
            r = row[pair, s]
            if r < limit.size:
                change = _change(r, old, new, row, amount)
                if change > 0 and use[r] + change > limit[r]:
                    return False
    return True


@compiled
def _apply(old: int, new: int, row: NDArray[np.uint8], amount: NDArray[np.float32], use: Floats) -> None:
    for s in range(row.shape[1]):
        if old >= 0:
            use[row[old, s]] -= amount[old, s]
        if new >= 0:
            use[row[new, s]] += amount[new, s]


@compiled
def _best_move(
    i: int,
    start: NDArray[np.int64],
    reduced: Floats,
    row: NDArray[np.uint8],
    amount: NDArray[np.float32],
    pick: NDArray[np.int64],
    use: Floats,
    limit: Floats,
    target: int,
) -> tuple[int, float]:
    """Find unit i's cheapest move that lowers the target row; -2 when it has none."""
    old = pick[i]
    now = reduced[old] if old >= 0 else 0.0
    best = np.inf
    chosen = -2
    for new in range(start[i] - 1, start[i + 1]):
        pair = -1 if new < start[i] else new
        if pair == old:
            continue
        released = -_change(target, old, pair, row, amount)
        if released <= 0 or not _fits(old, pair, row, amount, use, limit):
            continue
        loss = (now - (reduced[pair] if pair >= 0 else 0.0)) / released
        if loss < best:
            best = loss
            chosen = pair
    return chosen, best


@compiled
def _movers(
    start: NDArray[np.int64],
    reduced: Floats,
    row: NDArray[np.uint8],
    amount: NDArray[np.float32],
    pick: NDArray[np.int64],
    use: Floats,
    limit: Floats,
    target: int,
) -> tuple[NDArray[np.int64], Floats]:
    unit = np.empty(pick.size, np.int64)
    loss = np.empty(pick.size, np.float64)
    found = 0
    for i in range(pick.size):
        pair, cost = _best_move(i, start, reduced, row, amount, pick, use, limit, target)
        if pair > -2:
            unit[found] = i
            loss[found] = cost
            found += 1
    return unit[:found], loss[:found]


@compiled
def _move(
    unit: NDArray[np.int64],
    start: NDArray[np.int64],
    reduced: Floats,
    row: NDArray[np.uint8],
    amount: NDArray[np.float32],
    pick: NDArray[np.int64],
    use: Floats,
    limit: Floats,
    target: int,
    goal: float,
) -> None:
    for i in unit:
        if use[target] <= goal:
            return
        pair, _ = _best_move(i, start, reduced, row, amount, pick, use, limit, target)
        if pair > -2:
            _apply(pick[i], pair, row, amount, use)
            pick[i] = pair


@compiled
def _gainful(
    start: NDArray[np.int64],
    value: Floats,
    reduced: Floats,
    row: NDArray[np.uint8],
    amount: NDArray[np.float32],
    pick: NDArray[np.int64],
    use: Floats,
    limit: Floats,
) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """List the single changes that raise value and fit now: unit, pair, gain in reduced value."""
    unit = [np.int64(0) for _ in range(0)]
    pair = [np.int64(0) for _ in range(0)]
    gain = [0.0 for _ in range(0)]
    for i in range(pick.size):
        old = pick[i]
        worth = value[old] if old >= 0 else 0.0
        now = reduced[old] if old >= 0 else 0.0
        for new in range(start[i], start[i + 1]):
            if value[new] > worth and _fits(old, new, row, amount, use, limit):
                unit.append(np.int64(i))
                pair.append(np.int64(new))
                gain.append(reduced[new] - now)
    return np.array(unit, np.int64), np.array(pair, np.int64), np.array(gain, np.float64)


@compiled
def _take(
    unit: NDArray[np.int64],
    pair: NDArray[np.int64],
    value: Floats,
    reduced: Floats,
    row: NDArray[np.uint8],
    amount: NDArray[np.float32],
    pick: NDArray[np.int64],
    use: Floats,
    limit: Floats,
) -> int:
    taken = 0
    for j in range(unit.size):
        old = pick[unit[j]]
        worth = value[old] if old >= 0 else 0.0
        if value[pair[j]] > worth and _fits(old, pair[j], row, amount, use, limit):
            _apply(old, pair[j], row, amount, use)
            pick[unit[j]] = pair[j]
            taken += 1
    return taken
