"""Arrears of a whole portfolio as of any day, as known on any day: days past due, amount past due, buckets.

The rules, each with an example in docs/ledger.md:

1. A statement's minimum due includes what was still past due that day, so its own part is the rest.
2. A payment pays the oldest part first. What is left over at the next statement is dropped: the lower balance is
   already in that statement's figures.
3. So the unpaid remainder always consists of the newest parts, and sums of parts from the newest back find the
   oldest unpaid one.
4. A statement's minimum is met when what is left of it, older parts included, is within the grace amount.
5. Past due begins when the grace days after the due day have passed.
6. Only what counts by `as_of` and was booked by `known_on` counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forbear.ledger.book import Book, sort_keys
from forbear.ledger.parts import NEVER, NO_WINDOW, Days, Index, Minor, carried, effective
from forbear.ledger.rule import ArrearsRule
from forbear.money import sum_by

AsDays = date | np.datetime64 | Days


@dataclass(frozen=True)
class Arrears:
    """How late each account is; all columns have shape (accounts,)."""

    as_of: Days
    known_on: Days
    dpd: NDArray[np.int32]  # 0 where nothing is past due
    past_due_minor: Minor  # 0 exactly where dpd is 0
    oldest_unpaid_due_on: Days  # NaT where nothing is past due
    cycles_missed: NDArray[np.int32]  # statements whose minimum is past due and not met
    bucket_by_dpd: NDArray[np.int8]  # index into `buckets`
    bucket_by_cycles: NDArray[np.int8]
    buckets: tuple[str, ...]  # "M0", "M1", ... "M7+"


def arrears(book: Book, *, as_of: AsDays, rule: ArrearsRule, known_on: AsDays | None = None) -> Arrears:
    """Compute the arrears of every account; `as_of` and `known_on` are one day, or one per account.

    `known_on` defaults to `as_of`; a later one recomputes that past day with what has been booked since.
    """
    asked = _per_account(as_of, book.accounts)
    known = asked if known_on is None else _per_account(known_on, book.accounts)
    newest = _newest_statement(book, asked)
    left = _left_unpaid(book, newest, asked, known)
    owing = np.flatnonzero(left > 0)
    found = _oldest_unpaid(book, owing, left[owing], newest[owing], asked[owing], rule_of(rule, owing))
    dpd, past_due, oldest, cycles = (_spread(column, owing, book.accounts) for column in found)
    last = len(rule.ladder.names) - 1
    return Arrears(
        as_of=asked,
        known_on=known,
        dpd=dpd,
        past_due_minor=past_due,
        oldest_unpaid_due_on=oldest,
        cycles_missed=cycles,
        bucket_by_dpd=rule.ladder.code(dpd).astype(np.int8),
        bucket_by_cycles=np.minimum(cycles, last).astype(np.int8),
        buckets=rule.ladder.names,
    )


def _newest_statement(book: Book, as_of: Days) -> Index:
    """Return the row of each account's newest statement on its day, or the row before its first where none is."""
    if book.statements.account.size and bool((as_of >= book.statements.statement_on.max()).all()):
        return book.starts[1:] - 1
    accounts = np.arange(book.accounts, dtype=np.int64)
    return np.searchsorted(book.keys, sort_keys(accounts, as_of), side="right").astype(np.int64) - 1


def _left_unpaid(book: Book, newest: Index, as_of: Days, known_on: Days) -> Minor:
    """Return what is left unpaid of all minimums so far, due or not yet; shape (accounts,)."""
    counted = effective(book.payments, as_of, known_on) & (book.window != NO_WINDOW)
    rows = book.statements.account.size
    paid = sum_by(book.window[counted], book.payments.amount_minor[counted], rows)
    left = np.zeros(book.accounts, dtype=np.int64)
    has = np.flatnonzero(newest >= book.starts[:-1])
    row = newest[has]
    # The newest minimum holds all that went before, unless we know more, or less, than the bank did that day.
    left[has] = np.maximum(book.statements.minimum_due_minor[row] - paid[row], 0)
    differs = book.parts.late[has] | (known_on[has] < book.statements.statement_on[row])
    if differs.any():
        chained = has[differs]
        counts = newest[chained] - book.starts[chained] + 1
        parts = (book.parts.own_minor, book.parts.forgiven_minor)
        left[chained] = carried(chained, book.starts, counts, parts, paid)
    return left


def _oldest_unpaid(
    book: Book, account: Index, left: Minor, newest: Index, as_of: Days, rule: ArrearsRule
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return dpd, amount past due, oldest unpaid due day and missed cycles of accounts that owe; shape (k,) each."""
    due_on = book.statements.due_on
    first = book.starts[account]
    past = _newest_past_due(
        due_on, newest, first, as_of - np.asarray(rule.grace_days).astype("timedelta64[D]")
    )
    reached = past >= first
    through = np.cumsum(book.parts.own_minor)  # parts are never negative, so this rises over the whole book
    # Of the remainder, what belongs to statements up to row j is left - (through[newest] - through[j]).
    base = through[newest] - left
    past_due = np.where(reached, through[np.where(reached, past, 0)] - base, 0)
    is_late = past_due > rule.grace_amount_minor
    oldest = np.maximum(np.searchsorted(through, base + rule.grace_amount_minor, side="right"), first)
    oldest = np.where(is_late, oldest, 0)
    days = (as_of - due_on[oldest]).astype(np.int64) if oldest.size else np.zeros(0, dtype=np.int64)
    if rule.grace_counts_from == "grace_end":
        days = days - rule.grace_days
    return (
        np.where(is_late, days, 0).astype(np.int32),
        np.where(is_late, past_due, 0),
        np.where(is_late, due_on[oldest], NEVER) if oldest.size else np.zeros(0, dtype="datetime64[D]"),
        np.where(is_late, past - oldest + 1, 0).astype(np.int32),
    )


def _newest_past_due(due_on: Days, newest: Index, first: Index, before: Days) -> Index:
    """Return each account's newest statement whose due day is before a day, or a row under `first` where none is."""
    row = newest.copy()
    going = np.arange(row.size)
    while going.size:
        going = going[row[going] >= first[going]]
        going = going[due_on[row[going]] >= before[going]]
        row[going] -= 1
    return row


def _per_account(day: AsDays, accounts: int) -> Days:
    days = np.asarray(day, dtype="datetime64[D]")
    if np.isnat(days).any():
        raise ValueError("a day is missing: arrears are asked as of a day")
    return np.broadcast_to(days, (accounts,))


def rule_of(rule: ArrearsRule, accounts: Index) -> ArrearsRule:
    """Return the rule with per-account grace cut down to some accounts."""
    days, amount = (np.asarray(g) for g in (rule.grace_days, rule.grace_amount_minor))
    return ArrearsRule(
        rule.ladder,
        days[accounts] if days.ndim else rule.grace_days,
        amount[accounts] if amount.ndim else rule.grace_amount_minor,
        rule.grace_counts_from,
    )


def _spread(column: NDArray[Any], accounts: Index, n: int) -> NDArray[Any]:
    """Put a column of some accounts among all; the others get 0, or NaT."""
    full = np.full(n, NEVER) if column.dtype.kind == "M" else np.zeros(n, dtype=column.dtype)
    full[accounts] = column
    return full
