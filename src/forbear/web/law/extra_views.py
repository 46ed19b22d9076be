"""Lawful capacity of a day, and the conflicts between instruments."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from forbear.web import clock
from forbear.web.law import capacity, current
from forbear.web.law.views import chosen_day, page
from forbear.web.people.permissions import require


@require("read_law")
def capacity_page(request: HttpRequest) -> HttpResponse:
    """How many contacts of the portfolio are lawful at all on a day."""
    on, now = chosen_day(request), clock.now()
    found = capacity.of_portfolio(on, now, current.packs_now())
    return page(request, "law/capacity.html", {"on": on, "chart": capacity.chart(found, on)})


@require("read_law")
def conflicts(request: HttpRequest) -> HttpResponse:
    """Where instruments or sources disagree, what each says, which is followed, and why."""
    packs = current.packs_now()
    return page(
        request, "law/conflicts.html", {"conflicts": list(packs.conflicts.values()), "rules": packs.rules}
    )
