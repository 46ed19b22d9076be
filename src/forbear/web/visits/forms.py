"""Forms of visits."""

from __future__ import annotations

from datetime import date, time
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from forbear.web.people.models import Role, User
from forbear.web.visits import teams
from forbear.web.visits.models import Verdict, Visitor
from forbear.web.visits.risk import Wish
from forbear.web.visits.words import COMPLEXITY, RISKS, ROLES


def day_field(label: Any, **more: Any) -> forms.DateField:
    """Return a field for a day."""
    return forms.DateField(
        label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **more
    )


def time_field(label: Any, **more: Any) -> forms.TimeField:
    """Return a field for a time of the day."""
    return forms.TimeField(
        label=label, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"), **more
    )


class AskForm(forms.Form):
    """A request for a visit: where, when, what for, and what the asker knows."""

    point = forms.ChoiceField(label=_("Address"))
    on = day_field(_("Day of the visit"))
    window_from = time_field(_("Not before"))
    window_to = time_field(_("Begun by"))
    reason = forms.CharField(label=_("What for"), max_length=300)
    complexity = forms.MultipleChoiceField(
        label=_("What makes it hard"),
        choices=list(COMPLEXITY.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    risk = forms.MultipleChoiceField(
        label=_("What could endanger anybody"),
        choices=list(RISKS.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    language = forms.CharField(
        label=_("Language to be spoken, if not Chinese"), max_length=20, required=False
    )

    def __init__(self, points: list[tuple[int, str]], *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.fields["point"].choices = points  # type: ignore[attr-defined]

    def wish(self) -> Wish:
        """Return what was asked for."""
        held = self.cleaned_data
        return Wish(
            held["on"],
            (held["window_from"], held["window_to"]),
            held["complexity"],
            held["risk"],
            held["language"].strip(),
        )


class ManyForm(forms.Form):
    """Several of the day's outcomes asked for at once."""

    on = day_field(_("Day of the visit"))
    window_from = time_field(_("Not before"), initial=time(9))
    window_to = time_field(_("Begun by"), initial=time(17))


class TeamForm(forms.Form):
    """Who goes together; the first named leads and carries the route."""

    lead = forms.ModelChoiceField(label=_("Leads and carries the route"), queryset=User.objects.none())
    mates = forms.ModelMultipleChoiceField(
        label=_("Goes along"), queryset=User.objects.none(), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, city: str, on: date, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        rows = User.objects.filter(visitor__city=city, visitor__active=True, is_active=True).exclude(
            team_days__on=on
        )
        self.fields["mates"].queryset = rows.order_by("pk")  # type: ignore[attr-defined]
        self.fields["lead"].queryset = rows.exclude(role=Role.COUNSEL).order_by("pk")  # type: ignore[attr-defined]


class VisitorForm(forms.Form):
    """A line of the register of visitors."""

    user = forms.ModelChoiceField(label=_("Person"), queryset=User.objects.none())
    city = forms.CharField(label=_("City"), max_length=40)
    roles = forms.MultipleChoiceField(
        label=_("Goes as"), choices=list(ROLES.items()), widget=forms.CheckboxSelectMultiple
    )
    languages = forms.CharField(label=_("Languages, separated by spaces"), max_length=80, required=False)
    licence_no = forms.CharField(label=_("Licence number"), max_length=40, required=False)
    licensed_until = day_field(_("Licence valid until"), required=False)
    active = forms.BooleanField(label=_("May be sent"), required=False, initial=True)

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        rows = User.objects.filter(is_active=True, role__in=teams.POSTS).order_by("pk")
        self.fields["user"].queryset = rows  # type: ignore[attr-defined]

    def register(self) -> Visitor:
        """Write the line. Raises VisitRefused."""
        held = self.cleaned_data
        return teams.register(
            held["user"], city=held["city"].strip(), roles=held["roles"], languages=held["languages"].split(),
            licence_no=held["licence_no"].strip(), licensed_until=held["licensed_until"], active=held["active"],
        )  # fmt: skip


class ReviewForm(forms.Form):
    """What a visit with something missing came to."""

    verdict = forms.ChoiceField(label=_("It came to"), choices=Verdict.choices)
    reason = forms.CharField(
        label=_("Why it came to this"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


class PlaceForm(forms.Form):
    """Where an address is, in degrees."""

    latitude = forms.DecimalField(
        label=_("Latitude"), min_value=-90, max_value=90, max_digits=9, decimal_places=6
    )
    longitude = forms.DecimalField(
        label=_("Longitude"), min_value=-180, max_value=180, max_digits=9, decimal_places=6
    )
