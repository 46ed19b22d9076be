"""The chance that an account pays its minimum in the next month, calibrated and explained."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import yaml
from numpy.typing import NDArray

from .features import matrix
from .guard import refuse_forbidden

MODEL_TEXT, MODEL_CARD = "propensity.txt", "propensity.json"
THREADS = 2
TOP_REASONS = 3
CONTRIBUTION_ROWS = 65_536  # explained at a time: contributions are wider than the features


@dataclass(frozen=True, slots=True, eq=False)
class Propensity:
    """A trained model with its calibration (slope, shift on the log-odds scale) and its card."""

    booster: lightgbm.Booster
    features: tuple[str, ...]
    slope: float
    shift: float
    card: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reason:
    """One fact behind a score: its effect on the log-odds of paying, and words for the screen."""

    feature: str
    value: float
    effect: float
    en: str
    zh: str


def predict(model: Propensity, features: Mapping[str, NDArray[Any]]) -> NDArray[np.float64]:
    """Return the chance of paying, shape (n,), strictly between 0 and 1. A single account scores as in a batch."""
    table = matrix(features, list(model.features))
    if not table.shape[0]:
        return np.zeros(0)
    raw = model.booster.predict(table, raw_score=True, num_threads=THREADS)
    return 1.0 / (1.0 + np.exp(-(model.slope * np.asarray(raw, np.float64) + model.shift)))


def explain_scores(model: Propensity, features: Mapping[str, NDArray[Any]]) -> list[tuple[Reason, ...]]:
    """Return for each account the facts that moved its score most, largest first.

    Effects are exact shares of the calibrated log-odds (TreeSHAP): with the base they add up to the score.
    """
    table = matrix(features, list(model.features))
    explained: list[tuple[Reason, ...]] = []
    for first in range(0, table.shape[0], CONTRIBUTION_ROWS):
        part = table[first : first + CONTRIBUTION_ROWS]
        effects = contributions(model, part)[:, :-1]
        order = np.argsort(-np.abs(effects), axis=1, kind="stable")[:, :TOP_REASONS]
        explained += [
            tuple(_reason(model.features[j], part[i, j], effects[i, j]) for j in order[i])
            for i in range(part.shape[0])
        ]
    return explained


def contributions(model: Propensity, table: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return each feature's share of the calibrated log-odds, and the base last; shape (n, f + 1)."""
    shares = model.booster.predict(table, pred_contrib=True, num_threads=THREADS)
    shares = np.asarray(shares, np.float64) * model.slope
    shares[:, -1] += model.shift
    return shares


def save_model(model: Propensity, folder: Path) -> None:
    """Write the trees as LightGBM text and the card as JSON; nothing that runs when it is read."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MODEL_TEXT).write_text(model.booster.model_to_string(), encoding="utf-8")
    card = json.dumps(model.card, ensure_ascii=False, indent=1, sort_keys=True)
    (folder / MODEL_CARD).write_text(card + "\n", encoding="utf-8")


def load_model(folder: Path | None = None) -> Propensity:
    """Read a model, by default the one that comes with Forbear; refuses one with a forbidden feature."""
    place = resources.files(__package__) / "model" if folder is None else folder
    card = json.loads((place / MODEL_CARD).read_text(encoding="utf-8"))
    booster = lightgbm.Booster(model_str=(place / MODEL_TEXT).read_text(encoding="utf-8"))
    names: Sequence[str] = booster.feature_name()
    refuse_forbidden(names)
    if list(names) != card["features"]:
        raise ValueError(f"{MODEL_CARD} and {MODEL_TEXT} are not of one model: their features differ")
    calibration = card["calibration"]
    return Propensity(booster, tuple(names), calibration["slope"], calibration["shift"], card)


@lru_cache(maxsize=1)
def _words() -> Mapping[str, Mapping[str, str]]:
    text = (resources.files(__package__) / "words.yaml").read_text(encoding="utf-8")
    words: Mapping[str, Mapping[str, str]] = yaml.safe_load(text)
    return words


def _reason(feature: str, value: float, effect: float) -> Reason:
    words = _words()[feature]
    if np.isnan(value):
        shown = {lang: _words()["unknown"][lang] for lang in ("en", "zh")}
    else:
        text = f"{value:.0%}" if words["form"] == "p" else f"{value:.0f}"
        shown = {"en": text, "zh": text}
    said = {lang: words[lang].replace("{}", shown[lang]) for lang in ("en", "zh")}
    return Reason(feature, float(value), float(effect), said["en"], said["zh"])
