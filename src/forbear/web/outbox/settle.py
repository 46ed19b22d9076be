"""What became of messages that were handed over: the answer of the other end, receipts, and persons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

import psycopg
from django.db import transaction

from forbear.channels.contract import HELD_BACK, Outcome, Result
from forbear.web.bulk import insert_rows, raw_in_transaction, update_rows
from forbear.web.cases.timeline import NewEvent, append_events, lock_cases
from forbear.web.contact.models import ContactAttempt, Permit, PermitState
from forbear.web.outbox.handover import again_at
from forbear.web.outbox.models import IN_FLIGHT, MessageState, OutboxMessage
from forbear.web.outbox.policy import house
from forbear.web.runs.models import Message

if TYPE_CHECKING:
    from forbear.web.people.models import User

NOT_ON_RECORD = (*IN_FLIGHT, MessageState.CLAIMED)  # a worker may also give back what it never handed over
ACTIONS = {"sms": "SMS", "email": "EMAIL", "push": "APP_PUSH", "wecom": "APP_PUSH", "letter": "LETTER"}
STATES = {
    Outcome.ACCEPTED: MessageState.SENT,
    Outcome.REJECTED: MessageState.FAILED,
    Outcome.UNKNOWN: MessageState.UNCERTAIN,
}


def settle(results: Sequence[Result], *, claims: Mapping[str, UUID], at: datetime) -> None:
    """Record what a channel said of messages, each under its claim; told again it changes nothing.

    A message that a receipt or a person settled meanwhile keeps that state and only learns its ids. One that was
    claimed anew since is another's: what was known under the older claim no longer counts.
    """
    by_key = {result.key: result for result in results}
    with transaction.atomic():
        rows = [row for row in locked(by_key) if row.claim == claims[row.key]]
        taken = [row for row in rows if by_key[row.key].outcome is not Outcome.NOT_TAKEN]
        for row in taken:
            apply(row, by_key[row.key], at)
        update_rows(taken, ["state", "provider_ids", "code", "settled_at"])
        record(taken, at=at)
    left = [row for row in rows if by_key[row.key].outcome is Outcome.NOT_TAKEN]
    give_back(left, by_key.values(), claims=claims, at=at)


def locked(keys: Iterable[str]) -> list[OutboxMessage]:
    """Lock the cases, then the rows: the order in which others come to a message from its case."""
    found = OutboxMessage.objects.filter(key__in=list(keys))
    lock_cases(found.values_list("case_id", flat=True))
    return list(found.select_for_update().defer(*UNREAD).order_by("pk"))


# What nobody asks of a message that has gone out.
UNREAD = (
    "cause", "decision", "document", "language", "not_after", "not_before", "permit_expires_at",
    "planned_at", "rules", "run_message", "tries", "why", "worker",
)  # fmt: skip


def apply(row: OutboxMessage, result: Result, at: datetime) -> None:
    """Take over what the channel said."""
    row.provider_ids = list(result.provider_ids) or row.provider_ids
    if row.state not in IN_FLIGHT:
        return
    row.state, row.code = STATES[result.outcome], result.code
    row.settled_at = None if row.state == MessageState.UNCERTAIN else at


def record(rows: Sequence[OutboxMessage], *, at: datetime) -> None:
    """Append attempt and timeline line of messages that went out, or may have: once each."""
    days = unrecorded([row.permit_id for row in rows if row.permit_id and row.handed_over_at])
    new = [row for row in rows if row.permit_id in days]
    attempts = [
        ContactAttempt(
            permit_id=row.permit_id,
            customer_id=row.customer_id,
            case_id=row.case_id,
            contact_point_id=row.contact_point_id,
            number_index=row.address_index,
            channel=row.channel,
            action=ACTIONS.get(row.channel, "SMS"),
            at=row.handed_over_at,
            local_day=days[row.permit_id],
            source="robot",
            note=row.template,
        )
        for row in new
        if row.handed_over_at is not None and row.permit_id is not None  # as `unrecorded` was asked
    ]
    insert_rows(attempts)
    append_events([NewEvent(row.case_id, "message", said(row)) for row in new], at=at)


UNRECORDED = """
SELECT p.id, p.local_day FROM contact_permit p
WHERE p.id = ANY(%s) AND NOT EXISTS (SELECT 1 FROM contact_contactattempt a WHERE a.permit_id = p.id)
"""


def unrecorded(permit_ids: Sequence[int]) -> dict[int, date]:
    """Return the debtor's day of the permits that have no attempt yet."""
    return dict(psycopg.Cursor(raw_in_transaction()).execute(UNRECORDED, [list(permit_ids)]).fetchall())


