"""A network with one layer of inner units while it learns: fitted by Adam on batches, the same rows teaching the same weights."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

UNITS, ROUNDS, BATCH = 96, 8, 64
RATE, DECAY, DROPPED_PIECES, DROPPED_UNITS = 3e-3, 1e-2, 0.4, 0.3
KEPT_FIRST, KEPT_SECOND, TINY = 0.9, 0.999, 1e-8  # of Adam's running means
START, SPREAD = -2.0, 0.05  # most answers are no; the first pulls are small

Floats = NDArray[np.float32]


class Net:
    """One network while it is fitted: pulls (d, h), offsets (h), heads (h, k), bias (k)."""

    def __init__(self, features: int, names: int, seed: int) -> None:
        self.random = np.random.RandomState(seed)
        draw = self.random.standard_normal
        self.parts: list[Floats] = [
            (draw((features, UNITS)) * SPREAD).astype(np.float32),
            np.zeros(UNITS, np.float32),
            (draw((UNITS, names)) / np.sqrt(UNITS)).astype(np.float32),
            np.full(names, START, np.float32),
        ]
        self.first = [np.zeros_like(part) for part in self.parts]
        self.second = [np.zeros_like(part) for part in self.parts]
        self.step = 0

    def fit(self, matrix: sparse.csr_matrix, answers: Floats, counts: Floats) -> None:
        """Go through all examples ROUNDS times in random order, in ever smaller steps."""
        size = matrix.shape[0]
        steps = ROUNDS * -(-size // BATCH)
        for _ in range(ROUNDS):
            order = self.random.permutation(size)
            for start in range(0, size, BATCH):
                at = order[start : start + BATCH]
                self.step += 1
                self._learn(matrix[at], answers[at], counts[at], RATE * (1 - self.step / (steps + 1)))

    def _learn(self, batch: sparse.csr_matrix, answers: Floats, counts: Floats, rate: float) -> None:
        pulls, offsets, heads, bias = self.parts
        columns, inside = np.unique(batch.indices, return_inverse=True)
        kept = (self.random.random_sample(batch.nnz) > DROPPED_PIECES) / (1 - DROPPED_PIECES)
        values = (batch.data * kept).astype(np.float32)
        shown = sparse.csr_matrix((values, inside, batch.indptr), (len(answers), len(columns)))
        units = shown @ pulls[columns] + offsets
        mask = self.random.random_sample(units.shape) > DROPPED_UNITS
        spread = mask.astype(np.float32) / (1 - DROPPED_UNITS)
        active = np.maximum(units, 0) * spread
        wrong = (1 / (1 + np.exp(-(active @ heads + bias))) - answers) * counts / len(answers)
        back = (wrong @ heads.T) * spread * (units > 0)
        slopes = (shown.T @ back, back.sum(0), active.T @ wrong, wrong.sum(0))
        for part, (rows, slope) in enumerate(zip((columns, ..., ..., ...), slopes, strict=True)):
            self._move(part, rows, np.asarray(slope), rate)
        pulls[columns] *= 1 - rate * DECAY

    def _move(self, part: int, rows: Any, slope: Floats, rate: float) -> None:
        """Take one step of Adam in some rows of a part."""
        first = KEPT_FIRST * self.first[part][rows] + (1 - KEPT_FIRST) * slope
        second = KEPT_SECOND * self.second[part][rows] + (1 - KEPT_SECOND) * slope * slope
        self.first[part][rows], self.second[part][rows] = first, second
        ahead = first / (1 - KEPT_FIRST**self.step)
        self.parts[part][rows] -= rate * ahead / (np.sqrt(second / (1 - KEPT_SECOND**self.step)) + TINY)
