"""The screen of reception: one field, then identity, then what it is about. It never shows a debt."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from forbear.web import clock
from forbear.web.desk.requests import StaffRequest
from forbear.web.people.permissions import require
from forbear.web.portfolio.models import Customer
from forbear.web.reach import forms
from forbear.web.reach.contact_points import ReachRefused
from forbear.web.reading import reading_lang
from forbear.web.reception import services
from forbear.web.reception.models import Inbound, Way

MOMENT = re.compile(r"(?:(\d{4}-\d{2}-\d{2})[ T])?([01]\d|2[0-3]):([0-5]\d)")


@require("receive")
@require_GET
def desk(request: StaffRequest) -> HttpResponse:
    """The empty screen: whoever calls, begin here."""
    return screen(request, {})


@require("receive")
@require_POST
def look_up(request: StaffRequest) -> HttpResponse:
    """Look a number up; the number comes by POST and is in no address."""
    at = clock.now()
    text, way = request.POST.get("q", ""), request.POST.get("way", Way.CALL)
    try:
        found = services.look_up(text, at=at, by=request.user)
        customer = found.customers[0] if len(found.customers) == 1 else None
        if len(found.customers) > 1 and not request.POST.get("customer"):
            return screen(request, {"found": found, "q": text, "way": way})
        if chosen := request.POST.get("customer"):
            customer = get_object_or_404(Customer, pk=chosen)
        inbound = services.begin(way=way, found=found, customer=customer, at=at, by=request.user)
    except services.ReceptionRefused as refused:
        return screen(request, {"wrong": refused, "q": text, "way": way}, status=422)
    return redirect("reception_inbound", inbound.pk)


@require("receive")
@require_GET
def inbound(request: StaffRequest, inbound_id: int) -> HttpResponse:
    """One contact in progress."""
    return screen(request, {"inbound": mine(request, inbound_id)})


@require("receive")
@require_POST
def identify(request: StaffRequest, inbound_id: int) -> HttpResponse:
    """Compare what the caller says."""
    row = mine(request, inbound_id)
    said = {name: request.POST.get(name, "") for name in ("name", "id_tail", "birth")}
    try:
        agrees = services.identify(row, **said, at=clock.now(), by=request.user)
    except services.ReceptionRefused as refused:
        return screen(request, {"inbound": row, "wrong": refused}, status=422)
    if agrees:
        return redirect("reception_inbound", row.pk)
    wrong = services.ReceptionRefused(
        _("That does not agree with what is on file. Say so, and nothing more."), "name"
    )
    return screen(request, {"inbound": row, "wrong": wrong}, status=422)


@require("receive")
@require_POST
def wishes(request: StaffRequest, inbound_id: int) -> HttpResponse:
    """Store what an identified debtor asks for; a stranger's word changes nothing."""
    row, at = mine(request, inbound_id), clock.now()
    if row.customer is None or row.identified_at is None:
        raise PermissionDenied("only an identified debtor changes his wishes")
    said: dict[str, Any] = {"inbound": row, "open": True}
    try:
        case = services.open_case(row.customer)
        said["stored"] = forms.store(request.POST, row.customer.pk, at=at, by=request.user, case=case)
    except ReachRefused as refused:
        said |= {"wrong": refused, "quiet_said": request.POST.get("quiet", "")}
    drawn = forms.drawn(row.customer.pk, at)
    return render(request, "reach/_wishes.html", drawn | said, status=422 if "wrong" in said else 200)


@require("receive")
@require_POST
def finish(request: StaffRequest, inbound_id: int) -> HttpResponse:
    """Close the contact and hand it on."""
    row, at = mine(request, inbound_id), clock.now()
    try:
        callback_at = read_moment(request.POST.get("callback_at", ""), at)
        row = services.finish(
            row, topic=request.POST.get("topic", ""), note=request.POST.get("note", ""), callback_at=callback_at, at=at,
            by=request.user,
        )  # fmt: skip
    except services.ReceptionRefused as refused:
        return screen(request, {"inbound": row, "wrong": refused}, status=422)
    return screen(request, {"done": row})


def mine(request: StaffRequest, inbound_id: int) -> Inbound:
    """Return a contact this person took and did not close."""
    rows = Inbound.objects.select_related("customer")
    return get_object_or_404(rows, pk=inbound_id, taken_by=request.user, closed_at__isnull=True)


def screen(request: StaffRequest, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """Draw the screen; of a case it knows nothing but whose it is, and that only once identity was shown."""
    at = clock.now()
    row: Inbound | None = context.get("inbound")
    language = reading_lang()
    known = [(code, each[language], each["key"]) for code, each in services.topics(at).items()]
    more: dict[str, Any] = {"at": at, "topics": known, "roster": services.roster(at)}
    if row is not None:
        more["right_person"] = (
            services.on_duty(services.open_case(row.customer), at) if row.identified_at else None
        )
        if row.identified_at and row.customer:
            more |= forms.drawn(row.customer.pk, at)
        more["tries_left"] = services.tries_max(at) - row.tries
    return render(request, "reception/desk.html", more | context, status=status)


def read_moment(text: str, at: datetime) -> datetime | None:
    """Read 15:30 (today) or 2026-11-24 15:30 in the bank's time; raises ReceptionRefused."""
    if not text.strip():
        return None
    found = MOMENT.fullmatch(text.strip())
    if found is None:
        raise services.ReceptionRefused(_("Write the time like 15:30, or 2026-11-24 15:30."), "callback_at")
    day = found[1] or at.date().isoformat()
    try:
        return datetime.fromisoformat(f"{day} {found[2]}:{found[3]}").replace(tzinfo=at.tzinfo)
    except ValueError as error:
        raise services.ReceptionRefused(_("There is no such day."), "callback_at") from error
