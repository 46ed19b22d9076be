"""What a collector leaves on a case for later: a note, a call put off."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from forbear.web import clock
from forbear.web.cases import services
from forbear.web.desk.refusals import says_no
from forbear.web.desk.requests import StaffRequest
from forbear.web.desk.views import next_url, opened, part
from forbear.web.people.permissions import require


@require("note")
@require_POST
@says_no
def note(request: StaffRequest, case_id: int) -> HttpResponse:
    """Write a note outside a call."""
    shown, _day = opened(request, case_id)
    services.add_note(shown, text=request.POST.get("note", ""), at=clock.now(), by=request.user)
    return part(request, "desk/_timeline.html", shown)


@require("contact")
@require_POST
@says_no
def later(request: StaffRequest, case_id: int) -> HttpResponse:
    """Put a call that was refused on one's list for the next lawful moment."""
    shown, day = opened(request, case_id)
    at = clock.now()
    due = datetime.fromisoformat(request.POST.get("at", at.isoformat())).astimezone(at.tzinfo)
    services.add_task(shown, kind="callback", due_at=due, at=at, by=request.user, owner=request.user)
    return JsonResponse({"next": next_url(day, shown.pk)})
