"""What needs doing before it is too late: terms of ours that end soon, claims whose limitation ends soon."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forbear.litigation.machine import Matter, Term
from forbear.packs import Packs

ALERTS, RADAR = "house/litigation/term_alert_days", "house/litigation/limitation_alert_days"
OURS, PASSED = "ours", 99


@dataclass(frozen=True, slots=True)
class Due:
    """A running term of ours that is within an alert: the days left and which alert, 0 the widest."""

    matter: int
    term: Term
    days_left: int
    level: int


def due_terms(packs: Packs, matters: Iterable[tuple[int, Matter]], as_of: date) -> list[Due]:
    """Return the terms of ours that are within an alert or already over, soonest first."""
    rows = sorted(packs.value(ALERTS, as_of), key=lambda row: row["term_days_from"])
    found = list(_within(rows, matters, as_of))
    return sorted(found, key=lambda due: (due.days_left, due.matter))


def _within(
    rows: list[Mapping[str, Any]], matters: Iterable[tuple[int, Matter]], as_of: date
) -> Iterator[Due]:
    for number, matter in matters:
        for term in matter.running():
            if term.whose != OURS:
                continue
            left, length = (term.last_day - as_of).days, (term.last_day - term.event_on).days
            days = next(row["days"] for row in reversed(rows) if length >= row["term_days_from"])
            level = sum(left <= each for each in days) - 1
            if level >= 0:
                yield Due(number, term, left, level)


def limitation_level(packs: Packs, last_day: NDArray[np.datetime64], as_of: date) -> NDArray[np.int64]:
    """Return for each claim which alert it is within, shape (n,): -1 none, 0 the widest, and 99 where it has passed.

    last_day is the last day of limitation, as the question `limitation` answers it; NaT gives -1.
    """
    left = (last_day - np.datetime64(as_of, "D")).astype(np.int64)
    known = ~np.isnat(last_day)
    alerts = sorted((row["days"] for row in packs.value(RADAR, as_of)), reverse=True)
    level = np.sum([known & (left <= days) for days in alerts], axis=0) - 1
    return np.where(known & (left < 0), PASSED, level)
