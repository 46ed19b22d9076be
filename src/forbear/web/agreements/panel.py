"""What the negotiation panel is drawn from: means, options, the plan or settlement that stands."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render

from forbear.money import parse_minor
from forbear.questions.affordability.facts import CATEGORIES
from forbear.web import clock
from forbear.web.agreements import forms, keeping, letters, means, options, signing
from forbear.web.agreements.judging import conditions
from forbear.web.agreements.machine import OVER, AgreementRefused
from forbear.web.agreements.models import Plan, PlanState
from forbear.web.agreements.words import CATEGORY_WORDS
from forbear.web.cases.codes import codes, name_of
from forbear.web.cases.models import Case
from forbear.web.desk import calls
from forbear.web.desk.requests import StaffRequest
from forbear.web.desk.views import opened
from forbear.web.documents.models import Signature
from forbear.web.people.permissions import may
from forbear.web.people.services import log_access
from forbear.web.reading import reading_lang

SHOWN_MINOR = ("total", "highest", "charges", "waived")  # amounts of an option as the panel writes them


def negotiable(request: StaffRequest, case_id: int) -> Case:
    """Return the case if its figures may be shown: its debtor's identity was passed on this call, or by role."""
    shown, _day = opened(request, case_id)
    call = calls.on_case(request, case_id)
    if not (call and call.identity_at) and not may(request.user, "see_all_cases"):
        raise PermissionDenied("no figure before the debtor's identity was passed")
    return shown


def drawn(request: StaffRequest, shown: Case, *, status: int = 200, **more: Any) -> HttpResponse:
    """Draw the panel with today's options."""
    return render(request, "agreements/_panel.html", panel_context(request, shown) | more, status=status)


def panel_context(request: StaffRequest, shown: Case) -> dict[str, Any]:
    """Return what the panel is drawn from; reading means is logged."""
    at = clock.now()
    known = means.latest(shown)
    held = means.opened(known) if known else None
    if known:
        log_access(request.user, shown.customer_id, "means", at, f"case {shown.pk} means {known.pk}")
    plan = Plan.objects.filter(case=shown).order_by("-pk").select_related("document", "approval").first()
    live = plan is not None and plan.state not in OVER
    cash = request.POST.get("cash") or request.GET.get("cash", "")
    return {
        "case": shown, "at": at, "known": known, "held": held, "plan": plan, "live": live,
        "rows": list(plan.rows.all()) if plan else [],
        "signature": Signature.objects.filter(document=plan.document).first() if plan and plan.document else None,
        "code": signing.code_in_force(plan.document, at) if plan and plan.document else None,
        "waiver": shown.waivers.order_by("-pk").select_related("document", "approval").first(),
        "promised": letters.promise_and_letter(shown),
        "matters": shown.agreement_matters.order_by("-pk"),
        "why": request.POST.get("why") or (held or {}).get("reason_text", ""),
        "shown": means.shown_willing(shown, at=at, lang=reading_lang()), "cash": cash,
        "reasons": [(each.code, name_of(each)) for each in codes(at.date()).reasons.values()],
        "categories": [(name, CATEGORY_WORDS[name], spent(held, name)) for name in CATEGORIES],
        **({} if live else found_options(request, shown, cash)),
        **breach_context(plan, at),
    }  # fmt: skip


def spent(held: dict[str, Any] | None, name: str) -> str:
    """Return what was said to be spent on a category."""
    return str(((held or {}).get("facts", {}).get("expenses") or {}).get(name, ""))


def breach_context(plan: Plan | None, at: Any) -> dict[str, Any]:
    """Return both figures of a plan that is behind, so that they are seen before a number is said."""
    if plan is None or plan.state not in (PlanState.LATE, PlanState.BREACH_NOTICE):
        return {}
    return {
        "figures_of_breach": keeping.breach_figures(plan, at.date(), at),
        "curable_until": keeping.curable_until(plan),
    }


def found_options(request: StaffRequest, shown: Case, cash: str) -> dict[str, Any]:
    """Return the options of a case: those offered in their rank, and why the others are not."""
    form = request.POST.copy()
    form["cash"] = cash
    try:
        minor = forms.amount(form, "cash")
        answer = options.options(
            shown, cash_minor=minor, at=clock.now(), by=request.user, lang=reading_lang()
        )
    except AgreementRefused as refused:
        return {"no_options": str(refused)}
    for each in answer["options"].values():
        each["need_words"] = conditions(each["needs"])
        if each["plan"]:
            each["minor"] = {name: parse_minor(each["plan"][name]) for name in SHOWN_MINOR}
    offered = [each for each in answer["options"].values() if each["offered"]]
    offered.sort(key=lambda each: each["plan"]["rank"])
    return {
        "offered": offered,
        "barred": [each for each in answer["options"].values() if not each["offered"]],
    }
