"""Somebody else has the number: it is set apart at once, and nothing is asked."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from forbear.web.cases.timeline import append_event
from forbear.web.debtor import access
from forbear.web.debtor.models import Visit
from forbear.web.outbox.models import OutboxMessage
from forbear.web.outbox.withdraw import withdraw
from forbear.web.portfolio.models import ContactPoint
from forbear.web.reach import contact_points, wishes


@transaction.atomic
def stop(visit: Visit, at: datetime) -> None:
    """Quarantine the number the link went to, withdraw what waits for it, end every visit and link.

    Quarantine, not the final block: whoever holds the message can press the button, also the debtor. Staff verify.
    """
    point = point_of(visit)
    if point is not None:
        contact_points.quarantine(
            point, at=at, by=None, why="wrong person, said on the page", case=visit.case
        )
        wishes.leave_number_alone(point, at=at, by=None, case=visit.case)  # the gate refuses it from now on
        withdraw(OutboxMessage.objects.filter(contact_point=point), why="wrong_person", at=at)
    append_event(visit.case, kind="wrong_person", at=at, payload={"tail": point.value_tail if point else ""})
    access.end_visits(visit.customer_id, at)


def point_of(visit: Visit) -> ContactPoint | None:
    """Return the contact point the link's message went to."""
    message = visit.link.message if visit.link else None
    return message.contact_point if message else None
