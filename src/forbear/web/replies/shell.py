"""What the frame around every page says of emergencies."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from forbear.web import clock
from forbear.web.people.models import User
from forbear.web.replies.policy import paged_roles
from forbear.web.replies.selectors import open_calls


def calls(request: HttpRequest) -> dict[str, Any]:
    """Give every page the emergencies to which its reader is called; only the roles that are called are asked about."""
    user = getattr(request, "user", None)
    if not isinstance(user, User) or user.role not in paged_roles(clock.today()):
        return {}
    return {"calls": open_calls(user)}
