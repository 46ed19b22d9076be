"""The search of the top strip."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from forbear.web import clock
from forbear.web.complaints.bars import barred_customers, passed_on
from forbear.web.people import search, services
from forbear.web.people.permissions import require, signed_in


@require_POST
@require("search")
def search_view(request: HttpRequest) -> HttpResponse:
    """Answer with the people found, names and numbers masked; each look at a person is logged.

    Only POST: what is searched for may be a phone or identity number, which must not reach addresses or logs.
    """
    text = request.POST.get("q", "")[:80]
    user = signed_in(request)
    found = search.find(text, barred_customers(user))
    gone = passed_on(user, [one.customer.pk for one in found])
    found = [one for one in found if one.customer.pk not in gone]
    services.log_accesses(user, [one.customer.pk for one in found], "search", clock.now())
    template = "people/found.html" if request.headers.get("HX-Request") else "people/search.html"
    return render(request, template, {"found": found, "asked": bool(text.strip()), "limit": search.LIMIT})
