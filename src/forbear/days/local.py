"""Local time of a debtor, exactly: daily windows, the next opening and the next midnight, over columns.

Between two changes of a zone's offset local time is UTC plus a constant, so every answer here is computed within
such a stretch and carried to the next one where it falls outside: nothing is searched, and no clock change is missed.
All moments are int64 microseconds since 1970-01-01 UTC; times of day are int64 microseconds since local midnight.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

Micros = NDArray[np.int64]
Mask = NDArray[np.bool_]
SECOND = 1_000_000
DAY = 86_400 * SECOND
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_YEAR, _LAST_YEAR = 1990, 2101
_STEP = timedelta(days=7)  # shorter than any stretch between two offset changes since 1990
_FAR = np.iinfo(np.int64).max


class UnknownZone(ValueError):
    """The IANA time zone database has no such zone."""


@dataclass(frozen=True, slots=True, eq=False)
class Zone:
    """A time zone from 1990 to 2100 as stretches of constant offset."""

    name: str
    starts: Micros  # when each stretch begins; the first one is before every moment asked for
    offsets: Micros  # local time minus UTC in it

    def local(self, at: Micros) -> Micros:
        """Return local time as microseconds since 1970-01-01 local midnight, shape (n,) to (n,)."""
        return at + self.offsets[np.searchsorted(self.starts, at, side="right") - 1]

    def stretch_end(self, at: Micros) -> Micros:
        """Return the moment at which the offset in force changes next."""
        return np.append(self.starts[1:], _FAR)[np.searchsorted(self.starts, at, side="right") - 1]


@lru_cache(maxsize=512)
def zone(name: str) -> Zone:
    """Return a zone by its IANA name; raises UnknownZone."""
    try:
        found = ZoneInfo(name)
    except (LookupError, ValueError, OSError) as error:  # a folder name such as "Asia" is an OSError
        raise UnknownZone(name) from error
    moment, last = datetime(_FIRST_YEAR, 1, 1, tzinfo=UTC), datetime(_LAST_YEAR, 1, 1, tzinfo=UTC)
    starts, offsets = [moment], [moment.astimezone(found).utcoffset()]
    while moment < last:
        then = moment + _STEP
        if (offset := then.astimezone(found).utcoffset()) != offsets[-1]:
            starts.append(_change_between(moment, then, found))
            offsets.append(offset)
        moment = then
    since = [int((start - _EPOCH) / timedelta(microseconds=1)) for start in starts]
    shifts = [int((offset or timedelta()) / timedelta(microseconds=1)) for offset in offsets]
    return Zone(name, np.array(since), np.array(shifts))


def _change_between(before: datetime, after: datetime, found: ZoneInfo) -> datetime:
    """Return the first second with the later offset."""
    old = before.astimezone(found).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=int((after - before).total_seconds()) // 2)
        if middle.astimezone(found).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after


def time_of_day(local: Micros) -> Micros:
    """Return microseconds since local midnight."""
    return local % DAY


def within(times: Micros, start: Any, end: Any) -> Mask:
    """Say whether times of day lie in the half-open window [start, end), which may cross midnight."""
    after, before = times >= start, times < end
    found: Mask = np.where(start <= end, after & before, after | before)
    return found


def next_opening(
    at: Micros, where: Zone, closed: tuple[int, int], opened: NDArray[np.int64] | None = None
) -> Micros:
    """Return the first moment from `at` on that is outside `closed` or inside one of the windows `opened`.

    `closed` is (start, end) as times of day; `opened` has shape (n, k, 2), a row of zeros standing for no window.
    Shape (n,) to (n,).
    """
    moment = at.copy()
    pending = np.arange(len(at))
    while len(pending):
        now = moment[pending]
        wait = _wait(time_of_day(where.local(now)), closed, None if opened is None else opened[pending])
        ends = where.stretch_end(now)
        late = now + wait >= ends
        moment[pending] = np.where(late & (wait > 0), ends, now + wait)
        pending = pending[late & (wait > 0)]
    return moment


def _wait(times: Micros, closed: tuple[int, int], opened: NDArray[np.int64] | None) -> Micros:
    """Return how long a time of day must wait until it is open, if the clock runs evenly."""
    wait = np.where(within(times, *closed), (closed[1] - times) % DAY, 0)
    if opened is None:
        return wait
    real = opened[:, :, 0] != opened[:, :, 1]
    inside = real & within(times[:, None], opened[:, :, 0], opened[:, :, 1])
    until_start = np.where(real, (opened[:, :, 0] - times[:, None]) % DAY, DAY)
    return np.where(inside.any(axis=1), 0, np.minimum(wait, until_start.min(axis=1)))


def next_midnight(at: Micros, where: Zone) -> Micros:
    """Return the first moment of the next local day, shape (n,) to (n,)."""
    today = where.local(at) // DAY
    moment = at.copy()
    pending = np.arange(len(at))
    while len(pending):
        now = moment[pending]
        left = (today[pending] + 1) * DAY - where.local(
            now
        )  # not positive where a clock change jumped past midnight
        ends = where.stretch_end(now)
        late = (left > 0) & (now + left >= ends)
        moment[pending] = np.where(late, ends, now + np.maximum(left, 0))
        pending = pending[late]
    return moment
