"""The dialler on screen: a panel that keeps itself fresh, and the collector's word to it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from forbear.web import clock
from forbear.web.desk.requests import StaffRequest
from forbear.web.people.permissions import require
from forbear.web.telephony import seats
from forbear.web.telephony.models import SeatState
from forbear.web.telephony.panel import panel
from forbear.web.telephony.selectors import call_to_take_up, seats_now


@require("contact")
@require_GET
def dialler(request: StaffRequest) -> HttpResponse:
    """The panel: 204 while nothing changed; where the dialler placed a call, the browser is sent to its case."""
    at = clock.now()
    drawn = panel(request.user, at)
    if drawn is None:
        return HttpResponse(status=286)  # no handset any more: htmx stops asking
    placed = call_to_take_up(request.user)
    if placed is not None and str(placed.case_id) != request.GET.get("case", ""):
        return HttpResponse(headers={"HX-Redirect": reverse("case", args=[placed.case_id])})
    if request.GET.get("seen") == drawn.key:
        return HttpResponse(status=204)
    return render(request, "telephony/_dialler.html", context(request, drawn, at))


@require("contact")
@require_POST
def say(request: StaffRequest) -> HttpResponse:
    """Start, take a break, leave, or skip the case in preview; a call in progress is never cut."""
    at = clock.now()
    if panel(request.user, at) is None:
        return HttpResponse(status=286)
    word = request.POST.get("say", "")
    if word == "start":
        seats.begin_work(request.user, at)
    elif word == "break":
        seats.pause(request.user, at)
    elif word == "leave":
        seats.pause(request.user, at, to=SeatState.OFFLINE)
    elif word == "skip":
        seats.skip(request.user, at)
    return render(request, "telephony/_dialler.html", context(request, panel(request.user, at), at))


def context(request: StaffRequest, drawn: Any, at: Any) -> dict[str, Any]:
    """Return what the panel is drawn from; `on_case` is the case the browser shows."""
    return {"panel": drawn, "at": at, "on_case": (request.GET or request.POST).get("case", "")}


@require("see_board")
@require_GET
def floor(request: StaffRequest) -> HttpResponse:
    """What every collector with a handset does now; for the board, which asks again by itself."""
    return render(request, "telephony/_floor.html", {"seats": seats_now(clock.now())})
