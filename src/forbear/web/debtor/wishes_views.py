"""How and when to be reached: a wish binds from the moment it is sent."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods

from forbear.web.debtor.asking import ask, bound
from forbear.web.debtor.session import Debtor, debtor_page
from forbear.web.reach import selectors
from forbear.web.reach.contact_points import ReachRefused
from forbear.web.reach.wishes import close_channel, leave_workplace_alone, open_channel, set_quiet_hours

# What a debtor calls a way, and the channels it stands for.
WAYS = {
    "call": ("voice", "ai_voice"), "sms": ("sms",), "email": ("email",), "letter": ("letter",), "visit": ("visit",)
}  # fmt: skip
LABELS = (
    ("call", lazy("By telephone")), ("sms", lazy("By text message")), ("email", lazy("By e-mail")),
    ("letter", lazy("By letter")), ("visit", lazy("At home")),
)  # fmt: skip


class WishesForm(forms.Form):
    """Ways that are welcome, hours that are not, and work."""

    ways = forms.MultipleChoiceField(
        label=lazy("How may we reach you?"), choices=LABELS, widget=forms.CheckboxSelectMultiple,
        error_messages={"required": lazy("Leave us at least one way, so that you learn what concerns you.")},
    )  # fmt: skip
    quiet_from = forms.TimeField(
        label=lazy("Leave me alone from (you can leave it empty)"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}),
    )
    quiet_to = forms.TimeField(
        label=lazy("until"), required=False, widget=forms.TimeInput(attrs={"type": "time"})
    )
    not_at_work = forms.BooleanField(label=lazy("Never call me at work"), required=False)

    def clean(self) -> dict[str, Any]:
        """Refuse half a stretch of hours."""
        data: dict[str, Any] = super().clean() or {}
        if bool(data.get("quiet_from")) != bool(data.get("quiet_to")):
            self.add_error("quiet_to", _("Give both times, or none."))
        return data


@require_http_methods(["GET", "HEAD", "POST"])
@debtor_page
def wishes(request: HttpRequest, debtor: Debtor) -> HttpResponse:
    """Show the wishes that stand, and take new ones."""
    form = WishesForm(*bound(request), initial=standing(debtor))
    if request.method == "POST" and form.is_valid():
        try:
            bind(debtor, form.cleaned_data)
        except ReachRefused as refused:
            form.add_error("quiet_from", str(refused))
        else:
            messages.success(request, _("Done. It holds from this moment."))
            return redirect("my_wishes")
    lead = _("What you choose here holds at once, for everybody who works for us.")
    return ask(request, form, _("How may we reach you?"), lead, _("Keep it so"))


def standing(debtor: Debtor) -> dict[str, Any]:
    """Return the wishes that stand, as the form shows them."""
    now = selectors.wishes(debtor.customer.pk, debtor.at)
    found: dict[str, Any] = {
        "ways": [way for way, channels in WAYS.items() if channels[0] not in now.channels_off], "not_at_work": now.workplace_off
    }  # fmt: skip
    if now.quiet_hours:
        found |= {"quiet_from": now.quiet_hours[0][0], "quiet_to": now.quiet_hours[0][1]}
    return found


def bind(debtor: Debtor, data: dict[str, Any]) -> None:
    """Store each wish that changed."""
    customer_id, at, now = debtor.customer.pk, debtor.at, standing(debtor)
    windows = [[f"{data['quiet_from']:%H:%M}", f"{data['quiet_to']:%H:%M}"]] if data["quiet_from"] else []
    set_quiet_hours(customer_id, windows, at=at, by=None)
    for way, channels in WAYS.items():
        wanted, is_on = way in data["ways"], way in now["ways"]
        change = open_channel if wanted else close_channel
        for channel in channels if wanted != is_on else ():
            change(customer_id, channel, at=at, by=None)
    if data["not_at_work"] != now["not_at_work"]:
        leave_workplace_alone(customer_id, at=at, by=None, off=data["not_at_work"])
