"""Who read whose data: the compliance screen over the access log."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from forbear.web import clock
from forbear.web.people.days import day_end, day_start
from forbear.web.people.forms import AccessFilterForm
from forbear.web.people.models import AccessLog
from forbear.web.people.permissions import require

PAGE = 200
DAYS = 7


@require_safe
@require("read_access_log")
def access_log(request: HttpRequest) -> HttpResponse:
    """List reads, newest first, with counts per reader over the same filter."""
    form = AccessFilterForm(request.GET or None)
    wanted: dict[str, Any] = form.cleaned_data if form.is_bound and form.is_valid() else {}
    last: date = wanted.get("last") or clock.today()
    first: date = wanted.get("first") or last - timedelta(days=DAYS - 1)
    reads = filtered(wanted, first, last)
    page = Paginator(reads.select_related("user", "customer").order_by("-at", "-pk"), PAGE).get_page(
        request.GET.get("page")
    )
    readers = reads.values("user__display_name", "user__staff_no", "user__role").annotate(
        reads=Count("pk"), people=Count("customer", distinct=True)
    )
    context = {
        "form": form if form.is_bound else AccessFilterForm(initial={"first": first, "last": last}),
        "page": page,
        "readers": readers.order_by("-people", "user__staff_no")[:50],
        "first": first,
        "last": last,
        "query": without_page(request),
    }
    return render(request, "people/access.html", context)


def filtered(wanted: dict[str, Any], first: date, last: date) -> QuerySet[AccessLog]:
    """Return the reads of these days that match the filter."""
    reads = AccessLog.objects.filter(at__gte=day_start(first), at__lt=day_end(last))
    if wanted.get("staff"):
        reads = reads.filter(user=wanted["staff"])
    if wanted.get("what"):
        reads = reads.filter(what=wanted["what"])
    if wanted.get("customer_no"):
        reads = reads.filter(customer__customer_no=wanted["customer_no"])
    return reads


def without_page(request: HttpRequest) -> str:
    """Return the filter as a query, for the links to other pages."""
    query = request.GET.copy()
    query.pop("page", None)
    return query.urlencode()
