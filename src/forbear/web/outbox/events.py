"""What outside systems tell: kept first, then applied to the message it is about, or given to who answers replies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction
from django.dispatch import Signal

from forbear.channels.contract import Kind, Status, Told
from forbear.channels.sms_text import cut
from forbear.web.bulk import insert_rows, update_rows
from forbear.web.cases.timeline import NewEvent, append_events, lock_cases
from forbear.web.outbox.body import unseal
from forbear.web.outbox.models import IN_FLIGHT, ChannelEvent, MessageState, OutboxMessage
from forbear.web.outbox.policy import codes_that_prove
from forbear.web.outbox.settle import UNREAD, record
from forbear.web.portfolio.models import ContactPoint, ContactPointState
from forbear.web.portfolio.vault import vault
from forbear.web.reach.contact_points import verify

# Sent once for each new inbound message, in the transaction that stores it: event (ChannelEvent), text, address.
inbound = Signal()

CLOSED = (ContactPointState.REFUSED, ContactPointState.WRONG_PERSON, ContactPointState.INVALID)
COMING_BACK = (*IN_FLIGHT, MessageState.SENT)


def index_kind(channel: str) -> str:
    """Return under which name addresses of a channel are indexed."""
    return {"email": "email", "letter": "address"}.get(channel, "phone")


def receive(channel: str, told: Sequence[Told], *, at: datetime) -> int:
    """Keep what was told, apply receipts, hand on replies; return how many were still to do. Told again changes nothing."""
    with transaction.atomic():
        new = keep(channel, told, at=at)
        hand_on([pk for pk, kind in new if kind == Kind.INBOUND], told, at=at)
    apply_receipts([pk for pk, kind in new if kind == Kind.RECEIPT], at=at)
    return len(new)


def hand_on(event_ids: Sequence[int], told: Sequence[Told], *, at: datetime) -> None:
    """Give replies to whoever answers them."""
    if not event_ids:
        return
    said = {each.event_key: each for each in told}
    replies = ChannelEvent.objects.filter(pk__in=event_ids)
    for event in replies.order_by("pk"):
        one = said[event.event_key]
        inbound.send(sender=ChannelEvent, event=event, text=one.text, address=one.address)
    replies.update(applied_at=at)


@transaction.atomic
def keep(channel: str, told: Sequence[Told], *, at: datetime) -> list[tuple[int, str]]:
    """Store what is new; return id and kind of what still has to be applied."""
    fresh = {each.event_key: each for each in told}
    insert_rows([row_of(channel, each, at) for each in fresh.values()], ignore_conflicts=True)
    # Also what is there and was not applied: whoever stored it died before it could, so it is told again.
    found = ChannelEvent.objects.filter(channel=channel, event_key__in=list(fresh), applied_at__isnull=True)
    return list(found.order_by("pk").values_list("pk", "kind"))


def row_of(channel: str, told: Told, at: datetime) -> ChannelEvent:
    """Return the row of something told; an address is kept as index and tail, a text sealed."""
    kind = index_kind(channel)
    return ChannelEvent(
        channel=channel,
        event_key=told.event_key[:200],
        kind=str(told.kind),
        at=at,
        message_key=told.message_key[:80],
        provider_id=told.provider_id[:128],
        reference=told.reference,
        address_index=vault().index(told.address, kind) if told.address else None,
        address_tail=told.address[-4:],
        status=str(told.status or ""),
        code=told.code[:120],
        dead=told.dead,
        on=told.on,
        text_cipher=vault().seal(told.text, "message").cipher if told.text else None,
    )


# By our own key where it is echoed, by the id the other end gave, or by number and reference of what is still open.
MATCH = """
UPDATE outbox_channelevent e SET message_id = found.message
FROM (
    SELECT e.id AS event, coalesce(
        (SELECT m.id FROM outbox_outboxmessage m WHERE e.message_key <> '' AND m.key = e.message_key AND m.channel = e.channel),
        (SELECT min(m.id) FROM outbox_outboxmessage m
          WHERE e.provider_id <> '' AND m.provider_ids @> ARRAY[e.provider_id]::varchar[] AND m.channel = e.channel),
        (SELECT CASE WHEN count(*) = 1 THEN min(m.id) END FROM outbox_outboxmessage m
          WHERE e.reference IS NOT NULL AND m.address_index = e.address_index AND m.channel = e.channel
            AND m.state IN ('handed_over', 'uncertain', 'sent') AND m.id %% 65536 = e.reference)
    ) AS message
    FROM outbox_channelevent e WHERE e.id = ANY(%s) AND e.message_id IS NULL
) found
WHERE e.id = found.event AND found.message IS NOT NULL
"""


def apply_receipts(event_ids: Sequence[int], *, at: datetime) -> None:
    """Find the message of each receipt and give it its state; a receipt that is early waits for its message."""
    if not event_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(MATCH, [list(event_ids)])
    prove_addresses(event_ids, at=at)  # before any case is locked: the locks of debtor and number come first
    with transaction.atomic():
        ids = ChannelEvent.objects.filter(
            pk__in=list(event_ids), message__isnull=False, applied_at__isnull=True
        )
        touched = dict(ids.values_list("message_id", "message__case_id"))
        lock_cases(touched.values())
        found = OutboxMessage.objects.select_for_update().filter(pk__in=list(touched)).defer(*UNREAD)
        rows = {row.pk: row for row in found.order_by("pk")}
        told, wanted = receipts_of(rows), set(event_ids)
        mine = [event for event in told if event.applied_at is None and event.pk in wanted]
        verdicts = judged(rows, told)
        moved = [row for row in rows.values() if move(row, verdicts.get(row.pk), at)]
        update_rows(moved, ["state", "code", "settled_at", "reached_on"])
        record([row for row in moved if row.permit_id], at=at)
        append_events([outcome_event(row, verdicts[row.pk]) for row in moved], at=at)
        close_dead(rows, mine, at=at)
        ChannelEvent.objects.filter(pk__in=[event.pk for event in mine]).update(applied_at=at)


def prove_addresses(event_ids: Sequence[int], *, at: datetime) -> None:
    """Make the addresses valid at which the post met the debtor in person."""
    found = ChannelEvent.objects.filter(
        pk__in=list(event_ids), channel="letter", message__isnull=False, applied_at__isnull=True
    )
    proving = codes_that_prove(at) if found.exists() else ()
    for event in found.filter(code__in=proving).select_related("message__contact_point", "message__case"):
        if event.message is not None and event.message.contact_point is not None:
            verify(
                event.message.contact_point, at=at, by=None, why="letter_delivered", case=event.message.case
            )


def apply_waiting(channel: str, provider_ids: Iterable[str], *, at: datetime) -> None:
    """Apply the receipts that came before their message knew its ids."""
    early = ChannelEvent.objects.filter(
        channel=channel, provider_id__in=[each for each in provider_ids if each], applied_at__isnull=True
    )
    apply_receipts(list(early.values_list("pk", flat=True)), at=at)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What all receipts of a message come to; `on` is the day of a delivery that was told later."""

    state: MessageState
    code: str
    on: date | None = None


