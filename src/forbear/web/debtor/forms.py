"""What a debtor types: amounts and dates, each with words that say what to change."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from forbear.money import parse_minor
from forbear.web.people.forms import DayInput
from forbear.web.people.templatetags.forbear import money


class AmountField(forms.CharField):
    """An amount in yuan as people write it: 1,234.50 or 1234; cleaned to minor units."""

    def __init__(self, **more: Any) -> None:
        super().__init__(max_length=20, **more)
        self.widget.attrs |= {"inputmode": "decimal", "autocomplete": "off"}

    def clean(self, value: Any) -> int | None:
        """Return minor units above zero; None when empty and not required."""
        text = super().clean(value).replace(",", "").replace("，", "").replace("¥", "").strip()
        if not text:
            return None
        try:
            minor = parse_minor(text)
        except ValueError as error:
            raise forms.ValidationError(_("Write the amount in digits, such as 1200 or 1200.50.")) from error
        if minor <= 0:
            raise forms.ValidationError(_("The amount must be more than zero."))
        return minor


class PayForm(forms.Form):
    """All, what is past due, or a part; with a date for the rest if one is wanted."""

    how = forms.ChoiceField(choices=[("all", ""), ("minimum", ""), ("part", "")])
    amount = AmountField(label=lazy("How much"), required=False)
    rest_on = forms.DateField(
        label=lazy("I will pay the rest by (you may leave this empty)"), required=False, widget=DayInput()
    )

    def __init__(self, data: Any, *, left_minor: int, minimum_minor: int, first: date, last: date) -> None:
        super().__init__(data)
        self.left_minor, self.minimum_minor, self.first, self.last = left_minor, minimum_minor, first, last

    def clean(self) -> dict[str, Any]:
        """Hold a part to what is owed, and the date to what can be promised."""
        given = super().clean() or self.cleaned_data
        if given.get("how") == "part" and not given.get("amount") and "amount" not in self.errors:
            self.add_error("amount", _("Write how much you want to pay."))
        if (given.get("amount") or 0) > self.left_minor:
            self.add_error(
                "amount",
                _("That is more than you owe. The whole is %(all)s.") % {"all": money(self.left_minor)},
            )
        day = given.get("rest_on")
        if day and not self.first < day <= self.last:
            self.add_error(
                "rest_on", _("Choose a day from tomorrow to %(last)s.") % {"last": self.last.isoformat()}
            )
        return given

    @property
    def amount_minor(self) -> int:
        """Return what is to be paid now."""
        amounts = {
            "all": self.left_minor,
            "minimum": self.minimum_minor,
            "part": self.cleaned_data.get("amount") or 0,
        }
        return amounts[self.cleaned_data["how"]]

    @property
    def rest_minor(self) -> int | None:
        """Return what is promised for later: the rest of what is past due, else of the whole."""
        if not self.cleaned_data.get("rest_on"):
            return None
        rest = (self.minimum_minor or self.left_minor) - self.amount_minor
        return rest if rest > 0 else None


class RelativeForm(forms.Form):
    """How much somebody else is asked for, and whether they see the name."""

    amount = AmountField(label=lazy("How much"))
    shows_name = forms.BooleanField(
        label=lazy("Show my name, so that they know it is for me"), required=False
    )

    def __init__(self, data: Any, *, left_minor: int) -> None:
        super().__init__(data)
        self.left_minor = left_minor

    def clean_amount(self) -> int:
        """Hold it to what is owed."""
        amount: int = self.cleaned_data["amount"]
        if amount > self.left_minor:
            raise forms.ValidationError(
                _("That is more than you owe. The whole is %(all)s.") % {"all": money(self.left_minor)}
            )
        return amount

    @property
    def amount_minor(self) -> int:
        """Return what is asked for."""
        amount: int = self.cleaned_data["amount"]
        return amount
