"""The dialler's panel and the floor, drawn inside pages of other rooms."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import Context

from forbear.web import clock
from forbear.web.people.models import User
from forbear.web.people.permissions import may
from forbear.web.telephony.panel import panel
from forbear.web.telephony.selectors import seats_now

register = template.Library()


@register.inclusion_tag("telephony/_dialler.html", takes_context=True)
def dialler_panel(context: Context, case_id: int | str = "") -> dict[str, Any]:
    """Draw the dialler of the person who reads; nothing for whoever has no handset."""
    user, at = context["user"], clock.now()
    drawn = panel(user, at) if isinstance(user, User) and may(user, "contact") else None
    return {"panel": drawn, "at": at, "on_case": str(case_id)}


@register.inclusion_tag("telephony/_floor.html")
def dialler_floor() -> dict[str, Any]:
    """Draw what every collector with a handset does now."""
    return {"seats": seats_now(clock.now())}
