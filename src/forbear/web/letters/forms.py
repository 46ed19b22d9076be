"""Asking for a batch, and handing in what the post says."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from forbear.web.letters import policy, words
from forbear.web.litigation.models import Agent

LATEST = 10_000  # days late: more than anybody can be


class BatchForm(forms.Form):
    """Which letters for whom."""

    kind = forms.ChoiceField(label=_("Letter"))
    dpd_from = forms.IntegerField(
        label=_("Late by at least (days)"), min_value=1, max_value=LATEST, initial=31
    )
    dpd_to = forms.IntegerField(
        label=_("Late by at most (days)"), min_value=1, max_value=LATEST, initial=LATEST
    )
    most = forms.IntegerField(label=_("At most so many, the largest debts first"), min_value=1)
    agent = forms.ModelChoiceField(
        Agent.objects.none(), label=_("Lawyer who signs"), required=False, help_text=_("For lawyer's letters alone.")
    )  # fmt: skip
    mandate = forms.CharField(label=_("Mandate of the lawyer's letter"), max_length=120, required=False)

    def __init__(self, at: datetime, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        most = policy.house("batch_max", at)
        self.fields["kind"].choices = [(code, words.kind(code, at)) for code in policy.kinds(at)]  # type: ignore[attr-defined]
        self.fields["most"] = forms.IntegerField(
            label=self.fields["most"].label, min_value=1, max_value=most, initial=min(most, 800)
        )
        on = at.date()
        known = Agent.objects.defer("evidence_cipher")
        lawyers = [each.pk for each in known.filter(is_lawyer=True) if each.may_sign_on(on)]
        signing = known.filter(pk__in=lawyers).order_by("name")
        self.fields["agent"].queryset = signing  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Refuse a range that holds nobody."""
        given: dict[str, Any] = super().clean() or {}
        low, high = given.get("dpd_from"), given.get("dpd_to")
        if low and high and low > high:
            self.add_error("dpd_to", _("The most is less than the least."))
        return given


class ResultsForm(forms.Form):
    """A file of what the post says."""

    file = forms.FileField(
        label=_("File of results"), help_text=_("CSV with the columns letter, result, on (2026-11-24).")
    )
