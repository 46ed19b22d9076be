"""Walks through the events of all claims at once: the first event of each, then the second, and so on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forbear.packs import Packs
from forbear.questions.columns import Columns
from forbear.questions.limitation.facts import KINDS, PROOFS, Event
from forbear.questions.limitation.law import (
    AFTER,
    DOES,
    OUTER,
    TAIL,
    WINDOW,
    Effects,
    Ends,
    effects,
    in_force,
    period_ends,
)  # fmt: skip
from forbear.questions.periods import Days, Mask, add, shifted, values_over

NOTHING, INTERRUPTS, PROCEDURE, SUSPENDS, ACCELERATES = range(len(DOES))
# What came of an event; the first three change nothing, each for its own reason.
OUTCOMES = ("not_proved", "too_late", "not_running", "outside_last_months", "interrupted", "renewed", "suspended",
            "accelerated")  # fmt: skip
NOT_PROVED, TOO_LATE, NOT_RUNNING, OUTSIDE, INTERRUPTED, RENEWED, SUSPENDED, ACCELERATED = range(
    len(OUTCOMES)
)
LAWYER = (
    "paid_after_expiry",
    "outer_limit",
    "old_law_suspension",
    "demand_failed",
    "rest_waived",
    "procedure_open",
)
PAID, OUTER_LIMIT, OLD_LAW, FAILED, WAIVED, OPEN = (1 << bit for bit in range(len(LAWYER)))


@dataclass(frozen=True)
class Flat:
    """The events of all rows on or before the day asked about, in order of row and day; shape (events,)."""

    row: NDArray[np.int64]
    place: NDArray[np.int64]  # in the list as given
    kind: NDArray[np.int64]
    on: Days
    until: Days
    last_due: Days
    proofs: Mapping[str, NDArray[np.int8]]
    effects: Effects
    starts: NDArray[np.int64]  # of each row's events, shape (n + 1,)


@dataclass
class State:
    """Where each claim stands, shape (n,); changed event by event."""

    start: Days
    nominal: Days
    last: Days
    outer: Days
    law: NDArray[np.int64]
    lengthened: Mask
    obstacle: Days  # the latest last day of an obstacle seen
    pending: Mask  # a procedure whose end is not known
    open_obstacle: Mask
    lawyer: NDArray[np.int64]
    outcome: NDArray[np.int64]  # by event
    last_after: Days  # by event
    wants: dict[str, Mask]  # by fact: the events of which it must be known


def flatten(columns: Columns, packs: Packs, n: int) -> Flat:
    """Turn the lists of events into columns, in an order that does not depend on the one given."""
    rows = columns["events"]
    given: list[tuple[int, int, Event]] = [
        (i, place, event)
        for i in range(n)
        for place, event in enumerate(rows[i])
        if event.on <= columns["as_of"][i]
    ]
    row = np.array([i for i, _, _ in given], dtype=np.int64)
    kind = np.array([KINDS.index(e.kind) for _, _, e in given], dtype=np.int64)
    on, until, due = (
        np.array([getattr(e, name) for _, _, e in given], dtype="datetime64[D]")
        for name in ("on", "until", "last_due_on")
    )
    proofs = {
        name: np.array([-1 if (v := getattr(e, name)) is None else v for _, _, e in given], dtype=np.int8)
        for name in PROOFS
    }
    found = effects(packs, kind, on, proofs)
    place = np.array([p for _, p, _ in given], dtype=np.int64)
    renews = -(found.after == AFTER.index("renews")).astype(
        np.int64
    )  # an agreement of the same day comes first
    keys = [place, *proofs.values(), due, until, kind, found.does, renews, on, row]
    order = np.lexsort(keys)
    sorted_effects = Effects(
        found.does[order], found.after[order], found.rule[order], found.rules,
        {name: mask[order] for name, mask in found.open_facts.items()},
    )  # fmt: skip
    return Flat(
        row[order], place[order], kind[order], on[order], until[order], due[order],
        {name: column[order] for name, column in proofs.items()}, sorted_effects,
        np.searchsorted(row[order], np.arange(n + 1)),
    )  # fmt: skip


def decide(columns: Columns, flat: Flat, packs: Packs) -> State:
    """Return where each claim stands after its events; raises NoLawInForce with rows before the first law."""
    starts_on, due = columns["starts_on"], columns["instalments_last_due_on"]
    start = np.where(
        np.isnat(due), starts_on, np.maximum(starts_on, due)
    )  # art. 189: the last instalment counts
    infringed = np.where(np.isnat(columns["infringed_on"]), starts_on, columns["infringed_on"])
    n, events = len(starts_on), len(flat.row)
    ends = period_ends(packs, start)
    state = State(
        start.copy(), ends.nominal.copy(), start.copy(), _outer(packs, infringed), ends.law.copy(),
        ends.lengthened.copy(), np.full(n, np.datetime64("NaT"), dtype="datetime64[D]"), np.zeros(n, bool),
        np.zeros(n, bool), np.zeros(n, np.int64), np.zeros(events, np.int64),
        np.full(events, np.datetime64("NaT"), dtype="datetime64[D]"),
        {name: mask.copy() for name, mask in flat.effects.open_facts.items()} | {"until": np.zeros(events, bool)},
    )  # fmt: skip
    _limit(state, np.arange(n))
    counts = np.diff(flat.starts)
    for k in range(int(counts.max(initial=0))):
        rows = np.flatnonzero(counts > k)
        event = flat.starts[rows] + k
        _step(state, flat, rows, event, columns["as_of"][rows], packs)
        state.last_after[event] = state.last[rows]
    late = state.pending & (columns["as_of"] > state.last)
    state.lawyer |= np.where(late, OPEN, 0)
    state.lawyer |= np.where(shifted(state.nominal)[0] > state.outer, OUTER_LIMIT, 0)
    return state


def _outer(packs: Packs, infringed: Days) -> Days:
    years, _ = values_over(packs, OUTER, infringed)
    return shifted(add(infringed, years.astype(np.int64), "years"))[0]


def _limit(state: State, rows: NDArray[np.int64]) -> None:
    state.last[rows] = np.minimum(shifted(state.nominal[rows])[0], state.outer[rows])


def _step(state: State, flat: Flat, rows: Any, event: Any, as_of: Days, packs: Packs) -> None:
    """Let one event of each row take effect."""
    does, on = flat.effects.does[event], flat.on[event]
    expired = (on > state.last[rows]) & ~state.pending[rows]
    running = ~expired
    failed = (
        (does == NOTHING)
        & (flat.proofs["to_reserved_contact"][event] > 0)
        & (flat.proofs["delivered"][event] == 0)
    )
    state.lawyer[rows[failed]] |= FAILED
    state.outcome[event[expired & (does != NOTHING)]] = TOO_LATE
    _interrupt(state, flat, rows, event, running & (does == INTERRUPTS), packs)
    _proceed(state, flat, rows, event, running & (does == PROCEDURE), as_of, packs)
    _suspend(state, flat, rows, event, running & (does == SUSPENDS), as_of, packs)
    _accelerate(state, flat, rows, event, running & (does == ACCELERATES), packs)
    _revive(state, flat, rows, event, expired & (does == INTERRUPTS), packs)


def _restart(state: State, rows: Any, start: Days, packs: Packs) -> None:
    """Begin a new period; an obstacle that reaches into its last months still suspends it."""
    ends: Ends = period_ends(packs, start)
    state.start[rows], state.nominal[rows] = start, ends.nominal
    state.law[rows], state.lengthened[rows] = ends.law, ends.lengthened
    _hold(state, rows, packs)
    _limit(state, rows)


def _interrupt(state: State, flat: Flat, rows: Any, event: Any, here: Mask, packs: Packs) -> None:
    on, due = flat.on[event], flat.last_due[event]
    new = np.where(np.isnat(due), on, np.maximum(on, due))  # art. 189 for a plan by instalments
    _move(state, rows, event, here, new, packs)
    state.lawyer[rows[here & (flat.proofs["waives_rest"][event] > 0)]] |= WAIVED


def _move(state: State, rows: Any, event: Any, here: Mask, new: Days, packs: Packs) -> None:
    later = here & (new > state.start[rows])
    state.outcome[event[here & ~later]] = NOT_RUNNING
    state.outcome[event[later]] = INTERRUPTED
    if later.any():
        _restart(state, rows[later], new[later], packs)


def _proceed(state: State, flat: Flat, rows: Any, event: Any, here: Mask, as_of: Days, packs: Packs) -> None:
    """Art. 195: from the end of the procedure; while it goes on, at least from its first day."""
    until = flat.until[event]
    ended = ~np.isnat(until) & (until <= as_of)
    _move(state, rows, event, here, np.where(ended, until, flat.on[event]), packs)
    going = here & ~ended
    state.outcome[event[going]] = INTERRUPTED
    state.pending[rows[going]] = True
    state.wants["until"][event[going & np.isnat(until)]] = True


def _suspend(state: State, flat: Flat, rows: Any, event: Any, here: Mask, as_of: Days, packs: Packs) -> None:
    if not here.any():
        return
    some, on = rows[here], flat.on[event][here]
    until, today = flat.until[event][here], as_of[here]
    going = np.isnat(until) | (until > today)
    ends = np.where(going, today, until)
    before = state.nominal[some].copy()
    _, fixed = in_force(packs, TAIL, ends)
    window = _window(state, some, on, packs)
    # Before the General Provisions the period ran on after the obstacle: the days lost are added.
    lost = np.maximum(ends - np.maximum(on - 1, window), np.timedelta64(0, "D"))
    state.nominal[some] = np.where(fixed, before, before + lost)
    known = state.obstacle[some[fixed]]
    state.obstacle[some[fixed]] = np.where(np.isnat(known), ends[fixed], np.maximum(known, ends[fixed]))
    _hold(state, some, packs)
    _limit(state, some)
    longer = state.nominal[some] > before
    state.outcome[event[here]] = np.where(longer, SUSPENDED, OUTSIDE)
    state.open_obstacle[some] |= longer & going
    state.wants["until"][event[here]] = longer & np.isnat(until)
    state.lawyer[some] |= np.where(longer & ~fixed, OLD_LAW, 0)


def _window(state: State, rows: Any, on: Days, packs: Packs) -> Days:
    """Return the day before the last months of the period begin (art. 194)."""
    months, _ = values_over(packs, WINDOW, on)
    return add(state.nominal[rows], -months.astype(np.int64), "months")


def _hold(state: State, rows: Any, packs: Packs) -> None:
    """Let the latest obstacle end the period no sooner than the fixed months after it."""
    until = state.obstacle[rows]
    seen = ~np.isnat(until)
    if not seen.any():
        return
    some, until = rows[seen], until[seen]
    tail, _ = in_force(packs, TAIL, until)
    inside = until > _window(state, some, until, packs)
    held = np.maximum(state.nominal[some], add(until, tail, "months"))
    state.nominal[some] = np.where(inside, held, state.nominal[some])


def _accelerate(state: State, flat: Flat, rows: Any, event: Any, here: Mask, packs: Packs) -> None:
    """All instalments fall due at once, so the period starts then and not with the last of them."""
    on = flat.on[event]
    sooner = here & (on < state.start[rows])
    state.outcome[event[here]] = NOT_RUNNING
    state.outcome[event[sooner]] = ACCELERATED
    if sooner.any():
        _restart(state, rows[sooner], on[sooner], packs)


def _revive(state: State, flat: Flat, rows: Any, event: Any, here: Mask, packs: Packs) -> None:
    """Art. 192, JI 19: agreeing to pay after expiry starts a new period; paying without a promise does not."""
    after, promised = flat.effects.after[event], flat.proofs["promises_payment"][event]
    unclear = here & (after == AFTER.index("if_promised"))
    agreed = (here & (after == AFTER.index("renews"))) | (unclear & (promised > 0))
    lawyer = (unclear & (promised <= 0)) | (here & (after == AFTER.index("lawyer")))
    state.lawyer[rows[lawyer]] |= PAID
    state.wants["promises_payment"][event[unclear & (promised < 0)]] = True
    if not agreed.any():
        return
    some, on, due = rows[agreed], flat.on[event][agreed], flat.last_due[event][agreed]
    new = np.where(np.isnat(due), on, np.maximum(on, due))
    beyond = on > state.outer[some]
    state.lawyer[some] |= np.where(beyond, OUTER_LIMIT, 0)
    state.outer[some] = np.where(beyond, _outer(packs, on), state.outer[some])
    state.outcome[event[agreed]] = RENEWED
    _restart(state, some, new, packs)
