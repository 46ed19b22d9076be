"""Writes of the telephone: a call asked for, stopped, told of by the line, recorded as the attempt it was."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from forbear.channels.sip import Event, Told, line_of
from forbear.web.cases import services as cases
from forbear.web.cases.models import Case
from forbear.web.contact import gate
from forbear.web.contact.models import ContactAttempt, Permit
from forbear.web.telephony import policy
from forbear.web.telephony.models import CallEvent, CallState, PhoneCall, Seat

if TYPE_CHECKING:
    from forbear.web.people.models import User
    from forbear.web.portfolio.models import ContactPoint

CHANNEL = "forbear_phone"  # PostgreSQL's LISTEN and NOTIFY
CONNECTED = "L01"
STATE_OF = {
    Told.COLLECTOR_RINGING: CallState.COLLECTOR,
    Told.COLLECTOR_THERE: CallState.COLLECTOR,
    Told.DIALLED: CallState.DIALLED,
    Told.RINGING: CallState.RINGING,
    Told.ANSWERED: CallState.ANSWERED,
}
NEVER_DIALLED = (Told.COLLECTOR_MISSED, Told.WITHDRAWN)


@transaction.atomic
def place(
    *,
    permit: Permit,
    case: Case,
    contact_point: ContactPoint,
    by: User,
    at: datetime,
    by_dialler: bool = False,
) -> PhoneCall:
    """Ask the line for a call under a reserved permit; the line judges the permit again before it dials."""
    call = PhoneCall.objects.create(
        permit=permit, case=case, contact_point=contact_point, staff=by, asked_at=at, by_dialler=by_dialler
    )
    wake_line()
    return call


def stop(call: PhoneCall) -> None:
    """Ask the line to hang up."""
    PhoneCall.objects.filter(pk=call.pk).exclude(state=CallState.OVER).update(stop_wanted=True)
    wake_line()


def wake_line() -> None:
    """Tell the line, when the transaction commits, that there is something to do."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])


def claim(at: datetime) -> list[PhoneCall]:
    """Take the calls that wait for the line; each is taken once."""
    with transaction.atomic():
        waiting = list(
            PhoneCall.objects.select_for_update(of=("self",), skip_locked=True)
            .filter(state=CallState.ASKED, claimed_at__isnull=True)
            .select_related("permit__decision", "case__customer", "contact_point", "staff__seat")
            .order_by("asked_at", "pk")
        )
        PhoneCall.objects.filter(pk__in=[call.pk for call in waiting]).update(claimed_at=at)
    return waiting


def stopped(ids: list[int]) -> list[int]:
    """Return which of these calls somebody wants to end."""
    return list(PhoneCall.objects.filter(pk__in=ids, stop_wanted=True).values_list("pk", flat=True))


def may_dial(call: PhoneCall, at: datetime) -> bool:
    """Judge the permit once more and use it: the moment of sending. What became unlawful is not dialled."""
    try:
        reply = gate.confirm(
            call.permit, case=call.case, contact_point=call.contact_point, user=call.staff, at=at
        )
    except gate.PermitLost:
        return False
    return reply.allowed


@transaction.atomic
def hear(call_id: int, event: Event, at: datetime) -> PhoneCall:
    """Write down what the line told, and how far the call is with it; after its end a call changes no more."""
    call = PhoneCall.objects.select_for_update().get(pk=call_id)
    if call.state == CallState.OVER:
        return call
    cause = event.cause
    CallEvent.objects.create(
        call=call, at=at, kind=event.told.value, sip_status=cause.status or None, q850=cause.q850, by=event.by
    )
    if event.told in STATE_OF:
        call.state = STATE_OF[event.told]
        if event.told == Told.DIALLED:
            call.dialled_at = at
        if event.told == Told.ANSWERED:
            call.answered_at, call.line = at, CONNECTED
        call.save()
        return call
    return end(call, event, at)


def end(call: PhoneCall, event: Event, at: datetime) -> PhoneCall:
    """Close a call with its cause; a slot that was never dialled is given back."""
    cause = event.cause
    call.state, call.ended_at, call.ended_by = CallState.OVER, at, event.by
    call.sip_status, call.q850 = cause.status or None, cause.q850
    if event.told == Told.ABANDONED:
        call.abandoned, call.answered_at, call.line = True, at, CONNECTED
    elif event.told == Told.FAILED:
        call.line = line_of(cause, policy.causes(at.date()), policy.value("line_otherwise", at.date()))
    call.save()
    if event.told in NEVER_DIALLED:
        gate.release(call.permit, at=at)
    return call


