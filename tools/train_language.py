"""Learns the second opinion of a speaker's reader from the shipped sentences; writes policy/house/language/*.weights.npz.

Run it after changing sentences or words: python tools/train_language.py collector debtor. With --limits it also chooses
the limits anew, by leaving out one writer at a time, writes them to *.limits.yaml and prints what is then found.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import yaml

from forbear.language import Reader, learning, load_book
from forbear.language.opinion import Limits, Weights
from forbear.language.sentences import Score, measure, pairs

FOLDER = Path(__file__).resolve().parents[1] / "policy" / "house" / "language"
HEAD = "# Scores from which a category counts as found; chosen by tools/train_language.py --limits, see docs/language.md.\n"


def main(speaker: str) -> None:
    """Fit the networks and write their weights."""
    arrays = learning.trained(*learning.examples(speaker))
    digest = np.frombuffer(learning.sentences_digest(speaker).encode(), np.uint8)
    np.savez_compressed(FOLDER / f"{speaker}.weights.npz", digest=digest, **arrays)


def choose(speaker: str) -> None:
    """Choose the limits, write them, and print recall and false alarms by category of writers left out."""
    shown, names = learning.examples(speaker)
    without = learning.left_out(shown, names)
    chosen = learning.limits(shown, names, without)
    written = yaml.safe_dump(
        {name: asdict(limits) for name, limits in chosen.items()}, default_flow_style=None
    )
    (FOLDER / f"{speaker}.limits.yaml").write_text(HEAD + written, "utf-8")
    for score in check(speaker, without, chosen):
        print(f"{score.category:22} {score.positives:4} {score.recall:.3f} {score.false_alarm_rate:.3f}")


def check(speaker: str, without: Mapping[str, Weights], limited: Mapping[str, Limits]) -> list[Score]:
    """Return how well each writer's sentences are read with the weights that the other writers taught."""
    book = load_book(speaker)
    counts: dict[str, list[int]] = {}
    for writer, weights in without.items():
        reader = Reader(replace(book, weights=weights, limits=limited))
        own = (pair for pair in pairs(speaker, "shipped") if pair.writer == writer)
        for score in measure(reader, own):
            numbers = (score.positives, score.found, score.negatives, score.false_alarms)
            before = counts.get(score.category, [0, 0, 0, 0])
            counts[score.category] = [a + b for a, b in zip(before, numbers, strict=True)]
    return [Score(name, *numbers) for name, numbers in sorted(counts.items())]


if __name__ == "__main__":
    asked = sys.argv[1:]
    for each in asked:
        if not each.startswith("-"):
            if "--limits" in asked:
                choose(each)
            main(each)
