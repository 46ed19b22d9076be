"""What a visit came to, computed from the records of its phones: a pure function of their set.

Records are put in order before they are read, so it does not matter in which order they arrived.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Said:
    """One record of one phone; `at` is the corrected moment, `follows` whether its hash continues that phone's chain."""

    phone: str
    seq: int
    kind: str
    at: datetime
    data: Mapping[str, Any]
    hash: bytes
    previous: bytes


@dataclass(slots=True)
class Story:
    """What the records tell; unset where they tell nothing."""

    checked_in_at: datetime | None = None
    people: tuple[int, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)
    place: Mapping[str, int] | None = None
    forbidden_read: bool = False
    badges: bool = False
    notice: Mapping[str, Any] | None = None
    who: str = ""
    identity_at: datetime | None = None
    amount_too_early: bool = False
    amount_shown: bool = False
    entered: bool = False
    entered_without_consent: bool = False
    told_others: bool = False
    cash_offered: bool = False
    letter_left: bool = False
    files: dict[str, Mapping[str, Any]] = field(default_factory=dict)  # by id of the evidence
    result: str = ""
    talk: str = ""
    note: str = ""
    sos_at: datetime | None = None
    checked_out_at: datetime | None = None
    whole: bool = False


def fold(said: Iterable[Said]) -> Story:
    """Return the story of a visit."""
    rows = list(said)
    story = Story(whole=is_whole(rows))
    identity, consent = False, False
    for row in in_order(rows):
        identity = identity or (row.kind == "identity" and bool(row.data["passed"]))
        consent = consent or (row.kind == "entry" and bool(row.data["consent"]))
        tell(story, row, identity=identity, consent=consent)
    return story


def in_order(rows: Iterable[Said]) -> list[Said]:
    """Return records in one order: each phone's own, phones merged by the latest moment each has reached."""
    keyed = []
    reached: dict[str, datetime] = {}
    for row in sorted(rows, key=lambda each: (each.phone, each.seq)):
        reached[row.phone] = max(row.at, reached.get(row.phone, row.at))
        keyed.append((reached[row.phone], row.phone, row.seq, row))
    return [row for _at, _phone, _seq, row in sorted(keyed, key=lambda each: each[:3])]


def tell(story: Story, row: Said, *, identity: bool, consent: bool) -> None:
    """Add what one record says."""
    data = row.data
    if row.kind == "check_in" and story.checked_in_at is None:
        story.checked_in_at, story.place = row.at, data["place"]
        story.people, story.words = tuple(data["people"]), data["words"]
    elif row.kind == "identity" and data["passed"]:
        story.identity_at = story.identity_at or row.at
    elif row.kind == "amount":
        story.amount_shown = True
        story.amount_too_early = story.amount_too_early or not identity
    elif row.kind == "entry":
        story.entered = story.entered or data["entered"]
        story.entered_without_consent = story.entered_without_consent or (data["entered"] and not consent)
    elif row.kind == "evidence":
        story.files[str(data["evidence"])] = data
    elif row.kind == "result":
        story.result, story.talk, story.note = data["code"], data["talk"], data["note"]
    elif row.kind == "check_out":
        story.checked_out_at = row.at
    elif row.kind == "sos":
        story.sos_at = story.sos_at or row.at
    else:
        plainly(story, row)


def plainly(story: Story, row: Said) -> None:
    """Add a record that only says yes or no."""
    data = row.data
    if row.kind == "notice":
        story.notice = data
    elif row.kind == "door":
        story.who = data["who"]
    elif row.kind == "told":
        story.told_others = story.told_others or data["told"]
    elif row.kind == "letter":
        story.letter_left = story.letter_left or data["left"]
    elif row.kind == "forbidden_read":
        story.forbidden_read = True
    elif row.kind == "badges":
        story.badges = True
    elif row.kind == "cash":
        story.cash_offered = True


def is_whole(rows: Iterable[Said]) -> bool:
    """Return whether each phone's records are 1, 2, 3, ... each following from the one before, and one checked out."""
    phones: dict[str, list[Said]] = {}
    for row in rows:
        phones.setdefault(row.phone, []).append(row)
    out = False
    for held in phones.values():
        held.sort(key=lambda each: each.seq)
        previous = bytes(len(held[0].previous))
        for expected, row in enumerate(held, start=1):
            if row.seq != expected or row.previous != previous:
                return False
            previous = row.hash
        last = [row.data["last"] for row in held if row.kind == "check_out"]
        if last and max(last) > len(held):
            return False
        out = out or bool(last)
    return out
