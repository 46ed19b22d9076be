"""Learns the weights of the second opinion from the shipped sentences, and the limits by leaving out one writer at a time.

Each category is a yes-or-no question of its own; a sentence marked with further categories belongs to them too. The words
and the meaning are taught apart, so that each has its own say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from forbear.language.book import load_book
from forbear.language.meaning import Meaning, made_meaning
from forbear.language.network import Floats, Net
from forbear.language.opinion import LENGTH, SEPARATOR, Limits, Weights, is_piece, made
from forbear.language.reader import CALL, Reader
from forbear.language.sentences import Pair, pairs

FEWEST = 2  # sentences that must show a feature; what stands in fewer teaches nothing
SURER = 2.0  # a concept, hit or flag stands for many words, so it weighs more than a piece
EVERYDAY = 4.0  # weight of what is said every day and belongs nowhere, since most real texts are of its kind
OTHERS, UNMARKED = 0.25, 0.15  # weight of another category's sentence as a "no": it may well belong to both
NETS = 2
MEANT = 15.0  # what a vector's parts, each brought to the same spread, are brought to together
MIDDLE = 2.0  # the meaning says -2 of most texts: from there it moves a score, not from nought
# Of a pull either way; finer ones are no better on writers left out, and the file is twice as long.
LEVELS = 15
# Writers whose sentences go with the words and patterns, or with what was missed: no measure.
TUNED = frozenset("abh")
RECALL, FALSE_ALARMS, RARE = 0.96, 0.045, 0.01  # aimed at when limits are chosen; RARE: as sure as a pattern
# How near the limit lies to the lowest score that still finds enough, where both aims are reached.
NEARER = 0.75
# Of cries for help: a question of care to nearly all, a frozen case to few look-alikes.
HEARD, FROZEN = 0.99, 0.02
CARE = "self_harm"

Senses = Mapping[str, Floats]  # by what was said: the vector of its meaning


@dataclass(frozen=True, slots=True)
class Example:
    """One sentence: its features, what was said, the pair's category, whether it belongs to it, all categories it has, its writer."""

    features: Sequence[str]
    said: str
    category: str
    improper: bool
    belongs: frozenset[str]
    writer: str


@dataclass(frozen=True, slots=True)
class Taught:
    """The weights of the words and of the meaning that some sentences teach."""

    weights: Weights
    meaning: Meaning

    def scores(self, one: Example, senses: Senses) -> Mapping[str, float]:
        """Return the score of each category for a sentence as a whole."""
        opinion = self.weights.opinion(one.features)
        return opinion.nudged(self.meaning.nudges(senses[one.said])).scores


@dataclass(frozen=True, slots=True)
class Table:
    """The features that count, with their gains: rarer ones weigh more."""

    rows: Mapping[str, int]
    gains: Floats

    def matrix(self, examples: Sequence[Example]) -> sparse.csr_matrix:
        """Return the gains by example (n, d), each row of the same length."""
        columns, ends = [], [0]
        for one in examples:
            columns += sorted(self.rows[f] for f in one.features if f in self.rows)
            ends.append(len(columns))
        values = self.gains[columns]
        for start, end in pairwise(ends):
            values[start:end] *= LENGTH / (np.sqrt(values[start:end] @ values[start:end]) or 1)
        return sparse.csr_matrix((values, columns, ends), shape=(len(examples), len(self.gains)))


def examples(speaker: str) -> tuple[list[Example], list[str]]:
    """Return the shipped sentences as examples, and the names of the speaker's categories."""
    patterns_alone = replace(load_book(speaker), weights=None, meaning=None)  # whatever was learned before
    reader = Reader(patterns_alone)
    return list(_examples(reader, pairs(speaker, "shipped"))), sorted(reader.book.categories)


def _examples(reader: Reader, labelled: Iterator[Pair]) -> Iterator[Example]:
    for pair in labelled:
        own = pair.also | {pair.category} & set(reader.book.categories)
        for text, improper, belongs in (
            (pair.positive, True, own),
            (pair.negative, False, pair.negative_also),
        ):
            if text:
                yield Example(*reader.learned_from(text, CALL), pair.category, improper, belongs, pair.writer)


def sentences_digest(speaker: str) -> str:
    """Return a digest of the shipped sentences, kept beside the weights that they taught."""
    told = sorted(
        f"{p.category}|{p.positive}|{p.negative}|{sorted(p.also)}|{sorted(p.negative_also)}|{p.writer}"
        for p in pairs(speaker, "shipped")
    )
    return sha256("\n".join(told).encode()).hexdigest()


def table(shown: Sequence[Example]) -> Table:
    """Return the features that enough of the examples show."""
    counts = Counter(feature for one in shown for feature in one.features)
    rows = {f: i for i, f in enumerate(sorted(f for f, count in counts.items() if count >= FEWEST))}
    rarity = (np.log(len(shown) / (1 + counts[f])) * (1.0 if is_piece(f) else SURER) for f in rows)
    return Table(rows, np.fromiter(rarity, np.float32, len(rows)))


