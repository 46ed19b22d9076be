"""What every page of the court room stands in: its tabs, the watermark of outside counsel, the language."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as lazy

from forbear.web import clock
from forbear.web.litigation.requests import StaffRequest, is_outside
from forbear.web.people.permissions import may

PAGES = (
    ("court", lazy("Docket"), "see_court"),
    ("court_screening", lazy("Screening"), "work_court"),
    ("court_limitation", lazy("Limitation"), "see_all_matters"),
    ("court_batch", lazy("Batch"), "see_all_matters"),
    ("court_calendar", lazy("Calendar"), "see_court"),
    ("court_service", lazy("Service"), "see_all_matters"),
    ("court_costs", lazy("Costs of court"), "see_all_matters"),
    ("court_counsel", lazy("Agents and counsel"), "work_court"),
)


def page(request: StaffRequest, template: str, here: str, context: dict[str, Any]) -> HttpResponse:
    """Render a page of the room with its tabs; outside counsel's bears a watermark."""
    at = clock.now()
    pages = [(name, words) for name, words, action in PAGES if may(request.user, action)]
    shown = {
        "pages": pages,
        "here": here,
        "label": {n: w for n, w, _a in PAGES}.get(here, ""),
        "at": at,
    }
    if is_outside(request.user):
        shown["watermark"] = f"{request.user.display_name} {request.user.staff_no} {at:%Y-%m-%d %H:%M}"
    return render(request, template, shown | context)
