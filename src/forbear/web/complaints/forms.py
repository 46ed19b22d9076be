"""What the desk of complaints sends."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from forbear.web import clock
from forbear.web.complaints import policy


class NewForm(forms.Form):
    """A complaint that came in another way than by the debtor's page."""

    case = forms.IntegerField(label=_("Case number"), min_value=1, max_value=2**63 - 1)
    kind = forms.ChoiceField(label=_("About"))
    channel = forms.ChoiceField(label=_("Came in by"))
    stage = forms.ChoiceField(label=_("Stage"))
    received_on = forms.DateField(label=_("Received on"), widget=forms.DateInput(attrs={"type": "date"}))
    named = forms.CharField(label=_("Staff number of a person named"), max_length=20, required=False)
    text = forms.CharField(label=_("What was said"), widget=forms.Textarea(attrs={"rows": 4}))

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        on = clock.today()
        for field, table in (("kind", "kinds"), ("channel", "channels"), ("stage", "stages")):
            self.fields[field].choices = policy.choices(table, on)  # type: ignore[attr-defined]
        self.fields["received_on"].initial = on


class StepForm(forms.Form):
    """One step of dealing with a complaint; the step itself says which fields it needs."""

    step = forms.CharField(max_length=20)
    handler = forms.IntegerField(required=False, max_value=2**63 - 1)
    named = forms.CharField(max_length=20, required=False)
    reason = forms.CharField(max_length=500, required=False)
    finding = forms.CharField(max_length=12, required=False)
    answer = forms.CharField(max_length=4000, required=False)
    root_cause = forms.CharField(max_length=20, required=False)
