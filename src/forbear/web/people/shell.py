"""The frame around every page: which rooms a person sees, where they are, how they like it shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from forbear.web.people.models import Role
from forbear.web.people.permissions import Reader, may


@dataclass(frozen=True, slots=True)
class Room:
    """One entry of the left menu; `key` follows `g` on the keyboard."""

    key: str
    path: str
    label: str | Promise
    action: str


ROOMS = (
    Room("d", "/desk/", _("Case desk"), "contact"),
    Room("i", "/reception/", _("Reception"), "receive"),
    Room("q", "/agreements/approvals/", _("Approvals"), "approve"),
    Room("h", "/visits/phone/", _("My visits"), "go_on_visits"),
    Room("u", "/visits/", _("Visits"), "see_visits"),
    Room("b", "/board/", _("Board"), "see_board"),
    Room("j", "/court/", _("Court"), "see_court"),
    Room("x", "/disposal/", _("Write-off and transfer"), "see_disposal"),
    Room("k", "/credit/", _("Credit record"), "see_credit"),
    Room("l", "/law/", _("Law"), "read_law"),
    Room("f", "/files/", _("Files"), "read_files"),
    Room("r", "/runs/", _("Runs"), "read_runs"),
    Room("c", "/ledger/", _("Reconciliation"), "reconcile"),
    Room("o", "/recordings/", _("Recordings"), "listen"),
    Room("p", "/replies/", _("Replies"), "see_replies"),
    Room("e", "/letters/", _("Letters"), "see_letters"),
    Room("w", "/wording/", _("Wording"), "see_wording"),
    Room("m", "/outbox/", _("Outbox"), "see_outbox"),
    Room("v", "/pay/orders/", _("Payments"), "refund"),
    Room("t", "/complaints/", _("Complaints"), "handle_complaints"),
    Room("n", "/reach/closed/", _("Closed numbers"), "reopen_number"),
    Room("a", "/access/", _("Access log"), "read_access_log"),
    Room("s", "/staff/", _("Staff"), "manage_users"),
)

HOME = {
    Role.COLLECTOR: "/desk/",
    Role.RECEPTION: "/reception/",
    Role.FIELD: "/desk/",
    Role.LEGAL: "/desk/",
    Role.COUNSEL: "/court/",
    Role.MANAGER: "/board/",
    Role.ANALYST: "/board/",
    Role.COMPLIANCE: "/access/",
    Role.ADMINISTRATOR: "/files/",
}


def rooms_for(user: Reader) -> list[Room]:
    """Return the rooms this person may enter, in menu order."""
    return [room for room in ROOMS if may(user, room.action)]


def shell(request: HttpRequest) -> dict[str, Any]:
    """Give every template the frame's facts."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"languages": settings.LANGUAGES, "theme": request.COOKIES.get("theme", "light")}
    rooms = rooms_for(user)
    return {
        "rooms": rooms,
        "room": next((room for room in rooms if request.path.startswith(room.path)), None),
        "languages": settings.LANGUAGES,
        "theme": "dark" if user.dark_mode else "light",
        "may_search": may(user, "search"),
    }
