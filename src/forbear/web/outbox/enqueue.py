"""Putting messages into the outbox, in the transaction of what causes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db import connection

from forbear.web.outbox.body import Body, seal
from forbear.web.outbox.models import MessageState, OutboxMessage
from forbear.web.outbox.points import best_points, needs_point
from forbear.web.outbox.policy import next_window

if TYPE_CHECKING:
    from forbear.web.cases.models import Case
    from forbear.web.documents.models import StoredDocument
    from forbear.web.portfolio.models import ContactPoint

NO_POINT = "no_contact_point"


class KeyReused(ValueError):
    """This idempotency key belongs to another message already; each message needs a key of its own."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A message to be sent: to whom, by what, from which approved text."""

    case: Case
    channel: str
    body: Body
    template: str
    template_version: str
    language: str = "zh-hans"
    contact_point: ContactPoint | None = None  # none: the best of the debtor's own
    purpose: str = "collect"
    party: str = "debtor"
    document: StoredDocument | None = None  # what is printed, of a letter


def enqueue(
    draft: Draft,
    *,
    key: str,
    cause: str,
    at: datetime,
    not_before: datetime | None = None,
    not_after: datetime | None = None,
) -> OutboxMessage:
    """Plan a message together with its cause; the same key again returns the message that is there.

    Without a window given, it goes in the one that is open for the debtor, or the next. A debtor without a contact
    point gets a withdrawn message that says so: nothing is lost. Raises KeyReused, and RuntimeError outside a
    transaction, where cause and message could come apart.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("a message is enqueued inside the transaction of its cause")
    row = planned(draft, key=key, cause=cause, at=at)
    first, last = next_window(draft.channel, at, ZoneInfo(draft.case.customer.timezone))
    row.not_before, row.not_after = not_before or first, not_after or last
    OutboxMessage.objects.bulk_create([row], ignore_conflicts=True)
    stored = OutboxMessage.objects.get(key=key)
    if (stored.case_id, stored.channel, stored.body_digest) != (row.case_id, row.channel, row.body_digest):
        raise KeyReused(KeyReused.__doc__)
    return stored


def planned(draft: Draft, *, key: str, cause: str, at: datetime) -> OutboxMessage:
    """Return the row of a draft, its contact point chosen, its window still open."""
    point = draft.contact_point
    lacks = point is None and needs_point(draft.channel, at)
    if lacks:
        point = best_points(draft.channel, [draft.case.customer_id], at).get(draft.case.customer_id)
    return row_of_draft(draft, point, key=key, cause=cause, at=at, lost=lacks and point is None)


def row_of_draft(
    draft: Draft, point: ContactPoint | None, *, key: str, cause: str, at: datetime, lost: bool
) -> OutboxMessage:
    """Return the unsaved row of a draft; `lost` when there is no contact point it could go to."""
    sealed = seal(draft.body)
    return OutboxMessage(
        key=key,
        channel=draft.channel,
        customer_id=draft.case.customer_id,
        case=draft.case,
        contact_point=point,
        address_index=bytes(point.value_index) if point else None,
        document=draft.document,
        purpose=draft.purpose,
        party=draft.party,
        cause=cause,
        template=draft.template,
        template_version=draft.template_version,
        language=draft.language,
        body_cipher=sealed.cipher,
        body_digest=sealed.digest,
        planned_at=at,
        state=MessageState.WITHDRAWN if lost else MessageState.PLANNED,
        why=NO_POINT if lost else "",
        settled_at=at if lost else None,
    )
