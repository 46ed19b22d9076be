"""Compare our figures with the bank's, and what people do about a difference. Tolerance is zero."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import pyarrow as pa
from django.db import connection, transaction
from numpy.typing import NDArray

from forbear.ledger.accrual import Accrued, accrue
from forbear.web.law.current import packs_now
from forbear.web.ledger.book import BROUGHT, LedgerBook, fetch, load_book
from forbear.web.ledger.models import Comparison, Difference, DifferenceNote, Reason
from forbear.web.ledger.states import state_gaps, store_gaps
from forbear.web.people.models import User
from forbear.web.people.permissions import may

ROUNDING_MINOR = 3  # a cent for each line of interest that one statement posts
ACCOUNTS_AT_ONCE = 100_000  # what one pass holds in memory
Minor = NDArray[np.int64]


class NotTheirs(ValueError):
    """The person a difference was to be handed to does not settle differences."""


class AlreadyClosed(ValueError):
    """The difference was closed by somebody else meanwhile; nothing was changed."""


@transaction.atomic
def compare(*, data_on: date, at: datetime, by: User | None = None, mine: str = "true") -> Comparison:
    """Compare every account that has the bank's figures of a day with the ledger's own; set-wise, any number.

    `mine` is a checked SQL condition on accounts `a`. Differences that are gone are closed as such; a difference a
    person has closed stays closed unless its figures changed.
    """
    positions = fetch("positions", {"to": data_on}, mine)
    counts = np.zeros(4, dtype=np.int64)  # accounts, equal, different, not comparable
    absolute = 0
    for first in range(0, positions.num_rows, ACCOUNTS_AT_ONCE):
        part = positions.slice(first, ACCOUNTS_AT_ONCE)
        found = _compare_some(part, data_on, at)
        counts += found[0]
        absolute += found[1]
    accounts, equal, different, lost = counts.tolist()
    return Comparison.objects.create(
        data_on=data_on, at=at, by=by, accounts=accounts, equal=equal, different=different,
        not_comparable=lost, difference_minor=absolute,
    )  # fmt: skip


def _compare_some(positions: pa.Table, data_on: date, at: datetime) -> tuple[Minor, int]:
    book = load_book(np.asarray(positions["account"].to_numpy()), to=data_on, packs=packs_now())
    bank = np.stack([positions[f"{part}_minor"].to_numpy() for part in BROUGHT], axis=1)
    accrued = accrue(
        book.rows, book.billing, book.contracts, book.orders, to=data_on, charge_from=book.charge_from
    )
    ours = _ours(accrued)
    comparable = ~np.isnat(book.anchored_on) & ~book.rows.faulty
    differs = comparable & (ours != bank).any(axis=1)
    reasons = _reasons(book, positions, bank, ours)
    rows = np.flatnonzero(differs)
    _store(book, rows, bank, ours, reasons, data_on, at)
    _close_gone(book.account_ids[comparable & ~differs], data_on, at)
    gaps = state_gaps(book.account_ids.tolist(), data_on)
    store_gaps(book.account_ids.tolist(), gaps, data_on, at)
    other = differs | np.isin(book.account_ids, [gap.account_id for gap in gaps])
    counts = np.array(
        [
            bank.shape[0],
            int((comparable & ~other).sum()),
            int(other.sum()),
            int((~comparable & ~other).sum()),
        ],
        dtype=np.int64,
    )
    return counts, int(np.abs(ours - bank)[rows].sum())


def _ours(accrued: Accrued) -> Minor:
    """Return our posted components in the bank's order; a credit balance is principal below zero."""
    names = ("interest", "compound", "late_fee", "fee", "cost")
    principal = accrued.principal - accrued.column("credit")
    return np.stack([principal, *(accrued.column(name) for name in names)], axis=1)


