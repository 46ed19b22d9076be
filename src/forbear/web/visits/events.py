"""What a phone may say happened, as types: every field bounded, nothing unknown taken, no place for money."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from forbear.web import evidence

Text = Annotated[str, Meta(max_length=500)]
Code = Annotated[str, Meta(min_length=1, max_length=12)]
Hex = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
Id = Annotated[int, Meta(ge=1, le=2**53)]
BATCH_MAX = 100
SEQ_MAX = 10_000
DEPTH_MAX = 4  # of nested lists and mappings in a record


class Fixed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A record or a part of one."""


class Place(Fixed, frozen=True):
    """Where the phone was: millionths of a degree, metres of uncertainty."""

    lat: Annotated[int, Meta(ge=-90_000_000, le=90_000_000)]
    lon: Annotated[int, Meta(ge=-180_000_000, le=180_000_000)]
    acc: Annotated[int, Meta(ge=0, le=100_000)]


class ForbiddenRead(Fixed, frozen=True):
    """The list of what nobody does was read by the people here."""

    codes: Annotated[list[Code], Meta(max_length=50)]


class CheckIn(Fixed, frozen=True):
    """Who stands at the door: the one with the phone, and each mate by the word of the day."""

    people: Annotated[list[Id], Meta(min_length=1, max_length=20)]
    words: dict[Annotated[str, Meta(max_length=20)], Annotated[str, Meta(max_length=20)]]
    place: Place | None


class Badges(Fixed, frozen=True):
    """The badges were held out."""


class Notice(Fixed, frozen=True):
    """Recording was announced, how it is made, and whether the other side refused."""

    way: Literal["audio_video", "audio"]
    refused: bool


class Door(Fixed, frozen=True):
    """Who opened."""

    who: Code


class Identity(Fixed, frozen=True):
    """Identity was checked: by the end of the number, which opens the sealed figures, or by the document alone."""

    way: Literal["digits", "document"]
    passed: bool


class Amount(Fixed, frozen=True):
    """The figures were opened on the screen."""


class Sealed(Fixed, frozen=True):
    """The sealed figures were deleted after too many wrong tries."""


class Entry(Fixed, frozen=True):
    """Consent to enter was asked for and given or not; whether they went in."""

    consent: bool
    entered: bool


class Cash(Fixed, frozen=True):
    """The debtor offered money; it was refused and the way to pay was shown."""


class Told(Fixed, frozen=True):
    """Somebody else asked what it is about: nothing was told, or something was (said by the team itself)."""

    told: bool


class Evidence(Fixed, frozen=True):
    """A photo or a piece of a recording was made; its bytes follow on their own."""

    evidence: UUID
    what: Literal["letter", "site", "recording", "document"]
    sha256: Hex
    bytes: Annotated[int, Meta(ge=1, le=100_000_000)]


class Result(Fixed, frozen=True):
    """What it came to."""

    code: Code
    talk: Annotated[str, Meta(max_length=4)]
    note: Text


class Letter(Fixed, frozen=True):
    """A sealed letter was left."""

    left: bool


class Sos(Fixed, frozen=True):
    """Help is called."""

    place: Place | None


class CheckOut(Fixed, frozen=True):
    """Out of the door; `last` is this record's own number, so that a gap shows."""

    place: Place | None
    last: Annotated[int, Meta(ge=1, le=SEQ_MAX)]


KINDS: Mapping[str, type[Fixed]] = {
    "forbidden_read": ForbiddenRead, "check_in": CheckIn, "badges": Badges, "notice": Notice, "door": Door,
    "identity": Identity, "amount": Amount, "sealed": Sealed, "entry": Entry, "cash": Cash, "told": Told,
    "evidence": Evidence, "result": Result, "letter": Letter, "sos": Sos, "check_out": CheckOut,
}  # fmt: skip


class Event(Fixed, frozen=True):
    """One record as a phone sends it: `hash` covers `previous` and the rest."""

    id: UUID
    visit: Id
    seq: Annotated[int, Meta(ge=1, le=SEQ_MAX)]
    kind: str
    at: Annotated[datetime, Meta(tz=True)]
    previous: Hex
    hash: Hex
    data: dict[str, Any]


class BadEvent(ValueError):
    """A record that is not one; `why` is a code."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def read(raw: Mapping[str, Any]) -> tuple[Event, Fixed]:
    """Return a record and its data by type. Raises BadEvent with a code."""
    try:
        event = msgspec.convert(dict(raw), Event)
    except (msgspec.ValidationError, TypeError, ValueError, OverflowError) as error:
        raise BadEvent("malformed") from error
    if event.kind not in KINDS:
        raise BadEvent("unknown_kind")
    try:
        data = msgspec.convert(event.data, KINDS[event.kind])
    except (msgspec.ValidationError, TypeError, ValueError) as error:
        raise BadEvent("malformed_data") from error
    if digest(raw) != event.hash:
        raise BadEvent("hash_wrong")
    return event, data


def digest(raw: Mapping[str, Any]) -> str:
    """Return the hash of a record as the phone makes it: over the previous hash and the canonical rest."""
    core = {name: raw[name] for name in ("id", "visit", "seq", "kind", "at", "data")}
    try:
        return hashlib.sha256(str(raw["previous"]).encode() + b"\n" + evidence.canonical(core)).hexdigest()
    except (UnicodeEncodeError, TypeError) as error:
        raise BadEvent("malformed") from error
