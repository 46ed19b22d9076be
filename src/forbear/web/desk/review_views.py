"""Take a visit or a legal review off the day's list without a call, saying what was found; and put it back."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from forbear.web import clock
from forbear.web.cases import services
from forbear.web.cases.services import CaseRefused
from forbear.web.desk.requests import StaffRequest
from forbear.web.desk.review import reviewed
from forbear.web.desk.views import next_url, opened
from forbear.web.people.permissions import require
from forbear.web.runs.models import QueueItem


@require("note")
@require_POST
@transaction.atomic
def done(request: StaffRequest, case_id: int) -> HttpResponse:
    """Take the item off everybody's list; what was found goes on the timeline."""
    shown, day = opened(request, case_id)
    item = reviewed(shown, request.user)
    at = clock.now()
    if item is None or not QueueItem.objects.filter(pk=item.pk, done_at=None).update(done_at=at):
        messages.info(request, _("This was no longer on the list."))
        return redirect("case", case_id)
    try:
        services.add_note(shown, text=request.POST.get("found", ""), at=at, by=request.user)
    except CaseRefused:
        transaction.set_rollback(True)
        messages.error(request, _("Say what you found, so that the next person need not look again."))
        return redirect("case", case_id)
    messages.success(request, _("Case %(case)s is off the list.") % {"case": case_id})
    return redirect(next_url(day, case_id))


@require("note")
@require_POST
@transaction.atomic
def reopen(request: StaffRequest, case_id: int) -> HttpResponse:
    """Put the item back on the list."""
    shown, _day = opened(request, case_id)
    item = reviewed(shown, request.user)
    if item is not None and QueueItem.objects.filter(pk=item.pk, done_at__isnull=False).update(done_at=None):
        services.add_note(shown, text=_("Put back on the list."), at=clock.now(), by=request.user)
    return redirect("case", case_id)
