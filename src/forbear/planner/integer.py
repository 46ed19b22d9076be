"""Exact search with HiGHS: the whole problem when it is small, the undecided part of it when it is not."""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_matrix

from .pairs import Floats, Pairs
from .repair import Choice, choose, overruns, total_value

CORE_UNITS = 100  # units whose choice the prices leave nearly open
CORE_UNITS_PER_ROW = 20  # and the nearest ones that each scarce row decides
CORE_UNITS_GIVEN_UP = 60  # and those that repair moved furthest from their own best
CORE_PAIRS_PER_UNIT = 4
CORE_NODES = 20  # a count, not a clock: the same plan on a slow machine


class _Silent(highspy.Highs):
    """HiGHS without its banner, which it prints on standard output while it is being made."""

    def enableCallbacks(self) -> None:  # noqa: N802  (HiGHS's name)
        """Turn printing off before the first thing that prints."""
        self.setOptionValue("output_flag", False)
        super().enableCallbacks()  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True, eq=False)
class Searched:
    """A plan at least as good as the one given, HiGHS's bound for what was searched, and whether time ran out."""

    choice: Choice
    bound: float
    out_of_time: bool


@dataclass(frozen=True, slots=True)
class Effort:
    """When HiGHS stops: at this absolute gap (yuan), after this many nodes, or at this many seconds."""

    gap: float
    nodes: int
    seconds: float
    seed: int


def search_core(pairs: Pairs, reduced: Floats, choice: Choice, effort: Effort) -> Searched:
    """Re-decide the few units near a tie, all others held as they are."""
    units, member = _core(pairs, reduced, choice)
    return _search(pairs, choice, units, member, effort)


def search_all(
    pairs: Pairs, reduced: Floats, choice: Choice, bound: float, effort: Effort, *, value: float
) -> Searched:
    """Decide every unit. Pairs that can't be in a better plan are left out first, which proves as much.

    A plan that uses a pair whose reduced value is r below the unit's best is worth at most bound - r, so a pair
    with r >= bound - value is of no use once a plan worth `value` is known (minus infinity when none is).
    """
    best = _unit_best(pairs, reduced)
    regret = np.repeat(best, np.diff(pairs.start)) - reduced
    member = np.flatnonzero(regret < bound - value)
    return _search(pairs, choice, np.arange(pairs.n), member, effort)


def _search(
    pairs: Pairs, choice: Choice, units: NDArray[np.int64], member: NDArray[np.int64], effort: Effort
) -> Searched:
    """Maximise over the member pairs of the units within what the other units leave of every row."""
    held = choice.pick.copy()
    held[units] = -1
    room = pairs.limit - choose(pairs, held).use[:-1]
    owner = np.searchsorted(pairs.start, member, side="right") - 1
    place = np.searchsorted(units, owner)
    solver = _model(pairs, member, place, units.size, room, effort)
    start = np.zeros(member.size)
    start[np.isin(member, choice.pick[units])] = 1.0
    solution = highspy.HighsSolution()
    solution.col_value = start
    solver.setSolution(solution)
    solver.run()
    status = solver.getModelStatus()
    info = solver.getInfo()
    outside = float(pairs.value[held[held >= 0]].sum())
    bound = float(info.mip_dual_bound) + outside if np.isfinite(info.mip_dual_bound) else np.inf
    better = _read(pairs, choice, held, owner, member, np.array(solver.getSolution().col_value))
    return Searched(better, bound, status == highspy.HighsModelStatus.kTimeLimit)


def _read(
    pairs: Pairs,
    choice: Choice,
    held: NDArray[np.int64],
    owner: NDArray[np.int64],
    member: NDArray[np.int64],
    taken: Floats,
) -> Choice:
    """Take HiGHS's plan only if, counted again, it breaks nothing and is worth more."""
    if taken.size != member.size:
        return choice
    pick = held.copy()
    on = taken > 0.5
    pick[owner[on]] = member[on]
    found = choose(pairs, pick)
    worse_rows = overruns(pairs, found) & ~overruns(pairs, choice)
    fewer = overruns(pairs, found).sum() < overruns(pairs, choice).sum()
    if worse_rows.any() or not (fewer or total_value(pairs, found) > total_value(pairs, choice)):
        return choice
    return found


