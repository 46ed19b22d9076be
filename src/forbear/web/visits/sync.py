"""What phones send: taken once, in any order, in parts, again and again; nothing lost, nothing doubled.

Each record is a transaction of its own, so a batch that is cut off leaves what was taken, and sending it again
changes nothing. What cannot be taken is set aside, sealed, with why.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction

from forbear.web import evidence
from forbear.web.cases.holds import open_holds
from forbear.web.cases.timeline import locked_case
from forbear.web.contact import gate
from forbear.web.contact.gate import PermitLost
from forbear.web.contact.models import Permit, PermitState
from forbear.web.contact.store import lock as gate_lock
from forbear.web.debtor import sending
from forbear.web.portfolio.vault import vault
from forbear.web.visits import alarms, policy
from forbear.web.visits.concluding import conclude
from forbear.web.visits.events import BATCH_MAX, BadEvent, Event, read
from forbear.web.visits.models import PhoneDay, SetAside, Visit, VisitRecord, VisitState
from forbear.web.visits.records import FromPhone, append, locked, tell

if TYPE_CHECKING:
    from forbear.web.people.models import User

SEAL = "visit"
TAKEN_OFF = ("called_off", "unscheduled", "not_reached")
log = logging.getLogger(__name__)


@dataclass(slots=True)
class Answer:
    """What became of a batch, by the phone's own ids; `stop` names visits to be left at once, with the rules."""

    taken: list[str] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    set_aside: dict[str, str] = field(default_factory=dict)
    stop: dict[int, list[str]] = field(default_factory=dict)


def take_batch(
    day: PhoneDay, events: Sequence[Any], *, sent_at: datetime | None, received_at: datetime, by: User
) -> Answer:
    """Take what a phone sends. Raises BadEvent for a batch that is too large."""
    if len(events) > BATCH_MAX:
        raise BadEvent("batch_too_large")
    if sent_at is not None:
        note_drift(day, sent_at, received_at)
    answer = Answer()
    # A call for help is never behind anything else.
    for raw in sorted(events, key=lambda each: not (isinstance(each, Mapping) and each.get("kind") == "sos")):
        take(day, raw, answer, received_at=received_at, by=by)
    return answer


def note_drift(day: PhoneDay, sent_at: datetime, received_at: datetime) -> None:
    """Keep how far the error of the phone's clock has moved since the day began, at its worst."""
    drift = milliseconds(received_at - sent_at) - day.skew_ms
    if abs(drift) > abs(day.drift_ms):
        PhoneDay.objects.filter(pk=day.pk).update(drift_ms=drift)
        day.drift_ms = drift


def milliseconds(span: timedelta) -> int:
    """Return a span in whole milliseconds."""
    return span // timedelta(milliseconds=1)


def take(day: PhoneDay, raw: Any, answer: Answer, *, received_at: datetime, by: User) -> None:
    """Take one record, or set it aside."""
    name = str(raw.get("id", "")) if isinstance(raw, Mapping) else ""
    try:
        if not isinstance(raw, Mapping):
            raise BadEvent("malformed")
        event, _data = read(raw)
        visit = visit_for(day, event, received_at)
        fresh = take_one(day, event, visit, answer, received_at=received_at, by=by)
    except BadEvent as bad:
        put_aside(day, raw, name, bad.why, received_at)
        answer.set_aside[name[:40]] = bad.why
        return
    (answer.taken if fresh else answer.known).append(str(event.id))


def visit_for(day: PhoneDay, event: Event, received_at: datetime) -> Visit:
    """Return the visit a record is about: one this phone was given, in a time that can be."""
    late = timedelta(days=policy.value("late_days", received_at))
    if received_at - day.opened_at > late:
        raise BadEvent("too_late")
    if abs(event.at + timedelta(milliseconds=day.skew_ms) - day.opened_at) > late:
        raise BadEvent("time_absurd")
    if event.visit not in day.handed:
        raise BadEvent("not_your_visit")
    return Visit.objects.select_related("case", "point").get(pk=event.visit)


@transaction.atomic
def take_one(
    day: PhoneDay, event: Event, visit: Visit, answer: Answer, *, received_at: datetime, by: User
) -> bool:
    """Append one record and do what follows at once; return whether it was new. Raises BadEvent."""
    # The gate's locks come before the case's row, as everywhere.
    gate_lock(visit.case.customer_id, bytes(visit.point.value_index))
    locked_case(visit.case_id)
    visit = locked(visit.pk)
    if known := VisitRecord.objects.filter(client_id=event.id).first():
        if bytes(known.phone_hash or b"").hex() != event.hash or known.visit_id != visit.pk:
            raise BadEvent("id_reused")
        return False
    if VisitRecord.objects.filter(visit=visit, day=day, phone_seq=event.seq).exists():
        raise BadEvent("seq_taken")
    at = event.at + timedelta(milliseconds=day.skew_ms)
    phone = FromPhone(
        event.id, day, event.seq, event.at, bytes.fromhex(event.hash), bytes.fromhex(event.previous)
    )
    append(visit, event.kind, at=at, received_at=received_at, by=by, data=event.data, phone=phone)
    if visit.team_id is None:
        visit.team = (
            day.team
        )  # taken off the route while the phone did not hear of it: they went all the same
        visit.save(update_fields=["team"])
    follow(visit, event, answer, at=at, received_at=received_at, by=by)
    conclude(visit, at=received_at, by=by)
    return True


