"""Reads of the disposal room: candidates, write-offs with what came in since, the register, transfers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import Count, Q, QuerySet, Sum

from forbear.web.cases.states import ACTIVE
from forbear.web.disposal import policy
from forbear.web.disposal.models import (
    DisposalChange,
    Transfer,
    TransferItem,
    TransferState,
    WriteOff,
    WriteOffState,
)
from forbear.web.disposal.write_offs import recovered

SHOWN = 500
CANDIDATES = """
SELECT c.id, k.id, k.name, c.dpd, c.risk_class, c.total_minor, c.state,
       EXISTS (SELECT 1 FROM disposal_writeoff w WHERE w.case_id = c.id AND w.state IN ('candidate', 'asked', 'posted')) AS begun
FROM cases_case c JOIN portfolio_customer k ON k.id = c.customer_id
WHERE c.closed_on IS NULL AND c.state = ANY(%(states)s) AND c.dpd >= %(days)s AND c.total_minor > 0
ORDER BY c.total_minor DESC, c.id LIMIT %(most)s
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


def changes(number: str) -> QuerySet[DisposalChange]:
    """Return what was done about a subject."""
    return DisposalChange.objects.filter(subject=number).select_related("by").order_by("sequence")


def waiting_transfers() -> int:
    """Return how many approved transfers wait to be carried out."""
    return Transfer.objects.filter(state=TransferState.APPROVED).count()
