"""Recordings by HTTP: what vendors send, what staff hear, what is missing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.http.request import HttpRequest
from django.shortcuts import get_object_or_404, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from forbear.channels.contract import CallbackRefused, CallbackRequest
from forbear.web import clock
from forbear.web.complaints.bars import cut_cases, is_barred, is_cut
from forbear.web.desk.requests import StaffRequest
from forbear.web.people.permissions import require
from forbear.web.people.services import log_access
from forbear.web.recordings import selectors, services
from forbear.web.recordings.models import Purge, Recording, RecordingState, Vendor

BODY_MAX = 1_000_000  # bytes of a call-back; recordings come by PUT
RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


@login_not_required
@csrf_exempt
@require_POST
def hook(request: HttpRequest, vendor: str) -> HttpResponse:
    """Take what a contact centre tells; told again, it changes nothing."""
    known = Vendor.objects.filter(code=vendor, active=True).first()
    if known is None or int(request.headers.get("Content-Length") or 0) > BODY_MAX:
        return JsonResponse({"error": "not known here"}, status=404)
    at = clock.now()
    asked = CallbackRequest(request.body, dict(request.headers))
    try:
        told = services.adapter_of(known).read(asked, at=at)
    except CallbackRefused as refused:
        return JsonResponse({"error": str(refused)}, status=403)
    return JsonResponse({"new": services.hear(known, told, at)})


@login_not_required
@csrf_exempt
@require_http_methods(["PUT"])
def upload(request: HttpRequest, vendor: str, external_id: str) -> HttpResponse:
    """Take the bytes of an announced recording, sealed as they come."""
    known = Vendor.objects.filter(code=vendor, active=True).first()
    found = Recording.objects.filter(source=vendor, external_id=external_id).first()
    if known is None or found is None:
        return JsonResponse({"error": "nothing of this name was announced"}, status=404)
    at = clock.now()
    try:
        signed = CallbackRequest(b"", dict(request.headers))
        services.adapter_of(known).check_upload(signed, at=at, sha256=found.sha256)
        services.receive(found, iter(lambda: request.read(services.READ_BYTES), b""), at)
    except CallbackRefused as refused:
        return JsonResponse({"error": str(refused)}, status=403)
    except services.RecordingRefused as refused:
        return JsonResponse({"error": str(refused)}, status=422)
    return JsonResponse({"kept": True})


@require("listen")
@require_GET
def listen(request: StaffRequest, recording_id: int) -> HttpResponseBase:
    """Stream a recording, or the part that is asked for; every listening is logged."""
    found = get_object_or_404(
        Recording.objects.select_related("attempt__case"),
        pk=recording_id,
        state=RecordingState.KEPT,
        attempt__isnull=False,
    )
    if found.attempt is not None and (
        is_barred(request.user, found.attempt.customer_id) or is_cut(request.user, found.attempt.case)
    ):
        raise PermissionDenied("this debtor is closed to this person")
    asked = part_of(request.headers.get("Range", ""), found.size)
    if asked is None:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{found.size}"})
    start, stop = asked
    if start == 0 and found.attempt is not None:
        log_access(request.user, found.attempt.customer_id, "recording", clock.now(), f"recording {found.pk}")
    answer = StreamingHttpResponse(
        opened(found, start, stop),
        content_type=found.media_type,
        status=206 if "Range" in request.headers else 200,
    )
    answer["Accept-Ranges"] = "bytes"
    answer["Content-Length"] = str(stop - start)
    answer["Content-Disposition"] = "inline"
    if answer.status_code == 206:
        answer["Content-Range"] = f"bytes {start}-{stop - 1}/{found.size}"
    return answer


def opened(found: Recording, start: int, stop: int) -> Iterator[bytes]:
    """Yield the opened bytes of a part."""
    with (services.folder() / found.path).open("rb") as file:
        yield from services.stream_vault().open(file, size=found.size, start=start, stop=stop)


def part_of(header: str, size: int) -> tuple[int, int] | None:
    """Return start and stop of what is asked for; None for a part that does not exist (RFC 9110, 14)."""
    if not header:
        return 0, size
    asked = RANGE.fullmatch(header.strip())
    if asked is None or not (asked[1] or asked[2]):
        return None
    if not asked[1]:
        start, stop = max(0, size - int(asked[2])), size
    else:
        start, stop = int(asked[1]), min(int(asked[2]) + 1, size) if asked[2] else size
    return (start, stop) if start < stop else None


@require("listen")
@require_GET
def overview(request: StaffRequest) -> HttpResponse:
    """What is missing or late, and what the nights deleted."""
    at = clock.now()
    kept = Recording.objects.filter(state=RecordingState.KEPT, attempt__isnull=False).select_related(
        "attempt__staff", "attempt__case"
    )
    kept = kept.exclude(attempt__case__in=cut_cases(request.user))
    context = {
        "missing": selectors.missing(at), "late": selectors.late(at), "kept": kept.order_by("-made_at")[:100],
        "purges": Purge.objects.order_by("-at")[:28],
    }  # fmt: skip
    return render(request, "recordings/overview.html", context)
