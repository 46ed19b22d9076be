"""Promise a date: how much, when, how; what the debtor may not promise alone is asked of a person."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods

from forbear.web.cases import approvals, authority
from forbear.web.cases.models import Promise, PromiseState
from forbear.web.cases.opening import CaseRefused
from forbear.web.cases.policy import promise_policy
from forbear.web.cases.promises.making import make_promise
from forbear.web.cases.promises.terms import PromiseRefused
from forbear.web.debtor import owed
from forbear.web.debtor.asking import ask, bound
from forbear.web.debtor.forms import AmountField
from forbear.web.debtor.plan_views import channels
from forbear.web.debtor.session import Debtor, debtor_page
from forbear.web.people.forms import DayInput
from forbear.web.people.templatetags.forbear import money

APPROVER = "approved_by"  # the field a promise names that needs somebody's yes
FIELDS = {"amount": "amount", "due_on": "due_on", "pay_channel": "pay_channel"}


class PromiseForm(forms.Form):
    """How much, by when, and how it will come."""

    amount = AmountField(label=lazy("How much"))
    due_on = forms.DateField(label=lazy("By which day"), widget=DayInput())
    pay_channel = forms.ChoiceField(label=lazy("How will you pay?"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, on: date, **named: Any) -> None:
        super().__init__(*args, **named)
        last = on + timedelta(days=promise_policy(on).days_ahead_max)
        self.fields["pay_channel"].choices = channels(on)  # type: ignore[attr-defined]
        self.fields["due_on"].widget.attrs |= {"min": on.isoformat(), "max": last.isoformat()}
        self.fields["due_on"].help_text = _("At the latest %(last)s.") % {"last": last}


@require_http_methods(["GET", "HEAD", "POST"])
@debtor_page
def promise(request: HttpRequest, debtor: Debtor) -> HttpResponse:
    """Take a promise on the house's terms."""
    on = debtor.at.date()
    minimum = owed.owed(debtor.case, on).minimum_minor
    first = {
        "amount": f"{minimum // 100}.{minimum % 100:02d}" if minimum else "",
        "pay_channel": channels(on)[0][0],
    }
    form = PromiseForm(*bound(request), on=on, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            messages.success(request, taken(debtor, form.cleaned_data))
            return redirect("my_agreements")
        except PromiseRefused as refused:
            form.add_error(FIELDS.get(refused.field), str(refused))
        except (CaseRefused, authority.BeyondAuthority) as refused:
            form.add_error(None, str(refused))
    open_one = Promise.objects.filter(case=debtor.case, state=PromiseState.OPEN, due_on__gte=on).first()
    lead = _("Name a day that you can keep. Until then we do not ask.")
    if open_one is not None:
        lead = _("You have promised %(amount)s by %(day)s. A new date takes its place.") % {
            "amount": money(open_one.amount_minor), "day": open_one.due_on
        }  # fmt: skip
    return ask(request, form, _("Promise a date"), lead, _("I promise"))


def taken(debtor: Debtor, data: dict[str, Any]) -> str:
    """Make the promise, or ask who may say yes to it; return what the debtor is told."""
    terms = {"amount_minor": data["amount"], "due_on": data["due_on"], "pay_channel": data["pay_channel"]}
    needs_yes = not authority.needed(authority.Ask("promise", data["amount"]), by=None, at=debtor.at).alone
    if not needs_yes:
        try:
            make_promise(debtor.case, **terms, at=debtor.at, by=None)
        except PromiseRefused as refused:
            if refused.field != APPROVER:
                raise
            needs_yes = True
    if needs_yes:
        approvals.ask_approval(debtor.case, **terms, at=debtor.at, by=None)
        return _("We have asked for it. Somebody answers you soon.")
    return _("Thank you. We wait until %(day)s and do not call until then.") % {"day": data["due_on"]}
