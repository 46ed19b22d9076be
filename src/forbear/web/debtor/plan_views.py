"""Ways to pay with real dates, and the wish for one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from forbear.money import parse_minor
from forbear.web.agreements import means, options
from forbear.web.agreements.machine import AgreementRefused
from forbear.web.cases.holds import end_of_business_days
from forbear.web.cases.opening import add_task
from forbear.web.debtor.owed_views import lang
from forbear.web.debtor.session import Debtor, debtor_page
from forbear.web.law.current import packs_now

AMOUNT_MAX = 100_000_000  # minor units; a slip of the finger, not a limit of the house
PROPOSED = "plan_wish"


def found(debtor: Debtor, cash_minor: int | None) -> dict[str, Any]:
    """Return what the solver finds for this debtor, by the very function the desk calls."""
    return options.options(debtor.case, cash_minor=cash_minor, at=debtor.at, by=None, lang=lang())


@require_safe
@debtor_page
def plans(request: HttpRequest, debtor: Debtor) -> HttpResponse:
    """Show the ways to pay with real dates; what can be paid at once moves them."""
    cash = request.GET.get("cash", "")
    cash_minor = (
        int(cash) * 100 if cash.isdecimal() and len(cash) < 8 and int(cash) * 100 <= AMOUNT_MAX else None
    )
    try:
        answer = found(debtor, cash_minor)
    except AgreementRefused as refused:
        return render(request, "debtor/options.html", {"refused": str(refused)})
    offered = sorted(
        (each for each in answer["options"].values() if each["offered"]),
        key=lambda each: each["plan"]["rank"],
    )
    ways = [each for each in offered if each["plan"]["rows"] and each["kind"] != "pay_now"]
    most = sum(parse_minor(each["plan"]["owed"]) for each in offered[:1]) // 100
    known = means.latest(debtor.case)
    context = {"ways": ways, "cash": cash_minor // 100 if cash_minor else 0, "most": most, "known": known}
    return render(request, "debtor/options.html", context)


@require_POST
@debtor_page
def wish(request: HttpRequest, debtor: Debtor) -> HttpResponse:
    """Send a chosen way to the desk, found again on today's facts; it is answered within the house's days."""
    chosen, cash = request.POST.get("option", ""), request.POST.get("cash", "")
    try:
        answer = found(debtor, int(cash) * 100 if cash.isdecimal() and len(cash) < 8 and int(cash) else None)
    except AgreementRefused as refused:
        messages.error(request, str(refused))
        return redirect("my_options")
    plan = next(
        (
            each["plan"]
            for each in answer["options"].values()
            if each["plan"] and each["plan"]["id"] == chosen
        ),
        None,
    )
    if plan is None:
        messages.error(request, _("The figures have changed. Please look again."))
        return redirect("my_options")
    if not debtor.case.tasks.filter(kind=PROPOSED, done_at__isnull=True).exists():
        due = end_of_business_days(debtor.at, packs_now().value("house/help/wish_days", debtor.at.date()))
        task = add_task(
            debtor.case,
            kind=PROPOSED,
            due_at=due,
            at=debtor.at,
            by=None,
            owner=debtor.case.owner,
            note=chosen,
        )
        task.detail = {
            "option": chosen,
            "rows": [{"on": row["pay_by"], "amount": row["amount"]} for row in plan["rows"]],
        }
        task.save(update_fields=["detail"])
    messages.success(request, _("Your wish is with us. Somebody answers within a few working days."))
    return redirect("my_home")