def _reasons(book: LedgerBook, positions: pa.Table, bank: Minor, ours: Minor) -> NDArray[np.str_]:
    """Suggest for each account why it differs: the first that fits."""
    gap = ours - bank
    paid = np.zeros(bank.shape[0], dtype=bool)
    is_payment = np.isin(book.rows.kind, (11, 12, 13))
    paid[book.rows.account[is_payment]] = True
    last_paid = np.asarray(positions["last_payment_on"].to_numpy(), dtype="datetime64[D]")
    bank_saw_payment = ~np.isnat(last_paid) & (last_paid > book.anchored_on)
    charges = np.abs(gap[:, 1:3]).sum(axis=1) > 0
    rules = [
        (bank_saw_payment & ~paid, Reason.MISSING_ENTRY),
        (np.abs(gap).sum(axis=1) <= ROUNDING_MINOR, Reason.ROUNDING),
        ((gap.sum(axis=1) == 0) & paid, Reason.ALLOCATION),
        (charges & paid, Reason.TIMING),
        (charges & (gap[:, 0] == 0), Reason.RATE),
        ((gap[:, 3:].any(axis=1)) & (gap[:, 0] == 0), Reason.FEE),
        (gap[:, 0] != 0, Reason.MISSING_ENTRY),
    ]
    return np.select(
        [mask for mask, _ in rules], [str(reason.value) for _, reason in rules], str(Reason.UNKNOWN.value)
    )


FOUND = """
CREATE TEMPORARY TABLE IF NOT EXISTS ledger_found
    (account_id bigint, bank_minor bigint[], ours_minor bigint[], absolute_minor bigint, suggested text) ON COMMIT DROP
"""
UPSERT = """
INSERT INTO ledger_difference AS d
    (account_id, data_on, bank_minor, ours_minor, absolute_minor, suggested, found_at, closed_reason)
SELECT account_id, %s, bank_minor, ours_minor, absolute_minor, suggested, %s, '' FROM ledger_found
ON CONFLICT (account_id, data_on) DO UPDATE
SET bank_minor = excluded.bank_minor, ours_minor = excluded.ours_minor, absolute_minor = excluded.absolute_minor,
    suggested = excluded.suggested, found_at = excluded.found_at, closed_at = NULL, closed_by_id = NULL, closed_reason = ''
WHERE (d.bank_minor, d.ours_minor) IS DISTINCT FROM (excluded.bank_minor, excluded.ours_minor)
   OR d.closed_reason = 'equal_now'
"""


def _store(
    book: LedgerBook,
    rows: Minor,
    bank: Minor,
    ours: Minor,
    reasons: NDArray[np.str_],
    data_on: date,
    at: datetime,
) -> None:
    """Write the differences of these rows: one COPY and one statement, however many."""
    absolute = np.abs(ours - bank).sum(axis=1)
    with connection.cursor() as cursor:
        cursor.execute(FOUND)
        cursor.execute("TRUNCATE ledger_found")
        with cursor.copy("COPY ledger_found FROM STDIN") as copy:
            for i in rows:
                copy.write_row(
                    (int(book.account_ids[i]), bank[i].tolist(), ours[i].tolist(), int(absolute[i]), str(reasons[i]))
                )  # fmt: skip
        cursor.execute(UPSERT, [data_on, at])


def _close_gone(accounts: Minor, data_on: date, at: datetime) -> None:
    """Close what no longer differs, e.g. after an entry came late."""
    Difference.objects.filter(
        account_id__in=accounts.tolist(), data_on=data_on, closed_at__isnull=True, absolute_minor__gt=0
    ).update(closed_at=at, closed_reason=Reason.EQUAL_NOW)


@transaction.atomic
def assign(*, difference: Difference, to: User, by: User, at: datetime) -> None:
    """Give a difference to somebody who settles them; raises AlreadyClosed or NotTheirs."""
    _open(difference)
    if not (to.is_active and may(to, "reconcile")):
        raise NotTheirs
    Difference.objects.filter(pk=difference.pk).update(assigned_to=to)
    DifferenceNote.objects.create(difference=difference, at=at, by=by, action="assign", text=to.display_name)


@transaction.atomic
def note(*, difference: Difference, text: str, by: User, at: datetime) -> None:
    """Write a note on a difference, open or closed."""
    DifferenceNote.objects.create(difference=difference, at=at, by=by, action="note", text=text)


@transaction.atomic
def close(*, difference: Difference, reason: str, text: str, by: User, at: datetime) -> None:
    """Close a difference with a reason and words; raises AlreadyClosed."""
    _open(difference)
    Difference.objects.filter(pk=difference.pk).update(closed_at=at, closed_by=by, closed_reason=reason)
    DifferenceNote.objects.create(difference=difference, at=at, by=by, action="close", text=text)


def _open(difference: Difference) -> None:
    if Difference.objects.select_for_update().get(pk=difference.pk).closed_at is not None:
        raise AlreadyClosed