@transaction.atomic
def lose(call: PhoneCall, at: datetime) -> PhoneCall:
    """Close a call whose line died: whether it was answered is as far as was told; it is never dialled again."""
    call = PhoneCall.objects.select_for_update().get(pk=call.pk)
    if call.state == CallState.OVER:
        return call
    CallEvent.objects.create(call=call, at=at, kind="lost", by="line")
    call.state, call.ended_at, call.ended_by = CallState.OVER, at, "line"
    call.line = call.line or policy.value("line_otherwise", at.date())
    call.save()
    if call.dialled_at is None:
        gate.release(call.permit, at=at)
    return call


@transaction.atomic
def record_unanswered(call: PhoneCall, at: datetime) -> ContactAttempt | None:
    """Record a call that nobody took by the network's own word; None when there is nothing to record."""
    call = PhoneCall.objects.select_for_update(of=("self",)).select_related("case", "permit").get(pk=call.pk)
    ready = call.state == CallState.OVER and call.dialled_at is not None and call.attempt_id is None
    if not ready or call.answered_at is not None:
        return None
    attempt = cases.wrap_up(as_wrapped(call, at), cases.Result(line=call.line))
    tie(call, attempt)
    return attempt


def as_wrapped(call: PhoneCall, at: datetime) -> cases.Call:
    """Return a call in the terms of the wrap-up, with the line's own times."""
    return cases.Call(
        call.case, call.permit, call.contact_point, call.dialled_at or call.asked_at, call.ended_at or at, call.staff,
        answered_at=call.answered_at,
        network={"line": call.line, "sip": call.sip_status, "q850": call.q850, "ended_by": call.ended_by},
    )  # fmt: skip


def tie(call: PhoneCall, attempt: ContactAttempt) -> None:
    """Tie the course of a call to the attempt it was."""
    PhoneCall.objects.filter(pk=call.pk, attempt__isnull=True).update(attempt=attempt)


def record_forgotten(at: datetime) -> int:
    """Record ended calls whose result nobody wrote in time, and ask for a review of those somebody answered.

    An answered one counts as an effective call: nobody can say that it was not (the stricter reading).
    """
    before = at - timedelta(minutes=policy.value("unrecorded_minutes", at.date()))
    left = PhoneCall.objects.filter(
        Q(state=CallState.OVER), attempt__isnull=True, dialled_at__isnull=False, ended_at__lte=before
    ).select_related("case", "permit", "contact_point", "staff")
    done = 0
    for call in left:
        with transaction.atomic():
            if call.answered_at is None:
                record_unanswered(call, at)
            else:
                record_answered(call, at)
        done += 1
    return done


def record_answered(call: PhoneCall, at: datetime) -> None:
    """Record a talk of which only the network knows, and ask its collector what it came to."""
    attempt = gate.record_attempt(
        permit=call.permit, case=call.case, contact_point=call.contact_point, at=call.dialled_at or call.asked_at,
        line=CONNECTED, party="", outcome="", answered=True, effective=True, ended_at=call.ended_at, staff=call.staff,
        seconds_talked=call.seconds_talked, note=_("recorded by the line; the result was not written in time"),
    )  # fmt: skip
    payload = {
        "attempt": attempt.pk, "channel": "voice", "tail": call.contact_point.value_tail, "line": CONNECTED,
        "note": attempt.note, "seconds": attempt.seconds_talked,
    }  # fmt: skip
    cases.append_event(call.case, kind="attempt", at=at, by=call.staff, payload=payload)
    cases.add_task(call.case, kind="review", due_at=at, at=at, by=None, owner=call.staff, note="B99")
    tie(call, attempt)


def set_handset(user: User, handset: str, at: datetime) -> Seat:
    """Say where a collector telephones; a number at the exchange."""
    seat, _made = Seat.objects.update_or_create(
        user=user, defaults={"handset": handset}, create_defaults={"handset": handset, "since": at}
    )
    return seat
