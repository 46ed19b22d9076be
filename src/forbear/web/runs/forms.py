"""What may be asked of a run."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class AccountForm(forms.Form):
    """Ask why an account got its outcome."""

    account = forms.CharField(label=_("Account number"), max_length=40, strip=True)
