"""How good a score is: order, distance, and whether what it says happens."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import brier_score_loss, roc_auc_score

TENTHS = 10


@dataclass(frozen=True, slots=True)
class Tenth:
    """A tenth of the accounts by score: how many, what was said, what happened."""

    rows: int
    said: float
    happened: float


@dataclass(frozen=True, slots=True)
class Measured:
    """auc: order; brier: squared distance; calibration_error: mean distance of said and happened over tenths."""

    rows: int
    paid: float
    auc: float
    brier: float
    calibration_error: float
    tenths: tuple[Tenth, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for a card, rounded to what repeats on another machine."""
        return {name: _rounded(value) for name, value in asdict(self).items()}


def measure(chance: NDArray[np.float64], paid: NDArray[np.bool_]) -> Measured:
    """Compare chances with what happened; both must occur among the rows."""
    order = np.argsort(chance, kind="stable")
    tenths = tuple(
        Tenth(int(part.size), float(chance[part].mean()), float(paid[part].mean()))
        for part in np.array_split(order, TENTHS)
    )
    error = sum(t.rows * abs(t.said - t.happened) for t in tenths) / paid.size
    auc, brier = float(roc_auc_score(paid, chance)), float(brier_score_loss(paid, chance))
    return Measured(int(paid.size), float(paid.mean()), auc, brier, float(error), tenths)


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    return [_rounded(inner) for inner in value] if isinstance(value, list | tuple) else value