def said(row: OutboxMessage) -> dict[str, object]:
    """Return what the timeline says of a message; never its text, never an address."""
    return {
        "message": row.pk,
        "channel": row.channel,
        "template": row.template,
        "template_version": row.template_version,
        "digest": row.body_digest,
        "state": str(row.state),
        "reserved": row.reserved,
        "code": row.code,
        "handed_over_at": row.handed_over_at.isoformat() if row.handed_over_at else None,
    }


@transaction.atomic
def give_back(
    rows: Sequence[OutboxMessage], results: Iterable[Result], *, claims: Mapping[str, UUID], at: datetime
) -> None:
    """Plan again what provably did not go out, so often and after so long as the house says; free its permit."""
    if not rows:
        return
    codes = {result.key: result.code for result in results}
    most, pause = house("not_taken_tries_max", at), house("not_taken_wait_seconds", at)
    held = OutboxMessage.objects.select_for_update().filter(
        pk__in=[row.pk for row in rows], state__in=NOT_ON_RECORD
    )
    rows = [row for row in held.order_by("pk") if row.claim == claims[row.key]]
    # The contact never began, so the slot is free again, also where the permit was used right before the wire.
    Permit.objects.filter(pk__in=[row.permit_id for row in rows]).update(state=PermitState.RELEASED)
    for row in rows:
        plan_again(row, codes[row.key], at=at, most=most, pause=pause)
    update_rows(
        rows, ["state", "worker", "claim", "permit", "permit_expires_at", "handed_over_at", "not_before", "code", "tries", "settled_at", "why"]
    )  # fmt: skip
    back = [row.run_message_id for row in rows if row.run_message_id and row.state == MessageState.PLANNED]
    Message.objects.filter(pk__in=back, state="sent").update(state="planned")


def plan_again(row: OutboxMessage, code: str, *, at: datetime, most: int, pause: int) -> None:
    """Give one message its next chance, or end it."""
    row.permit, row.permit_expires_at, row.handed_over_at, row.worker = None, None, None, None
    row.code, row.claim = code, None
    if code != HELD_BACK:  # a permit that ran out is no fault of the message
        row.tries += 1
        row.not_before = again_at(at, pause)
    if at >= row.not_after:
        row.state, row.why, row.settled_at = MessageState.EXPIRED, "time_passed", at
    elif row.tries >= most:
        row.state, row.why, row.settled_at = MessageState.FAILED, "not_taken", at
    else:
        row.state = MessageState.PLANNED


class NotUncertain(ValueError):
    """Only a message that is “sent, not confirmed”, and whose permit has run out, can be settled by a person."""


@transaction.atomic
def settle_by_person(message: OutboxMessage, *, went_out: bool, by: User, note: str, at: datetime) -> None:
    """Let a person who asked the carrier say whether an uncertain message went out; raises NotUncertain.

    It is never sent again: whoever wants to write once more enqueues a new message.
    """
    lock_cases([message.case_id])
    row = OutboxMessage.objects.select_for_update().get(pk=message.pk)
    if row.state != MessageState.UNCERTAIN or (row.permit_expires_at and at <= row.permit_expires_at):
        raise NotUncertain(NotUncertain.__doc__)
    row.state = MessageState.SENT if went_out else MessageState.FAILED
    row.settled_at, row.settled_by, row.why = at, by, note[:200]
    row.save(update_fields=["state", "settled_at", "settled_by", "why"])
    payload = {"message": row.pk, "channel": row.channel, "state": str(row.state), "text": note}
    append_events([NewEvent(row.case_id, "message_settled", payload)], at=at, by=by)


@transaction.atomic
def record_uncertain(ids: Sequence[int], *, at: datetime) -> None:
    """Append attempts and lines of messages that became uncertain with their worker's death."""
    found = OutboxMessage.objects.filter(pk__in=ids)
    lock_cases(found.values_list("case_id", flat=True))
    record(list(found.order_by("pk")), at=at)
