"""The payment history of accounts as a credit register takes it: one letter a month, many accounts and months at once.

A letter says how late the account was at the end of its month, or what had become of it. Letters are columns of single
bytes; `history` joins them into strings, the oldest month first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forbear.ledger.arrears import arrears
from forbear.ledger.book import Book
from forbear.ledger.parts import Days, Mask, Minor
from forbear.ledger.rule import arrears_rule
from forbear.packs import Packs

Letters = NDArray[np.bytes_]  # dtype S1
STEPS, LETTERS, MONTHS = "house/credit/past_due_steps", "house/credit/letters", "house/credit/months"
LOSS, SETTLED, PASSED_ON, NO_BILL, NO_RECORD, NOT_REPORTED = b"B", b"C", b"G", b"A", b"*", b"#"


@dataclass(frozen=True)
class Marks:
    """What became of accounts, by day; NaT where it did not. Shape (accounts,)."""

    opened_on: Days
    settled_on: Days
    written_off_on: Days
    passed_on: Days  # to another creditor


@dataclass(frozen=True)
class Month:
    """Every account at the end of one month. Shape (accounts,)."""

    ends_on: date
    letter: Letters
    dpd: NDArray[np.int32]
    past_due_minor: Minor
    since: Days  # the first day past due, NaT where nothing is


def month_of(book: Book, marks: Marks, ends_on: date, *, packs: Packs, known_on: date | None = None) -> Month:
    """Return the letters of a month; `known_on` later than its end counts what has been booked since."""
    steps = packs.value(STEPS, ends_on)
    found = arrears(book, as_of=ends_on, rule=arrears_rule(packs, ends_on), known_on=known_on)
    by_days = np.array([name.encode() for name in steps.names], dtype="S1")
    letter = by_days[steps.code(found.dpd)]
    end = np.datetime64(ends_on, "D")
    late = found.dpd > 0
    letter[~late & ~_billed(book, end)] = NO_BILL
    loss = marks.written_off_on <= end
    letter[loss] = np.where(late[loss], LOSS, SETTLED)
    letter[marks.settled_on <= end] = SETTLED
    letter[marks.passed_on <= end] = PASSED_ON
    letter[marks.opened_on > end] = NO_RECORD
    since = found.oldest_unpaid_due_on + np.timedelta64(1, "D")
    return Month(ends_on, letter, found.dpd, found.past_due_minor, since)


def _billed(book: Book, end: np.datetime64) -> Mask:
    """Mark accounts with a statement in the month that ends."""
    begin = end.astype("datetime64[M]").astype("datetime64[D]")
    rows = (book.statements.statement_on >= begin) & (book.statements.statement_on <= end)
    billed = np.zeros(book.accounts, dtype=bool)
    billed[book.statements.account[rows]] = True
    return billed


def month_ends(last: date, count: int) -> list[date]:
    """Return the last days of the months up to and including the one of `last`, oldest first."""
    newest = np.datetime64(last, "M")
    months = np.arange(newest - (count - 1), newest + 1)
    return list(((months + 1).astype("datetime64[D]") - np.timedelta64(1, "D")).astype(object))


def is_month_end(day: date) -> bool:
    """Return whether a day is the last of its month."""
    return month_ends(day, 1)[0] == day


def shifted(history: NDArray[np.bytes_], by: int) -> Letters:
    """Return histories (one string a row, dtype S) moved on by some months, the new ones not reported; shape (n, length)."""
    length = history.dtype.itemsize
    cells = history.view("S1").reshape(-1, length)
    moved = np.full(cells.shape, NOT_REPORTED, dtype="S1")
    if by < length:
        moved[:, : length - by] = cells[:, by:]
    return moved


def strings(cells: Letters) -> NDArray[np.bytes_]:
    """Return rows of letters as strings; shape (n, length) to (n,)."""
    return np.ascontiguousarray(cells).view(f"S{cells.shape[1]}").reshape(-1)


def bad_letters(packs: Packs, on: date) -> frozenset[bytes]:
    """Return the letters that are bad news about a person."""
    return frozenset(row["letter"].encode() for row in packs.value(LETTERS, on) if row["bad"])


def is_bad(letter: Letters, packs: Packs, on: date) -> Mask:
    """Mark letters that are bad news."""
    return np.isin(letter, sorted(bad_letters(packs, on)))


def words(packs: Packs, on: date) -> Mapping[str, Mapping[str, Any]]:
    """Return what policy says of each letter."""
    return {row["letter"]: row for row in packs.value(LETTERS, on)}


def cured_between(book: Book, after: date, until: date, packs: Packs) -> Days:
    """Return the first day after one day and up to another on which each account was not past due, by what was booked then.

    NaT where there is none; shape (accounts,).
    """
    found = np.full(book.accounts, np.datetime64("NaT", "D"))
    for day in np.arange(np.datetime64(after, "D") + 1, np.datetime64(until, "D") + 1):
        on = day.astype(object)
        dpd = arrears(book, as_of=on, rule=arrears_rule(packs, on), known_on=until).dpd
        found[np.isnat(found) & (dpd == 0)] = day
    return found
