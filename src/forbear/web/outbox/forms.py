"""What a person says of an uncertain message."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

NOTE_MAX = 200


class SettleForm(forms.Form):
    """Whether it went out, and how that is known."""

    went_out = forms.ChoiceField(choices=[("yes", _("It went out")), ("no", _("It did not go out"))])
    note = forms.CharField(
        max_length=NOTE_MAX,
        error_messages={"required": _("Say how you know, for instance what the carrier's log shows.")},
    )
