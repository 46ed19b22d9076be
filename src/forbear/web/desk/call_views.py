"""The call: dial, confirm identity, hang up, wrap up; and what the telephone line says."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from forbear import questions
from forbear.web import clock
from forbear.web.cases import services
from forbear.web.cases.models import Case, Task
from forbear.web.cases.services import Call
from forbear.web.contact import gate
from forbear.web.contact.models import GateDecision, Permit
from forbear.web.desk import calls
from forbear.web.desk.refusals import FieldWrong, says_no
from forbear.web.desk.requests import StaffRequest
from forbear.web.desk.screen import DIALLED, callable_state
from forbear.web.desk.views import next_url, opened, part
from forbear.web.desk.wrap_up_form import read_result
from forbear.web.law.current import packs_at
from forbear.web.people.models import User
from forbear.web.people.permissions import require
from forbear.web.people.services import log_access
from forbear.web.portfolio.models import ContactPoint, ContactPointState
from forbear.web.reading import reading_lang
from forbear.web.replies import acting
from forbear.web.runs.models import QueueItem
from forbear.web.telephony import seats
from forbear.web.telephony import services as telephony
from forbear.web.telephony.models import CallState, PhoneCall
from forbear.web.telephony.selectors import call_on


@require("contact")
@require_POST
def dial(request: StaffRequest, case_id: int) -> HttpResponse:
    """Ask the gate; on a permit show the number and ring, else show why not."""
    at = clock.now()
    shown, _day = opened(request, case_id)
    point = get_object_or_404(ContactPoint, pk=request.POST.get("point"), customer_id=shown.customer_id)
    if not callable_state(shown):
        return part(request, "desk/_call.html", shown)
    if calls.current(request) is not None:
        return part(request, "desk/_call.html", shown, refused_text=_("Wrap up the call in progress first."))
    if point.kind not in DIALLED or point.state in (ContactPointState.INVALID, ContactPointState.QUARANTINED):
        return part(request, "desk/_call.html", shown, refused_text=_("This contact point cannot be called."))
    try:
        reply = calls.ask_for_permit(shown, point, by=request.user, at=at)
    except gate.NoticesUnread as notices:
        return part(request, "desk/_call.html", shown, unread=notices.ids)
    if reply.permit is None:
        context = {"reply": in_readers_language(reply), "instead": instead_of(reply)}
        return part(request, "desk/_call.html", shown, **context)
    try:
        calls.begin(request, shown, point, reply.permit, request.user, at)
    except calls.DiallerCalls:
        return part(
            request, "desk/_call.html", shown, refused_text=_("The dialler is calling for you already.")
        )
    log_access(request.user, shown.customer_id, "number_revealed", at, f"case {shown.pk} point {point.pk}")
    return part(request, "desk/_call.html", shown, reply=in_readers_language(reply), fresh=True)


def in_readers_language(reply: gate.GateReply) -> Any:
    """Return the answer in the language of the reader; the decision keeps the words it was made with."""
    if reading_lang() == "zh":
        return reply.reply
    facts = GateDecision.objects.values_list("facts", flat=True).get(pk=reply.decision_id)
    return questions.ask("may_contact", facts, packs=packs_at(datetime.fromisoformat(facts["at"])), lang="en")


def instead_of(reply: gate.GateReply) -> str:
    """Return what may be done instead of the call that was refused."""
    if reply.reply["earliest_at"]:
        return _("Press F9 to put the call on your list for that moment, or Ctrl+Enter for the next case.")
    return _("Write a note for your lead, or press Ctrl+Enter for the next case.")


@require("contact")
@require_POST
def hang_up(request: StaffRequest, case_id: int) -> HttpResponse:
    """Note the end of the call; the result is still to be recorded."""
    shown, _day = opened(request, case_id)
    call = calls.on_case(request, case_id)
    if call is not None:
        calls.hang_up(request, call, clock.now())
    return part(request, "desk/_call.html", shown)


@require("contact")
@require_POST
def identity(request: StaffRequest, case_id: int) -> HttpResponse:
    """The other side proved to be the debtor: from here the amounts are shown, and that is logged."""
    at = clock.now()
    shown, _day = opened(request, case_id)
    call = calls.on_case(request, case_id)
    if call is None:
        return part(
            request,
            "desk/_call.html",
            shown,
            refused_text=_("Identity is checked on a call: dial first (F2)."),
        )
    if call.third:
        return part(
            request,
            "desk/_call.html",
            shown,
            refused_text=_("A third person is never shown to be the debtor."),
        )
    if not call.identity_at:
        calls.pass_identity(request, call, at)
        services.append_event(shown, kind="identity", at=at, by=request.user)
        log_access(request.user, shown.customer_id, "amounts", at, f"case {shown.pk} identity passed")
    return part(request, "desk/_call.html", shown)


@require("contact")
@require_POST
@says_no
def wrap_up(request: StaffRequest, case_id: int) -> HttpResponse:
    """Record the call with everything its result forces, then name the next case."""
    shown, day = opened(request, case_id)
    live = calls.on_case(request, case_id)
    at = clock.now()
    if live is None:
        raise FieldWrong(_("There is no call to record: dial first (F2)."), "line")
    permit = Permit.objects.get(pk=live.permit_id)
    point = ContactPoint.objects.get(pk=live.point_id)
    call = Call(shown, permit, point, live.started, live.ended or at, request.user)
    phone = call_on(live.phone)
    if phone is not None:
        telephony.stop(phone)
        call = telephony.as_wrapped(phone, at)
    result = read_result(request.POST, at, request.user, identity=bool(live.identity_at))
    with transaction.atomic():
        attempt = services.wrap_up(call, result)
        tick_off(shown, at, by=request.user, reached=attempt.answered)
        if Task.objects.filter(case=shown, kind="emergency", done_at__isnull=True).exists():
            acting.emergency(shown, at=at, by=request.user, why=attempt.outcome or "desk")
        if phone is not None:
            telephony.tie(phone, attempt)
            seats.after_call(request.user, attempt, at)
    calls.forget(request)
    home = seats.is_at_work(request.user)  # the dialler says what is next
    return JsonResponse({"next": reverse("desk") if home else next_url(day, shown.pk)})


@require("contact")
@require_GET
def phone(request: StaffRequest, case_id: int) -> HttpResponse:
    """How the call on the line stands; a call that never reached the debtor is closed with the reason."""
    shown, _day = opened(request, case_id)
    live = calls.on_case(request, case_id)
    placed = call_on(live.phone) if live else None
    if live is None or placed is None:
        answer = part(
            request, "desk/_call.html", shown
        )  # the line wrote it up: nobody took the dialler's call
        answer["HX-Retarget"] = "#call"
        return answer
    if placed.state == CallState.OVER and placed.dialled_at is None:
        calls.forget(request)
        answer = part(request, "desk/_call.html", shown, refused_text=why_not_dialled(placed))
        answer["HX-Retarget"] = "#call"
        return answer
    if placed.ended_at is not None and not live.ended_at:
        live = calls.keep(request, replace(live, ended_at=placed.ended_at.isoformat()))
    return render(request, "desk/_phone.html", {"phone": placed, "case": shown, "call": live})


def why_not_dialled(placed: PhoneCall) -> str:
    """Return why the debtor's telephone never rang."""
    last = placed.events.order_by("-pk").first()
    return {
        "withdrawn": _(
            "Not dialled: the permit no longer held when the line was ready. Dial again to see why."
        ),
        "collector_missed": _("Not dialled: your handset was not picked up."),
    }.get(last.kind if last else "", _("Not dialled: the line to the exchange is down."))


def tick_off(shown: Case, at: datetime, *, by: User, reached: bool) -> None:
    """Take a case that was reached off the day's queue, and finish the call backs that were due."""
    if not reached:
        return
    mine = Q(owner=by) | Q(owner__isnull=True)
    QueueItem.objects.filter(mine, case=shown, done_at__isnull=True).update(done_at=at)
    for task in Task.objects.filter(case=shown, kind="callback", done_at__isnull=True, due_at__lte=at):
        services.finish_task(task, at=at, by=by)
