"""A request from a signed-in member of staff; LoginRequiredMiddleware lets no other through."""

from __future__ import annotations

from django.http import HttpRequest

from forbear.web.people.models import User


class StaffRequest(HttpRequest):
    """A request whose user is known."""

    user: User
