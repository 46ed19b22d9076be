"""Text columns as codes: a million rows hold a few dozen words, so words are written once and rows are numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Mask = NDArray[np.bool_]


@dataclass(slots=True)
class Coded:
    """A column of n words under construction; every row starts with the first word."""

    n: int
    first: str
    words: dict[str, int] = field(init=False)
    code: NDArray[np.int16] = field(init=False)

    def __post_init__(self) -> None:
        """Give every row the first word."""
        self.words = {self.first: 0}
        self.code = np.zeros(self.n, np.int16)

    def put(self, rows: Mask, word: str) -> None:
        """Give the marked rows a word."""
        self.code[rows] = self._number(word)

    def take_over(self, rows: Mask, words: Sequence[str], codes: NDArray[Any]) -> None:
        """Give the marked rows the words that another coding has for them."""
        numbers = np.array([self._number(word) for word in words], np.int16)
        self.code[rows] = numbers[codes[rows]]

    def is_in(self, words: Sequence[str]) -> Mask:
        """Mark the rows that have one of the words."""
        wanted = [self.words[word] for word in words if word in self.words]
        return np.isin(self.code, wanted)

    def arrow(self) -> pa.DictionaryArray:
        """Return the column, its dictionary without a word twice."""
        return pa.DictionaryArray.from_arrays(pa.array(self.code), pa.array(list(self.words), pa.string()))

    def _number(self, word: str) -> int:
        return self.words.setdefault(word, len(self.words))


def codes_of(column: pa.ChunkedArray) -> tuple[list[str], NDArray[np.int64]]:
    """Return the words of a text column and each row's place among them."""
    whole = column.combine_chunks()
    encoded = whole if pa.types.is_dictionary(whole.type) else whole.dictionary_encode()
    return encoded.dictionary.to_pylist(), np.asarray(encoded.indices).astype(np.int64)


def where_word(column: pa.ChunkedArray, *wanted: str) -> Mask:
    """Mark the rows of a text column that hold one of the wanted words."""
    words, codes = codes_of(column)
    return np.isin(codes, [place for place, word in enumerate(words) if word in wanted])
