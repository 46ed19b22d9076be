"""What each action is expected to add: from a chance to pay and a table of effects to yuan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

MINOR_A_UNIT = 100


@dataclass(frozen=True, slots=True, eq=False)
class UpliftPolicy:
    """Effects as odds ratios, shape (stages, actions), and what one action costs in yuan, shape (actions,)."""

    stages: tuple[str, ...]
    actions: tuple[str, ...]
    odds_ratio: NDArray[np.float64]
    cost: NDArray[np.float64]


def uplift_policy(
    rows: Sequence[Mapping[str, Any]], cost: Mapping[str, Any], actions: Sequence[str]
) -> UpliftPolicy:
    """Read the house's table: per stage a base chance and, per action, the points it adds at that base.

    The points are carried to other chances as one odds ratio, so that an action adds little where the account pays
    anyway and little where it hardly can; at the base chance it adds exactly what the table says. An assumption,
    until randomised data replace it. Raises ValueError for points that no chance can hold.
    """
    table = np.array([[_odds_ratio(row, action) for action in actions] for row in rows])
    prices = np.array([float(Decimal(cost[action])) for action in actions])
    return UpliftPolicy(tuple(str(row["stage"]) for row in rows), tuple(actions), table, prices)


def uplift(
    p0: NDArray[np.float64], stage: NDArray[np.integer[Any]], policy: UpliftPolicy
) -> NDArray[np.float64]:
    """Return by how much each action raises the chance to pay, shape (n, actions); never beyond the room 1 - p0."""
    ratio = policy.odds_ratio[stage]
    chance = p0[:, None]
    return np.asarray(chance * (1 - chance) * (ratio - 1) / (1 + chance * (ratio - 1)))


def expected_value(
    columns: Mapping[str, NDArray[Any]], p0: NDArray[np.float64], policy: UpliftPolicy
) -> NDArray[np.float64]:
    """Return what each action is expected to bring net of its cost, shape (n, actions), in yuan.

    columns: `stage` (n,) index into policy.stages; `past_due_minor` (n,) int64. An estimate: floats are right here,
    and none of them is ever posted.
    """
    owed = np.asarray(columns["past_due_minor"]) / MINOR_A_UNIT
    return uplift(np.asarray(p0), columns["stage"], policy) * owed[:, None] - policy.cost


def _odds_ratio(row: Mapping[str, Any], action: str) -> float:
    base, points = Decimal(row["base"]), Decimal(row[action])
    if not 0 < base < 1 or not 0 <= base + points < 1:
        raise ValueError(f"{row['stage']}, {action}: base {base} and {points} points make no chance")
    after = base + points
    return float((after / (1 - after)) / (base / (1 - base)))
