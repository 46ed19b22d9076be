"""Saying that something is wrong with the debt: each kind with its own way, and collection stops meanwhile."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods

from forbear.web.agreements.machine import AgreementRefused
from forbear.web.agreements.matters import open_matter
from forbear.web.cases.holds import HoldRefused, end_of_business_days, place_hold
from forbear.web.cases.opening import add_task
from forbear.web.debtor.asking import TEXT_MAX, ask, bound, heard
from forbear.web.debtor.session import Debtor, debtor_page
from forbear.web.law.current import packs_now

PAID = "paid"
KINDS = (
    ("not_mine", lazy("This debt is not mine")),
    (PAID, lazy("I have paid already")),
    ("fraud", lazy("Somebody used my card or my name")),
    ("dispute_amount", lazy("The amount is wrong")),
    ("deceased", lazy("The person has died")),
)
SOURCE = "own page"


class DisputeForm(forms.Form):
    """What is wrong, and what we should know."""

    kind = forms.ChoiceField(label=lazy("What is it?"), choices=KINDS, widget=forms.RadioSelect)
    text = forms.CharField(
        label=lazy("What should we know? (you can leave it empty)"), required=False, max_length=TEXT_MAX,
        widget=forms.Textarea(attrs={"rows": 4}),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@debtor_page
def dispute(request: HttpRequest, debtor: Debtor) -> HttpResponse:
    """Ask what is wrong and open its way."""
    form = DisputeForm(*bound(request))
    if request.method == "POST" and form.is_valid():
        try:
            raise_it(debtor, form.cleaned_data["kind"])
        except (AgreementRefused, HoldRefused) as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, told(form.cleaned_data["kind"]))
            return heard(debtor, form.cleaned_data["text"]) or redirect("my_home")
    lead = _("We stop asking you for money until we have looked into it.")
    return ask(request, form, _("Something is not right?"), lead, _("Send"))


def raise_it(debtor: Debtor, kind: str) -> None:
    """Hold the case and give the work to whoever looks into it."""
    if kind != PAID:
        open_matter(debtor.case, kind, reason=SOURCE, at=debtor.at, by=None)
        return
    place_hold(debtor.case, kind="claimed_paid", at=debtor.at, by=None, reason=SOURCE)
    due = end_of_business_days(
        debtor.at, packs_now().value("house/help/payment_check_days", debtor.at.date())
    )
    if not debtor.case.tasks.filter(kind="payment_check", done_at__isnull=True).exists():
        add_task(debtor.case, kind="payment_check", due_at=due, at=debtor.at, by=None, note=SOURCE)


def told(kind: str) -> str:
    """Return what the debtor is told, by kind."""
    return {
        PAID: _("Thank you. We look for your payment. Please keep the receipt."),
        "deceased": _("We are sorry for your loss. We stop writing and calling. You need not pay anything now."),
        "fraud": _("We look into it. If you can, report it to the police and keep the receipt."),
    }.get(kind, _("We look into it, and stop asking you for money until then."))  # fmt: skip
