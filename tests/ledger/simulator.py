"""A second opinion: arrears of one account in plain Python, day by day, sharing nothing with the columnar code.

It keeps a list of open parts, pays the oldest first as payments come, and looks at the list at the end of the day.
What the bank believed on a statement day it finds by running the whole diary again with what was booked by then.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class Statement:
    on: date
    due_on: date
    minimum: int


@dataclass(frozen=True)
class Payment:
    amount: int  # negative for a reversal
    paid_on: date
    counts_on: date
    booked_on: date


@dataclass(frozen=True)
class Late:
    dpd: int
    past_due: int
    oldest: date | None
    cycles: int


def late(
    statements, payments, *, as_of, known_on=None, grace_days=0, grace_amount=0, from_grace_end=False
) -> Late:
    """Age one account as of a day, as known on a day."""
    known_on = as_of if known_on is None else known_on
    statements = sorted(statements, key=lambda s: s.on)
    open_parts = _open_parts(statements, payments, as_of, known_on)
    past = [(due, left) for due, left, _ in open_parts if as_of > due + timedelta(days=grace_days)]
    owed = 0
    missed = []
    for due, left in past:
        owed += left
        if owed > grace_amount:
            missed.append(due)
    if not missed:
        return Late(0, 0, None, 0)
    start = missed[0] + timedelta(days=grace_days if from_grace_end else 0)
    return Late((as_of - start).days, owed, missed[0], len(missed))


def _open_parts(statements, payments, as_of, known_on):
    """Return [due day, left, at first] of each statement up to a day, oldest first."""
    parts = []
    for number, statement in enumerate(statements):
        if statement.on > as_of:
            break
        believed = sum(
            part[1] for part in _open_parts(statements[:number], payments, statement.on, statement.on)
        )
        if statement.minimum < believed:
            _pay(parts, believed - statement.minimum)
        own = max(statement.minimum - believed, 0)
        parts.append([statement.due_on, own, own])
        until = statements[number + 1].on if number + 1 < len(statements) else date.max
        received = sum(
            p.amount
            for p in payments
            if statement.on < p.paid_on <= until
            and p.paid_on <= as_of
            and p.counts_on <= as_of
            and p.booked_on <= known_on
        )
        _pay(parts, received)
    return parts


def _pay(parts, amount):
    """Take an amount from the oldest parts first, and drop what is over; give a negative one back, newest first."""
    for part in parts:
        taken = min(part[1], amount) if amount > 0 else 0
        part[1] -= taken
        amount -= taken
    for part in reversed(parts):
        given = min(part[2] - part[1], -amount) if amount < 0 else 0
        part[1] += given
        amount += given
    if amount < 0:  # more comes back than was ever due: it was due with the first statement
        parts[0][1] -= amount
