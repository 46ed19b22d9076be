"""Forms of the disposal room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from forbear.web.people.forms import DayInput


class CriterionForm(forms.Form):
    """The ground of a write-off."""

    def __init__(self, criteria: Sequence[tuple[str, str]], *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.fields["criterion"] = forms.ChoiceField(
            label=pgettext_lazy("write-off", "Ground"), choices=criteria
        )


class ProofForm(forms.Form):
    """A proof put on file."""

    def __init__(self, proofs: Sequence[tuple[str, str]], *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.fields["proof"] = forms.ChoiceField(label=_("Proof"), choices=proofs)
        self.fields["file"] = forms.FileField(label=_("File (PDF or picture)"))


class ReasonForm(forms.Form):
    """Why it should be approved."""

    reason = forms.CharField(label=_("Why"), max_length=500)


class BuyerForm(forms.Form):
    """Who buys."""

    buyer = forms.CharField(label=_("New creditor"), max_length=120)
    buyer_code = forms.CharField(label=_("Registration number"), max_length=40)
    buyer_phone = forms.CharField(label=_("Telephone for debtors"), max_length=40)
    buyer_address = forms.CharField(label=_("Address"), max_length=200)
    certificate = forms.CharField(
        label=_("The buyer's certificate (PEM)"), max_length=8000, widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text=_("The data file is enciphered for it; only the buyer opens it."),
    )  # fmt: skip


class BackForm(forms.Form):
    """Why a case comes back, and the buyer's consent."""

    reason = forms.CharField(label=_("What the mistake was"), max_length=500)
    file = forms.FileField(label=_("The buyer's consent (PDF or picture)"))


class ServedForm(forms.Form):
    """When a paper notice was served."""

    served_on = forms.DateField(label=_("Served on"), widget=DayInput())
