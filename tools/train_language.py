"""Learns the second opinion of a speaker's reader from the shipped sentences; writes policy/house/language/*.weights.json.

Run it after changing sentences or words: python tools/train_language.py collector. The unseen sentences are never read.
"""

from __future__ import annotations

import json
import sys
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
STRENGTH, CATEGORY_STRENGTH = 0.3, 1.0
THRESHOLDS = {"threshold": 0.55, "share": 0.1, "harmless": 0.3}


def main(speaker: str) -> None:
    """Fit both models and write their weights."""
    reader = Reader(load_book(speaker))
    rows, improper, category = [], [], []
    for pair in pairs(speaker, "shipped"):
        for text, label in ((pair.positive, 1), (pair.negative, 0)):
            if text:
                page = reader.page(text)
                rows.append(dict.fromkeys(page.features((0, len(page.text.plain))), 1.0))
                improper.append(label)
                category.append(pair.category)
    names = DictVectorizer()
    matrix, is_improper = names.fit_transform(rows), np.array(improper) == 1
    first = LogisticRegression(C=STRENGTH, max_iter=4000).fit(matrix, is_improper)
    second = LogisticRegression(C=CATEGORY_STRENGTH, max_iter=4000).fit(
        matrix[is_improper], np.array(category)[is_improper]
    )
    path = ROOT / "policy" / "house" / "language" / f"{speaker}.weights.json"
    path.write_text(json.dumps(_written(names, first, second), ensure_ascii=False, indent=0) + "\n", "utf-8")


def _written(names: Any, first: Any, second: Any) -> dict[str, Any]:
    ones = np.rint(first.coef_[0] * SCALE).astype(int)
    many = np.rint(second.coef_ * SCALE).astype(int).T
    listed = names.get_feature_names_out()
    return {
        "scale": SCALE,
        "names": list(map(str, second.classes_)),
        "bias": round(float(first.intercept_[0]), 4),
        "category_bias": [round(float(b), 4) for b in second.intercept_],
        **THRESHOLDS,
        "improper": {f: int(w) for f, w in zip(listed, ones, strict=True) if abs(w) >= LEAST},
        "category": {
            f: list(map(int, ws)) for f, ws in zip(listed, many, strict=True) if abs(ws).max() >= 4 * LEAST
        },
    }


if __name__ == "__main__":
    main(sys.argv[1])
