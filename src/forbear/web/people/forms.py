"""Forms about staff."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from forbear.web.people.models import Role, SkillGroup, User
from forbear.web.people.words import READS


class DayInput(forms.DateInput):
    """The browser's own calendar; it reads and writes 2026-11-24 in every language."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


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


class RoleForm(forms.Form):
    """Role, and for collectors their skill group."""

    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    skill_group = forms.ChoiceField(
        label=_("Skill group"), choices=[("", "—"), *SkillGroup.choices], required=False
    )

    def clean(self) -> dict[str, Any]:
        """A collector works in a skill group; the others have none."""
        given = super().clean() or self.cleaned_data
        if given.get("role") == Role.COLLECTOR and not given.get("skill_group"):
            self.add_error("skill_group", _("Choose the skill group this collector works in."))
        if given.get("role") not in (None, Role.COLLECTOR):
            given["skill_group"] = ""
        return given


class NewPasswordForm(forms.Form):
    """A password an administrator hands over; the person changes it."""

    new_password = forms.CharField(
        label=_("New password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_new_password(self) -> str:
        """Hold it to the same rules as everyone's."""
        given: str = self.cleaned_data["new_password"]
        validate_password(given)
        return given


class AccessFilterForm(forms.Form):
    """Which reads to list; everything is optional."""

    first = forms.DateField(label=_("From"), required=False, widget=DayInput())
    last = forms.DateField(label=_("To"), required=False, widget=DayInput())
    staff = forms.ModelChoiceField(
        label=_("Reader"),
        queryset=User.objects.order_by("staff_no"),
        required=False,
        empty_label=_("Everybody"),
    )
    what = forms.ChoiceField(label=_("What"), required=False, choices=[("", _("Everything")), *READS.items()])
    customer_no = forms.CharField(label=_("Customer number"), required=False, max_length=40)


class StaffForm(RoleForm):
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

    field_order = ["username", "display_name", "staff_no", "role", "skill_group", "agency", "password"]
