"""The legal pairs of a problem, end to end: every later loop reads these and never sees an illegal pair."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .compiled import compiled
from .problem import INDEX_LIMIT, BadProblem, Problem

Floats = NDArray[np.float64]
# Multiples of these add up exactly in float64, in any order.
GRAINS = (1.0, 1 / 1024)
# Kept back while units are moved from a capacity with any other amounts: far more than their sums can drift.
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Unit i owns pairs start[i]..start[i+1]; rows 0..m-1 are resources, then one row per floor.

    A floor "served >= least" is the row "-served <= -least", so one set of loops serves both.
    value (p,), action (p,), row (p, u) with `rows` meaning unused, amount (p, u). limit (rows,) is what holds,
    held (rows,) the same less a hair where running sums are inexact.
    """

    start: NDArray[np.int64]
    action: NDArray[np.int8]
    value: Floats
    row: NDArray[np.uint8]
    amount: NDArray[np.float32]
    limit: Floats
    held: Floats
    resources: int

    @property
    def n(self) -> int:
        """Count the units."""
        return int(self.start.size - 1)

    @property
    def rows(self) -> int:
        """Count the resources and floors together."""
        return int(self.limit.size)


def legal_pairs(problem: Problem, least: NDArray[np.int64] | None = None) -> Pairs:
    """List the pairs that are allowed and that fit an empty day; `least` overrides the floors' counts."""
    floors = problem.floors
    if least is None:
        least = floors.least if floors else np.zeros(0, np.int64)
    rows = problem.m + least.size
    if rows > INDEX_LIMIT:
        raise BadProblem(f"capacity and floors: at most {INDEX_LIMIT} together, got {rows}")
    group = floors.group if floors else np.full(problem.n, -1, np.int16)
    human = floors.human if floors else np.zeros(problem.k, np.bool_)
    keep, start = _count(problem.allowed, problem.resource, problem.amount, problem.capacity)
    slots = problem.resource.shape[2] + (1 if floors else 0)
    total = int(start[-1])
    action, value = np.empty(total, np.int8), np.empty(total, np.float64)
    row, amount = np.empty((total, slots), np.uint8), np.zeros((total, slots), np.float32)
    uses = (problem.resource, problem.amount)
    _fill(keep, start, problem.value, *uses, group, human, problem.m, rows, action, value, row, amount)
    grain = np.zeros(256)
    _find_grain(row, amount, np.array(GRAINS), grain)
    capacity = _whole_grains(problem.capacity, grain[: problem.m])
    kept = np.where(grain[: problem.m] > 0, capacity, capacity * (1 - ROUNDING))
    floor = -least.astype(np.float64)
    limits = (np.concatenate([capacity, floor]), np.concatenate([kept, floor]))
    return Pairs(start, action, value, row, amount, *limits, problem.m)


def _whole_grains(capacity: Floats, grain: Floats) -> Floats:
    """Round capacities down to what whole grains can fill, which also sharpens the bound."""
    safe = np.where(grain > 0, grain, 1.0)
    return np.where(grain > 0, np.floor(capacity / safe) * safe, capacity)


def sample(pairs: Pairs, units: NDArray[np.int64]) -> Pairs:
    """Take some units with their share of every limit."""
    lengths = pairs.start[units + 1] - pairs.start[units]
    start = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    index = np.repeat(pairs.start[units] - start[:-1], lengths) + np.arange(start[-1])
    share = units.size / pairs.n
    return Pairs(
        start,
        pairs.action[index],
        pairs.value[index],
        pairs.row[index],
        pairs.amount[index],
        pairs.limit * share,
        pairs.held * share,
        pairs.resources,
    )


@compiled
def _count(
    allowed: NDArray[np.bool_], resource: NDArray[np.int8], amount: NDArray[np.float32], capacity: Floats
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    n, k = allowed.shape
    keep = np.zeros((n, k), np.bool_)
    start = np.zeros(n + 1, np.int64)
    used = np.zeros(capacity.size, np.float64)
    for i in range(n):
        legal = 0
        for a in range(k):
            if not allowed[i, a]:
                continue
            fits = True
            for s in range(resource.shape[2]):
                m = resource[i, a, s]
                if m >= 0:
                    used[m] += amount[i, a, s]
                    if used[m] > capacity[m]:
                        fits = False
            for s in range(resource.shape[2]):
                m = resource[i, a, s]
                if m >= 0:
                    used[m] = 0.0
            keep[i, a] = fits
            if fits:
                legal += 1
        start[i + 1] = start[i] + legal
    return keep, start


@compiled
def _fill(
    keep: NDArray[np.bool_],
    start: NDArray[np.int64],
    worth: NDArray[np.floating],
    resource: NDArray[np.int8],
    uses: NDArray[np.float32],
    group: NDArray[np.int16],
    human: NDArray[np.bool_],
    m: int,
    rows: int,
    action: NDArray[np.int8],
    value: Floats,
    row: NDArray[np.uint8],
    amount: NDArray[np.float32],
) -> None:
    n, k = keep.shape
    given = resource.shape[2]
    for i in range(n):
        p = start[i]
        for a in range(k):
            if not keep[i, a]:
                continue
            action[p] = a
            value[p] = worth[i, a]
            for s in range(row.shape[1]):
                row[p, s] = rows
            for s in range(given):
                if resource[i, a, s] >= 0 and uses[i, a, s] > 0:
                    row[p, s] = resource[i, a, s]
                    amount[p, s] = uses[i, a, s]
            if row.shape[1] > given and human[a] and group[i] >= 0:
                row[p, given] = m + group[i]
                amount[p, given] = -1.0
            p += 1


@compiled
def _find_grain(row: NDArray[np.uint8], amount: NDArray[np.float32], grains: Floats, grain: Floats) -> None:
    """Write each row's largest grain that all its amounts are multiples of, 0 for none."""
    level = np.zeros(grain.size, np.int64)
    for p in range(row.shape[0]):
        for s in range(row.shape[1]):
            r = row[p, s]
            while level[r] < grains.size:
                parts = amount[p, s] / grains[level[r]]
                if parts == np.floor(parts):
                    break
                level[r] += 1
    for r in range(grain.size):
        if level[r] < grains.size:
            grain[r] = grains[level[r]]
