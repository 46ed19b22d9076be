"""What goes to the lead: an emergency, and one promise more than the house takes by itself."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from forbear.web import clock
from forbear.web.cases import approvals
from forbear.web.cases.models import Task
from forbear.web.complaints.bars import is_barred, is_cut
from forbear.web.desk.refusals import REFUSALS, says_no
from forbear.web.desk.requests import StaffRequest
from forbear.web.desk.views import opened
from forbear.web.desk.wrap_up_form import read_promise
from forbear.web.people.permissions import require
from forbear.web.replies import acting


@require("contact")
@require_POST
def emergency(request: StaffRequest, case_id: int) -> HttpResponse:
    """One key: freeze the case now and page the lead; the call goes on with the care script."""
    shown, _day = opened(request, case_id)
    at = clock.now()
    acting.emergency(shown, at=at, by=request.user, why="desk")
    return redirect("case", case_id)


@require("contact", "promise")
@require_POST
@says_no
def ask(request: StaffRequest, case_id: int) -> HttpResponse:
    """Ask a lead for one promise more than the house takes by itself."""
    shown, _day = opened(request, case_id)
    at = clock.now()
    terms = read_promise(request.POST, at, request.user)
    approvals.ask_approval(
        shown, amount_minor=terms.amount_minor, due_on=terms.due_on, pay_channel=terms.pay_channel, at=at, by=request.user
    )  # fmt: skip
    return JsonResponse({"message": _("Your lead has been asked.")})


@require("approve")
@require_POST
def answer(request: StaffRequest, task_id: int) -> HttpResponse:
    """A lead says yes or no to one promise more."""
    task = get_object_or_404(Task.objects.select_related("case__customer"), pk=task_id, done_at__isnull=True)
    at = clock.now()
    if is_barred(request.user, task.case.customer_id) or is_cut(request.user, task.case):
        raise PermissionDenied("this debtor is closed to this person")
    try:
        if request.POST.get("answer") == "yes":
            approvals.approve(task, at=at, by=request.user)
        else:
            approvals.decline(task, at=at, by=request.user, reason=request.POST.get("reason", ""))
    except REFUSALS as refusal:
        messages.error(request, str(refusal))
    return redirect("case", task.case_id)
