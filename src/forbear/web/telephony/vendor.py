"""What a contact centre of another make tells of calls and agents: it moves our calls, attempts and seats.

Its moments count, not those of arrival. A call that our own line took is not moved by anybody else.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from forbear.channels.contact_centre import AgentSeen, CallSeen
from forbear.channels.sip.bridge import Event, Told
from forbear.channels.sip.causes import Cause
from forbear.web.cases import services as cases
from forbear.web.telephony import seats, services
from forbear.web.telephony.models import CallState, PhoneCall, Seat

NO_ANSWER = 480  # SIP: temporarily unavailable, where the vendor gives no cause
WITHOUT_PERMIT = "vendor dialled without permit"
CLAIMED_BY_VENDOR = "vendor"


@transaction.atomic
def call_moved(said: CallSeen, at: datetime) -> PhoneCall | None:
    """Move a call of ours as its exchange saw it; None for a call that is not ours to move.

    The permit is judged at the moment of dialling. A vendor that dialled without one has dialled all the same: the call
    is kept, and compliance is asked to look.
    """
    call = ours(said.call_id)
    if call is None or not taken_over(call, said.at):
        return None
    if said.state == "dialled" and call.dialled_at is None:
        if not services.may_dial(call, said.at):
            cases.add_task(
                call.case, kind="review", due_at=at, at=at, by=None, owner=call.staff, note=WITHOUT_PERMIT
            )
        return services.hear(call.pk, Event(Told.DIALLED), said.at)
    if said.state == "answered":
        return services.hear(call.pk, Event(Told.ANSWERED), said.at)
    if said.state == "over":
        return over(call, said)
    return call


def ours(call_id: str) -> PhoneCall | None:
    """Return the call a vendor names `call-<number>`, under its lock."""
    kind, _, number = call_id.partition("-")
    if kind != "call" or not number.isascii() or not number.isdigit():
        return None
    held = PhoneCall.objects.select_for_update(of=("self",))
    return (
        held.select_related("case", "permit__decision", "contact_point", "staff")
        .filter(pk=int(number[:18]))
        .first()
    )


def taken_over(call: PhoneCall, at: datetime) -> bool:
    """Let the first thing told take a waiting call; return whether the vendor has it."""
    if call.state == CallState.ASKED and call.claimed_at is None:
        call.claimed_at, call.ended_by = at, CLAIMED_BY_VENDOR
        call.save(update_fields=["claimed_at", "ended_by"])
        return True
    return call.ended_by == CLAIMED_BY_VENDOR and call.state != CallState.OVER


def over(call: PhoneCall, said: CallSeen) -> PhoneCall:
    """Close a call with the cause the vendor gives, and write up at once one that nobody took."""
    if call.dialled_at is None:
        ended = services.hear(call.pk, Event(Told.WITHDRAWN, by=CLAIMED_BY_VENDOR), said.at)
        return ended
    answered = call.answered_at is not None
    cause = Cause(said.sip_status or (0 if answered else NO_ANSWER), said.q850)
    ended = services.hear(
        call.pk, Event(Told.ENDED if answered else Told.FAILED, cause, CLAIMED_BY_VENDOR), said.at
    )
    services.record_unanswered(ended, said.at)
    return ended


def agent_moved(said: AgentSeen) -> Seat | None:
    """Put the seat of an agent in the state told; None for nobody of ours, or what is older than what we know."""
    seat = Seat.objects.select_for_update(of=("self",)).filter(
        user__staff_no=said.staff_no, user__is_active=True
    )
    found = seat.first()
    if found is None or said.at <= found.since:
        return None
    seats.move(found, said.state, said.at, case=found.case if said.state in seats.WITH_CALL else None)
    return found
