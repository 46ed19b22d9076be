"""The negotiation panel of the case desk: means, options, the choice, the signature."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from forbear.web import clock
from forbear.web.agreements import forms, keeping, letters, means, options, plans, signing
from forbear.web.agreements.machine import AgreementRefused
from forbear.web.agreements.models import Plan
from forbear.web.agreements.panel import drawn, negotiable
from forbear.web.cases.authority import BeyondAuthority
from forbear.web.cases.models import Case
from forbear.web.cases.opening import CaseRefused
from forbear.web.desk.requests import StaffRequest
from forbear.web.desk.views import case_context
from forbear.web.documents.services import DocumentRefused
from forbear.web.people.permissions import require
from forbear.web.reading import reading_lang

REFUSALS = (AgreementRefused, BeyondAuthority, CaseRefused, DocumentRefused)
View = Callable[..., HttpResponse]


@require("negotiate")
@require_GET
def panel(request: StaffRequest, case_id: int) -> HttpResponse:
    """Draw the panel: what is known, what can be agreed, what stands."""
    shown = negotiable(request, case_id)
    return drawn(request, shown)


def says_why(view: View) -> View:
    """Draw the panel again with the words, the missing conditions and the rules when the house says no."""

    def guarded(request: StaffRequest, case_id: int, *args: Any, **named: Any) -> HttpResponse:
        shown = negotiable(request, case_id)
        try:
            said = view(request, shown, *args, **named)
        except REFUSALS as refused:
            more = {
                "refused": str(refused),
                "refused_reasons": getattr(refused, "reasons", ()),
                "field": getattr(refused, "field", ""),
            }
            shown.refresh_from_db()
            return drawn(request, shown, status=422, typed=request.POST, **more)
        shown.refresh_from_db()
        answer = drawn(request, shown, done=said.content.decode())
        # What stands beside the panel follows in the same moment: nobody is to be called whose plan was just signed.
        beside = case_context(request, shown) | {"swap": True}
        answer.write(render_to_string("agreements/_beside.html", beside, request))
        return answer

    guarded.__name__, guarded.__doc__ = view.__name__, view.__doc__
    return guarded


@require("negotiate")
@require_POST
@says_why
def record(request: StaffRequest, shown: Case) -> HttpResponse:
    """Record what the debtor can pay."""
    told = forms.told(request.POST, due_monthly_minor=shown.past_due_minor)
    means.record_means(shown, told, at=clock.now(), by=request.user)
    return HttpResponse(_("Recorded."))


@require("negotiate")
@require_POST
def formula(request: StaffRequest, case_id: int) -> HttpResponse:
    """Show the formula of what is typed, live; nothing is kept."""
    try:
        shown = negotiable(request, case_id)
    except (
        PermissionDenied
    ):  # the call has ended while somebody still typed: nothing is shown, nothing went wrong
        return HttpResponse(status=204)
    try:
        told = forms.told(request.POST, due_monthly_minor=shown.past_due_minor)
        answer = means.affordability(told.facts, at=clock.now(), lang=reading_lang())
    except AgreementRefused as refused:
        return render(request, "agreements/_formula.html", {"refused": str(refused)}, status=422)
    return render(request, "agreements/_formula.html", {"answer": answer})


@require("negotiate")
@require_POST
@says_why
def choose(request: StaffRequest, shown: Case) -> HttpResponse:
    """Choose an option: it is offered at once within one's authority, else it goes to those who may approve."""
    checked = False if request.POST.get("not_in_instalments") == "on" else None
    made = options.choose(
        shown, request.POST.get("option", ""), cash_minor=forms.amount(request.POST, "cash"), already_instalment=checked,
        reason=request.POST.get("why", ""), at=clock.now(), by=request.user, lang=reading_lang(), paper=paper(request),
    )  # fmt: skip
    return HttpResponse(str(made.get_state_display()))


def paper(request: StaffRequest) -> str:
    """Return the language the debtor wants a document in; Chinese unless English was chosen."""
    return "en" if request.POST.get("paper") == "en" else "zh"


@require("negotiate")
@require_POST
@says_why
def letter(request: StaffRequest, shown: Case) -> HttpResponse:
    """Make the letter that confirms the open promise to the debtor who made it."""
    made = letters.confirm_promise(shown, lang=paper(request), at=clock.now(), by=request.user)
    return HttpResponse(_("Made: %(title)s %(number)s.") % {"title": made.title, "number": made.number})


def plan_of(shown: Case) -> Plan:
    """Return the newest plan of a case."""
    return get_object_or_404(
        Plan.objects.select_related("document", "case__customer"),
        pk=shown.plans.order_by("-pk").values("pk")[:1],
    )


@require("negotiate")
@require_POST
@says_why
def proofs(request: StaffRequest, shown: Case) -> HttpResponse:
    """Judge a plan that waited for proofs again, on the newest means."""
    plan = plans.proofs_complete(plan_of(shown), at=clock.now(), by=request.user, lang=reading_lang())
    return HttpResponse(str(plan.get_state_display()))


@require("negotiate")
@require_POST
@says_why
def send_code(request: StaffRequest, shown: Case) -> HttpResponse:
    """Send the debtor a one-time code for the agreement."""
    sent = signing.send_code(plan_of(shown), at=clock.now(), by=request.user)
    return HttpResponse(_("Code sent to ****%(tail)s.") % {"tail": sent.sent_to_tail})


@require("negotiate")
@require_POST
@says_why
def sign(request: StaffRequest, shown: Case) -> HttpResponse:
    """Sign with the code the debtor reads out, or by recorded word."""
    plan, at = plan_of(shown), clock.now()
    if request.POST.get("means") == "spoken":
        signing.sign_spoken(plan, request.POST.get("recording", ""), at=at, by=request.user)
    else:
        signing.sign_with_code(plan, request.POST.get("code", ""), at=at, by=request.user)
    return HttpResponse(_("Signed. Collection has stopped on every channel."))


@require("negotiate")
@require_POST
@says_why
def decline(request: StaffRequest, shown: Case) -> HttpResponse:
    """End a plan before it is signed."""
    plans.decline(plan_of(shown), at=clock.now(), by=request.user, why=request.POST.get("why", ""))
    return HttpResponse(_("Declined."))


@require("negotiate")
@require_POST
@says_why
def notice(request: StaffRequest, shown: Case) -> HttpResponse:
    """Give notice of a plan that is behind, or record how the notice arrived."""
    if request.POST.get("evidence"):
        on = forms.day(request.POST, "on")
        keeping.notice_delivered(
            plan_of(shown), on=on, evidence=request.POST["evidence"], at=clock.now(), by=request.user
        )
    else:
        keeping.give_notice(plan_of(shown), at=clock.now(), by=request.user)
    return HttpResponse(_("Recorded."))


@require("approve")
@require_POST
@says_why
def breach(request: StaffRequest, shown: Case) -> HttpResponse:
    """Confirm a breach after notice and cure period."""
    keeping.confirm_breach(plan_of(shown), at=clock.now(), by=request.user)
    return HttpResponse(_("The plan is broken; collection may resume."))
