"""Requests of people who are signed in, and the matter they may see."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from forbear.web.litigation.models import LegalMatter
from forbear.web.litigation.selectors import visible
from forbear.web.people.models import Role, User


class StaffRequest(HttpRequest):
    """A request whose user is known."""

    user: User


def matter_for(request: StaffRequest, pk: int, at: datetime) -> LegalMatter:
    """Return a matter the person may see now; 404 for every other, so that nobody learns that it exists."""
    return get_object_or_404(visible(request.user, at), pk=pk)


def is_outside(user: User) -> bool:
    """Return whether a person is outside counsel, whose pages bear a watermark."""
    return bool(user.role == Role.COUNSEL)
