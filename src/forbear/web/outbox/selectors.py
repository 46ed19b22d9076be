"""Reads on the outbox."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Count

from forbear.web.clock import bank_zone
from forbear.web.outbox.events import counts_as_demand
from forbear.web.outbox.models import ChannelEvent, MessageState, OutboxMessage

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
            "on": (row.reached_on or row.settled_at.astimezone(bank_zone()).date()).isoformat(),
            "kind": LIMITATION_KINDS[row.channel],
            "to_reserved_contact": True,
            "delivered": True,
        }
        for row in found.order_by("settled_at")
        if row.settled_at is not None and counts_as_demand(row)
    ]


def by_state() -> list[dict[str, Any]]:
    """Count messages by channel and state."""
    counted = OutboxMessage.objects.values_list("channel", "state").annotate(Count("pk"))
    return [
        {"channel": channel, "state": state, "messages": messages}
        for channel, state, messages in counted.order_by("channel", "state")
    ]


def uncertain(limit: int) -> list[OutboxMessage]:
    """Return messages nobody knows to have gone out, oldest first."""
    found = OutboxMessage.objects.filter(state=MessageState.UNCERTAIN)
    return list(found.select_related("customer", "contact_point").order_by("handed_over_at", "pk")[:limit])


def withdrawals(since: datetime) -> list[dict[str, Any]]:
    """Count messages that did not go out since a moment, by reason and rule."""
    with connection.cursor() as cursor:
        cursor.execute(WITHDRAWALS, [since])
        return [
            {"channel": channel, "why": why, "rule": rule, "messages": messages}
            for channel, why, rule, messages in cursor.fetchall()
        ]


WITHDRAWALS = """
SELECT channel, why, coalesce(rule, ''), count(*) FROM outbox_outboxmessage
LEFT JOIN LATERAL unnest(rules) AS rule ON state = 'withdrawn'
WHERE state IN ('withdrawn', 'expired') AND settled_at >= %s
GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3
"""

THROUGHPUT = """
SELECT channel, date_trunc('hour', handed_over_at), count(*) FROM outbox_outboxmessage
WHERE handed_over_at >= %s GROUP BY 1, 2 ORDER BY 2, 1
"""


def throughput(since: datetime) -> list[tuple[str, datetime, int]]:
    """Count messages that went out since a moment, by channel and hour."""
    with connection.cursor() as cursor:
        cursor.execute(THROUGHPUT, [since])
        return [tuple(row) for row in cursor.fetchall()]


def unmatched_events() -> int:
    """Count receipts whose message nobody has found."""
    return ChannelEvent.objects.filter(kind="receipt", applied_at__isnull=True).count()
