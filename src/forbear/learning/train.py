"""Train the propensity model: python -m forbear.learning.train --data PATH [--out FOLDER]."""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
import platform
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import lightgbm
import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from .features import FEATURES, MONTHS, UCI_STATUS, matrix, uci_features
from .guard import refuse_forbidden
from .measure import Measured, measure
from .propensity import Propensity, save_model

SEED = 7
FOLDS = 5
ROUNDS = 60
SETTINGS: dict[str, Any] = {
    "objective": "binary",
    "learning_rate": 0.12,
    "num_leaves": 12,
    "min_data_in_leaf": 100,
    "feature_fraction": 0.7,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "monotone_constraints_method": "intermediate",
    # The same bytes on every machine: one thread and one order of sums.
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "seed": SEED,
    "verbose": -1,
}
UCI_TARGET = "default.payment.next.month"
UCI_COLUMNS = (
    "LIMIT_BAL", *UCI_STATUS, *(f"{kind}_AMT{i}" for kind in ("BILL", "PAY") for i in range(1, MONTHS + 1))
)  # fmt: skip


def train(
    features: Mapping[str, NDArray[Any]], paid: NDArray[np.bool_], *, source: Mapping[str, Any]
) -> Propensity:
    """Fit on all rows; calibrate and measure on scores that each row got from a model that had not seen it.

    Features that are unknown in every row are left out and listed in the card. Raises ForbiddenFeature for one that
    must not enter a score, ValueError for one that is not of FEATURES.
    """
    refuse_forbidden(features)
    if strangers := features.keys() - FEATURES.keys():
        raise ValueError(
            f"{', '.join(sorted(strangers))}: not among the features of forbear.learning.features"
        )
    names = [name for name in FEATURES if name in features and not np.isnan(features[name]).all()]
    table = matrix(features, names)
    fold = np.random.default_rng(SEED).integers(0, FOLDS, paid.size)
    raw = np.zeros(paid.size)
    for f in range(FOLDS):
        raw[fold == f] = _fit(table[fold != f], paid[fold != f], names).predict(
            table[fold == f], raw_score=True
        )
    slope, shift = calibrate(raw, paid)
    chance = np.zeros(paid.size)
    for f in range(FOLDS):  # no row is measured with a calibration that it helped to fit
        a, b = calibrate(raw[fold != f], paid[fold != f])
        chance[fold == f] = 1 / (1 + np.exp(-(a * raw[fold == f] + b)))
    overdue = np.asarray(features["months_past_due"]) > 0
    parts = {"all": measure(chance, paid), "past_due_now": measure(chance[overdue], paid[overdue])}
    card = _card(names, features, parts, (slope, shift), source)
    return Propensity(_fit(table, paid, names), tuple(names), slope, shift, card)


def _fit(table: NDArray[np.float32], paid: NDArray[np.bool_], names: list[str]) -> lightgbm.Booster:
    data = lightgbm.Dataset(table, paid.astype(np.float32), feature_name=names, params={"verbose": -1})
    constraints = [FEATURES[name] for name in names]
    return lightgbm.train({**SETTINGS, "monotone_constraints": constraints}, data, num_boost_round=ROUNDS)


def calibrate(raw: NDArray[np.float64], paid: NDArray[np.bool_]) -> tuple[float, float]:
    """Fit Platt's slope and shift on held-out scores; a positive slope keeps the order of accounts."""
    fitted = LogisticRegression(C=np.inf).fit(raw[:, None], paid)
    slope, shift = float(fitted.coef_[0, 0]), float(fitted.intercept_[0])
    if slope <= 0:
        raise ValueError(
            f"calibration turned the order of accounts round (slope {slope}): the scores are of no use"
        )
    return slope, shift


def _card(
    names: list[str],
    features: Mapping[str, NDArray[Any]],
    parts: Mapping[str, Measured],
    calibration: tuple[float, float],
    source: Mapping[str, Any],
) -> dict[str, Any]:
    slope, shift = calibration
    return {
        "answers": "the chance that the account pays at least its minimum in the next month",
        "assumes": "the data hold no contacts, so this stands for the chance without contact; see docs/learning.md",
        "data": dict(source),
        "features": names,
        "monotone": {name: FEATURES[name] for name in names if FEATURES[name]},
        "features_without_data": [name for name in FEATURES if name not in names],
        "never_used": "sex, marriage, age, education, region, ethnicity and the like (forbear.learning.guard)",
        "calibration": {"method": "Platt on held-out scores", "slope": slope, "shift": shift},
        "measured": {"how": f"{FOLDS}-fold, every row by a model that had not seen it"}
        | {name: part.as_dict() for name, part in parts.items()},
        "settings": {**SETTINGS, "rounds": ROUNDS, "folds": FOLDS},
        "versions": {
            "lightgbm": lightgbm.__version__,
            "numpy": np.__version__,
            "python": platform.python_version(),
        },
    }


def read_uci(path: Path) -> tuple[dict[str, NDArray[Any]], NDArray[np.bool_], dict[str, Any]]:
    """Read the columns a score may use, who paid, and where the rows come from. The file may be gzipped."""
    content = path.read_bytes()
    if path.suffix == ".gz":
        content = gzip.decompress(content)
    rows = list(csv.DictReader(content.decode("utf-8").splitlines()))
    columns = {name: np.array([float(row[name]) for row in rows]) for name in UCI_COLUMNS}
    paid = np.array([row[UCI_TARGET] == "0" for row in rows])
    source = {
        "name": "Default of Credit Card Clients, Taiwan 2005 (Yeh and Lien 2009, UCI Machine Learning Repository)",
        "sha256": hashlib.sha256(content).hexdigest(),
        "rows": len(rows),
        "paid": int(paid.sum()),
    }
    return uci_features(columns), paid, source


def main(arguments: list[str]) -> int:
    """Train on the file and write the model beside this module, or where asked."""
    parser = argparse.ArgumentParser(prog="python -m forbear.learning.train", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="uci_credit_card.csv or .csv.gz")
    parser.add_argument(
        "--out", type=Path, default=Path(__file__).parent / "model", help="folder for the model"
    )
    asked = parser.parse_args(arguments)
    features, paid, source = read_uci(asked.data)
    model = train(features, paid, source=source)
    save_model(model, asked.out)
    found = model.card["measured"]["all"]
    click.echo(f"{asked.out}: AUC {found['auc']:.4f}, Brier {found['brier']:.4f}, rows {found['rows']}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
