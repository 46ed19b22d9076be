"""What a team's phone asks the server: its shell, its day, permits, and the taking of what happened.

The shell holds nobody's data, so it may be kept by the phone; everything else is said as JSON and never cached.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from forbear.web import clock
from forbear.web.complaints.uploads import UploadRefused
from forbear.web.desk.requests import StaffRequest
from forbear.web.people.permissions import require
from forbear.web.visits import day as days
from forbear.web.visits import policy, storing, sync
from forbear.web.visits.events import BadEvent, Place
from forbear.web.visits.models import PhoneDay
from forbear.web.visits.phone_words import phone_words
from forbear.web.visits.services import VisitRefused

SHELL = (
    "visits/phone.js",
    "visits/store.js",
    "visits/seal.js",
    "visits/screens.js",
    "visits/phone.css",
    "forbear.svg",
)
BODY_MAX = 2_000_000  # bytes of one batch
T = TypeVar("T")


class Begin(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A phone asks for its day."""

    device: UUID
    phone_at: datetime


class Batch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A phone sends what happened."""

    day: UUID
    sent_at: datetime
    events: list[Any]


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A phone asks for one thing about its day."""

    day: UUID
    visit: int | None = None
    place: Place | None = None


def said(request: HttpRequest, kind: type[T]) -> T:
    """Read a body of JSON; raises BadEvent."""
    if len(request.body) > BODY_MAX:
        raise BadEvent("body_too_large")
    try:
        return msgspec.json.decode(request.body, type=kind)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, RecursionError) as error:
        raise BadEvent("malformed") from error


def day_of(request: StaffRequest, key: UUID) -> PhoneDay:
    """Return a day of the person's own phone; raises BadEvent for anybody else's."""
    found = PhoneDay.objects.select_related("team").filter(pk=key, user=request.user).first()
    if found is None:
        raise BadEvent("no_such_day")
    return found


def refused(why: str, status: int = 422) -> JsonResponse:
    """Say no to a phone."""
    return JsonResponse({"why": why}, status=status)


@require("go_on_visits")
@require_GET
def phone(request: StaffRequest) -> HttpResponse:
    """The shell of the phone page: words and addresses, nobody's data."""
    addresses = {
        name: reverse(f"visits_phone_{name}") for name in ("day", "permit", "sync", "sos", "end")
    } | {
        "evidence": reverse("visits_phone_evidence", args=[UUID(int=0)]),
        "worker": reverse("visits_phone_worker"),
    }
    return render(
        request,
        "visits/phone.html",
        {"words": phone_words(), "addresses": addresses, "zone": settings.TIME_ZONE},
    )


@login_not_required
@require_GET
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker, with the version of the shell it keeps; a changed file makes a new version."""
    kept = [reverse("visits_phone"), reverse("visits_phone_manifest"), *(static(name) for name in SHELL)]
    text = f"const VERSION = {json.dumps(version())};\nconst SHELL = {json.dumps(kept)};\n{source('visits/sw.js').decode()}"
    return HttpResponse(text, content_type="text/javascript; charset=utf-8")


@lru_cache(maxsize=1)
def version() -> str:
    """Return a digest of every file of the shell."""
    return hashlib.sha256(b"".join(source(name) for name in (*SHELL, "visits/sw.js"))).hexdigest()[:16]


def source(name: str) -> bytes:
    """Return a static file's bytes."""
    path = finders.find(name)
    if not isinstance(path, str):
        raise FileNotFoundError(name)
    with open(path, "rb") as file:
        return file.read()


@login_not_required
@require_GET
def manifest(request: HttpRequest) -> HttpResponse:
    """What a phone needs to put the page on its home screen."""
    return JsonResponse(
        {
            "name": _("Forbear visits"), "short_name": _("Visits"), "start_url": reverse("visits_phone"),
            "scope": reverse("visits_phone"), "display": "standalone", "background_color": "#fbfaf7", "theme_color": "#1f5a6b",
            "icons": [{"src": static("forbear.svg"), "sizes": "any", "type": "image/svg+xml"}],
        },
        content_type="application/manifest+json",
    )  # fmt: skip


