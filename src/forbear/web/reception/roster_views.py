"""The roster: who answers for inbound matters in the days to come; managers write it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_GET, require_POST

from forbear.web import clock
from forbear.web.people.models import Role, User
from forbear.web.people.permissions import may, require
from forbear.web.reception import services
from forbear.web.reception.models import Duty

ANSWERING = (Role.COLLECTOR, Role.MANAGER, Role.LEGAL, Role.COMPLIANCE)


class DutyForm(forms.Form):
    """One stretch of duty."""

    user = forms.ModelChoiceField(
        User.objects.filter(role__in=ANSWERING, is_active=True).order_by("display_name"), label=lazy("Who")
    )
    day = forms.DateField(label=lazy("Day"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    begins = forms.TimeField(label=lazy("From"), widget=forms.TimeInput({"type": "time"}, format="%H:%M"))
    until = forms.TimeField(label=lazy("Until"), widget=forms.TimeInput({"type": "time"}, format="%H:%M"))


@require("receive", "assign")
@require_GET
def roster(request: HttpRequest) -> HttpResponse:
    """The week, who is on duty now, and the form."""
    first = {"day": clock.today(), "begins": "09:00", "until": "18:00"}
    return drawn(request, DutyForm(initial=first))


def drawn(request: HttpRequest, form: DutyForm, status: int = 200) -> HttpResponse:
    """Draw the roster with the form as it stands."""
    at = clock.now()
    context: dict[str, Any] = {
        "week": services.week(at), "form": form, "writes": may(request.user, "assign"), "at": at,
        "now": services.on_duty(None, at),
    }  # fmt: skip
    return render(request, "reception/roster.html", context, status=status)


@require("assign")
@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Put somebody on duty."""
    form = DutyForm(request.POST)
    if not form.is_valid():
        return drawn(request, form, status=422)
    given, zone = form.cleaned_data, clock.bank_zone()
    begins, until = (datetime.combine(given["day"], given[name], tzinfo=zone) for name in ("begins", "until"))
    try:
        services.put_on_duty(given["user"], starts_at=begins, ends_at=until)
    except services.ReceptionRefused as refused:
        form.add_error(refused.field, str(refused))
        return drawn(request, form, status=422)
    messages.success(request, _("%(name)s is on the roster.") % {"name": given["user"].display_name})
    return redirect("reception_roster")


@require("assign")
@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a stretch off the roster, or end it now."""
    services.take_off_duty(get_object_or_404(Duty, pk=pk), at=clock.now())
    return redirect("reception_roster")
