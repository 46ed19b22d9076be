"""What each statement added to what is due, and what of it payments have left unpaid: columns in, columns out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forbear.money import sum_by

Minor = NDArray[np.int64]
Index = NDArray[np.int64]
Days = NDArray[np.datetime64]
Mask = NDArray[np.bool_]

NEVER = np.datetime64("NaT", "D")
NO_WINDOW = -1  # of a payment dated up to its account's first statement, which already takes it into account


@dataclass(frozen=True)
class Statements:
    """Statements sorted by account and day; all columns have shape (statements,)."""

    account: Index
    statement_on: Days
    due_on: Days
    minimum_due_minor: Minor

    def take(self, rows: Index) -> Statements:
        """Return some rows."""
        return Statements(
            self.account[rows], self.statement_on[rows], self.due_on[rows], self.minimum_due_minor[rows]
        )


@dataclass(frozen=True)
class Payments:
    """Payments and reversals sorted by account and value day; all columns have shape (payments,).

    `paid_on` is the day whose arrears the amount settles, `counts_on` the day from which it counts at all and
    `booked_on` the day from which the bank knew. For a payment the first two are the value day. A reversal takes
    `paid_on` from the payment it reverses and counts, negative, from its own value day: from then on it is as if
    that payment had never come.
    """

    account: Index
    amount_minor: Minor
    paid_on: Days
    counts_on: Days
    booked_on: Days

    def take(self, rows: Index) -> Payments:
        """Return some rows."""
        return Payments(
            self.account[rows],
            self.amount_minor[rows],
            self.paid_on[rows],
            self.counts_on[rows],
            self.booked_on[rows],
        )


@dataclass(frozen=True)
class Parts:
    """By statement row, what was known on the statement's day fixes both; shape (statements,)."""

    own_minor: Minor  # the minimum due, less what was still past due that day
    forgiven_minor: Minor  # by how much the minimum due is below what was past due, e.g. after a refund
    late: Mask  # accounts with a payment that a statement could not know of; shape (accounts,)


def statement_parts(
    starts: Index, window: Index, ends_on: Days, statements: Statements, payments: Payments
) -> Parts:
    """Return each statement's part; a payment booked after a statement does not change that statement's part.

    The printed minimum could not take such a payment into account, so what it holds as past due is what the bank
    then believed.
    """
    inside = window != NO_WINDOW
    # A comparison with NaT is false: nothing is late for the newest statement.
    known_after = (
        np.maximum(payments.booked_on, payments.counts_on) > ends_on[window] if ends_on.size else inside
    )
    is_late = inside & known_after
    in_time = inside & ~known_after
    left = _left_of_each(statements, payments, window, in_time)
    own, forgiven = _against(statements.minimum_due_minor, _before(left, starts))
    late = np.zeros(starts.size - 1, dtype=bool)
    late[payments.account[is_late]] = True
    if late.any():
        _restate(np.flatnonzero(late), starts, window, statements, payments, own, forgiven)
    return Parts(own, forgiven, late)


def effective(payments: Payments, as_of: Days, known_on: Days) -> Mask:
    """Mark the payments that count on their account's day; both days have shape (accounts,)."""
    day = as_of[payments.account]
    return (
        (payments.paid_on <= day)
        & (payments.counts_on <= day)
        & (payments.booked_on <= known_on[payments.account])
    )


def carried(accounts: Index, starts: Index, counts: Index, parts: tuple[Minor, Minor], paid: Minor) -> Minor:
    """Return what is left unpaid of the first `counts` statements of some accounts, oldest part paid first.

    `accounts` and `counts` have shape (k,), `parts` (own, forgiven) and `paid` have shape (statements,).
    """
    own, forgiven = parts
    left = np.zeros(accounts.size, dtype=np.int64)
    for position in range(int(counts.max(initial=0))):
        going = np.flatnonzero(counts > position)
        rows = starts[accounts[going]] + position
        due = np.maximum(left[going] - forgiven[rows], 0) + own[rows]
        left[going] = np.maximum(due - paid[rows], 0)
    return left


def _left_of_each(statements: Statements, payments: Payments, window: Index, counted: Mask) -> Minor:
    paid = sum_by(window[counted], payments.amount_minor[counted], statements.account.size)
    left: Minor = np.maximum(statements.minimum_due_minor - paid, 0)
    return left


def _before(left: Minor, starts: Index) -> Minor:
    """Return for each statement row what was left of the row before it in the same account."""
    before = np.zeros_like(left)
    before[1:] = left[:-1]
    first = starts[:-1]
    before[first[first < left.size]] = 0
    return before


def _against(minimum: Minor, past_due: Minor) -> tuple[Minor, Minor]:
    return np.maximum(minimum - past_due, 0), np.maximum(past_due - minimum, 0)


def _restate(
    late: Index,
    starts: Index,
    window: Index,
    statements: Statements,
    payments: Payments,
    own: Minor,
    forgiven: Minor,
) -> None:
    """Fix the parts of accounts with late bookings, statement by statement, each with what was known on its day."""
    among = np.zeros(starts.size - 1, dtype=bool)
    among[late] = True
    rows_of_late = np.flatnonzero(among[payments.account] & (window != NO_WINDOW))
    some = payments.take(rows_of_late)
    counts = np.diff(starts)[late]
    for position in range(1, int(counts.max())):
        accounts = late[counts > position]
        row = starts[accounts] + position
        day = np.full(starts.size - 1, NEVER)
        day[accounts] = statements.statement_on[row]
        counted = effective(some, day, day)
        paid = sum_by(window[rows_of_late][counted], some.amount_minor[counted], own.size)
        past_due = carried(accounts, starts, np.full(accounts.size, position), (own, forgiven), paid)
        own[row], forgiven[row] = _against(statements.minimum_due_minor[row], past_due)
