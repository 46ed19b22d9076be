"""The pattern language: concepts in order, beside each other, absent, or under a flag of the scene.

`nonpay harm`            harm follows nonpay within the usual distance
`*you insult|curse`      alternatives; the star marks the head, whose denial ends the match (else the last one)
`.. &we -offer`          `we` somewhere in the same sentence, `offer` nowhere in it; `&&` and `--` ask the whole text
`?third !consent`        flags of the scene that must, must not be set
`~4`                     another distance, in Chinese characters; `bare`: a denial before the head does not matter
"""

from __future__ import annotations

from dataclasses import dataclass

DISTANCE = 12  # Chinese characters between two concepts in order


@dataclass(frozen=True, slots=True)
class Pattern:
    """One compiled pattern."""

    written: str
    sequence: tuple[tuple[str, ...], ...]
    head: int
    near: tuple[tuple[str, ...], ...]
    anywhere: tuple[tuple[str, ...], ...]
    absent: tuple[str, ...]
    nowhere: tuple[str, ...]
    flags: tuple[str, ...]
    without: tuple[str, ...]
    distance: int
    bare: bool

    @property
    def concepts(self) -> frozenset[str]:
        """Name every concept it reads."""
        grouped = (*self.sequence, *self.near, *self.anywhere)
        return frozenset((*self.absent, *self.nowhere, *(c for group in grouped for c in group)))


def parse(written: str) -> Pattern:
    """Compile one pattern; raises ValueError saying what is wrong."""
    sequence: list[tuple[str, ...]] = []
    groups: dict[str, list[str]] = {"&&": [], "&": [], "--": [], "-": [], "?": [], "!": []}
    head, distance, bare = -1, DISTANCE, False
    for part in written.split():
        sign = next((s for s in groups if part.startswith(s)), "")
        if part == "bare":
            bare = True
        elif part.startswith("~"):
            distance = int(part[1:])
        elif sign:
            groups[sign].append(part[len(sign) :])
        else:
            if part.startswith("*"):
                head, part = len(sequence), part[1:]
            sequence.append(tuple(part.split("|")))
    if not sequence:
        raise ValueError(f"{written!r} names no concept in order: write at least one")
    split = {sign: tuple(tuple(g.split("|")) for g in found) for sign, found in groups.items()}
    flat = {sign: tuple(c for group in split[sign] for c in group) for sign in ("-", "--", "?", "!")}
    return Pattern(
        written, tuple(sequence), head if head >= 0 else len(sequence) - 1, split["&"], split["&&"],
        flat["-"], flat["--"], flat["?"], flat["!"], distance, bare,
    )  # fmt: skip
