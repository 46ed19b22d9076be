"""Wishes on a case, and the numbers that are closed to us: compliance alone lets one be used again."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from forbear.web import clock
from forbear.web.desk.requests import StaffRequest
from forbear.web.desk.views import opened
from forbear.web.people.permissions import require
from forbear.web.people.services import log_accesses
from forbear.web.portfolio.models import ContactPoint
from forbear.web.reach import contact_points, forms, selectors


@require("contact")
@require_POST
def store_wishes(request: StaffRequest, case_id: int) -> HttpResponse:
    """Store what a debtor asked for on the telephone; it binds every channel from the answer of this request on."""
    shown, _day = opened(request, case_id)
    at = clock.now()
    said: dict[str, Any] = {"case": shown, "open": True}
    try:
        said["stored"] = forms.store(request.POST, shown.customer_id, at=at, by=request.user, case=shown)
    except contact_points.ReachRefused as refused:
        said |= {"wrong": refused, "quiet_said": request.POST.get("quiet", "")}
    drawn = forms.drawn(shown.customer_id, at)
    return render(request, "reach/_wishes.html", drawn | said, status=422 if "wrong" in said else 200)


@require("reopen_number")
@require_GET
def closed(request: StaffRequest) -> HttpResponse:
    """List the numbers that were refused or belong to somebody else, latest first; the reading is logged."""
    rows = selectors.closed_points()
    customers = sorted({row.point.customer_id for row in rows})
    log_accesses(request.user, customers, "closed_numbers", clock.now(), "list")
    return render(request, "reach/closed.html", {"rows": rows, "most": selectors.CLOSED_MAX})


@require("reopen_number")
@require_POST
def reopen(request: StaffRequest, point_id: int) -> HttpResponse:
    """Let a number be used again, as unverified, with the reason."""
    point = get_object_or_404(ContactPoint, pk=point_id)
    try:
        contact_points.reopen(point, at=clock.now(), by=request.user, why=request.POST.get("why", ""))
        messages.success(request, _("The number may be used again, as unverified."))
    except contact_points.ReachRefused as refused:
        messages.error(request, str(refused))
    return redirect("reach_closed")
