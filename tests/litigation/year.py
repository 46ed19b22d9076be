"""A simulated year of matters: courts and debtors do what they please, lawfully; we act on what the watch shows.

Courts take their time up to the end of their terms, debtors object, appeal, pay or stay silent. Our people see only the
list of due terms and the states that wait for us, and have so many moves a day; what ends soonest comes first.
"""

from __future__ import annotations

import heapq
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from forbear.litigation import Machine, Matter, Move, Term

GIVEN: dict[str, Any] = {
    "route": "suit", "reason": "r", "documents_complete": True, "approver": 7, "mediator": "m", "agreement": "a",
    "court_case_no": "(2026)京0101民初1号", "documents": True, "payment_order_open": True, "fee": "50.00",
    "amount_awarded": "1.00", "search_exhausted": True, "consumption_limited": True, "asset_lead": "house",
    "objection_valid": True,
}  # fmt: skip
DAILY = timedelta(days=1)
SELDOM = 0.02


@dataclass
class Year:
    """What happened: moves by code, terms of ours that ended unmet, where matters ended."""

    moves: Counter[str] = field(default_factory=Counter)
    missed: list[tuple[int, Term]] = field(default_factory=list)
    states: Counter[str] = field(default_factory=Counter)


def simulate(
    machine: Machine, *, matters: int, begin: date, days: int, a_day: int, seed: int, blind: bool = False
) -> Year:
    """Run a year; every move goes through the machine, which refuses what is not lawful. Blind: no list of terms."""
    dice, year = random.Random(seed), Year()
    held = [machine.open(begin + timedelta(days=dice.randrange(days)), {"small_claims": dice.random() < 0.6})
            for _ in range(matters)]  # fmt: skip
    # Events of others by day; what waits for us by the day on which it must be done at the latest.
    theirs: list[tuple[date, int]] = []
    ours: list[tuple[date, int]] = []
    for number, matter in enumerate(held):
        _plan(machine, matter, number, theirs, ours, dice)
    for on in (begin + n * DAILY for n in range(days)):
        while theirs and theirs[0][0] <= on:
            _others_move(machine, held, heapq.heappop(theirs)[1], on, theirs, ours, dice, year)
        if blind:
            ours = [(begin, number) for _, number in dice.sample(ours, len(ours))]
        tomorrow = []
        for _ in range(min(a_day, len(ours))):
            entry = heapq.heappop(ours)
            if not _we_move(machine, held, entry[1], on, theirs, ours, dice, year):
                tomorrow.append(entry)
        for entry in tomorrow:
            heapq.heappush(ours, entry)
        year.missed += _missed(held, on) if on.day == 1 else []
    year.missed += _missed(held, begin + days * DAILY)
    year.states.update(matter.state for matter in held)
    return year


def _missed(held: list[Matter], on: date) -> Iterator[tuple[int, Term]]:
    for number, matter in enumerate(held):
        for term in matter.terms:
            if term.whose == "ours" and (term.ended_on or on) > term.last_day:
                yield number, term


def _plan(
    machine: Machine, matter: Matter, number: int, theirs: list, ours: list, dice: random.Random
) -> None:
    """Put a matter where its next move comes from: others at some day within their terms, us by our last day."""
    moves = machine.moves_from(matter.state)
    others = [move for move in moves if move.by != "ours"]
    if [move for move in moves if move.by == "ours"]:
        running = [term.last_day for term in matter.running() if term.whose == "ours"]
        heapq.heappush(ours, (min(running, default=matter.since + timedelta(days=400)), number))
    if others:
        waits = [term.last_day for term in matter.running() if term.whose != "ours"]
        last = max(waits, default=matter.since + timedelta(days=30))
        wait = max(1, (last - matter.since).days + dice.choice((-3, 0, 1, 2)))
        heapq.heappush(theirs, (matter.since + timedelta(days=wait), number))


def _others_move(machine, held, number, on, theirs, ours, dice, year) -> None:
    matter = held[number]
    lawful = [
        move
        for move in machine.moves_from(matter.state)
        if move.by != "ours" and not machine.refusals(matter, move.code, on, _facts(move, matter, on, dice))
    ]
    if not lawful:
        if any(move.by != "ours" for move in machine.moves_from(matter.state)):
            heapq.heappush(theirs, (on + DAILY, number))
        return
    _make(machine, held, number, dice.choice(lawful), on, theirs, ours, dice, year)


def _we_move(machine, held, number, on, theirs, ours, dice, year) -> bool:
    """Make one of our moves; return False where it must wait for another day."""
    matter = held[number]
    mine = [move for move in machine.moves_from(matter.state) if move.by == "ours"]
    if not mine:
        return True  # others moved it on meanwhile
    lawful = [
        move for move in mine if not machine.refusals(matter, move.code, on, _facts(move, matter, on, dice))
    ]
    if not lawful:
        return False
    # People rarely give a matter up: where nothing else is left to do they mostly wait for the court.
    onward = [move for move in lawful if not machine.states[move.to].ended and move.to != "withdrawn"]
    must = any(term.whose == "ours" for term in matter.running())
    if not onward and not must and dice.random() > SELDOM:
        return False
    chosen = dice.choice(onward if onward and dice.random() > SELDOM else lawful)
    _make(machine, held, number, chosen, on, theirs, ours, dice, year)
    return True


def _make(machine, held, number, move: Move, on, theirs, ours, dice, year) -> None:
    held[number] = machine.make(held[number], move.code, on, _facts(move, held[number], on, dice))
    year.moves[move.code] += 1
    _plan(machine, held[number], number, theirs, ours, dice)


def _facts(move: Move, matter: Matter, on: date, dice: random.Random) -> dict[str, Any]:
    dated = {"perform_by": on + timedelta(days=10), "hearing_on": on + timedelta(days=20), "balance_on": on}
    return {need: dated.get(need, GIVEN.get(need)) for need in move.needs}
