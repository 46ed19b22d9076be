"""What the frame around every page says of emergencies."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from forbear.web.people.models import User
from forbear.web.replies.selectors import open_calls


def calls(request: HttpRequest) -> dict[str, Any]:
    """Give every page the emergencies to which its reader is called; nothing to nobody."""
    user = getattr(request, "user", None)
    return {"calls": open_calls(user)} if isinstance(user, User) else {}
