"""Taking back what has not gone out yet."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import QuerySet

from forbear.web.outbox.models import WAITING, MessageState, OutboxMessage

if TYPE_CHECKING:
    from forbear.web.people.models import User
    from forbear.web.portfolio.models import Customer


def withdraw_for_customer(customer: Customer, *, why: str, at: datetime, by: User | None = None) -> int:
    """Withdraw every message of a customer that is not on the wire; return how many.

    A worker that holds one finds it gone when it asks for the permit; one already handed over is not taken back.
    """
    return withdraw(OutboxMessage.objects.filter(customer=customer), why=why, at=at, by=by)


def withdraw(found: QuerySet[OutboxMessage], *, why: str, at: datetime, by: User | None = None) -> int:
    """Withdraw those of `found` that still wait; return how many."""
    return found.filter(state__in=WAITING).update(
        state=MessageState.WITHDRAWN, why=why, settled_at=at, settled_by=by, worker=None
    )