def _model(
    pairs: Pairs,
    member: NDArray[np.int64],
    place: NDArray[np.int64],
    units: int,
    room: Floats,
    effort: Effort,
) -> highspy.Highs:
    """Build the model by columns: one binary per pair, one row per unit, then one per limit."""
    slots = pairs.row.shape[1]
    row = np.concatenate([place[:, None], units + pairs.row[member].astype(np.int64)], axis=1)
    amount = np.concatenate([np.ones((member.size, 1)), pairs.amount[member].astype(np.float64)], axis=1)
    used = row < units + pairs.rows
    column = np.broadcast_to(np.arange(member.size)[:, None], (member.size, slots + 1))
    shape = (units + pairs.rows, member.size)
    matrix = csc_matrix((amount[used], (row[used], column[used])), shape=shape)
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = member.size, shape[0]
    model.col_cost_, model.sense_ = pairs.value[member], highspy.ObjSense.kMaximize
    model.col_lower_, model.col_upper_ = np.zeros(member.size), np.ones(member.size)
    model.row_lower_ = np.full(shape[0], -np.inf)
    model.row_upper_ = np.concatenate([np.ones(units), room])
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_, model.a_matrix_.index_ = matrix.indptr, matrix.indices
    model.a_matrix_.value_ = matrix.data
    model.integrality_ = [highspy.HighsVarType.kInteger] * member.size
    solver = _Silent()  # type: ignore[no-untyped-call]
    for name, setting in _settings(effort).items():
        solver.setOptionValue(name, setting)
    solver.passModel(model)
    return solver


def _settings(effort: Effort) -> dict[str, str | int | float]:
    """One thread and a fixed seed: HiGHS then takes the same path every time, unless the clock stops it."""
    return {
        "threads": 1,
        "random_seed": effort.seed,
        "mip_rel_gap": 0.0,
        "mip_abs_gap": effort.gap,
        "mip_max_nodes": effort.nodes,
        "time_limit": effort.seconds,
        "mip_feasibility_tolerance": 1e-9,
        "primal_feasibility_tolerance": 1e-9,
    }


def _unit_best(pairs: Pairs, reduced: Floats) -> Floats:
    """Return each unit's best reduced value, at least 0 for doing nothing."""
    best = np.zeros(pairs.n)
    owns = np.flatnonzero(np.diff(pairs.start))
    if owns.size:
        best[owns] = np.maximum(np.maximum.reduceat(reduced, pairs.start[owns]), 0.0)
    return best


def _core(pairs: Pairs, reduced: Floats, choice: Choice) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pick the units nearest to a tie (over all, and for each row), those that gave most up, and their best pairs."""
    owner = np.repeat(np.arange(pairs.n), np.diff(pairs.start))
    regret = _unit_best(pairs, reduced)[owner] - reduced
    now = np.where(choice.pick >= 0, reduced[choice.pick], 0.0)
    distance = np.abs(reduced - now[owner])
    picked = choice.pick[choice.pick >= 0]
    distance[picked] = np.inf
    given_up = np.zeros(pairs.n)
    np.maximum.at(given_up, owner, reduced - now[owner])
    order = np.argsort(-given_up, kind="stable")[:CORE_UNITS_GIVEN_UP]
    units = np.union1d(order[given_up[order] > 0], _nearest(distance, owner, CORE_UNITS))
    for row in range(pairs.rows):
        touches = (pairs.row == row).any(axis=1)
        touches |= _picked_row(pairs, choice, row)[owner]
        close = _nearest(np.where(touches, distance, np.inf), owner, CORE_UNITS_PER_ROW)
        units = np.union1d(units, close)
    regret[picked] = -1.0
    mine = np.flatnonzero(np.isin(owner, units))
    order = mine[np.lexsort((mine, regret[mine], owner[mine]))]
    rank = np.arange(order.size) - np.searchsorted(owner[order], owner[order])
    return units, np.sort(order[rank < CORE_PAIRS_PER_UNIT])


def _picked_row(pairs: Pairs, choice: Choice, row: int) -> NDArray[np.bool_]:
    """Mark the units whose present pick uses the row."""
    uses = np.zeros(pairs.n, np.bool_)
    has = choice.pick >= 0
    uses[has] = (pairs.row[choice.pick[has]] == row).any(axis=1)
    return uses


def _nearest(distance: Floats, owner: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Return the owners of the pairs at least distance; equal distances by pair number."""
    count = min(count, distance.size)
    if not count:
        return np.zeros(0, np.int64)
    limit = np.partition(distance, count - 1)[count - 1]
    close = np.flatnonzero((distance <= limit) & np.isfinite(distance))
    close = close[np.argsort(distance[close], kind="stable")][:count]
    return np.unique(owner[close])
