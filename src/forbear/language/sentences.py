"""The labelled sentences, and how well the reader does on them: recall and false alarms by category."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from forbear.language.book import FOLDER
from forbear.language.reader import Reader, Scene
from forbear.packs.files import packs_root

BETWEEN = " | "


@dataclass(frozen=True, slots=True)
class Pair:
    """A sentence that belongs to a category, and one that resembles it and does not; either may be empty."""

    category: str
    positive: str
    negative: str


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
        for line in path.read_text(encoding="utf-8").splitlines():
            if line and not line.startswith("#"):
                positive, _, negative = line.partition(BETWEEN)
                yield Pair(path.stem, positive.strip(), negative.strip())


def measure(reader: Reader, labelled: Iterator[Pair]) -> list[Score]:
    """Return the score of each category, in order of name."""
    counted: dict[str, list[int]] = {}
    scene = Scene("call", frozenset(["outgoing"]))
    for pair in labelled:
        counts = counted.setdefault(pair.category, [0, 0, 0, 0])
        for place, text in ((0, pair.positive), (2, pair.negative)):
            if text:
                hit = any(one.category == pair.category for one in reader.read(text, scene))
                counts[place] += 1
                counts[place + 1] += hit
    return [Score(name, *counts) for name, counts in sorted(counted.items())]
