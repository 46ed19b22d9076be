"""Notices of changed rules: old beside new, and one key to acknowledge."""

from __future__ import annotations

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from forbear.web import clock
from forbear.web.law import services
from forbear.web.law.models import Acknowledgement, Publication
from forbear.web.law.notices import unread_notices
from forbear.web.law.views import page
from forbear.web.people.permissions import may, require, signed_in

SHOWN = 100


@require("read_law")
def notices(request: HttpRequest) -> HttpResponse:
    """Every published change, newest first, with what this person has read."""
    user = signed_in(request)
    found = (
        Publication.objects.select_related("author", "approved_by").defer("text", "what_if")
        .annotate(readers=Count("acknowledgements")).order_by("-effective_at", "-pk")[:SHOWN]
    )  # fmt: skip
    read = set(Acknowledgement.objects.filter(user=user).values_list("publication_id", flat=True))
    return page(request, "law/notices.html", {"notices": found, "read": read, "at": clock.now()})


@require("read_law")
def notice(request: HttpRequest, publication_id: int) -> HttpResponse:
    """One change; POST acknowledges it and shows the next one, or returns to work."""
    found = get_object_or_404(Publication.objects.select_related("author", "approved_by"), pk=publication_id)
    user, at = signed_in(request), clock.now()
    may_acknowledge = may(user, "acknowledge")
    if request.method == "POST":
        services.acknowledge(found, by=user, at=at)
        unread = unread_notices(user, at)
        return redirect("law_notice", unread[0]) if unread else redirect("desk")
    mine = Acknowledgement.objects.filter(user=user, publication=found).first()
    context = {
        "publication": found,
        "changes": found.changes,
        "acknowledged": mine,
        "may_acknowledge": may_acknowledge and found.must_acknowledge,
        "at": at,
    }
    return page(request, "law/notice.html", context)
