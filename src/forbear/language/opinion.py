"""A second opinion from learned weights: one linear model over pieces of text, concepts and their denial, and flags.

It gives each category, and the answer that a text belongs to none, its share of probability. The weights are a text file;
`features` are readable, so that an opinion can say which parts of the text moved it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import exp
from pathlib import Path

from forbear.language.text import is_cjk

LONGEST_GRAM = 3
NOTHING = ""  # the answer that a text belongs to no category
DISCLOSURE, OTHER_LISTENER = "disclosure", frozenset(("third", "unverified", "voicemail", "public"))
SHOWN = 4  # features that an opinion names
STEM = re.compile(r"^( [a-z]{3,}?)(?:ing|ed|es|s|ly)$")


@dataclass(frozen=True, slots=True)
class Limits:
    """When a category counts as found: `alone`, `pattern`, `strong` bound the probability that the text is harmless."""

    alone: float  # found by the weights alone
    pattern: float  # found by a pattern
    strong: (
        float  # found by the weights alone as surely as by a pattern, given `strong_share` of the improper
    )
    strong_share: float
    share: float  # of the improper, from which the weights name it
    least: float  # the probability of the category itself, from which the weights name it


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the model thinks of a text: the probability that it is harmless, and each category's share of the rest."""

    harmless: float
    shares: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Weights:
    """Learned weights by feature, one for each of `names`, the first of which is NOTHING; and the limits chosen for each."""

    names: tuple[str, ...]
    bias: tuple[float, ...]
    weights: Mapping[str, Sequence[float]]
    limits: Mapping[str, Limits]

    def opinion(self, features: Sequence[str]) -> Opinion:
        """Return the opinion on the features of one text."""
        scores = list(self.bias)
        for feature in features:
            for i, weight in enumerate(self.weights.get(feature, ())):
                scores[i] += weight
        top = max(scores)
        parts = [exp(score - top) for score in scores]
        rest = sum(parts[1:])
        shares = {n: p / rest if rest else 0.0 for n, p in zip(self.names[1:], parts[1:], strict=True)}
        return Opinion(parts[0] / (parts[0] + rest), shares)

    def named(self, opinion: Opinion, flags: frozenset[str]) -> list[str]:
        """Return the categories that the weights alone find; disclosure only where the scene has another listener."""
        heard = bool(flags & OTHER_LISTENER)
        return [
            name
            for name, share in opinion.shares.items()
            if self._is_found(opinion.harmless, share, self.limits[name]) and (heard or name != DISCLOSURE)
        ]

    def _is_found(self, harmless: float, share: float, limits: Limits) -> bool:
        return harmless < limits.alone and share >= limits.share and (1 - harmless) * share >= limits.least

    def is_strong(self, opinion: Opinion, name: str) -> bool:
        """Say whether the weights alone are as sure of a category as a pattern would be."""
        limits = self.limits[name]
        return opinion.harmless < limits.strong and opinion.shares[name] >= limits.strong_share

    def because(self, features: Sequence[str], name: str) -> list[str]:
        """Return the features that spoke most for a category and against its being nothing."""
        at = self.names.index(name)
        moved = [(held[at] - held[0], f) for f in features if (held := self.weights.get(f))]
        return [f for w, f in sorted(moved, reverse=True)[:SHOWN] if w > 0]


def features(plain: str, concepts: Mapping[str, bool], flags: frozenset[str]) -> list[str]:
    """Return the features of a text: pieces of one to three characters or words, concepts (denied or not), flags."""
    found = dict.fromkeys(_pieces(plain))
    found.update(dict.fromkeys(f"<{'not ' if denied else ''}{name}>" for name, denied in concepts.items()))
    found.update(dict.fromkeys(f"[{flag}]" for flag in flags))
    return list(found)


def _pieces(plain: str) -> Iterator[str]:
    tokens = list(_tokens(plain))
    stems = [STEM.sub(r"\1", token) for token in tokens]
    for size in range(1, LONGEST_GRAM + 1):
        for i in range(len(tokens) - size + 1):
            yield "".join(tokens[i : i + size])
            if stems[i : i + size] != tokens[i : i + size]:
                yield "".join(stems[i : i + size])


def _tokens(plain: str) -> Iterator[str]:
    """Yield Chinese characters one by one and words of letters whole, with a blank before; figures become one sign."""
    word = ""
    for char in plain:
        if char.isalpha() and not is_cjk(char):
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
    held = json.loads(path.read_text(encoding="utf-8"))
    scale = held["scale"]
    return Weights(
        tuple(held["names"]),
        tuple(held["bias"]),
        {f: [w / scale for w in ws] for f, ws in held["weights"].items()},
        {name: Limits(**limits) for name, limits in held["limits"].items()},
    )
