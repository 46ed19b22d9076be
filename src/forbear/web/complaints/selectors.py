"""What the desk of complaints shows: the queue by last day, and how many complaints a thousand contacts bring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from forbear.web.complaints.machine import OPEN
from forbear.web.complaints.models import Complaint, State
from forbear.web.people.models import User
from forbear.web.people.permissions import MATRIX

DONE = (State.ANSWERED, State.CLOSED, State.REVIEWED)

RATES = """
WITH months AS (
    SELECT generate_series(date_trunc('month', %(on)s::date) - interval '11 months', date_trunc('month', %(on)s::date), '1 month')::date AS month
)
SELECT m.month,
       (SELECT count(*) FROM complaints_complaint c WHERE c.received_at AT TIME ZONE %(zone)s >= m.month
          AND c.received_at AT TIME ZONE %(zone)s < m.month + interval '1 month'),
       (SELECT count(*) FROM contact_contactattempt k WHERE k.local_day >= m.month AND k.local_day < m.month + interval '1 month')
FROM months m ORDER BY m.month
"""


@dataclass(frozen=True, slots=True)
class Month:
    """One month: complaints received, contacts made, complaints per 1,000 contacts (none without a contact)."""

    month: date
    complaints: int
    contacts: int

    @property
    def per_thousand(self) -> float | None:
        """Return the rate, to two places."""
        return round(self.complaints * 1000 / self.contacts, 2) if self.contacts else None


def queue(view: str, user: User) -> QuerySet[Complaint]:
    """Return complaints by their last day: open, mine, or done and waiting for a root cause."""
    found = Complaint.objects.select_related("handler", "customer")
    if view == "done":
        return found.filter(state__in=DONE).order_by("-answered_at", "pk")
    found = found.filter(state__in=OPEN).order_by("respond_by", "pk")
    return found.filter(handler=user) if view == "mine" else found


def figures(on: date) -> dict[str, int]:
    """Return how many are open, late, and without anybody."""
    rows = Complaint.objects.filter(state__in=OPEN)
    unanswered = rows.exclude(state=State.REVIEW_REQUESTED)
    return {
        "open": rows.count(), "late": unanswered.filter(respond_by__lt=on).count(), "free": rows.filter(handler=None).count()
    }  # fmt: skip


def rates(on: date, zone: str) -> list[Month]:
    """Return the last twelve months; one query."""
    with connection.cursor() as cursor:
        cursor.execute(RATES, {"on": on, "zone": zone})
        return [Month(*row) for row in cursor.fetchall()]


def handlers() -> Sequence[User]:
    """Return who deals with complaints."""
    roles = [role for role, actions in MATRIX.items() if "handle_complaints" in actions]
    return list(User.objects.filter(role__in=roles, is_active=True).order_by("display_name"))


def staff_by_number(staff_no: str) -> User | None:
    """Return the member of staff with a number."""
    found: User | None = User.objects.filter(staff_no=staff_no.strip()).first()
    return found


def history(complaint: Complaint) -> list[dict[str, Any]]:
    """Return what was done about a complaint, in order."""
    return [
        {"at": each.at, "by": each.by.display_name if each.by else "", "state": State(each.new_state).label, "why": each.why}
        for each in complaint.changes.select_related("by").order_by("sequence")
    ]  # fmt: skip
