"""The book of a portfolio: statements and payments as sorted columns, ready to be aged as of any day.

Rows of one account lie together; `starts` says where each account's rows begin, shape (accounts + 1,). Each payment
carries the statement row whose window it falls into. Nothing here depends on the day of the question.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from forbear.ledger.parts import (
    NEVER,
    NO_WINDOW,
    Days,
    Index,
    Mask,
    Parts,
    Payments,
    Statements,
    statement_parts,
)  # fmt: skip
from forbear.money import LossyCalculationError

_KEY_BITS = 32
_KEY_ZERO = 2**31  # days before 1970 stay positive in a key


Table = TypeVar("Table", Statements, Payments)


@dataclass(frozen=True)
class Book:
    """Everything that arrears are computed from, for `accounts` accounts."""

    accounts: int
    statements: Statements
    payments: Payments
    starts: Index  # first statement row of each account, shape (accounts + 1,)
    window: Index = field(repr=False)  # statement row that each payment pays, or NO_WINDOW

    @cached_property
    def counts(self) -> Index:
        """Number of statements of each account."""
        return np.diff(self.starts)

    @cached_property
    def keys(self) -> Index:
        """One ascending number per statement row, by account and day."""
        return sort_keys(self.statements.account, self.statements.statement_on)

    @cached_property
    def parts(self) -> Parts:
        """What each statement added to what is due, fixed by what was known on its day."""
        return statement_parts(self.starts, self.window, self.window_ends_on, self.statements, self.payments)

    @cached_property
    def window_ends_on(self) -> Days:
        """Last day on which a payment pays a statement row: the day of the next statement, or NaT for the newest."""
        ends = np.full(self.statements.account.size, NEVER)
        ends[:-1] = self.statements.statement_on[1:]
        last = self.starts[1:][self.counts > 0] - 1
        ends[last] = NEVER
        return ends

    def take(self, accounts: Index) -> Book:
        """Return the book of some accounts, renumbered in ascending order of their index."""
        chosen = np.zeros(self.accounts, dtype=bool)
        chosen[accounts] = True
        number = np.cumsum(chosen) - 1
        statements = _masked(self.statements, chosen[self.statements.account], number)
        payments = _masked(self.payments, chosen[self.payments.account], number)
        return _assembled(int(chosen.sum()), statements, payments)


def make_book(
    accounts: int,
    *,
    statement_account: Any,
    statement_on: Any,
    due_on: Any,
    minimum_due_minor: Any,
    payment_account: Any = (),
    amount_minor: Any = (),
    paid_on: Any = (),
    counts_on: Any = None,
    booked_on: Any = None,
) -> Book:
    """Build a book from columns in any order; accounts are numbered 0 to accounts - 1.

    `counts_on` and `booked_on` default to `paid_on`. Raises ValueError where two statements of an account share a
    day, where a due day is before its statement or a minimum is negative.
    """
    statements = Statements(
        _indexes(statement_account, accounts), _days(statement_on), _days(due_on), _whole(minimum_due_minor)
    )
    paid = _days(paid_on)
    payments = Payments(
        _indexes(payment_account, accounts),
        _whole(amount_minor),
        paid,
        paid if counts_on is None else _days(counts_on),
        paid if booked_on is None else _days(booked_on),
    )
    statements = _sorted(statements, sort_keys(statements.account, statements.statement_on))
    payments = _sorted(payments, sort_keys(payments.account, payments.paid_on))
    _check(statements)
    return _assembled(accounts, statements, payments)


def _assembled(accounts: int, statements: Statements, payments: Payments) -> Book:
    starts = np.searchsorted(statements.account, np.arange(accounts + 1)).astype(np.int64)
    keys = sort_keys(statements.account, statements.statement_on)
    # The newest statement strictly before the payment's day: a payment on statement day pays the month before.
    row = np.searchsorted(keys, sort_keys(payments.account, payments.paid_on), side="left") - 1
    outside = row < starts[payments.account] if payments.account.size else np.zeros(0, dtype=bool)
    return Book(accounts, statements, payments, starts, np.where(outside, NO_WINDOW, row).astype(np.int64))


def statement_faults(statements: Statements) -> dict[str, Mask]:
    """Mark by reason the rows of sorted statements that a book cannot hold; intake quarantines them."""
    keys = sort_keys(statements.account, statements.statement_on)
    same = np.zeros(keys.size, dtype=bool)
    earlier = np.zeros(keys.size, dtype=bool)
    same[1:] = keys[1:] == keys[:-1]
    earlier[1:] = (statements.account[1:] == statements.account[:-1]) & (
        statements.due_on[1:] < statements.due_on[:-1]
    )
    return {
        "a second statement on the same day": same,
        "due before its own statement": statements.due_on < statements.statement_on,
        "due before an older statement": earlier,
        "a negative minimum due": statements.minimum_due_minor < 0,
        "no statement day or no due day": np.isnat(statements.due_on) | np.isnat(statements.statement_on),
    }


def _check(statements: Statements) -> None:
    for what, wrong in statement_faults(statements).items():
        if wrong.any():
            at = int(np.flatnonzero(wrong)[0])
            raise ValueError(
                f"account {statements.account[at]}, statement of {statements.statement_on[at]}: {what} "
                f"({int(wrong.sum())} such rows)"
            )


def sort_keys(account: Index, day: Days) -> Index:
    """Return one number per row that orders rows by account, then day."""
    return (account << _KEY_BITS) + (day.astype(np.int64) + _KEY_ZERO)


def _sorted(table: Table, keys: Index) -> Table:
    if keys.size < 2 or bool((keys[1:] >= keys[:-1]).all()):
        return table
    return table.take(np.argsort(keys, kind="stable"))


def _masked(table: Table, rows: Mask, number: Index) -> Table:
    kept = table.take(np.flatnonzero(rows))
    return replace(kept, account=number[kept.account])


def _indexes(values: Any, accounts: int) -> Index:
    column = _whole(values)
    if column.size and (column.min() < 0 or column.max() >= accounts):
        raise ValueError(
            f"account index {column.min()} to {column.max()}: the book has accounts 0 to {accounts - 1}"
        )
    return column


def _whole(values: Any) -> Index:
    column = np.asarray(values)
    if column.size == 0:
        return np.zeros(0, dtype=np.int64)
    if column.dtype.kind not in "iu":
        raise LossyCalculationError(f"a column of {column.dtype}: indexes and minor units are whole numbers")
    return column.astype(np.int64, copy=False)


def _days(values: Any) -> Days:
    return np.asarray(values, dtype="datetime64[D]")
