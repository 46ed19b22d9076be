"""Learns the second opinion of a speaker's reader from the shipped sentences; writes policy/house/language/*.weights.json.

Run it after changing sentences or words: python tools/train_language.py collector debtor. With --check it prints, for some
limits, what parts of the shipped sentences the weights learned from the other parts find; ALONE was chosen by that.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

from forbear.language import Reader, load_book
from forbear.language.opinion import NOTHING
from forbear.language.sentences import pairs

ROOT = Path(__file__).resolve().parents[1]
SCALE = 1000  # weights are kept as whole thousandths
LEAST = 30  # thousandths; features whose weights are all smaller are left out of the file
STRENGTH = 3.0
FEWEST = 2  # sentences that must show a feature; what stands in one alone teaches nothing
EVERYDAY, EVERYDAY_WEIGHT = ("ordinary",), 4.0
ROUNDS, PRECISE = 150, 1e-3
PARTS = 4  # of the cross-validation; both sentences of a pair are in the same
# When a category counts as found (see opinion.Limits); chosen with --check for some 5 false alarms in 100 look-alikes.
LIMITS: dict[str, dict[str, float]] = {
    "collector": {
        "pattern": 0.75, "strong": 0.02, "strong_share": 0.5, "share": 0.03, "least": 0.0,
    },
    "debtor": {
        "pattern": 0.75, "strong": 0.4, "strong_share": 0.3, "share": 0.05, "least": 0.0,
    },
}  # fmt: skip
ALONE: dict[str, dict[str, float]] = {
    "collector": {
        "borrow_to_repay": 0.6, "disclosure": 0.8, "false_claim": 0.7, "harassment": 0.65, "impersonation": 0.75,
        "insult": 0.75, "no_identity": 0.65, "overpromise": 0.75, "private_payment": 0.8, "shaming": 0.8,
        "third_party_pressure": 0.8, "threat": 0.7,
    },
    "debtor": {
        "claims_paid": 0.75, "complaint": 0.65, "deceased": 0.6, "dispute": 0.85, "hardship": 0.85,
        "identity_denial": 0.7, "incapacity": 0.7, "put_off": 0.8, "representation": 0.55, "stop_contact": 0.75,
        "sued_or_bankrupt": 0.75, "third_party": 0.85, "threat_to_staff": 0.7, "vulnerable": 0.7, "willing": 0.8,
    },
}  # fmt: skip
# A cry for help is never unheard: from a probability of well under one in a hundred somebody asks a question of care.
CARE = {"alone": 1.0, "pattern": 0.8, "strong": 0.1, "strong_share": 0.9, "share": 0.0, "least": 0.01}
TRIED = (0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)


def main(speaker: str) -> None:
    """Fit the model and write its weights."""
    path = ROOT / "policy" / "house" / "language" / f"{speaker}.weights.json"
    path.write_text(json.dumps(trained(speaker), ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")


def trained(speaker: str) -> dict[str, Any]:
    """Return the weights that the shipped sentences teach; the same sentences teach the same weights."""
    rows, labels, _, told = _rows(speaker)
    matrix, listed = _matrix(rows)
    model = _fitted(matrix, np.array(labels), told)
    many = np.rint(model.coef_ * SCALE).astype(int).T
    names = [str(name) for name in model.classes_]
    return {
        "scale": SCALE,
        "names": names,
        "limits": {name: _limits(speaker, name) for name in names[1:]},
        "bias": [round(float(b), 4) for b in model.intercept_],
        "weights": {f: ws.tolist() for f, ws in zip(listed, many, strict=True) if abs(ws).max() >= LEAST},
    }


def _limits(speaker: str, name: str) -> dict[str, float]:
    return CARE if name == "self_harm" else {"alone": ALONE[speaker][name], **LIMITS[speaker]}


def check(speaker: str) -> None:
    """Print by category and limit what is found of pairs that the weights have not seen: recall/false alarms."""
    rows, labels, groups, told = _rows(speaker)
    part = np.random.RandomState(0).randint(0, PARTS, max(groups) + 1)[groups]
    answers = np.array(labels)
    found = np.zeros((len(rows), len(set(labels))))
    matrix, _ = _matrix(rows)
    for each in range(PARTS):
        model = _fitted(
            matrix[part != each],
            answers[part != each],
            [one for one, at in zip(told, part, strict=True) if at != each],
        )
        found[part == each] = model.predict_proba(matrix[part == each])
    names = sorted(set(labels))
    for name in names[1:]:
        own = [i for i, (category, _) in enumerate(told) if category == name]
        shares = found[own, names.index(name)] / (1 - found[own, 0])
        line = []
        for limit in TRIED:
            hit = (found[own, 0] < limit) & (shares > LIMITS[speaker]["share"])
            right = np.array([told[i][1] for i in own])
            line.append(f"{limit}: {hit[right].mean():.3f}/{hit[~right].mean():.3f}")
        print(f"{name:22}", "  ".join(line))


def _fitted(matrix: Any, labels: Any, told: list[tuple[str, bool]]) -> LogisticRegression:
    """Fit the model; what people say every day weighs more, since most real texts are of its kind."""
    weights = [EVERYDAY_WEIGHT if category in EVERYDAY else 1.0 for category, _ in told]
    return LogisticRegression(C=STRENGTH, max_iter=ROUNDS, tol=PRECISE).fit(matrix, labels, weights)


def _matrix(rows: list[list[str]]) -> tuple[Any, list[str]]:
    shown = Counter(feature for row in rows for feature in row)
    names = DictVectorizer()
    matrix = names.fit_transform([{f: 1.0 for f in row if shown[f] >= FEWEST} for row in rows])
    return matrix, [str(name) for name in names.get_feature_names_out()]


def _rows(speaker: str) -> tuple[list[list[str]], list[str], list[int], list[tuple[str, bool]]]:
    """Return of each shipped sentence its features, what it teaches, the number of its pair, and its label."""
    reader = Reader(replace(load_book(speaker), weights=None))  # patterns alone, whatever was learned before
    rows, labels, groups, told = [], [], [], []
    for number, pair in enumerate(pairs(speaker, "shipped")):
        for text, improper in ((pair.positive, True), (pair.negative, False)):
            if text and (improper or speaker == "collector" or not _others(reader, pair.category, text)):
                page = reader.page(text)
                rows.append(page.features((0, len(page.text.plain))))
                known = improper and pair.category in reader.book.categories
                labels.append(pair.category if known else NOTHING)
                groups.append(number)
                told.append((pair.category, improper))
    return rows, labels, groups, told


def _others(reader: Reader, category: str, text: str) -> bool:
    """Say whether the words alone find another signal: a look-alike of one is often another, so it is not "nothing"."""
    return any(one.category not in (category, "self_harm") for one in reader.read(text))


if __name__ == "__main__":
    asked = sys.argv[1:]
    for each in asked:
        if not each.startswith("-"):
            (check if "--check" in asked else main)(each)
