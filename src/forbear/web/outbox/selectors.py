"""Reads on the outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forbear.web.clock import bank_zone
from forbear.web.outbox.events import counts_as_demand
from forbear.web.outbox.models import MessageState, OutboxMessage

if TYPE_CHECKING:
    from forbear.web.cases.models import Case

LIMITATION_KINDS = {"sms": "sms", "email": "email", "letter": "letter"}


def limitation_events(case: Case) -> list[dict[str, Any]]:
    """Return the demands of a case that reached a contact on file, as facts of the question `limitation`."""
    found = OutboxMessage.objects.filter(
        case=case, state=MessageState.DELIVERED, channel__in=LIMITATION_KINDS, reserved=True
    )
    return [
        {
            "on": row.settled_at.astimezone(bank_zone()).date().isoformat(),
            "kind": LIMITATION_KINDS[row.channel],
            "to_reserved_contact": True,
            "delivered": True,
        }
        for row in found.order_by("settled_at")
        if row.settled_at is not None and counts_as_demand(row)
    ]