@require("go_on_visits")
@require_POST
def begin(request: StaffRequest) -> HttpResponse:
    """Begin the day on this phone: its route, or its badge alone."""
    try:
        asked = said(request, Begin)
        if asked.phone_at.tzinfo is None:
            raise BadEvent("malformed")
        _day, carried = days.start(request.user, asked.device, phone_at=asked.phone_at, at=clock.now())
    except BadEvent as bad:
        return refused(bad.why)
    except days.NoDay:
        return refused("no_day", 404)
    return JsonResponse(carried)


@require("go_on_visits")
@require_POST
def permit(request: StaffRequest) -> HttpResponse:
    """Ask the gate for the permit to knock at the next door."""
    at = clock.now()
    try:
        asked = said(request, Asked)
        found, rules = days.ask_permit(day_of(request, asked.day), asked.visit or 0, at=at, by=request.user)
    except BadEvent as bad:
        return refused(bad.why)
    except VisitRefused as no:
        return refused(str(no), 409)
    return JsonResponse({"permit": found, "rules": rules, "server_at": at.isoformat()})


@require("go_on_visits")
@require_POST
def take(request: StaffRequest) -> HttpResponse:
    """Take what happened; answered by the phone's own ids, so that sending twice is harmless."""
    at = clock.now()
    try:
        batch = said(request, Batch)
        day = day_of(request, batch.day)
        sent_at = batch.sent_at if batch.sent_at.tzinfo else None
        answer = sync.take_batch(day, batch.events, sent_at=sent_at, received_at=at, by=request.user)
    except BadEvent as bad:
        return refused(bad.why)
    gone = [pk for pk in day.handed if pk not in {stop.pk for stop in days.visits_of(day.team)}]
    return JsonResponse(
        {
            "taken": answer.taken, "known": answer.known, "set_aside": answer.set_aside, "stop": answer.stop,
            "gone": gone, "server_at": at.isoformat(), "wipe": day.on < at.date() or day.ended_at is not None,
        }
    )  # fmt: skip


@require("go_on_visits")
@require_POST
def file(request: StaffRequest, client_id: UUID) -> HttpResponse:
    """Take the bytes of one photo or recording."""
    at = clock.now()
    given = request.FILES.get("file")
    try:
        day = day_of(request, UUID(request.POST.get("day", "")))
        if given is None or given.size is None or given.size > policy.value("evidence_bytes_max", at):
            return refused(_("This file is too large."), 413)
        storing.store(day, client_id, given.read(), received_at=at, by=request.user)
    except storing.NotAnnounced:
        return refused("not_announced", 409)
    except (BadEvent, ValueError) as bad:  # UploadRefused is a ValueError with words
        return refused(str(bad), 422 if isinstance(bad, UploadRefused) else 404)
    return JsonResponse({"taken": str(client_id)})


@require("go_on_visits")
@require_POST
def sos(request: StaffRequest) -> HttpResponse:
    """A mate calls for help."""
    try:
        asked = said(request, Asked)
        place = msgspec.to_builtins(asked.place) if asked.place else None
        heard = days.call_for_help(day_of(request, asked.day), place=place, at=clock.now(), by=request.user)
    except BadEvent as bad:
        return refused(bad.why)
    return JsonResponse({"heard": heard})


@require("go_on_visits")
@require_POST
def end(request: StaffRequest) -> HttpResponse:
    """End the day: the phone has delivered everything and wipes itself once this is answered."""
    try:
        put_back = days.end(day_of(request, said(request, Asked).day), at=clock.now())
    except BadEvent as bad:
        return refused(bad.why)
    return JsonResponse({"ended": True, "put_back": put_back})
