"""The facts a score may use: six months of an account, free of currency, the same for any portfolio."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

MONTHS = 6
RATIO_MAX = 2.0  # paying more than twice the bill says no more than twice
Column = NDArray[np.float32]
UCI_TYPICAL_LIMIT = 140_000.0  # the median limit of that portfolio, in its own currency
UCI_STATUS = ("PAY_0", "PAY_2", "PAY_3", "PAY_4", "PAY_5", "PAY_6")

# -1: more of it never raises the chance to pay; 1: never lowers it; 0: left to the data.
FEATURES: dict[str, int] = {
    "months_past_due": -1,
    "months_past_due_1_back": -1,
    "months_past_due_2_back": -1,
    "months_past_due_worst": -1,
    "months_late": -1,
    "utilisation": 0,
    "utilisation_1_back": 0,
    "balance_trend": 0,
    "payment_ratio": 0,
    "payment_ratio_mean": 1,
    "months_paid_in_full": 1,
    "months_without_balance": 0,
    "months_without_payment": -1,
    "payment_of_limit": 1,
    "payment_of_limit_mean": 1,
    "limit_ratio": 0,
    "minimum_ratio": 1,
    "promises_kept": 1,
    "promises_broken": -1,
}
NOT_IN_HISTORY = ("minimum_ratio", "promises_kept", "promises_broken")


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """Six months of n accounts, newest first, NaN where a month is not known.

    limit (n,); balance (n, 6) of each statement; payment (n, 6) between that statement and the one before it (the
    oldest has no bill beside it and is not used);
    months_past_due (n, 6), 0 = on time. Amounts in any one currency: only ratios are used. typical_limit is the
    house's own, a constant and not taken from the rows at hand, so that one account alone scores as in a batch.
    """

    limit: Column
    balance: Column
    payment: Column
    months_past_due: Column
    typical_limit: float


def history_features(history: History, **more: NDArray[Any]) -> dict[str, Column]:
    """Compute the features, each (n,) float32, NaN where unknown.

    `more` may give those of NOT_IN_HISTORY: minimum_ratio (last payment over the minimum due), promises_kept and
    promises_broken. A model that never saw them ignores them.
    """
    shape = history.balance.shape
    for name in ("balance", "payment", "months_past_due"):
        if getattr(history, name).shape != (history.limit.size, MONTHS):
            got = getattr(history, name).shape
            raise ValueError(f"{name}: expected shape ({history.limit.size}, {MONTHS}), got {got}")
    if unknown := more.keys() - set(NOT_IN_HISTORY):
        raise ValueError(f"expected only {', '.join(NOT_IN_HISTORY)}, got {', '.join(sorted(unknown))}")
    limit = np.where(history.limit > 0, history.limit, np.nan).astype(np.float32)
    known = history.balance[:, 1:]
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.where(known > 0, history.payment[:, :-1] / known, 1.0)
    ratio = np.where(np.isnan(known), np.nan, np.clip(ratio, 0.0, RATIO_MAX))
    late, paid = history.months_past_due, history.payment[:, :-1]
    features = {
        "months_past_due": late[:, 0],
        "months_past_due_1_back": late[:, 1],
        "months_past_due_2_back": late[:, 2],
        "months_past_due_worst": np.fmax.reduce(late, axis=1),
        "months_late": _count(late > 0, late),
        "utilisation": history.balance[:, 0] / limit,
        "utilisation_1_back": history.balance[:, 1] / limit,
        "balance_trend": (history.balance[:, 0] - history.balance[:, -1]) / limit,
        "payment_ratio": ratio[:, 0],
        "payment_ratio_mean": _mean(ratio),
        "months_paid_in_full": _count(ratio >= 1, ratio),
        "months_without_balance": _count(history.balance <= 0, history.balance),
        "months_without_payment": _count(paid <= 0, paid),
        "payment_of_limit": paid[:, 0] / limit,
        "payment_of_limit_mean": _mean(paid) / limit,
        "limit_ratio": limit / history.typical_limit,
        **{name: more.get(name, np.full(shape[0], np.nan)) for name in NOT_IN_HISTORY},
    }
    return {name: np.asarray(features[name], np.float32) for name in FEATURES}


def uci_features(rows: Mapping[str, NDArray[Any]]) -> dict[str, Column]:
    """Compute the features of "Default of Credit Card Clients" from its own columns.

    PAY_0, PAY_2..PAY_6 above 0 are months past due; -2, -1 and 0 are on time. Attribution: Yeh and Lien 2009.
    """

    def months(*names: str) -> Column:
        return np.stack([np.asarray(rows[name], np.float32) for name in names], axis=1)

    numbers = range(1, MONTHS + 1)
    limit = np.asarray(rows["LIMIT_BAL"], np.float32)
    history = History(
        limit,
        months(*(f"BILL_AMT{i}" for i in numbers)),
        months(*(f"PAY_AMT{i}" for i in numbers)),
        np.maximum(months(*UCI_STATUS), 0),
        UCI_TYPICAL_LIMIT,
    )
    return history_features(history)


def matrix(features: Mapping[str, NDArray[Any]], names: list[str]) -> NDArray[np.float32]:
    """Put the named features side by side, shape (n, f); raises ValueError naming one that is missing."""
    if missing := [name for name in names if name not in features]:
        raise ValueError(f"the model needs {', '.join(missing)}: give NaN where it is not known")
    return np.ascontiguousarray(np.stack([np.asarray(features[name], np.float32) for name in names], axis=1))


def _count(is_so: NDArray[np.bool_], known: NDArray[Any]) -> NDArray[Any]:
    """Count the months in which it is so, NaN where no month is known."""
    return np.where(np.isnan(known).all(axis=1), np.nan, is_so.sum(axis=1))


def _mean(months: NDArray[Any]) -> NDArray[Any]:
    """Average the known months, NaN where none is."""
    known = ~np.isnan(months)
    total = np.where(known, months, 0.0).sum(axis=1)
    return np.asarray(total / np.where(known.any(axis=1), known.sum(axis=1), np.nan))
