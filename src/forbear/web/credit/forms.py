"""Forms of the credit room."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from forbear.web.credit import policy
from forbear.web.people.forms import DayInput

FILE_BYTES = 10 * 1024 * 1024


class MonthForm(forms.Form):
    """The month to tell."""

    month = forms.DateField(label=_("Last day of the month"), widget=DayInput())


class ObjectionForm(forms.Form):
    """What a person objects to."""

    text = forms.CharField(
        label=_("What was said"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )
    received_on = forms.DateField(label=_("Received on"), widget=DayInput())

    def __init__(self, months: Sequence[tuple[date, str]], on: date, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.fields["months"] = forms.MultipleChoiceField(
            label=_("Months objected to"), widget=forms.CheckboxSelectMultiple,
            choices=[(month.isoformat(), f"{month:%Y-%m} · {letter}") for month, letter in months],
        )  # fmt: skip
        grounds = [(code, policy.word(row)) for code, row in policy.grounds(on).items()]
        self.fields["ground"] = forms.ChoiceField(label=_("On which ground"), choices=grounds)
        self.fields["received_on"].initial = on
        self.order_fields(["months", "ground", "text", "received_on"])

    def chosen(self) -> list[date]:
        """Return the months that were ticked."""
        return [date.fromisoformat(each) for each in self.cleaned_data["months"]]


class NoticeForm(forms.Form):
    """The proof that a paper notice was served."""

    served_on = forms.DateField(label=_("Served on"), widget=DayInput())
    file = forms.FileField(label=_("Proof (PDF or picture)"))

    def clean_file(self) -> Any:
        """Refuse what is larger than a scan."""
        file = self.cleaned_data["file"]
        if file.size > FILE_BYTES:
            raise forms.ValidationError(_("The file is larger than 10 MB."))
        return file
