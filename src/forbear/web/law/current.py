"""The packs in force at a moment: those shipped, with what was published and effective by then.

A running process learns of a publication within FRESH_SECONDS, by one look at an index. Nothing may become effective
sooner than LEAD after its approval, so every process knows it before its moment and changes over on the second.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg
from django.db import connection
from psycopg.rows import class_row, scalar_row

from forbear.packs import Packs
from forbear.web import clock
from forbear.web.law.overlay import Overlay, packs_with

FRESH_SECONDS = 1.0  # how long a process believes what it read; see LEAD
LEAD = timedelta(minutes=1)  # longer than FRESH_SECONDS with room for clocks that differ

NEWEST = (
    "SELECT coalesce(max(id), 0) FROM law_publication"  # publications are never changed, so this is a version
)
ALL = "SELECT id, file, text, effective_at, must_acknowledge FROM law_publication ORDER BY effective_at, id"


@dataclass(frozen=True, slots=True)
class Published:
    """What a process keeps of one publication."""

    id: int
    file: str
    text: str
    effective_at: datetime
    must_acknowledge: bool

    @property
    def overlay(self) -> Overlay:
        """Return the file it lays over the packs."""
        return Overlay(self.file, self.text)


@dataclass(slots=True)
class Known:
    """What this process knows: the version, its publications, and when it last looked."""

    version: int = -1
    publications: tuple[Published, ...] = ()
    looked_at: float = float("-inf")


_known = Known()


def publications() -> tuple[Published, ...]:
    """Return every publication, also those still to become effective, in the order they do."""
    global _known
    known, looked_at = _known, time.monotonic()
    if looked_at - known.looked_at < FRESH_SECONDS:
        return known.publications
    raw = raw_connection()
    version = psycopg.Cursor(raw, row_factory=scalar_row).execute(NEWEST).fetchone() or 0
    found = known.publications
    if version != known.version:
        found = tuple(psycopg.Cursor(raw, row_factory=class_row(Published)).execute(ALL).fetchall())
    _known = Known(version, found, looked_at)
    return found


def forget() -> None:
    """Look again at the next question."""
    global _known
    _known = Known()


def effective(at: datetime) -> tuple[Published, ...]:
    """Return the publications effective at a moment."""
    return tuple(each for each in publications() if each.effective_at <= at)


def packs_at(at: datetime) -> Packs:
    """Return the packs in force at a moment."""
    return packs_with(tuple(each.overlay for each in effective(at)))


def packs_now() -> Packs:
    """Return the packs in force now."""
    return packs_at(clock.now())


def text_at(file: str, at: datetime) -> str | None:
    """Return what was published of a file by a moment, or None."""
    return next((each.text for each in reversed(effective(at)) if each.file == file), None)


def raw_connection() -> psycopg.Connection[Any]:
    """Return the connection itself: the gate asks at every contact, and needs no more than this."""
    connection.ensure_connection()
    raw: psycopg.Connection[Any] = connection.connection
    return raw
