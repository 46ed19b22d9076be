"""What can be paid and what can be agreed: the same questions, on the same facts, as at the bank's desk."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from forbear.money import format_minor, parse_minor
from forbear.web.agreements import means, options
from forbear.web.agreements.machine import AgreementRefused
from forbear.web.cases.codes import codes, name_of
from forbear.web.cases.holds import end_of_business_days
from forbear.web.cases.models import Case
from forbear.web.cases.opening import add_task
from forbear.web.contact.models import Consent
from forbear.web.debtor.asking import TEXT_MAX, ask, bound, heard
from forbear.web.debtor.session import Debtor, debtor_page
from forbear.web.law.current import packs_now

CONSENT = "means_data"
AMOUNT_MAX = 100_000_000  # minor units; a slip of the finger, not a limit of the house
PROPOSED = "plan_wish"


class MeansForm(forms.Form):
    """What comes in, what goes out, and why it became hard."""

    income = forms.DecimalField(
        label=lazy("What comes in each month, after tax?"), help_text=lazy("In yuan. Nothing? Write 0."), min_value=0,
        max_digits=10, decimal_places=2,
    )  # fmt: skip
    spent = forms.DecimalField(
        label=lazy("What do you need to live each month?"), help_text=lazy("Rent, food, school, medicine and the like, together."),
        min_value=0, max_digits=10, decimal_places=2,
    )  # fmt: skip
    other_debts = forms.DecimalField(
        label=lazy("What do you pay to others each month?"), help_text=lazy("Other cards and loans. Nothing? Write 0."),
        min_value=0, max_digits=10, decimal_places=2,
    )  # fmt: skip
    dependants = forms.IntegerField(
        label=lazy("How many people live on your money, beside you?"), min_value=0, max_value=30
    )
    reason = forms.ChoiceField(label=lazy("Why has it become hard?"))
    text = forms.CharField(
        label=lazy("Anything we should know? (you can leave it empty)"), required=False, max_length=TEXT_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    willing = forms.BooleanField(label=lazy("I want to pay what I can."), required=False)
    consent = forms.BooleanField(
        label=lazy("You may use these figures to find a plan for me, and for nothing else."),
        error_messages={"required": lazy("Without your consent we keep nothing. You can still call us.")},
    )

    def __init__(self, debtor: Debtor, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        rows = codes(debtor.at.date()).reasons.values()
        self.fields["reason"].choices = [(each.code, name_of(each)) for each in rows]  # type: ignore[attr-defined]


@require_http_methods(["GET", "HEAD", "POST"])
@debtor_page
def afford(request: HttpRequest, debtor: Debtor) -> HttpResponse:
    """Ask what can be paid, keep it sealed, and lead on to what can be agreed."""
    form = MeansForm(debtor, *bound(request))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        consent = Consent(customer_id=debtor.customer.pk, kind=CONSENT, value=True, at=debtor.at)
        try:
            means.record_means(debtor.case, told(debtor.case, data), at=debtor.at, by=None)
        except AgreementRefused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        else:
            consent.save()
            return heard(debtor, data["text"]) or redirect("my_options")
    lead = _("Five short questions. Nobody but the people who look for a plan with you sees the answers.")
    return ask(request, form, _("What can you pay?"), lead, _("Show me the ways"))


def told(case: Case, data: dict[str, Any]) -> means.Told:
    """Return what was told as facts of the question `affordability`."""
    facts = {
        "income": money(data["income"]), "expenses": {"total": money(data["spent"])},
        "other_debts": money(data["other_debts"]), "dependants": data["dependants"],
        "due_monthly": format_minor(case.past_due_minor),
    }  # fmt: skip
    return means.Told(facts, data["reason"], data["text"], data["willing"] or None)


def money(amount: Any) -> str:
    """Write a decimal amount as the questions want it."""
    return format_minor(parse_minor(f"{amount:.2f}"))


def found(debtor: Debtor, cash_minor: int | None) -> dict[str, Any]:
    """Return what the solver finds for this debtor, by the very function the desk calls."""
    lang = "en" if (get_language() or "").startswith("en") else "zh"
    return options.options(debtor.case, cash_minor=cash_minor, at=debtor.at, by=None, lang=lang)


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
