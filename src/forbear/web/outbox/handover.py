"""From planned to handed over: claim, ask the gate, record; only then may the first byte go out.

Claiming takes rows nobody else holds. Asking is one transaction: the gate's locks, decisions and reserved permits, and
what they mean for the rows. Handing over uses the permits and moves the rows, right before the wire and a few at a
time, so that a crash leaves few in doubt. A row enters HANDED_OVER only from CLAIMED under the very claim that asked the
gate, so no row goes on the wire twice, whatever dies when.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction

from forbear.web.bulk import update_rows
from forbear.web.cases.models import CaseState
from forbear.web.contact.gate import GateReply
from forbear.web.contact.many import Wanted, lock_all, request_permits, start_many
from forbear.web.contact.models import Permit, PermitState
from forbear.web.outbox.lint import blocked_now, withdraw_improper
from forbear.web.outbox.models import MessageState, OutboxMessage, OutboxWorker
from forbear.web.portfolio.models import ContactPointState
from forbear.web.runs.models import Message

ENDED_CASES = (
    CaseState.CURED, CaseState.SETTLED, CaseState.CLOSED, CaseState.TRANSFERRED,
)  # fmt: skip
TELLS_THE_END = ("assignment_notice",)  # goes out although, and because, the case has ended

CLAIM = """
WITH due AS MATERIALIZED (
    SELECT id FROM outbox_outboxmessage
    WHERE channel = %(channel)s AND state = 'planned' AND not_before <= %(at)s
    ORDER BY not_before, id LIMIT %(count)s FOR UPDATE SKIP LOCKED
)
UPDATE outbox_outboxmessage m SET state = 'claimed', worker_id = %(worker)s, claim = %(claim)s
FROM due WHERE m.id = due.id RETURNING m.id
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """Messages taken at one time; the token is never used again, so nothing old can be mistaken for it."""

    token: UUID
    ids: Sequence[int]


def claim(worker: OutboxWorker, *, count: int, at: datetime) -> Claim:
    """Take up to `count` planned messages whose time has come; no two workers take the same."""
    token = uuid4()
    asked: dict[str, Any] = {
        "worker": worker.pk,
        "channel": worker.channel,
        "at": at,
        "count": count,
        "claim": str(token),
    }
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, asked)
        return Claim(token, sorted(row[0] for row in cursor.fetchall()))


@transaction.atomic
def ask_gate(claimed: Claim, *, at: datetime) -> list[OutboxMessage]:
    """Ask the gate for what was claimed; return what may go out now, each with its reserved permit.

    What the law or the house no longer allows is withdrawn with rule and reason, or waits for its next lawful moment
    where that lies within its time. Raises NoLawInForce.
    """
    mine = mine_of(claimed)
    wrong = {row.pk: blocked_now(row, at) for row in mine}  # read before anything is locked
    lock_all(
        [wanted_of(row) for row in mine]
    )  # the gate's locks come before those on rows, here as everywhere
    rows = still_mine(claimed, mine)
    for row in rows:
        withdraw_improper(row, wrong[row.pk], at)
    kept = [row for row in rows if row.state == MessageState.CLAIMED and not dropped(row, at)]
    good = without_replaced(kept, at)
    replies = request_permits([wanted_of(row) for row in good], at=at) if good else []
    for row, reply in zip(good, replies, strict=True):
        decide(row, reply, at)
    update_rows(rows, CHANGED)
    mark_planned([row.run_message_id for row in rows if row.state in GIVEN_UP], "withdrawn")
    return [row for row in good if row.permit_id is not None]


CHANGED = [
    "state", "why", "rules", "settled_at", "not_before", "worker", "claim", "decision", "permit", "permit_expires_at", "reserved",
]  # fmt: skip
GIVEN_UP = (MessageState.WITHDRAWN, MessageState.EXPIRED)


