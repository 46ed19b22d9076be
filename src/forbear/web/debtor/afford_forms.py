"""The steps of "what can you pay?": one or two questions each, in the order people tell it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as lazy

from forbear.web.cases.codes import codes, name_of
from forbear.web.debtor.asking import TEXT_MAX, FilesField, FilesInput

PICTURES = "image/jpeg,image/png,application/pdf"


def amount(label: Any, hint: Any = "", *, required: bool = True) -> forms.DecimalField:
    """Return a question for yuan a month."""
    field = forms.DecimalField(
        label=label, help_text=hint, min_value=0, max_digits=10, decimal_places=2, required=required
    )
    field.widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
    return field


class ConsentStep(forms.Form):
    """May we keep and use the figures?"""

    consent = forms.BooleanField(
        label=lazy("You may use my answers to find a plan for me, and for nothing else."),
        error_messages={"required": lazy("Without your consent we keep nothing. You can still call us.")},
    )


class IncomeStep(forms.Form):
    """What comes in."""

    income = amount(lazy("What comes in each month, after tax?"), lazy("In yuan. Nothing? Write 0."))


class LivingStep(forms.Form):
    """What life costs, by what people know; what is left empty costs nothing."""

    housing = amount(lazy("Rent or home loan"), required=False)
    food = amount(lazy("Food and daily things"), required=False)
    transport = amount(lazy("Getting around"), required=False)
    medical = amount(lazy("Doctor and medicine"), required=False)
    education = amount(lazy("School"), required=False)
    other = amount(lazy("All the rest"), required=False)


class DebtsStep(forms.Form):
    """What others get, and who lives on the same money."""

    other_debts = amount(
        lazy("What do you pay to others each month?"), lazy("Other cards and loans. Nothing? Write 0.")
    )
    dependants = forms.IntegerField(
        label=lazy("How many people live on your money, beside you?"), min_value=0, max_value=30,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )  # fmt: skip


class WhyStep(forms.Form):
    """Why it became hard, and whether one wants to pay."""

    reason = forms.ChoiceField(label=lazy("Why has it become hard?"))
    text = forms.CharField(
        label=lazy("Anything we should know? (you can leave it empty)"), required=False, max_length=TEXT_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    willing = forms.BooleanField(label=lazy("I want to pay what I can."), required=False)


class PapersStep(forms.Form):
    """Papers that show it, by camera or from the phone; agreed to apart from the figures."""

    photo = FilesField(
        label=lazy("Take a photo"), required=False, widget=FilesInput(attrs={"accept": "image/*", "capture": "environment"})
    )  # fmt: skip
    papers = FilesField(
        label=lazy("Or choose files you have"), required=False, widget=FilesInput(attrs={"accept": PICTURES})
    )
    papers_consent = forms.BooleanField(
        label=lazy("You may keep these papers to look at my plan, and show them to nobody else."),
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        """Take no paper without its own consent."""
        data: dict[str, Any] = super().clean() or {}
        if (data.get("photo") or data.get("papers")) and not data.get("papers_consent"):
            self.add_error("papers_consent", lazy("We keep papers only if you agree here."))
        return data


STEPS: Mapping[str, type[forms.Form]] = {
    "consent": ConsentStep, "income": IncomeStep, "living": LivingStep, "debts": DebtsStep, "why": WhyStep, "papers": PapersStep,
}  # fmt: skip
SEND = "send"
ORDER = (*STEPS, SEND)
TITLES: Mapping[str, Promise] = {
    "consent": lazy("First: may we?"), "income": lazy("What comes in"), "living": lazy("What life costs"),
    "debts": lazy("What others get"), "why": lazy("Why it became hard"), "papers": lazy("Papers, if you have any"),
    SEND: lazy("Is it right like this?"),
}  # fmt: skip
LEADS: Mapping[str, Promise] = {
    "consent": lazy("Some short questions. You can stop at any point and go on later. Nobody but the people who look for a plan with you sees the answers."),
    "income": lazy("Wages, pension, help from family: all together."),
    "living": lazy("A month's money. A guess is good enough. Leave empty what does not concern you."),
    "debts": lazy("So that we do not ask for money that is not there."),
    "why": lazy("You tell it once."),
    "papers": lazy("You can leave this out. A photo of a pay slip or a bill helps us to say yes sooner."),
}  # fmt: skip


def step_form(step: str, at: datetime, *given: Any, **named: Any) -> forms.Form:
    """Return the form of a step, with the house's list of reasons."""
    form = STEPS[step](*given, **named)
    if step == "why":
        rows = codes(at.date()).reasons.values()
        form.fields["reason"].choices = [(each.code, name_of(each)) for each in rows]  # type: ignore[attr-defined]
    return form
