"""A second opinion from learned weights: a small network over pieces of text, concepts and their denial, patterns, flags.

It gives each category a score of its own, the log-odds that the text belongs to it. The pieces are readable, so that an
opinion can say which parts of the text moved it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import exp, sqrt
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from forbear.language.text import is_cjk

LONGEST_GRAM = 3
LENGTH = (
    5.0  # what the gains of a text's features are brought to, so that long and short texts weigh the same
)
SHOWN = 4  # features that an opinion names
STEM = re.compile(r"^( [a-z]{3,}?)(?:ing|ed|es|s|ly)$")
SEPARATOR = "\n"  # between the features in a file of weights


@dataclass(frozen=True, slots=True)
class Limits:
    """Scores from which a category counts as found: by the weights alone, by a pattern, and as surely as by a pattern."""

    found: float
    pattern: float
    strong: float


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the network thinks of a text: the score of each category, and which of its inner units were moved."""

    scores: Mapping[str, float]
    rows: tuple[int, ...]
    moved: NDArray[np.bool_]

    def nudged(self, nudges: Mapping[str, float]) -> Opinion:
        """Return the opinion with its scores moved."""
        return replace(self, scores={name: score + nudges[name] for name, score in self.scores.items()})


@dataclass(frozen=True, slots=True)
class Weights:
    """Learned weights: of d features the gain (d) and the pull on h inner units (d, h); of the units the pull on k names."""

    names: tuple[str, ...]
    features: tuple[str, ...]
    rows: Mapping[str, int]
    gains: NDArray[np.float32]
    pulls: NDArray[np.int8]
    scales: NDArray[np.float32]
    offsets: NDArray[np.float32]
    heads: NDArray[np.float32]
    bias: NDArray[np.float32]

    def opinion(self, features: Sequence[str]) -> Opinion:
        """Return the opinion on the features of one text."""
        rows = tuple(row for feature in features if (row := self.rows.get(feature)) is not None)
        at = np.array(rows, dtype=np.intp)
        gains = self.gains[at]
        length = sqrt(float(gains @ gains)) or 1.0
        units = (gains @ self.pulls[at].astype(np.float32)) * (self.scales * (LENGTH / length)) + self.offsets
        scores = np.maximum(units, 0) @ self.heads + self.bias
        return Opinion(dict(zip(self.names, scores.tolist(), strict=True)), rows, units > 0)

    def because(self, opinion: Opinion, name: str) -> list[str]:
        """Return the features that spoke most for a category, the strongest first."""
        at = np.array(opinion.rows, dtype=np.intp)
        towards = self.heads[:, self.names.index(name)] * opinion.moved * self.scales
        spoke = self.gains[at] * (self.pulls[at].astype(np.float32) @ towards)
        return [self.features[at[i]] for i in np.argsort(-spoke)[:SHOWN] if spoke[i] > 0]


def chance(score: float) -> float:
    """Return the probability that log-odds stand for."""
    return 1 / (1 + exp(-score))


def features(
    plain: str, concepts: Mapping[str, bool], hits: Collection[str], flags: frozenset[str]
) -> list[str]:
    """Return the features of a text: pieces of one to three characters or words, concepts (denied or not), hits, flags."""
    found = dict.fromkeys(_pieces(plain))
    found.update(dict.fromkeys(f"<{'not ' if denied else ''}{name}>" for name, denied in concepts.items()))
    found.update(dict.fromkeys(f"{{{name}}}" for name in sorted(hits)))
    found.update(dict.fromkeys(f"[{flag}]" for flag in sorted(flags)))
    return list(found)


def is_piece(feature: str) -> bool:
    """Say whether a feature is a piece of the text itself, not a concept, hit or flag."""
    return len(feature) <= 2 or feature[0] + feature[-1] not in ("<>", "{}", "[]")


def _pieces(plain: str) -> Iterator[str]:
    stems = [STEM.sub(r"\1", token) if token[0] == " " else token for token in _tokens(plain)]
    for size in range(1, LONGEST_GRAM + 1):
        for i in range(len(stems) - size + 1):
            yield "".join(stems[i : i + size])


def _tokens(plain: str) -> Iterator[str]:
    """Yield Chinese characters one by one and words of letters whole, with a blank before; figures become one sign."""
    word = ""
    for char in plain:
        if is_cjk(char):
            if word:
                yield f" {word}"
                word = ""
            yield char
            continue
        if char.isalpha():
            word += char
            continue
        if word:
            yield f" {word}"
            word = ""
        if char.isdigit():
            yield "0"
        elif not char.isspace():
            yield char
    if word:
        yield f" {word}"


def load_weights(path: Path) -> Weights | None:
    """Read a file of weights; None where there is none, so that the patterns alone decide."""
    if not path.exists():
        return None
    with np.load(path, allow_pickle=False) as held:
        return made({name: held[name] for name in held.files})


def made(held: Mapping[str, NDArray[np.generic]]) -> Weights:
    """Return weights from the arrays of their file; `names` and `features` are UTF-8 bytes, lines of text."""
    names, listed = (bytes(held[key]).decode("utf-8").split(SEPARATOR) for key in ("names", "features"))
    numbers = (held[key].astype(np.float32) for key in ("gains", "scales", "offsets", "heads", "bias"))
    gains, scales, offsets, heads, bias = numbers
    rows = {feature: row for row, feature in enumerate(listed)}
    pulls = held["pulls"].astype(np.int8)
    return Weights(tuple(names), tuple(listed), rows, gains, pulls, scales, offsets, heads, bias)
