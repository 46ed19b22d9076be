"""Learns the second and third opinion of a speaker's reader from the shipped sentences; writes policy/house/language/*.npz.

Run it after changing sentences or words: python tools/train_language.py collector debtor. With --limits it also chooses
the limits anew, by leaving out one writer at a time, writes them to *.limits.yaml and prints what is then found. What the
encoder says of a sentence is kept in .cache/, for that takes longest.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import yaml

from forbear.language import Reader, learning, load_book
from forbear.language.learning import Example, Senses, Taught
from forbear.language.meaning import sense
from forbear.language.opinion import Limits
from forbear.language.sentences import Score, measure, pairs

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "policy" / "house" / "language"
CACHE = ROOT / ".cache"
HEAD = "# Scores from which a category counts as found; chosen by tools/train_language.py --limits, see docs/language.md.\n"


def main(speaker: str, *, anew: bool) -> None:
    """Fit the networks and write their weights, and where asked the limits first."""
    shown, names = learning.examples(speaker)
    senses = remembered(speaker, shown)
    if anew:
        choose(speaker, shown, names, senses)
    digest = np.frombuffer(learning.sentences_digest(speaker).encode(), np.uint8)
    for kind, arrays in (
        ("weights", learning.trained(shown, names)),
        ("meaning", learning.taught(shown, names, senses)),
    ):
        np.savez_compressed(FOLDER / f"{speaker}.{kind}.npz", digest=digest, **arrays)


def remembered(speaker: str, shown: Sequence[Example]) -> Senses:
    """Return the vector of each sentence, asking the encoder only for those it was not asked before."""
    path = CACHE / f"{speaker}.senses.npz"
    known: dict[str, np.ndarray] = {}
    if path.exists():
        with np.load(path) as held:
            known = dict(zip(held["said"].tolist(), held["vectors"].astype(np.float32), strict=True))
    senses = {one.said: known[one.said] if one.said in known else _rounded(sense(one.said)) for one in shown}
    CACHE.mkdir(exist_ok=True)
    np.savez(path, said=np.array(list(senses)), vectors=np.array(list(senses.values())).astype(np.float16))
    return senses


def _rounded(vector: np.ndarray) -> np.ndarray:
    """Return a vector as it will be read from the cache, so that both teach the same."""
    return vector.astype(np.float16).astype(np.float32)


def choose(speaker: str, shown: Sequence[Example], names: Sequence[str], senses: Senses) -> None:
    """Choose the limits, write them, and print recall and false alarms by category of writers left out."""
    without = learning.left_out(shown, names, senses)
    chosen = learning.limits(shown, names, without, senses)
    written = yaml.safe_dump(
        {name: asdict(limits) for name, limits in chosen.items()}, default_flow_style=None
    )
    (FOLDER / f"{speaker}.limits.yaml").write_text(HEAD + written, "utf-8")
    for score in check(speaker, without, chosen):
        print(f"{score.category:22} {score.positives:4} {score.recall:.3f} {score.false_alarm_rate:.3f}")


def check(speaker: str, without: Mapping[str, Taught], limited: Mapping[str, Limits]) -> list[Score]:
    """Return how well each writer's sentences are read with what the other writers taught."""
    book = load_book(speaker)
    counts: dict[str, list[int]] = {}
    for writer, taught in without.items():
        reader = Reader(replace(book, weights=taught.weights, meaning=taught.meaning, limits=limited))
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
            main(each, anew="--limits" in asked)
