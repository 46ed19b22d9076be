"""What later knowledge changed about the past: accounts and days whose dpd, bucket or class had been wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forbear.ledger.arrears import Arrears, arrears, rule_of
from forbear.ledger.book import Book
from forbear.ledger.classes import classify
from forbear.ledger.parts import Days, Index, Mask
from forbear.ledger.rule import ArrearsRule
from forbear.packs import Packs


@dataclass(frozen=True)
class Wrong:
    """One row per account and day whose derived state differed; all columns have shape (rows,)."""

    account: Index
    as_of: Days
    dpd_then: NDArray[np.int32]
    dpd_now: NDArray[np.int32]
    bucket_then: NDArray[np.int8]
    bucket_now: NDArray[np.int8]
    cycles_then: NDArray[np.int8]  # bucket by missed cycles
    cycles_now: NDArray[np.int8]
    past_due_minor_then: NDArray[np.int64]
    past_due_minor_now: NDArray[np.int64]
    class_then: NDArray[np.int8] | None  # index into CLASSES; None where no packs were given
    class_now: NDArray[np.int8] | None


def what_was_wrong(as_known_then: Arrears, as_known_now: Arrears, *, packs: Packs | None = None) -> Wrong:
    """List the accounts whose dpd, buckets or class on a day differ between two states of knowledge of that day.

    With packs the class is compared too, which raises NoLawInForce on days before any instrument. A difference in
    the amount past due alone is not listed. Raises ValueError where the days or the accounts differ.
    """
    then, now = as_known_then, as_known_now
    if then.as_of.shape != now.as_of.shape or bool((then.as_of != now.as_of).any()):
        raise ValueError("compare one set of accounts on the same days: only what was known may differ")
    differs: Mask = (then.dpd != now.dpd) | (then.bucket_by_cycles != now.bucket_by_cycles)
    rows = np.flatnonzero(differs)  # bucket by dpd and class follow from dpd
    return Wrong(
        rows,
        then.as_of[rows],
        then.dpd[rows],
        now.dpd[rows],
        then.bucket_by_dpd[rows],
        now.bucket_by_dpd[rows],
        then.bucket_by_cycles[rows],
        now.bucket_by_cycles[rows],
        then.past_due_minor[rows],
        now.past_due_minor[rows],
        _class(then, rows, packs),
        _class(now, rows, packs),
    )


def wrong_days(
    book: Book,
    days: Iterable[date | np.datetime64],
    *,
    known_on: date,
    rule: ArrearsRule,
    packs: Packs | None = None,
) -> Wrong:
    """List, for each past day, what was then believed and is now, as known on `known_on`, seen to have been wrong.

    Only accounts with an entry booked after the day it counts for are looked at; the others cannot have changed.
    """
    payments = book.payments
    touched = np.unique(
        payments.account[payments.booked_on > np.maximum(payments.paid_on, payments.counts_on)]
    )
    some = book.take(touched)
    grace = rule_of(rule, touched)
    found = []
    for day in days:
        then = arrears(some, as_of=day, rule=grace)
        now = arrears(some, as_of=day, rule=grace, known_on=known_on)
        found.append(what_was_wrong(then, now, packs=packs))
    return _joined(found, touched)


def _class(state: Arrears, rows: Index, packs: Packs | None) -> NDArray[np.int8] | None:
    return None if packs is None else classify(state.dpd[rows], as_of=state.as_of[rows], packs=packs).stricter


def _joined(found: list[Wrong], touched: Index) -> Wrong:
    """Put the days one under the other and give accounts their index in the whole book."""
    columns: dict[str, Any] = {}
    for column in fields(Wrong):
        lists = [getattr(one, column.name) for one in found]
        columns[column.name] = (
            None if lists and lists[0] is None else np.concatenate(lists) if lists else _EMPTY
        )
    columns["account"] = touched[columns["account"]]
    return Wrong(**columns)


_EMPTY = np.zeros(0, dtype=np.int64)
