"""What a person may send to the ledger's screens."""

from __future__ import annotations

from django import forms

from forbear.web.ledger.models import Reason

SETTLED_BY_PEOPLE = [choice for choice in Reason.choices if choice[0] != Reason.EQUAL_NOW]


class DayForm(forms.Form):
    """A day to look at."""

    on = forms.DateField(required=False)


class ActionForm(forms.Form):
    """What to do about a difference; closing needs a reason and words, a note needs words."""

    action = forms.ChoiceField(choices=[(each, each) for each in ("take", "give", "note", "close")])
    reason = forms.ChoiceField(choices=SETTLED_BY_PEOPLE, required=False)
    to = forms.IntegerField(required=False, min_value=1)
    text = forms.CharField(max_length=500, required=False, strip=True)

    def clean(self) -> dict[str, object]:
        """Refuse a closing without reason or words, and an empty note."""
        given = super().clean() or {}
        if given.get("action") in ("note", "close") and not given.get("text"):
            self.add_error("text", "needed")
        if given.get("action") == "close" and not given.get("reason"):
            self.add_error("reason", "needed")
        if given.get("action") == "give" and not given.get("to"):
            self.add_error("to", "needed")
        return given
