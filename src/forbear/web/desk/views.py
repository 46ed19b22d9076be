"""My day and the case screen."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from forbear.web import clock
from forbear.web.cases.approvals import waiting_approval
from forbear.web.cases.authority import alone_minor
from forbear.web.cases.codes import codes, name_of
from forbear.web.cases.models import Case
from forbear.web.cases.words import TASKS
from forbear.web.contact import gate
from forbear.web.desk import calls
from forbear.web.desk.figures import Figures, figures
from forbear.web.desk.queue import MyDay, my_day
from forbear.web.desk.requests import StaffRequest
from forbear.web.desk.review import reviewed
from forbear.web.desk.screen import (
    Screen,
    callable_state,
    drawn_meter,
    may_open,
    quiet_hours,
    screen,
    with_card_tails,
)
from forbear.web.desk.script import steps
from forbear.web.desk.telling import timeline
from forbear.web.law.notices import unread_notices
from forbear.web.people.permissions import may, require
from forbear.web.people.services import log_access
from forbear.web.portfolio.models import ContactPoint
from forbear.web.telephony.selectors import call_on

PRELOAD = "X-Desk-Preload"


@require("contact")
@require_GET
def desk(request: StaffRequest) -> HttpResponse:
    """My day: what to work, in order, and why."""
    at = clock.now()
    calls.settle(request, request.user, at)
    context = {
        "day": my_day(request.user, at),
        "at": at,
        "call": calls.current(request),
        "quiet": quiet_hours(at),
        "unread": unread_notices(request.user, at),
    }
    return render(request, "desk/my_day.html", context)


@require("contact")
@require_POST
def begin(request: StaffRequest) -> HttpResponse:
    """Open the first case of the day."""
    first = my_day(request.user, clock.now()).next_after()
    return redirect("case", first.case_id) if first else redirect("desk")


@require("see_case")
@require_GET
def queue(request: StaffRequest) -> HttpResponse:
    """The left column alone, so that call backs and promises appear when they are due."""
    at = clock.now()
    context = {"day": my_day(request.user, at), "case_id": int(request.GET.get("case", 0)), "at": at}
    return render(request, "desk/_queue.html", context)


@require("see_case")
@require_GET
def case(request: StaffRequest, case_id: int) -> HttpResponse:
    """One case: who, how late, what to say, what came of it. Every opening is logged."""
    at = clock.now()
    shown, day = opened(request, case_id)
    preloaded = request.headers.get(PRELOAD) == "1"
    log_access(
        request.user, shown.customer_id, "case", at, f"{shown.pk} preload" if preloaded else str(shown.pk)
    )
    return render(request, "desk/case.html", case_context(request, shown, day))


def opened(request: StaffRequest, case_id: int) -> tuple[Case, MyDay]:
    """Return a case the person may open, with their day; raise PermissionDenied otherwise."""
    day = my_day(request.user, clock.now())
    shown = get_object_or_404(with_card_tails(Case.objects.select_related("customer", "owner")), pk=case_id)
    if not may_open(request.user, shown, day) and reviewed(shown, request.user) is None:
        raise PermissionDenied("this case is neither in your queue nor assigned to you")
    calls.settle(request, request.user, day.at)
    return shown, day


def case_context(request: StaffRequest, shown: Case, day: MyDay | None = None) -> dict[str, Any]:
    """Return what the case screen and its parts are drawn from."""
    at = clock.now()
    call = calls.on_case(request, shown.pk)
    seen = screen(shown, request.user, at)
    money = figures(shown, at) if call and call.identity_at else None
    return {
        "at": at,
        "case": shown,
        "day": day,
        "case_id": shown.pk,
        "seen": seen,
        "figures": money,
        "alone_minor": alone_minor("promise", by=request.user, at=at) if money else 0,
        "tasks": [(str(TASKS.get(task.kind, task.kind)), task) for task in seen.tasks],
        "approval": waiting_approval(shown) if may(request.user, "approve") else None,
        "timeline": timeline(shown, show_amounts=money is not None, on=at.date()),
        "next_url": next_url(day, shown.pk) if day else "",
        "workable": callable_state(shown),
        "may_contact": may(request.user, "contact"),
        "review": reviewed(shown, request.user),
        "sees_all": may(request.user, "see_all_cases"),
        **call_context(request, shown, seen, money),
    }


def part(request: StaffRequest, template: str, shown: Case, **more: Any) -> HttpResponse:
    """Draw the right column's call bar and what changes with it."""
    return render(request, template, case_context(request, shown) | {"swap": True} | more)


def call_context(
    request: StaffRequest, shown: Case, seen: Screen | None, money: Figures | None
) -> dict[str, Any]:
    """Return what the call bar, the script and the result panel are drawn from."""
    at = clock.now()
    call = calls.on_case(request, shown.pk)
    elsewhere = calls.current(request)
    found = codes(at.date())
    tail = seen.card_tails[0] if seen and seen.card_tails else ""
    point = ContactPoint.objects.get(pk=call.point_id) if call else None
    return {
        "call": call,
        "call_elsewhere": elsewhere if elsewhere and elsewhere.case_id != shown.pk else None,
        "call_point": point,
        "phone": call_on(call.phone) if call else None,
        "number": calls.whole_number(point) if call and point and not call.ended_at else "",
        "steps": steps(
            shown, request.user, at, third=bool(call and call.third), card_tail=tail, figures=money
        ),
        "opens": "relay" if call and call.third else "figure" if money else "identity",
        "lines": [(line, name_of(line)) for line in found.lines.values()],
        "parties": [(party, name_of(party)) for party in found.parties.values() if party.code != "P9"],
        "outcomes": [(outcome, name_of(outcome)) for outcome in found.outcomes.values()],
        "reasons": [(reason, name_of(reason)) for reason in found.reasons.values() if reason.key],
    }


def next_url(day: MyDay, case_id: int) -> str:
    """Return the address of the next case, or of my day when nothing is left."""
    row = day.next_after(case_id)
    return reverse("case", args=[row.case_id]) if row else reverse("desk")


@require("see_case")
@require_GET
def meter(request: StaffRequest, case_id: int) -> HttpResponse:
    """The attempt meter alone, fresh."""
    at = clock.now()
    shown, _ = opened(request, case_id)
    point = ContactPoint.objects.filter(
        customer_id=shown.customer_id, pk=int(request.GET.get("point", "0"))
    ).first()
    return render(
        request,
        "desk/_meter.html",
        {"meter": drawn_meter(gate.meter(shown, point, at)), "point": point, "case": shown},
    )
