"""A second opinion from learned weights: two small linear models over words, concepts and their denial.

The first says whether a sentence of a collector is improper at all, the second of which category. The weights are a
text file; `features` are readable, so that an opinion can say which parts of the text moved it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import exp
from pathlib import Path

from forbear.language.text import is_cjk

LONGEST_GRAM = 3
DISCLOSURE, OTHER_LISTENER = "disclosure", frozenset(("third", "unverified", "voicemail", "public"))
SHOWN = 4  # features that an opinion names


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the models think: the probability of being improper, by category, and what moved them."""

    improper: float
    categories: Mapping[str, float]
    because: tuple[str, ...]

    def named(self, share: float, flags: frozenset[str]) -> list[str]:
        """Return the categories of at least a share; disclosure only where the scene has another listener."""
        heard = bool(flags & OTHER_LISTENER)
        return [n for n, s in self.categories.items() if s > share and (heard or n != DISCLOSURE)]


@dataclass(frozen=True, slots=True)
class Weights:
    """Learned weights: `improper` by feature, `category` by feature and category, and the thresholds chosen on dev."""

    improper: Mapping[str, float]
    category: Mapping[str, Sequence[float]]
    names: tuple[str, ...]
    bias: float
    category_bias: tuple[float, ...]
    threshold: float
    share: float  # of a category among the improper, from which it is named
    harmless: float  # up to here a text is harmless whatever a pattern says

    def opinion(self, features: Sequence[str]) -> Opinion:
        """Return the opinion on the features of one text."""
        moved = [(self.improper[f], f) for f in features if f in self.improper]
        scores = list(self.category_bias)
        for feature in features:
            for i, weight in enumerate(self.category.get(feature, ())):
                scores[i] += weight
        top = max(scores)
        parts = [exp(score - top) for score in scores]
        total = sum(parts)
        improper = 1 / (1 + exp(-min(max(self.bias + sum(w for w, _ in moved), -60.0), 60.0)))
        because = tuple(f for w, f in sorted(moved, reverse=True)[:SHOWN] if w > 0)
        return Opinion(improper, {n: p / total for n, p in zip(self.names, parts, strict=True)}, because)


def features(plain: str, concepts: Mapping[str, bool], flags: frozenset[str]) -> list[str]:
    """Return the features of a text: pieces of one to three characters or words, concepts (denied or not), flags."""
    found = dict.fromkeys(_pieces(plain))
    found.update(dict.fromkeys(f"<{'not ' if denied else ''}{name}>" for name, denied in concepts.items()))
    found.update(dict.fromkeys(f"[{flag}]" for flag in flags))
    return list(found)


def _pieces(plain: str) -> Iterator[str]:
    tokens = list(_tokens(plain))
    for size in range(1, LONGEST_GRAM + 1):
        for i in range(len(tokens) - size + 1):
            yield "".join(tokens[i : i + size])


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
        {f: w / scale for f, w in held["improper"].items()},
        {f: [w / scale for w in ws] for f, ws in held["category"].items()},
        tuple(held["names"]),
        held["bias"],
        tuple(held["category_bias"]),
        held["threshold"],
        held["share"],
        held["harmless"],
    )
