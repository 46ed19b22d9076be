"""Reads of the disposal room: candidates, write-offs with what came in since, the register, transfers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import Count, Q, QuerySet, Sum

from forbear.web.cases.models import Case
from forbear.web.cases.states import ACTIVE
from forbear.web.clock import bank_zone
from forbear.web.disposal import policy
from forbear.web.disposal.models import (
    DisposalChange,
    Transfer,
    TransferItem,
    TransferState,
    WriteOff,
    WriteOffState,
)

SHOWN = 500
CANDIDATES = """
SELECT c.id, k.id, k.name, c.dpd, c.risk_class, c.total_minor, c.state,
       EXISTS (SELECT 1 FROM disposal_writeoff w WHERE w.case_id = c.id AND w.state IN ('candidate', 'asked', 'posted')) AS begun
FROM cases_case c JOIN portfolio_customer k ON k.id = c.customer_id
WHERE c.closed_on IS NULL AND c.state = ANY(%(states)s) AND c.dpd >= %(days)s AND c.total_minor > 0
ORDER BY c.total_minor DESC, c.id LIMIT %(most)s
"""
# What came in after the write-off, less what was taken back; the write-off itself is no payment.
RECOVERED = """
SELECT w.id, coalesce(sum(e.amount_minor), 0)::bigint FROM disposal_writeoff w
JOIN cases_case c ON c.id = w.case_id
JOIN portfolio_account a ON a.customer_id = c.customer_id AND a.product = c.product
JOIN standing_entries e ON e.account_id = a.id AND e.booked_on >= w.posted_on AND e.entry_no NOT LIKE w.number || '-%%'
     AND (e.kind IN ('payment', 'recovery') OR (e.kind = 'reversal' AND EXISTS (
          SELECT 1 FROM standing_entries o WHERE o.account_id = a.id AND o.entry_no = e.reverses_no AND o.kind IN ('payment', 'recovery'))))
WHERE w.id = ANY(%s) GROUP BY w.id
"""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A case late enough for some ground of write-off, or bad enough to be sold."""

    case_id: int
    customer_id: int
    name: str
    dpd: int
    risk_class: str
    total_minor: int
    state: str
    begun: bool


@dataclass(frozen=True, slots=True)
class Registered:
    """One posted write-off in the register: what was written off, what came in since, what is left."""

    write_off: WriteOff
    recovered_minor: int

    @property
    def left_minor(self) -> int:
        """Return what is left to pursue of what was written off; never below nothing."""
        return max(self.write_off.total_minor - self.recovered_minor, 0)


def candidates(on: date) -> list[Candidate]:
    """Return cases late enough for the mildest ground, the most owed first; one query."""
    days = min(row["days_from"] for row in policy.value("criteria", on))
    states = sorted(state.value for state in ACTIVE)
    with connection.cursor() as cursor:
        cursor.execute(CANDIDATES, {"states": states, "days": days, "most": SHOWN})
        return [Candidate(*row) for row in cursor.fetchall()]


def write_offs(view: str) -> QuerySet[WriteOff]:
    """Return write-offs being prepared, or those that ended."""
    rows = WriteOff.objects.select_related("case__customer", "prepared_by")
    live = [WriteOffState.CANDIDATE, WriteOffState.ASKED]
    return (rows.filter(state__in=live) if view == "open" else rows.exclude(state__in=live)).order_by("-pk")


def register() -> list[Registered]:
    """Return the register of what was written off and is pursued on, the newest first; two queries."""
    rows = list(
        WriteOff.objects.filter(state=WriteOffState.POSTED)
        .select_related("case__customer")
        .order_by("-posted_on", "-pk")[:SHOWN]
    )
    came = recovered(rows)
    return [Registered(row, came.get(row.pk, 0)) for row in rows]


def recovered(held: Sequence[WriteOff]) -> dict[int, int]:
    """Return what came in since each write-off, less what was taken back; minor units."""
    with connection.cursor() as cursor:
        cursor.execute(RECOVERED, [[each.pk for each in held if each.posted_on]])
        return dict(cursor.fetchall())


def totals(rows: Sequence[Registered]) -> dict[str, int]:
    """Return the sums of the register."""
    return {
        "written": sum(row.write_off.total_minor for row in rows), "recovered": sum(row.recovered_minor for row in rows),
        "left": sum(row.left_minor for row in rows),
    }  # fmt: skip


def transfers() -> QuerySet[Transfer]:
    """Return transfers with how many cases they hold and for how much, the newest first."""
    inside = Q(items__left_out=[], items__back_at__isnull=True)
    return (
        Transfer.objects.select_related("prepared_by").defer("file_cipher")
        .annotate(cases=Count("items", filter=inside), out=Count("items", filter=~Q(items__left_out=[])), total=Sum("items__total_minor", filter=inside))
        .order_by("-pk")
    )  # fmt: skip


def items(held: Transfer) -> list[TransferItem]:
    """Return every case of a transfer, those left out last."""
    rows = held.items.select_related("case__customer", "message", "notice", "new_case")
    return sorted(rows, key=lambda row: (bool(row.left_out), row.case_id))


def buyer_of(case: Case) -> Transfer | None:
    """Return to whom a case was passed on and is; none where it is ours."""
    row = TransferItem.objects.filter(
        case=case, left_out=[], back_at__isnull=True, transfer__state=TransferState.DONE
    ).select_related("transfer")
    found = row.order_by("-pk").first()
    return found.transfer if found else None


def proved_on(row: TransferItem) -> date | None:
    """Return the day from which the assignment binds the debtor: the one on which the notice is proved to have come."""
    if row.served_on:
        return row.served_on
    message = row.message
    if message is not None and message.state == "delivered" and message.settled_at:
        return message.settled_at.astimezone(bank_zone()).date()
    return None


def changes(number: str) -> QuerySet[DisposalChange]:
    """Return what was done about a subject."""
    return DisposalChange.objects.filter(subject=number).select_related("by").order_by("sequence")


def waiting_transfers() -> int:
    """Return how many approved transfers wait to be carried out."""
    return Transfer.objects.filter(state=TransferState.APPROVED).count()
