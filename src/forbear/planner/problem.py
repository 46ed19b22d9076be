"""The question the planner answers: who gets which next step today, under shared capacity."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

UNUSED = -1
INDEX_LIMIT = 127  # actions and resources are int8; the plan writes -1 for "nothing"


class BadProblem(ValueError):
    """A problem that can't be planned; the text names the field, what is wrong and where."""


@dataclass(frozen=True, slots=True, eq=False)
class Floors:
    """Fairness: at least `least[g]` units of group g get one of the `human` actions.

    Shapes: group (n,) integers in 0..g-1, or -1 for no group; human (k,) bool; least (g,) counts.
    """

    group: NDArray[np.int16]
    human: NDArray[np.bool_]
    least: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """n units, k actions besides doing nothing, m shared resources; checked on construction.

    value (n, k): expected incremental recovery net of cost, in yuan. It is a model's estimate and never posted,
    so this room, and no other, holds amounts as floats. allowed (n, k): law, consent and policy; an illegal pair
    does not exist for the planner. resource, amount (n, k) or (n, k, u): what the pair uses, index -1 for nothing.
    capacity (m,). Other number types are converted. Raises BadProblem. Source of the formulation: docs/planner.md.
    """

    value: NDArray[np.floating]
    allowed: NDArray[np.bool_]
    resource: NDArray[np.int8]
    amount: NDArray[np.float32]
    capacity: NDArray[np.float64]
    floors: Floors | None = field(default=None)

    def __post_init__(self) -> None:
        """Give every array its one shape and type, then refuse what can't be planned."""
        for name, kind in (("value", None), ("amount", np.float32), ("capacity", np.float64)):
            object.__setattr__(self, name, _numbers(name, getattr(self, name), kind))
        if np.asarray(self.allowed).dtype != np.bool_:
            raise BadProblem(f"allowed: expected bool, got {np.asarray(self.allowed).dtype}")
        object.__setattr__(self, "allowed", np.ascontiguousarray(self.allowed))
        _check_shapes(self)
        n, k = self.value.shape
        object.__setattr__(
            self, "resource", _uses("resource", self.resource, (n, k)).astype(np.int8, copy=False)
        )
        object.__setattr__(self, "amount", _uses("amount", self.amount, (n, k)))
        _check_values(self)
        if self.floors is not None:
            object.__setattr__(self, "floors", _checked_floors(self.floors, n=n, k=k))

    @property
    def n(self) -> int:
        """Count the units."""
        return int(self.value.shape[0])

    @property
    def k(self) -> int:
        """Count the actions besides doing nothing."""
        return int(self.value.shape[1])

    @property
    def m(self) -> int:
        """Count the shared resources."""
        return int(self.capacity.shape[0])


def _numbers(name: str, given: object, kind: type[np.floating] | None) -> NDArray[np.floating]:
    array = np.asarray(given)
    if kind is None:
        kind = np.float32 if array.dtype == np.float32 else np.float64
    if array.dtype.kind not in "fiu":
        raise BadProblem(f"{name}: expected numbers, got {array.dtype}")
    return np.ascontiguousarray(array, dtype=kind)


def _check_shapes(problem: Problem) -> None:
    if problem.value.ndim != 2:
        raise BadProblem(f"value: expected shape (n, k), got {problem.value.shape}")
    if problem.allowed.shape != problem.value.shape:
        raise BadProblem(
            f"allowed: expected shape {problem.value.shape} like value, got {problem.allowed.shape}"
        )
    if problem.capacity.ndim != 1:
        raise BadProblem(f"capacity: expected shape (m,), got {problem.capacity.shape}")
    if np.shape(problem.resource) != np.shape(problem.amount):
        raise BadProblem(
            f"amount: expected shape {np.shape(problem.resource)} like resource, got {np.shape(problem.amount)}"
        )
    if problem.k > INDEX_LIMIT:
        raise BadProblem(f"value: at most {INDEX_LIMIT} actions, got {problem.k}")


def _uses(name: str, given: NDArray[np.generic], pairs: tuple[int, int]) -> NDArray[np.generic]:
    """Give uses the shape (n, k, u); one use per pair may come without its last axis."""
    array = np.asarray(given)
    if array.ndim == 2:
        array = array[:, :, None]
    if array.ndim != 3 or array.shape[:2] != pairs:
        raise BadProblem(f"{name}: expected shape {pairs} or {(*pairs, 'u')}, got {np.shape(given)}")
    return np.ascontiguousarray(array)


def _check_values(problem: Problem) -> None:
    bad = ~np.isfinite(problem.value) & problem.allowed
    if bad.any():
        i, a = (int(x) for x in np.argwhere(bad)[0])
        raise BadProblem(f"value[{i}, {a}]: {problem.value[i, a]} is not a finite number, on an allowed pair")
    for m, limit in enumerate(problem.capacity):
        if not np.isfinite(limit) or limit < 0:
            raise BadProblem(f"capacity[{m}]: expected a finite number of at least 0, got {limit}")
    if problem.resource.size:
        low, high = int(problem.resource.min()), int(problem.resource.max())
        if low < UNUSED or high >= problem.m:
            raise BadProblem(f"resource: expected -1..{problem.m - 1}, got {low}..{high}")
        least = problem.amount.min()
        if not np.isfinite(problem.amount.max()) or not least >= 0:
            raise BadProblem("amount: expected finite numbers of at least 0")


def _checked_floors(floors: Floors, *, n: int, k: int) -> Floors:
    group, human, least = np.asarray(floors.group), np.asarray(floors.human), np.asarray(floors.least)
    if group.shape != (n,) or group.dtype.kind not in "iu":
        raise BadProblem(f"floors.group: expected integers of shape ({n},), got {group.dtype} {group.shape}")
    if human.shape != (k,) or human.dtype != np.bool_:
        raise BadProblem(f"floors.human: expected bool of shape ({k},), got {human.dtype} {human.shape}")
    if least.ndim != 1 or least.dtype.kind not in "iu" or (least.size and least.min() < 0):
        raise BadProblem("floors.least: expected counts of at least 0, shape (g,)")
    if n and (group.min() < UNUSED or group.max() >= least.size):
        raise BadProblem(f"floors.group: expected -1..{least.size - 1}, got {group.min()}..{group.max()}")
    return Floors(np.ascontiguousarray(group, np.int16), np.ascontiguousarray(human), least.astype(np.int64))
