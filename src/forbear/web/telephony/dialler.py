"""The progressive dialler: one line per free collector, the day's queue in order, a look at the case before it rings.

`step` is one turn at a moment; the caller says when. It knows no SIP: a call it wants is a row that the line takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from django.db.models import Count, Max, OuterRef, Subquery

from forbear.web.cases.models import Case
from forbear.web.contact import gate
from forbear.web.contact.models import GateDecision
from forbear.web.desk.calls import ask_for_permit
from forbear.web.desk.queue import MyDay, my_day
from forbear.web.desk.screen import callable_state, contact_points, next_to_dial
from forbear.web.telephony import seats, services
from forbear.web.telephony.models import CallEvent, CallState, PhoneCall, Seat, SeatState
from forbear.web.telephony.pacing import calls_to_begin
from forbear.web.telephony.policy import DiallerPolicy, dialler_policy
from forbear.web.telephony.selectors import floor, held_people

NOT_DIALLED = "approval"  # a colleague's question, not a debtor to ring
LOOK_AGAIN = timedelta(seconds=20)  # a day with nothing to dial is not read anew at every turn


def step(at: datetime) -> list[PhoneCall]:
    """Take one turn: seats whose call is over go on, previews that are due are dialled, free seats see the next."""
    rules = dialler_policy(at.date())
    go_on(at)
    begun = dial_previews(at, rules)
    show_next(at, rules)
    return begun


LAST_CALL = Subquery(PhoneCall.objects.filter(staff=OuterRef("user")).order_by("-pk").values("pk")[:1])


def go_on(at: datetime) -> None:
    """Move seats whose call or wait is over."""
    on_call = list(Seat.objects.filter(state=SeatState.ON_CALL).annotate(last=LAST_CALL))
    over = PhoneCall.objects.filter(state=CallState.OVER).in_bulk(
        [seat.last for seat in on_call if seat.last]
    )
    for caller in on_call:
        call = over.get(caller.last)
        if call is not None and waits_for_result(call):
            seats.move_on(caller, SeatState.AFTER_CALL, at)  # until the result is written
        elif call is not None:
            missed = CallEvent.objects.filter(call=call, kind="collector_missed").exists()
            seats.move_on(caller, SeatState.BREAK if missed else SeatState.IDLE, at)
    waited = Seat.objects.filter(state__in=(SeatState.AFTER_CALL, SeatState.RESTING), not_before__lte=at)
    held = held_people()
    written = Seat.objects.filter(state=SeatState.AFTER_CALL, not_before__isnull=True).exclude(user__in=held)
    for seat in (*waited, *written):  # `written`: the line recorded what its collector did not write in time
        seats.move_on(seat, SeatState.IDLE, at)


def waits_for_result(call: PhoneCall) -> bool:
    """Return whether a call is over and its collector has yet to say what it came to."""
    by_collector = bool(call.answered_at) or (not call.by_dialler and call.dialled_at is not None)
    return call.state == CallState.OVER and call.attempt_id is None and by_collector


def dial_previews(at: datetime, rules: DiallerPolicy) -> list[PhoneCall]:
    """Dial for the seats whose look at the case is over, as many as the pacing allows."""
    due = list(
        Seat.objects.filter(state=SeatState.PREVIEW, not_before__lte=at)
        .select_related("user", "case__customer")
        .exclude(user__in=held_people())
        .order_by("not_before", "pk")
    )
    if not due:
        return []
    allowed = calls_to_begin(
        floor(at), lines_per_free=rules.lines_per_free_collector, share_max=rules.abandoned_share_max
    )
    return [call for seat in due[:allowed] if (call := dial(seat, at)) is not None]


def dial(seat: Seat, at: datetime) -> PhoneCall | None:
    """Ask the gate and place one call; refused, the seat sees the next case."""
    case = seat.case
    point = next_to_dial(contact_points(case, at)) if case and callable_state(case) else None
    if case is None or point is None:
        pass_over(seat, at)
        return None
    if not seats.claim(seat, at):
        return None
    try:
        reply = ask_for_permit(case, point, by=seat.user, at=at)
    except gate.NoticesUnread:
        seats.move(seat, SeatState.BREAK, at)  # first read what changed
        return None
    if reply.permit is None:
        seats.move(seat, SeatState.IDLE, at)
        return None
    return services.place(
        permit=reply.permit, case=case, contact_point=point, by=seat.user, at=at, by_dialler=True
    )


def pass_over(seat: Seat, at: datetime) -> None:
    """Leave a case with no number that may be dialled out for today."""
    if seat.case_id:
        seat.skipped = [*seat.skipped, seat.case_id]
        seat.save(update_fields=["skipped"])
    seats.move(seat, SeatState.IDLE, at)


def show_next(at: datetime, rules: DiallerPolicy) -> None:
    """Show each free seat the next case of its day, whoever waited longest first."""
    idle = Seat.objects.filter(state=SeatState.IDLE).exclude(user__in=held_people())
    for seat in idle.select_related("user").order_by("since", "pk"):
        if seat.not_before is not None and seat.not_before > at:
            continue
        case = next_case(seat, my_day(seat.user, at), at, rules)
        if case is not None:
            seats.move(seat, SeatState.PREVIEW, at, not_before=at + rules.preview, case=case)
        else:
            seats.look_again(seat, at + LOOK_AGAIN)


def next_case(seat: Seat, day: MyDay, at: datetime, rules: DiallerPolicy) -> Case | None:
    """Return the first case of the day that may be tried now, in the day's own order."""
    ready = [row.case_id for row in day.rows if row.band.code != NOT_DIALLED and day.is_ready(row)]
    closed = {*seat.skipped, *tried_enough(ready, at, rules), *refused_lately(ready, at, rules), *taken()}
    chosen = next((case_id for case_id in ready if case_id not in closed), None)
    return Case.objects.select_related("customer").get(pk=chosen) if chosen else None


def tried_enough(case_ids: Sequence[int], at: datetime, rules: DiallerPolicy) -> set[int]:
    """Return the cases that were dialled a moment ago, or often enough today."""
    today = datetime.combine(at.date(), time(), tzinfo=at.tzinfo)
    tried = (
        PhoneCall.objects.filter(case_id__in=case_ids, asked_at__gte=today)
        .values("case_id")
        .annotate(times=Count("pk"), last=Max("asked_at"))
    )
    return {
        row["case_id"]
        for row in tried
        if row["times"] >= rules.tries_a_day_max or row["last"] > at - rules.retry
    }


def refused_lately(case_ids: Sequence[int], at: datetime, rules: DiallerPolicy) -> set[int]:
    """Return the cases for which the gate said no and named a later moment, or said no a while ago and named none."""
    today = datetime.combine(at.date(), time(), tzinfo=at.tzinfo)
    decisions = GateDecision.objects.filter(
        at__gte=today, at__lte=at, case_id__in=case_ids, channel="voice", answer="refused"
    )
    return {
        case_id
        for case_id, when, earliest in decisions.values_list("case_id", "at", "reply__earliest_at")
        if case_id is not None and at < (datetime.fromisoformat(earliest) if earliest else when + rules.retry)
    }


def taken() -> set[int]:
    """Return the cases that are on some seat already."""
    ids = Seat.objects.filter(case__isnull=False).values_list("case_id", flat=True)
    return {case_id for case_id in ids if case_id is not None}
