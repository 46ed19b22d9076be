"""The best time to reach a debtor, in words, with what it rests on."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django import template

from forbear.web import clock
from forbear.web.cases.models import Case
from forbear.web.reach import forms
from forbear.web.reach.best_time import best_times, is_weekend

register = template.Library()


@register.inclusion_tag("reach/_wishes.html")
def wishes_form(case: Case) -> dict[str, Any]:
    """Draw what a debtor asked for, and the form that changes it."""
    return forms.drawn(case.customer_id, clock.now()) | {"case": case}


@register.inclusion_tag("reach/_best_time.html")
def best_time(case: Case) -> dict[str, Any]:
    """Draw the best window of today's kind of day; own habit, or everybody's where too little is known."""
    at = clock.now()
    local = at.astimezone(ZoneInfo(case.customer.timezone))
    found = best_times([case.customer_id], at, weekend=is_weekend(local))[case.customer_id]
    now = next((window for window in found.windows if window.holds(local)), None)
    known = found.personal or len({window.rate for window in found.windows}) > 1  # else every hour is alike
    return {
        "found": found,
        "best": found.best if known else None,
        "now": now,
        "is_now": found.best is not None and found.best.holds(local),
    }
