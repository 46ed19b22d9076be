"""Learns the second opinion of a speaker's reader from the shipped sentences; writes policy/house/language/*.weights.json.

Run it after changing sentences or words: python tools/train_language.py collector debtor. The unseen sentences are never read.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

from forbear.language import Reader, load_book
from forbear.language.sentences import pairs

ROOT = Path(__file__).resolve().parents[1]
SCALE = 1000  # weights are kept as whole thousandths
LEAST = 12  # thousandths; smaller weights are left out of the file
STRENGTH, CATEGORY_STRENGTH = 1.0, 3.0
FEWEST = 2  # sentences that must show a feature; what stands in one alone teaches nothing
LEARNED_SIGNALS = frozenset(
    ["self_harm"]
)  # of the others the patterns alone decide, since each forces an act
THRESHOLDS = {
    "collector": {"threshold": 0.5, "share": 0.08, "harmless": 0.2},
    "debtor": {
        "threshold": 0.1,
        "share": 0.5,
        "harmless": 0.0,
    },  # leans to alarm: a question of care costs little
}


def main(speaker: str) -> None:
    """Fit both models and write their weights."""
    path = ROOT / "policy" / "house" / "language" / f"{speaker}.weights.json"
    path.write_text(json.dumps(trained(speaker), ensure_ascii=False, indent=0) + "\n", "utf-8")


def trained(speaker: str) -> dict[str, Any]:
    """Return the weights that the shipped sentences teach; the same sentences teach the same weights."""
    rows, category = _rows(speaker)
    shown = Counter(feature for row in rows for feature in row)
    names = DictVectorizer()
    matrix = names.fit_transform([{f: 1.0 for f in row if shown[f] >= FEWEST} for row in rows])
    labels = np.array(category)
    improper = labels != ""
    first = LogisticRegression(C=STRENGTH, max_iter=1000).fit(matrix, improper)
    listed = list(map(str, names.get_feature_names_out()))
    written = {
        "scale": SCALE,
        **THRESHOLDS[speaker],
        "bias": round(float(first.intercept_[0]), 4),
        "improper": _whole(listed, first.coef_[0]),
    }
    if len(kinds := sorted(set(category) - {""})) == 1:  # no second question: the one category is the answer
        return {**written, "names": kinds, "category_bias": [0.0], "category": {}}
    second = LogisticRegression(C=CATEGORY_STRENGTH, max_iter=1000).fit(matrix[improper], labels[improper])
    many = np.rint(second.coef_ * SCALE).astype(int).T
    return {
        **written,
        "names": list(map(str, second.classes_)),
        "category_bias": [round(float(b), 4) for b in second.intercept_],
        "category": {
            f: ws.tolist() for f, ws in zip(listed, many, strict=True) if abs(ws).max() >= 4 * LEAST
        },
    }


def _whole(listed: list[str], weights: Any) -> dict[str, int]:
    ones = np.rint(weights * SCALE).astype(int)
    return {f: int(w) for f, w in zip(listed, ones, strict=True) if abs(w) >= LEAST}


def _rows(speaker: str) -> tuple[list[list[str]], list[str]]:
    """Return the features of each shipped sentence and the category it belongs to, "" for none that is learned."""
    reader = Reader(load_book(speaker))
    rows, category = [], []
    for pair in pairs(speaker, "shipped"):
        for text, name in ((pair.positive, pair.category), (pair.negative, "")):
            if text:
                page = reader.page(text)
                rows.append(page.features((0, len(page.text.plain))))
                category.append(name if speaker == "collector" or name in LEARNED_SIGNALS else "")
    return rows, category


if __name__ == "__main__":
    for each in sys.argv[1:]:
        main(each)
