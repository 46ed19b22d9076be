"""The labelled sentences, and how well the reader does on them: recall and false alarms by category.

A file a category, a pair a line: `sentence of it | look-alike`. A side that carries further categories ends with
` #also:NAME[,NAME]`; `# writer NAME` says whose the lines below are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from forbear.language.book import FOLDER
from forbear.language.reader import CALL, Reader
from forbear.packs.files import packs_root

BETWEEN = " | "
WRITER = "# writer "
ALSO = re.compile(r"\s*#also:([a-z_,]+)\s*$")
NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Pair:
    """A sentence that belongs to a category, and one that resembles it and does not; either may be empty."""

    category: str
    positive: str
    negative: str
    also: frozenset[str] = NONE  # further categories of the first sentence
    negative_also: frozenset[str] = NONE  # categories that the look-alike has
    writer: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """What the reader found of one category."""

    category: str
    positives: int
    found: int
    negatives: int
    false_alarms: int

    @property
    def recall(self) -> float:
        """Return the share of positives found; 1 where there are none."""
        return self.found / self.positives if self.positives else 1.0

    @property
    def false_alarm_rate(self) -> float:
        """Return the share of look-alikes in which the category was wrongly found."""
        return self.false_alarms / self.negatives if self.negatives else 0.0

    @property
    def precision(self) -> float:
        """Return the share of finds that were right, on these pairs."""
        finds = self.found + self.false_alarms
        return self.found / finds if finds else 1.0


def pairs(speaker: str, part: str, root: Path | None = None) -> Iterator[Pair]:
    """Yield the pairs of a speaker: part "shipped" is what the words were tuned on, "unseen" what they never saw."""
    folder = (root or packs_root()).joinpath(*FOLDER, "sentences", part, speaker)
    for path in sorted(folder.glob("*.txt")):
        writer = ""
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith(WRITER):
                writer = line.removeprefix(WRITER).strip()
            elif line and not line.startswith("#"):
                first, _, second = line.partition(BETWEEN)
                (positive, also), (negative, negative_also) = _side(first), _side(second)
                yield Pair(path.stem, positive, negative, also, negative_also, writer)


def _side(written: str) -> tuple[str, frozenset[str]]:
    """Return a sentence and the further categories that it is marked with."""
    marks = ALSO.search(written)
    if marks is None:
        return written.strip(), NONE
    return written[: marks.start()].strip(), frozenset(marks[1].split(","))


def measure(reader: Reader, labelled: Iterator[Pair]) -> list[Score]:
    """Return the score of each category, in order of name."""
    counted: dict[str, list[int]] = {}
    for pair in labelled:
        counts = counted.setdefault(pair.category, [0, 0, 0, 0])
        negative = "" if pair.category in pair.negative_also else pair.negative
        for place, text in ((0, pair.positive), (2, negative)):
            if text:
                hit = any(one.category == pair.category for one in reader.read(text, CALL))
                counts[place] += 1
                counts[place + 1] += hit
    return [Score(name, *counts) for name, counts in sorted(counted.items())]