def follow(
    visit: Visit, event: Event, answer: Answer, *, at: datetime, received_at: datetime, by: User
) -> None:
    """Do what a record asks for whatever else has arrived."""
    if event.kind == "check_in":
        at_the_door(visit, answer, at=at, received_at=received_at, by=by)
    elif event.kind == "sos":
        if (
            visit.state == VisitState.SCHEDULED
        ):  # the hold that follows is not to call off the visit they are on
            visit.state = VisitState.CHECKED_IN
            visit.save(update_fields=["state"])
        alarms.sos(visit, at=at, place=event.data["place"], by=by, now=received_at)
        visit.case.refresh_from_db()
    elif event.kind == "cash":
        offer_link(visit, at=received_at, by=by)


def at_the_door(visit: Visit, answer: Answer, *, at: datetime, received_at: datetime, by: User) -> None:
    """Use the permit: judged once more by the gate where the news is fresh, as of its own moment where it is not."""
    if visit.checked_in_at is not None:
        return
    visit.checked_in_at = at
    if visit.closed_at is None or visit.state == VisitState.CALLED_OFF:
        visit.state, visit.closed_at = VisitState.CHECKED_IN, None
    visit.save(update_fields=["checked_in_at", "state", "closed_at"])
    tell(visit, "visit_checked_in", at=received_at, by=by)
    rules = use_permit(visit, at=at, received_at=received_at, by=by)
    if rules is None:
        append(visit, "permit_used", at=received_at, data={"permit": visit.permit_id})
    else:
        append(visit, "permit_refused", at=received_at, data={"rules": rules})
        answer.stop[visit.pk] = rules


def use_permit(visit: Visit, *, at: datetime, received_at: datetime, by: User) -> list[str] | None:
    """Return nothing when the permit held, else the rules that spoke against it."""
    if visit.permit is None:
        return ["no_permit"]
    try:
        if abs(received_at - at) > timedelta(seconds=policy.value("live_seconds", received_at)):
            return late_news(visit, visit.permit, at)
        reply = gate.confirm(
            visit.permit, case=visit.case, contact_point=visit.point, user=by, at=received_at
        )
    except PermitLost:
        return ["permit_lost"]
    return None if reply.allowed else [reason["rule"] for reason in reply.reply["reasons"]]


def late_news(visit: Visit, permit: Permit, at: datetime) -> list[str] | None:
    """Judge a check-in of which we hear later as of its own moment: what was taken back since did not bind them then."""
    granted = permit.decision.at
    held = open_holds(visit.case, at).filter(since__gt=granted).exists()
    taken_off = visit.records.filter(kind__in=TAKEN_OFF, at__gt=granted, at__lte=at).exists()
    if held or taken_off or not granted <= at < permit.expires_at:
        return ["permit_lost"]
    # A contact that was made is a fact and holds its slot, also where the permit was released meanwhile.
    Permit.objects.filter(pk=permit.pk).update(state=PermitState.USED)
    return None


def offer_link(visit: Visit, *, at: datetime, by: User) -> None:
    """Who offered cash gets a link to their own page, on which they pay to their own card; a refusal is written down."""
    try:
        with transaction.atomic():
            tail = sending.send_link(visit.case, at=at, by=by)
        append(visit, "link_sent", at=at, data={"tail": tail})
    except sending.LinkNotSent as refused:
        append(visit, "link_not_sent", at=at, data={"why": str(refused)[:300]})


def put_aside(day: PhoneDay, raw: Any, name: str, why: str, received_at: datetime) -> None:
    """Keep what could not be taken, sealed; the same thing twice is kept once."""
    try:
        client_id = UUID(name)
        content = evidence.canonical({"record": raw})
    except (ValueError, TypeError, UnicodeEncodeError):
        log.warning("a phone sent a record that has no id or no form; phone day %s", day.pk)
        return
    SetAside.objects.get_or_create(
        client_id=client_id, sha256=hashlib.sha256(content).hexdigest(),
        defaults={"day": day, "why": why, "received_at": received_at, "content_cipher": vault().seal_bytes(content, SEAL)},
    )  # fmt: skip


def give_up(at: datetime) -> int:
    """End visits whose phone has not delivered the rest since the day after; return how many."""
    ended = 0
    waiting = Visit.objects.filter(
        state=VisitState.CHECKED_IN, team__on__lt=at.date() - timedelta(days=1)
    ).values_list("pk", flat=True)
    for pk in list(waiting):
        with transaction.atomic():
            row = Visit.objects.select_related("case", "point").get(pk=pk)
            gate_lock(row.case.customer_id, bytes(row.point.value_index))
            locked_case(row.case_id)
            visit = locked(pk)
            conclude(visit, at=at, by=None, force_end=True)
            ended += 1
    return ended