def mine_of(claimed: Claim) -> list[OutboxMessage]:
    """Return the claimed rows with what judging them needs."""
    found = OutboxMessage.objects.filter(pk__in=claimed.ids, claim=claimed.token, state=MessageState.CLAIMED)
    return list(found.select_related("case__customer", "contact_point").only(*READ).order_by("pk"))


# What judging, deciding and opening a message reads of it, its case, its debtor and its contact point.
READ = (
    "key", "channel", "customer", "purpose", "party", "template", "body_cipher", "document", "run_message", "not_before",
    "not_after", "state", "worker", "claim", "decision", "permit", "permit_expires_at", "settled_at", "why", "rules",
    "reserved", "case__customer", "case__product", "case__state", "case__closed_on", "case__customer__customer_no",
    "case__customer__timezone", "contact_point__value_cipher", "contact_point__value_index", "contact_point__state",
    "contact_point__reserved",
)  # fmt: skip


def still_mine(claimed: Claim, rows: Sequence[OutboxMessage]) -> list[OutboxMessage]:
    """Lock the rows and leave out those that were withdrawn, or given to another worker, meanwhile."""
    kept = set(
        OutboxMessage.objects.select_for_update()
        .filter(pk__in=[row.pk for row in rows], claim=claimed.token, state=MessageState.CLAIMED)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    return [row for row in rows if row.pk in kept]


def wanted_of(row: OutboxMessage) -> Wanted:
    """Return the request to the gate."""
    return Wanted(row.case, row.contact_point, row.channel, row.purpose, row.party)


def dropped(row: OutboxMessage, at: datetime) -> bool:
    """Give up a message that is pointless whatever the gate says; return whether it was."""
    if at >= row.not_after:
        end(row, MessageState.EXPIRED, "time_passed", at)
    elif row.template not in TELLS_THE_END and (
        row.case.closed_on is not None or row.case.state in ENDED_CASES
    ):
        end(row, MessageState.WITHDRAWN, "case_ended", at)
    elif row.contact_point is not None and row.contact_point.state == ContactPointState.INVALID:
        end(row, MessageState.WITHDRAWN, "contact_point_invalid", at)
    else:
        return False
    return True


def without_replaced(rows: list[OutboxMessage], at: datetime) -> list[OutboxMessage]:
    """Withdraw messages of a day that another run of it replaced; the day's own row is locked while we decide."""
    ids = [row.run_message_id for row in rows if row.run_message_id]
    if not ids:
        return rows
    standing = set(
        Message.objects.select_for_update()
        .filter(pk__in=ids, state="planned")
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    for row in rows:
        if row.run_message_id and row.run_message_id not in standing:
            end(row, MessageState.WITHDRAWN, "day_replaced", at)
            row.save(update_fields=["state", "why", "settled_at", "worker"])
    return [row for row in rows if row.state == MessageState.CLAIMED]


def decide(row: OutboxMessage, reply: GateReply, at: datetime) -> None:
    """Give a message the state that the gate's answer means."""
    row.decision_id = reply.decision_id
    if reply.permit is not None:
        row.permit, row.permit_expires_at = reply.permit, min(reply.permit.expires_at, row.not_after)
        row.reserved = bool(row.contact_point and row.contact_point.reserved)
        return
    row.rules = refusing(reply.reply)
    later = reply.reply.get("earliest_at")
    if later and at < (moment := datetime.fromisoformat(later)) < row.not_after:
        row.state, row.worker, row.not_before, row.why = MessageState.PLANNED, None, moment, "waits_for_law"
        row.claim = None
        return
    end(row, MessageState.WITHDRAWN, "refused", at)


def refusing(reply: Mapping[str, Any]) -> list[str]:
    """Return the rules that refused, in the order the answer gives them."""
    return [reason["rule"] for reason in reply["reasons"] if reason["effect"] == "refuse"]


def end(row: OutboxMessage, state: MessageState, why: str, at: datetime) -> None:
    """End a message that never went out."""
    row.state, row.why, row.settled_at, row.worker = state, why, at, None


def mark_planned(run_message_ids: Sequence[int | None], state: str) -> None:
    """Tell the day what became of its planned messages, so that another run of it does not plan them again."""
    ids = [each for each in run_message_ids if each]
    if ids:
        Message.objects.filter(pk__in=ids, state="planned").update(state=state)


HAND_OVER = """
UPDATE outbox_outboxmessage SET state = 'handed_over', handed_over_at = %(at)s
WHERE id = ANY(%(ids)s) AND permit_id = ANY(%(permits)s) RETURNING id, run_message_id
"""


@transaction.atomic
def hand_over(token: UUID, ids: Sequence[int], *, at: datetime) -> set[int]:
    """Use the permits of these messages and record that they go out now; return which may.

    Those withdrawn meanwhile, replaced by another run of their day, or whose permit has run out stay behind.
    """
    mine = OutboxMessage.objects.select_for_update().filter(
        pk__in=ids, claim=token, state=MessageState.CLAIMED, permit_expires_at__gt=at
    )
    rows = without_replaced(list(mine.order_by("pk")), at)
    started = start_many([row.permit_id for row in rows if row.permit_id], at=at)
    with connection.cursor() as cursor:
        cursor.execute(HAND_OVER, {"at": at, "ids": [row.pk for row in rows], "permits": list(started)})
        found = cursor.fetchall()
    mark_planned([run_message for _, run_message in found], "sent")
    return {pk for pk, _ in found}


@dataclass(frozen=True, slots=True)
class Recovered:
    """What dead workers left behind: claimed messages planned again, messages in flight now uncertain."""

    planned_again: int
    uncertain: list[int]


# A worker lives as long as its session holds this lock; a lock we can take belongs to a dead one (or to ourselves, so we
# are left out). It is held to the end of this transaction, so two that recover do not both act on the same worker.
DEAD_WORKERS = """
SELECT w.id FROM outbox_outboxworker w
WHERE EXISTS (
    SELECT 1 FROM outbox_outboxmessage m WHERE m.worker_id = w.id AND m.state IN ('claimed', 'handed_over')
) AND w.id <> %s AND pg_try_advisory_xact_lock(hashtextextended('outbox.worker', w.id))
"""


def take_over(me: OutboxWorker | None = None) -> Recovered:
    """Settle what dead workers left: nothing of theirs is sent again unless it provably never began."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(DEAD_WORKERS, [me.pk if me else 0])
            dead = [row[0] for row in cursor.fetchall()]
        if not dead:
            return Recovered(0, [])
        left = OutboxMessage.objects.filter(worker_id__in=dead)
        unsent = left.filter(state=MessageState.CLAIMED)
        Permit.objects.filter(
            pk__in=list(unsent.values_list("permit_id", flat=True)), state=PermitState.RESERVED
        ).update(state=PermitState.RELEASED)
        again = unsent.update(
            state=MessageState.PLANNED, worker=None, claim=None, permit=None, permit_expires_at=None
        )
        flying = left.filter(state=MessageState.HANDED_OVER).select_for_update().order_by("pk")
        ids = list(flying.values_list("pk", flat=True))
        OutboxMessage.objects.filter(pk__in=ids).update(state=MessageState.UNCERTAIN, code="worker_died")
    return Recovered(again, ids)


def sign_on(channel: str, *, host: str, process: int, at: datetime) -> OutboxWorker:
    """Register a worker and hold its lock for as long as this database session lives."""
    worker = OutboxWorker.objects.create(channel=channel, host=host, process=process, started_at=at)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtextextended('outbox.worker', %s))", [worker.pk])
    return worker


def again_at(at: datetime, seconds: float) -> datetime:
    """Return when a message that was not taken is tried again."""
    return at + timedelta(seconds=seconds)


def fail_unreadable(row: OutboxMessage, *, at: datetime) -> None:
    """End a message whose seal cannot be opened: no wrong key may hold up the others."""
    OutboxMessage.objects.filter(pk=row.pk, state=MessageState.CLAIMED).update(
        state=MessageState.FAILED, why="seal_broken", settled_at=at, worker=None
    )
