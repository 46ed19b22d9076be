"""The next lawful moment of rows that are refused: computed from what each breach waits for, not searched."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forbear.days import DAY, next_midnight, next_opening, time_of_day, within
from forbear.questions.columns import UNKNOWN
from forbear.questions.may_contact.law import Stretch
from forbear.questions.may_contact.rows import Rows, spread
from forbear.questions.norms.truth import TRUE, Bits

NEVER = np.iinfo(np.int64).min  # the integer of NaT
NONE = np.uint64(0)
WEEK = 7  # days
EPOCH_WEEKDAY = 3  # 1970-01-01 was a Thursday; Monday is 0
HORIZON_DAYS = 9  # unsuitable times repeat weekly: what is closed so long never opens
HORIZON = HORIZON_DAYS * DAY
Scopes = Mapping[int, NDArray[np.uint8] | None]


@dataclass(frozen=True, eq=False)
class Refusal:
    """What refuses some rows, as bits of norms, and where the norms that depend on the time of day apply."""

    refused: NDArray[np.bool_]
    lasting: NDArray[np.bool_]  # refused by what no passing of time cures
    blocking: Bits
    in_scope: Scopes


def earliest(
    stretch: Stretch,
    rows: Rows,
    refusal: Refusal,
    again: Callable[[Rows, NDArray[np.int64]], NDArray[np.int64]],
) -> NDArray[np.int64]:
    """Return the next lawful moment: now where not refused, NEVER where only somebody's act can cure the refusal.

    `again` asks once more about rows for which a moment was found, where time changes more than the hour.
    """
    if not refusal.refused.any():
        return rows.at
    found = spread(np.where(refusal.lasting, NEVER, rows.at), rows.n)
    waiting = np.flatnonzero(spread(refusal.refused & ~refusal.lasting, rows.n))
    if not len(waiting):
        return found
    part = rows.take(waiting)
    blocking = spread(refusal.blocking, rows.n)[waiting]
    start = _days_passed(stretch, part, blocking)
    hopeless = start == NEVER
    moment = _open_from(
        stretch,
        part,
        np.where(hopeless, part.at, start),
        {bit: _taken(scope, waiting) for bit, scope in refusal.in_scope.items()},
    )
    moment[hopeless] = NEVER
    found = found.copy()
    found[waiting] = again(part, moment)
    return found


def _days_passed(stretch: Stretch, rows: Rows, blocking: Bits) -> NDArray[np.int64]:
    """Return the local midnight from which counters and "days since" no longer refuse; NEVER where none can be known."""
    used_up = (blocking & stretch.daily) != NONE
    if not stretch.cured:
        return np.where(used_up, next_midnight(rows.at, rows.where), rows.at)
    days = spread(used_up.astype(np.int64), rows.n)
    for norm in stretch.cured:
        broken = (blocking >> np.uint64(norm.bit)) & np.uint64(1) == 1
        if broken.any():
            # One cure is enough; a norm with a daily window or counter may be cured by that too, and asked again.
            days = np.maximum(days, np.where(broken, _fewest(norm.cures, rows), 0))
    never = days > _FAR
    days = np.where(never, 0, days)
    noon = rows.at - time_of_day(rows.where.local(rows.at)) + DAY // 2  # near noon, whatever the clock change
    midnight = next_midnight(noon + (days - 1) * DAY, rows.where)
    return np.where(never, NEVER, np.where(days > 0, midnight, rows.at))


_FAR = 10**6  # days


def _fewest(cures: tuple[Any, ...], rows: Rows) -> NDArray[np.int64]:
    waits = []
    for cure in cures:
        age = rows.facts[cure.fact]
        # Without the day of the limiting call the whole window is waited; a "days since" not known never passes.
        unknown = cure.days if cure.counter else _FAR + 1
        left = cure.days - age
        if cure.counter:
            left = np.where(left > 0, left, cure.days)
        waits.append(np.where(age == UNKNOWN, unknown, np.where(left > 0, left, _FAR + 1)))
    fewest: NDArray[np.int64] = np.min(np.broadcast_arrays(*waits), axis=0)
    return fewest


def _taken(scope: NDArray[np.uint8] | None, rows: NDArray[np.int64]) -> NDArray[np.bool_] | None:
    if scope is None:
        return None
    held: NDArray[np.bool_] = (scope if scope.size == 1 else scope[rows]) == TRUE
    return held


def _open_from(
    stretch: Stretch, rows: Rows, start: NDArray[np.int64], in_scope: Mapping[int, NDArray[np.bool_] | None]
) -> NDArray[np.int64]:
    """Return the first moment from `start` on that lies outside every closed window that applies to a row."""
    closed: dict[tuple[tuple[int, int] | None, bool], NDArray[np.bool_]] = {}
    everything = [(window, opens, bit) for window, opens, bit in stretch.windows]
    if rows.personal is not None:
        everything += [(None, opens, bit) for opens, bit in stretch.personal]  # type: ignore[misc]
    for window, consent_opens, bit in everything:
        scope = in_scope.get(bit)
        everywhere = spread(True if scope is None else scope, rows.n)
        key = (window, consent_opens)
        closed[key] = closed[key] | everywhere if key in closed else everywhere
    moment = start.copy()
    while True:
        before = moment
        for (own_window, consent_opens), scope in closed.items():
            consent = rows.consent if consent_opens else None
            if own_window is None:
                opening = past_personal(moment, rows, consent)
            else:
                opening = next_opening(moment, rows.where, own_window, consent)
            moment = np.where(scope, opening, moment)
        far = moment > start + HORIZON
        if len(closed) < 2 and rows.personal is None:
            return moment
        if (far | (before == moment)).all():
            return np.where(far, NEVER, moment)
        moment = np.where(far, before, moment)


def inconvenient(local: NDArray[np.int64], personal: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which windows a local time falls in, shape (n,) and (n, k, 3) to (n, k)."""
    times = time_of_day(local)[:, None]
    weekday = (local // DAY + EPOCH_WEEKDAY) % WEEK
    meant = (personal[:, :, 2] >> weekday[:, None]) & 1 == 1
    found: NDArray[np.bool_] = meant & (personal[:, :, 0] <= times) & (times < personal[:, :, 1])
    return found


def past_personal(
    moment: NDArray[np.int64], rows: Rows, consent: NDArray[np.int64] | None
) -> NDArray[np.int64]:
    """Return the end of the inconvenient windows a moment lies in, or the start of consented hours within them."""
    if rows.personal is None:
        return moment
    local = rows.where.local(moment)
    times = time_of_day(local)
    inside = inconvenient(local, rows.personal)
    wait = np.where(inside, rows.personal[:, :, 1] - times[:, None], 0).max(axis=1)
    if consent is not None:
        starts, ends = consent[:, :, 0], consent[:, :, 1]
        real = starts != ends
        until = np.where(real, (starts - times[:, None]) % DAY, DAY).min(axis=1)
        opened = (real & within(times[:, None], starts, ends)).any(axis=1)
        wait = np.where(opened, 0, np.minimum(wait, until))
    change = rows.where.stretch_end(moment)  # where the clock changes first, look again from there
    passed: NDArray[np.int64] = np.where((wait > 0) & (moment + wait >= change), change, moment + wait)
    return passed
