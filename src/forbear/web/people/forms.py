"""Forms about staff."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from forbear.web.people.models import Role, SkillGroup


class SignInForm(forms.Form):
    """A name and a password."""

    username = forms.CharField(
        label=_("User name"),
        max_length=150,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autofocus": True, "autocapitalize": "none"}
        ),
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class PreferencesForm(forms.Form):
    """Language and light or dark; either alone may be sent."""

    language = forms.ChoiceField(choices=settings.LANGUAGES, required=False)
    dark_mode = forms.ChoiceField(choices=[("on", ""), ("off", "")], required=False)


class StaffForm(forms.Form):
    """A new member of staff."""

    username = forms.CharField(label=_("User name"), max_length=150)
    display_name = forms.CharField(label=_("Name"), max_length=60)
    staff_no = forms.CharField(label=_("Staff number"), max_length=20)
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    skill_group = forms.ChoiceField(
        label=_("Skill group"), choices=[("", "—"), *SkillGroup.choices], required=False
    )
    agency = forms.CharField(
        label=_("Agency"), max_length=60, required=False, help_text=_("Leave empty for the bank's own staff.")
    )
    password = forms.CharField(
        label=_("First password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 10 characters; the person changes it after signing in."),
    )

    def clean(self) -> dict[str, Any]:
        """A collector works in a skill group; the others have none."""
        given = super().clean() or self.cleaned_data
        if given.get("role") == Role.COLLECTOR and not given.get("skill_group"):
            self.add_error("skill_group", _("Choose the skill group this collector works in."))
        return given
