"""Not being able to pay: lawful ways out, free help, and a page that stops pressure."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from forbear import days
from forbear.web.agreements.machine import AgreementRefused
from forbear.web.agreements.matters import open_matter
from forbear.web.cases.holds import HoldRefused, place_hold
from forbear.web.cases.models import Task
from forbear.web.cases.opening import add_task
from forbear.web.complaints.policy import word
from forbear.web.debtor import policy
from forbear.web.debtor.asking import TEXT_MAX, ask, bound, heard
from forbear.web.debtor.menu import CANNOT_PAY, shown
from forbear.web.debtor.session import Debtor, debtor_page
from forbear.web.law.current import packs_now
from forbear.web.outbox.services import withdraw_for_customer
from forbear.web.reach.reserved_permits import release_reserved
from forbear.web.replies.paging import page

HOURS = (("10", lazy("In the morning")), ("15", lazy("In the afternoon")), ("19", lazy("In the evening")))
SOURCE = "own page"


def directory(at: datetime, *, distress: bool = False) -> list[dict[str, Any]]:
    """Return where help is free, in the reader's words, each with the day it was looked at."""
    rows = packs_now().value("house/help/directory", at.date())
    return [
        {**row, "name": word(row), "what": word(row, "for_")} for row in rows if row.get("distress") or not distress
    ]  # fmt: skip


@require_safe
@debtor_page
def cannot(request: HttpRequest, debtor: Debtor) -> HttpResponse:
    """Show what can be done without money now: never fewer than three lawful choices."""
    return render(request, "debtor/cannot.html", {"entries": shown(CANNOT_PAY)})


@require_safe
@debtor_page
def help_page(request: HttpRequest, debtor: Debtor) -> HttpResponse:
    """Show where help is free."""
    return render(request, "debtor/help.html", {"rows": directory(debtor.at)})


class HardshipForm(forms.Form):
    """What happened."""

    text = forms.CharField(
        label=lazy("What happened?"), help_text=lazy("You tell it once. Nobody will make you tell it again."), max_length=TEXT_MAX,
        widget=forms.Textarea(attrs={"rows": 5}),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@debtor_page
def hardship(request: HttpRequest, debtor: Debtor) -> HttpResponse:
    """Take in that somebody is in difficulty."""
    form = HardshipForm(*bound(request))
    if request.method == "POST" and form.is_valid():
        try:
            open_matter(debtor.case, "hardship", reason=SOURCE, at=debtor.at, by=None)
        except (AgreementRefused, HoldRefused) as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("We have it. We leave you in peace while we look at it."))
            return heard(debtor, form.cleaned_data["text"]) or redirect("my_home")
    lead = _("Illness, no work, a loss in the family: tell us, and we look for a way together.")
    return ask(request, form, _("Times are hard?"), lead, _("Send"))


class CallbackForm(forms.Form):
    """When to call."""

    hour = forms.ChoiceField(label=lazy("When may we call?"), choices=HOURS, widget=forms.RadioSelect)


@require_http_methods(["GET", "HEAD", "POST"])
@debtor_page
def callback(request: HttpRequest, debtor: Debtor) -> HttpResponse:
    """Take in a wish to be called on the next working day."""
    form = CallbackForm(*bound(request))
    if request.method == "POST" and form.is_valid():
        day = days.add_business_days(debtor.at.date(), 1)
        due = datetime.combine(day, time(int(form.cleaned_data["hour"])), tzinfo=debtor.at.tzinfo)
        waiting = Task.objects.filter(
            case=debtor.case, kind="callback", done_at__isnull=True, due_at__gte=debtor.at
        )
        if not waiting.filter(due_at=due).exists():
            add_task(
                debtor.case,
                kind="callback",
                due_at=due,
                at=debtor.at,
                by=None,
                owner=debtor.case.owner,
                note=SOURCE,
            )
        messages.success(request, _("We call you on %(day)s.") % {"day": due.strftime("%Y-%m-%d %H:%M")})
        return redirect("my_home")
    lead = _("On the next working day. Have no fear: you can end the call at any time.")
    return ask(request, form, _("Shall we call you?"), lead, _("Please call me"))


@require_safe
@debtor_page
def care(request: HttpRequest, debtor: Debtor) -> HttpResponse:
    """Say that nothing is asked for now, and where somebody listens. No amount stands here."""
    stopped = debtor.case.holds.filter(kind="emergency", released_at__isnull=True).exists()
    minutes = packs_now().value("house/help/care_minutes", debtor.at.date())
    context = {"rows": directory(debtor.at, distress=True), "stopped": stopped, "minutes": minutes}
    return render(request, "debtor/care.html", context | {"hotline": policy.bank("hotline", debtor.at)})


@require_POST
@debtor_page
def stop(request: HttpRequest, debtor: Debtor) -> HttpResponse:
    """Stop all pressure now and call a trained person."""
    try:
        place_hold(debtor.case, kind="emergency", at=debtor.at, by=None, reason=SOURCE)
    except HoldRefused:
        return redirect("my_care")  # a closed case has no pressure to stop
    withdraw_for_customer(debtor.customer, why="own page: emergency", at=debtor.at)
    release_reserved(debtor.customer.pk, None)
    if not Task.objects.filter(case=debtor.case, kind="emergency", done_at__isnull=True).exists():
        minutes = int(packs_now().value("house/help/care_minutes", debtor.at.date()))
        due = debtor.at + timedelta(minutes=minutes)
        page(
            add_task(debtor.case, kind="emergency", due_at=due, at=debtor.at, by=None, note=SOURCE),
            at=debtor.at,
        )
    return redirect("my_care")
