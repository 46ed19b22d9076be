"""The plan that waits for me: read it, sign it with a code on the phone, have it as PDF, or leave it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from forbear.web.agreements import own, signing
from forbear.web.agreements.machine import BEFORE_SIGNING, AgreementRefused
from forbear.web.agreements.models import Plan, PlanState
from forbear.web.debtor import policy
from forbear.web.debtor.session import Debtor, debtor_page
from forbear.web.documents.services import DocumentRefused

CODE_MAX = 12
REFUSED = (AgreementRefused, DocumentRefused)


@require_safe
@debtor_page
def plan(request: HttpRequest, debtor: Debtor) -> HttpResponse:
    """Show the newest plan of the case: what waits, what is to be signed, or what is in force."""
    return shown(request, debtor, own.plan_of(debtor.case))


def shown(request: HttpRequest, debtor: Debtor, found: Plan | None, *, error: str = "") -> HttpResponse:
    """Draw a plan; with a code in force the field for it stands there, otherwise the button that sends one."""
    offered = found is not None and found.state == PlanState.OFFERED and found.document is not None
    waits = offered and debtor.helper is None  # a helper reads; only the debtor signs
    held = signing.code_in_force(found.document, debtor.at) if found and waits and found.document else None
    context = {
        "plan": found, "waits": waits, "held": held, "error": error, "open": found is not None and found.state in BEFORE_SIGNING and debtor.helper is None,
        "signature": getattr(found.document, "signature", None) if found and found.document else None,
        "hotline": policy.bank("hotline", debtor.at),
    }  # fmt: skip
    return render(request, "debtor/plan.html", context, status=422 if error else 200)


@require_POST
@debtor_page
def send_code(request: HttpRequest, debtor: Debtor) -> HttpResponse:
    """Send the code that signs the plan to the number on file."""
    found = own.plan_of(debtor.case)
    if found is None:
        return redirect("my_plan")
    try:
        own.send_code(found, at=debtor.at)
    except REFUSED as refused:
        return shown(request, debtor, found, error=str(refused))
    return redirect("my_plan")


@require_POST
@debtor_page
def sign(request: HttpRequest, debtor: Debtor) -> HttpResponse:
    """Sign with the code; a wrong one is counted and nothing else happens."""
    found = own.plan_of(debtor.case)
    if found is None:
        return redirect("my_plan")
    try:
        own.sign(found, request.POST.get("code", "")[:CODE_MAX], at=debtor.at)
    except REFUSED as refused:
        return shown(request, debtor, found, error=str(refused))
    messages.success(request, _("Signed. From now on nobody collects what the plan covers."))
    return redirect("my_plan")


@require_POST
@debtor_page
def withdraw(request: HttpRequest, debtor: Debtor) -> HttpResponse:
    """Leave a plan before it is signed."""
    found = own.plan_of(debtor.case)
    if found is not None:
        try:
            own.withdraw(found, at=debtor.at)
            messages.success(request, _("Done. You can choose another way at any time."))
        except AgreementRefused as refused:
            messages.error(request, str(refused))
    return redirect("my_options")