def receipts_of(rows: Mapping[int, OutboxMessage]) -> list[ChannelEvent]:
    """Lock and return every receipt of these messages, also of their other parts, in the order they came."""
    found = ChannelEvent.objects.filter(message__in=list(rows), kind=str(Kind.RECEIPT))
    told = found.only("message", "message_key", "provider_id", "status", "code", "dead", "on", "applied_at")
    return list(told.select_for_update().order_by("pk"))


def judged(rows: Mapping[int, OutboxMessage], told: Sequence[ChannelEvent]) -> dict[int, Verdict]:
    """Return the verdict by message: failed as soon as one part failed, delivered when all parts are."""
    parts: dict[int, list[ChannelEvent]] = defaultdict(list)
    for event in told:
        parts[event.message_id or 0].append(event)
    return {pk: verdict for pk, events in parts.items() if (verdict := verdict_of(rows[pk], events))}


def verdict_of(row: OutboxMessage, events: Sequence[ChannelEvent]) -> Verdict | None:
    """Return what the receipts of one message come to, or nothing yet."""
    failed = [event for event in events if event.status == Status.FAILED]
    if failed:
        return Verdict(MessageState.FAILED, failed[0].code)
    good = [event for event in events if event.status == Status.DELIVERED]
    delivered = {event.provider_id for event in good}
    whole = any(
        event.message_key and not event.provider_id for event in good
    )  # told of the message, not a part
    if delivered and (
        whole or (delivered >= set(row.provider_ids) if row.provider_ids else len(delivered) >= parts_of(row))
    ):
        return Verdict(MessageState.DELIVERED, events[-1].code, events[-1].on)
    return Verdict(MessageState.SENT, events[-1].code) if row.state in IN_FLIGHT else None


def parts_of(row: OutboxMessage) -> int:
    """Return in how many parts a message goes, where the answer that names them was lost."""
    if row.channel != "sms":
        return 1
    return len(cut(unseal(row.body_cipher).text, 0).octets)


def move(row: OutboxMessage, verdict: Verdict | None, at: datetime) -> bool:
    """Give a message its verdict if it still waits for one; return whether it moved."""
    by_person = row.settled_by_id is not None and row.state == MessageState.FAILED  # a receipt knows better
    if verdict is None or row.state == verdict.state or not (row.state in COMING_BACK or by_person):
        return False
    row.state, row.code, row.settled_at, row.reached_on = verdict.state, verdict.code, at, verdict.on
    return True


def outcome_event(row: OutboxMessage, verdict: Verdict) -> NewEvent:
    """Return the timeline line of an outcome; a delivery to a reserved contact is evidence that limitation reads."""
    return NewEvent(
        row.case_id,
        f"message_{verdict.state}",
        {
            "message": row.pk,
            "channel": row.channel,
            "template": row.template,
            "template_version": row.template_version,
            "digest": row.body_digest,
            "state": str(verdict.state),
            "code": verdict.code,
            "delivered": verdict.state == MessageState.DELIVERED,
            "to_reserved_contact": row.reserved,
            "interrupts_limitation": counts_as_demand(row),
            "handed_over_at": row.handed_over_at.isoformat() if row.handed_over_at else None,
        }
        | ({"reached_on": row.reached_on.isoformat()} if row.reached_on else {}),
    )


def counts_as_demand(row: OutboxMessage) -> bool:
    """Return whether a message is a demand that reached a contact on file (Supreme Court, limitation rules art. 8)."""
    return row.state == MessageState.DELIVERED and row.reserved and row.purpose == "collect"


def close_dead(rows: dict[int, OutboxMessage], events: Sequence[ChannelEvent], *, at: datetime) -> None:
    """Make the contact points invalid that do not exist, unless their owner closed them to us."""
    dead = {event.message_id: event.code for event in events if event.dead}
    messages = [rows[pk] for pk in dead if pk is not None and pk in rows]
    points = ContactPoint.objects.filter(pk__in=[m.contact_point_id for m in messages if m.contact_point_id])
    for point in points.exclude(state__in=CLOSED):
        old, point.state = point.state, ContactPointState.INVALID
        point.save(update_fields=["state"])
        case_id = next(m.case_id for m in messages if m.contact_point_id == point.pk)
        payload = {"point": point.pk, "tail": point.value_tail, "from": old, "to": str(point.state)}
        append_events([NewEvent(case_id, "contact_point", payload)], at=at)
