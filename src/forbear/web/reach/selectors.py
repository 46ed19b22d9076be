"""Reads about reaching a person: wishes in force, what became of a point, when third persons may be asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from forbear.web.contact.models import Consent
from forbear.web.portfolio.models import ContactPoint, ContactPointState
from forbear.web.reach import policy
from forbear.web.reach.models import PointChange


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a debtor asked for, as it stands."""

    channels_off: tuple[str, ...]
    quiet_hours: tuple[tuple[str, ...], ...]
    consented_hours: tuple[tuple[str, ...], ...]
    workplace_off: bool

    def __bool__(self) -> bool:
        return bool(self.channels_off or self.quiet_hours or self.consented_hours or self.workplace_off)


def wishes(customer_id: int, at: datetime) -> Wishes:
    """Return the wishes of a debtor that stand at a moment; the latest word on each counts; one query."""
    latest: dict[str, Any] = {}
    channels: dict[str, bool] = {}
    rows = Consent.objects.filter(customer_id=customer_id, at__lte=at).order_by("at", "pk")
    for row in rows:
        if row.withdrawn_at is not None and row.withdrawn_at <= at:
            continue
        if row.kind in ("channel_off", "channel_on"):
            channels[row.value] = row.kind == "channel_off"
        else:
            latest[row.kind] = row.value
    return Wishes(
        tuple(sorted(name for name, off in channels.items() if off)),
        tuple(tuple(window) for window in latest.get("quiet_hours", ())),
        tuple(tuple(window) for window in latest.get("hours", ())),
        latest.get("workplace") == "off",
    )


def history(point_id: int) -> list[PointChange]:
    """Return what became of one contact point, newest first."""
    return list(PointChange.objects.filter(point_id=point_id).select_related("by").order_by("-at", "-pk"))


@dataclass(frozen=True, slots=True)
class Unreachable:
    """The proof that a debtor cannot be reached: failed tries in a row, and until when they prove it."""

    attempts: tuple[tuple[int, datetime, str], ...]  # attempt id, moment, line code; newest first
    until: datetime | None  # None while there is no try

    def holds(self, at: datetime) -> bool:
        """Return whether the proof has not aged out."""
        return self.until is not None and at <= self.until


FAILED = """
SELECT a.id, a.at, a.line FROM contact_contactattempt a
JOIN portfolio_contactpoint c ON c.id = a.contact_point_id
WHERE a.customer_id = %(customer)s AND c.relation = 'self' AND NOT a.answered
  AND a.channel IN ('voice', 'ai_voice', 'visit')
  AND a.at > coalesce((SELECT max(r.at) FROM contact_contactattempt r
                       JOIN portfolio_contactpoint p ON p.id = r.contact_point_id
                       WHERE r.customer_id = %(customer)s AND r.answered AND p.relation = 'self'), '-infinity')
ORDER BY a.at DESC
"""


def unreachable(customer_id: int, at: datetime) -> Unreachable:
    """Return the failed tries that the gate counts before a third person may be asked, and when they age out."""
    with connection.cursor() as cursor:
        cursor.execute(FAILED, {"customer": customer_id})
        found = tuple((pk, when, line) for pk, when, line in cursor.fetchall())
    days = policy.value("unreachable_proof_days", at.date())
    return Unreachable(found, found[0][1] + timedelta(days=days) if found else None)


CLOSED_MAX = 300


@dataclass(frozen=True, slots=True)
class ClosedPoint:
    """A number that is closed to us, and the change that closed it."""

    point: ContactPoint
    change: PointChange | None  # none for what came closed from elsewhere


def closed_points() -> list[ClosedPoint]:
    """Return the points that were refused or are somebody else's, latest first, at most CLOSED_MAX; two queries."""
    states = (ContactPointState.REFUSED, ContactPointState.WRONG_PERSON)
    points = list(
        ContactPoint.objects.filter(state__in=states).select_related("customer").order_by("-pk")[:CLOSED_MAX]
    )
    changes = (
        PointChange.objects.filter(point__in=points, new_state__in=states)
        .select_related("by")
        .order_by("point_id", "-at", "-pk")
        .distinct("point_id")
    )
    closing = {change.point_id: change for change in changes}
    found = [ClosedPoint(point, closing.get(point.pk)) for point in points]
    return sorted(found, key=lambda row: row.change.pk if row.change else 0, reverse=True)
