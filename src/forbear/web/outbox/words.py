"""Channels, states and reasons in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from forbear.web.outbox.models import MessageState

CHANNELS: Mapping[str, Promise] = {
    "sms": _("Text message"),
    "email": _("E-mail"),
    "push": _("App push"),
    "wecom": _("WeCom"),
    "letter": _("Letter"),
}
REASONS: Mapping[str, Promise] = {
    "refused": _("Refused by law or house"),
    "no_contact_point": _("No usable contact point"),
    "contact_point_invalid": _("The contact point does not exist"),
    "case_ended": _("Paid or ended"),
    "day_replaced": _("Another run of the day stands"),
    "time_passed": _("Its time passed"),
    "lint": _("Its wording is not allowed"),
    "reply: emergency": _("A reply told of an emergency"),
    "seal_broken": _("Its seal cannot be opened"),
    "not_taken": _("The other end never took it"),
}
ON_HOLD = "hold:"  # with the kind of hold after it
TONES: Mapping[str, str] = {
    MessageState.DELIVERED: "good",
    MessageState.SENT: "info",
    MessageState.UNCERTAIN: "soon",
    MessageState.FAILED: "bad",
    MessageState.EXPIRED: "soon",
}


def channel(code: str) -> str:
    """Name a channel."""
    return str(CHANNELS.get(code, code))


def reason(code: str) -> str:
    """Name a reason; what another room wrote is shown as it is."""
    if code.startswith(ON_HOLD):
        return str(_("The case is on hold"))
    return str(REASONS.get(code, code))
