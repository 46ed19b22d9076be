"""Judges promises against what the bank posted, as of any date: columns in, columns out, nothing stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from forbear.web.cases.models import PromiseState

OPEN, KEPT, PARTIAL, BROKEN = range(4)
STATES = (PromiseState.OPEN, PromiseState.KEPT, PromiseState.PARTIAL, PromiseState.BROKEN)
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Judged:
    """Promises as of a date, shape (n,) each, in order of case, due date, id; money in minor units."""

    as_of: date
    id: Ints
    case: Ints
    amount: Ints
    received: Ints
    state: Ints  # index into STATES
    matured: NDArray[np.bool_]

    @property
    def states(self) -> list[PromiseState]:
        """Return the states by name."""
        return [STATES[code] for code in self.state]


# A payment counts net of what reversals took back by the as-of date, on its own value date: a late posting keeps a
# promise after the fact, and a reversal, or the reversal of its whole file, unkeeps it. Money that the house had
# already seen when the promise was made keeps nothing.
SCOPE = """
SELECT p.id, p.case_id, p.amount_minor, p.tolerance_minor, p.due_on + p.grace_days AS until_on
FROM cases_promise p
WHERE p.state NOT IN ('superseded', 'cancelled_by_hold') AND p.made_on <= %(as_of)s
  AND (%(cases)s::bigint[] IS NULL OR p.case_id = ANY(%(cases)s))
ORDER BY p.case_id, p.due_on, p.id
"""
PAIRS = """
WITH scope AS (
    SELECT p.id, p.case_id, p.account_id, p.made_on, p.made_at, p.due_on, p.due_on + p.grace_days AS until_on,
           c.customer_id, c.product
    FROM cases_promise p JOIN cases_case c ON c.id = p.case_id
    WHERE p.state NOT IN ('superseded', 'cancelled_by_hold') AND p.made_on <= %(as_of)s
      AND (%(cases)s::bigint[] IS NULL OR p.case_id = ANY(%(cases)s))
)
SELECT s.id, e.id,
       e.amount_minor + coalesce((
           SELECT sum(r.amount_minor) FROM standing_entries r
           WHERE r.account_id = e.account_id AND r.kind = 'reversal' AND r.reverses_no = e.entry_no
             AND r.booked_on <= %(as_of)s), 0)
FROM scope s
JOIN portfolio_account a ON a.customer_id = s.customer_id AND a.product = s.product
 AND (s.account_id IS NULL OR a.id = s.account_id)
JOIN standing_entries e ON e.account_id = a.id AND e.kind IN ('payment', 'recovery')
 AND e.value_on BETWEEN s.made_on AND s.until_on AND e.booked_on <= %(as_of)s
JOIN intake_importbatch b ON b.id = e.batch_id
WHERE e.value_on > s.made_on OR b.applied_at IS NULL OR b.applied_at > s.made_at
ORDER BY s.case_id, s.due_on, s.id, e.value_on, e.id
"""


def judge_promises(as_of: date, case_ids: Sequence[int] | None = None) -> Judged:
    """Return the state of every promise that stands, as of a date, from two queries over all of them."""
    asked = {"as_of": as_of, "cases": list(case_ids) if case_ids is not None else None}
    with connection.cursor() as cursor:
        cursor.execute(SCOPE, asked)
        promises = cursor.fetchall()
        cursor.execute(PAIRS, asked)
        pairs = cursor.fetchall()
    ids, case, amount, tolerance = (ints(promises, place) for place in range(4))
    until = np.array([row[4] for row in promises], dtype="datetime64[D]")
    received = share_out(ids, case, amount, ints(pairs, 0), ints(pairs, 1), ints(pairs, 2))
    matured = until < np.datetime64(as_of, "D")
    state = np.select(
        [received >= amount - tolerance, matured & (received > 0), matured], [KEPT, PARTIAL, BROKEN], OPEN
    ).astype(np.int64)
    return Judged(as_of, ids, case, amount, received, state, matured)


def ints(rows: Sequence[Sequence[Any]], place: int) -> Ints:
    """Return one column of rows as int64."""
    return np.array([row[place] for row in rows], dtype=np.int64)


def share_out(
    promise: Ints, case: Ints, amount: Ints, pair_promise: Ints, pair_entry: Ints, pair_net: Ints
) -> Ints:
    """Return what each promise received, shape (n,): each fen counts once, for the promise due first.

    `promise` is in order of case and due date; pairs name which payment falls within which promise, in order of
    promise and value date. One round per place in a case's list of promises, however many cases there are.
    """
    received = np.zeros(len(promise), dtype=np.int64)
    if not len(pair_promise):
        return received
    at = positions(promise, pair_promise)
    entries, entry = np.unique(pair_entry, return_inverse=True)
    left = np.zeros(len(entries), dtype=np.int64)
    left[entry] = np.maximum(pair_net, 0)
    first_of_case = np.maximum.accumulate(
        np.where(np.r_[True, case[1:] != case[:-1]], np.arange(len(case)), 0)
    )
    place = (np.arange(len(case)) - first_of_case)[at]
    for turn in range(int(place.max()) + 1):
        now = np.flatnonzero(place == turn)
        if not len(now):
            continue
        offered = left[entry[now]]
        start = np.r_[True, at[now][1:] != at[now][:-1]]
        before = np.cumsum(offered) - offered
        before -= np.maximum.accumulate(np.where(start, before, 0))
        taken = np.clip(amount[at[now]] - before, 0, offered)
        left[entry[now]] -= taken
        np.add.at(received, at[now], taken)
    return received


def positions(promise: Ints, wanted: Ints) -> Ints:
    """Return where each wanted id stands in promise."""
    order = np.argsort(promise)
    return order[np.searchsorted(promise, wanted, sorter=order)]


@dataclass(frozen=True, slots=True)
class KeptRate:
    """Kept promises among those that matured: say which rate is meant, they differ."""

    matured: int
    kept: int
    matured_minor: int
    received_minor: int

    @property
    def by_count(self) -> Decimal | None:
        """Return per cent by count, two decimals half up; none when nothing matured."""
        return per_cent(self.kept, self.matured)

    @property
    def by_amount(self) -> Decimal | None:
        """Return per cent by amount received within the promise, two decimals half up."""
        return per_cent(self.received_minor, self.matured_minor)


def per_cent(part: int, whole: int) -> Decimal | None:
    """Return a share in per cent with two decimals."""
    if whole == 0:
        return None
    return (Decimal(part) * 100 / Decimal(whole)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def kept_rate(judged: Judged, among: NDArray[np.bool_] | None = None) -> KeptRate:
    """Count matured promises and what was received within them, all or those marked by `among`."""
    chosen = judged.matured if among is None else judged.matured & among
    return KeptRate(
        matured=int(chosen.sum()),
        kept=int((chosen & (judged.state == KEPT)).sum()),
        matured_minor=int(judged.amount[chosen].sum()),
        received_minor=int(np.minimum(judged.received, judged.amount)[chosen].sum()),
    )