def _answers(shown: Sequence[Example], names: Sequence[str]) -> tuple[Floats, Floats]:
    """Return the right answers (n, k) and how much each counts."""
    marked = {one.writer for one in shown if one.belongs - {one.category}}
    answers = np.array([[name in one.belongs for name in names] for one in shown], np.float32)
    weight = [_weight(one, names, one.writer in marked) for one in shown]
    own = np.array([[name == one.category for name in names] for one in shown])
    counts = np.where((answers > 0) | own, 1.0, np.array(weight)[:, None])
    return answers, counts.astype(np.float32)


def _weight(one: Example, names: Sequence[str], is_marked: bool) -> float:
    """Return how much an example counts for the categories it is not of."""
    if one.category not in names:
        return EVERYDAY
    return 1.0 if not one.improper else OTHERS if is_marked else UNMARKED


def trained(shown: Sequence[Example], names: Sequence[str], nets: int = NETS) -> dict[str, NDArray[Any]]:
    """Return the arrays of a file of weights that the examples teach: some networks side by side, their mean the answer."""
    counted = table(shown)
    matrix, (answers, counts) = counted.matrix(shown), _answers(shown, names)
    pulls, offsets, heads, bias = _fitted(matrix, answers, counts, nets)
    wide = np.hstack(pulls)
    scales = np.abs(wide).max(axis=0) / LEVELS
    return {
        "names": _text(names), "features": _text(list(counted.rows)), "gains": counted.gains.astype(np.float16),
        "pulls": np.rint(wide / scales).astype(np.int8), "scales": scales, "offsets": np.hstack(offsets),
        "heads": np.vstack(heads) / nets, "bias": np.mean(bias, axis=0),
    }  # fmt: skip


def taught(shown: Sequence[Example], names: Sequence[str], senses: Senses) -> dict[str, NDArray[Any]]:
    """Return the arrays of a file of weights of the meaning that the examples teach."""
    vectors = np.array([senses[one.said] for one in shown])
    centre, spread = vectors.mean(0), vectors.std(0) * np.sqrt(len(vectors[0])) / MEANT
    pulls, offsets, heads, bias = _fitted(
        sparse.csr_matrix((vectors - centre) / spread), *_answers(shown, names), NETS
    )
    wide = np.hstack(pulls) / spread[:, None]
    return {
        "names": _text(names), "pulls": wide.astype(np.float16), "offsets": np.hstack(offsets) - centre @ wide,
        "heads": np.vstack(heads) / NETS, "bias": np.mean(bias, axis=0) + MIDDLE,
    }  # fmt: skip


def _fitted(matrix: sparse.csr_matrix, answers: Floats, counts: Floats, nets: int) -> list[list[Floats]]:
    """Return of some networks the pulls, the offsets, the heads and the bias."""
    fitted = [Net(matrix.shape[1], answers.shape[1], seed) for seed in range(nets)]
    for net in fitted:
        net.fit(matrix, answers, counts)
    return [[net.parts[part] for net in fitted] for part in range(4)]


def _text(lines: Sequence[str]) -> NDArray[np.uint8]:
    return np.frombuffer(SEPARATOR.join(lines).encode(), np.uint8)


def left_out(shown: Sequence[Example], names: Sequence[str], senses: Senses) -> dict[str, Taught]:
    """Return by writer what all other writers' sentences teach."""
    without = {}
    for writer in sorted({one.writer for one in shown} - TUNED):
        others = [one for one in shown if one.writer != writer]
        without[writer] = Taught(made(trained(others, names)), made_meaning(taught(others, names, senses)))
    return without


def limits(
    shown: Sequence[Example], names: Sequence[str], without: Mapping[str, Taught], senses: Senses
) -> dict[str, Limits]:
    """Return the limits by category, from the scores of sentences whose writer the weights do not know."""
    scored = [(one, without[one.writer].scores(one, senses)) for one in shown if one.writer in without]
    return {
        name: chosen(
            name,
            np.array([scores[name] for one, scores in scored if one.category == name and one.improper]),
            np.array([scores[name] for one, scores in scored if _is_look_alike(one, name)]),
        )
        for name in names
    }


def _is_look_alike(one: Example, name: str) -> bool:
    return one.category == name and not one.improper and name not in one.belongs


def chosen(name: str, right: NDArray[Any], wrong: NDArray[Any]) -> Limits:
    """Choose limits: both aims if they can be reached, else few false alarms; a cry for help is heard first."""
    heard, quiet = np.quantile(right, 1 - RECALL), np.quantile(wrong, 1 - FALSE_ALARMS)
    if name == CARE:
        found, pattern, strong = np.quantile(right, 1 - HEARD), quiet, np.quantile(wrong, 1 - FROZEN)
    else:
        found = pattern = max(quiet, heard * NEARER + quiet * (1 - NEARER))
        strong = max(found, np.quantile(wrong, 1 - RARE))
    return Limits(*(round(float(limit), 2) for limit in (found, pattern, strong)))
