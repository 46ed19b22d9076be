"""Where the payment provider tells us what happened."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from forbear.channels.contract import CallbackRefused, CallbackRequest
from forbear.web import clock
from forbear.web.payments import services
from forbear.web.payments.wiring import provider

BODY_MAX = 64 * 1024


@csrf_exempt  # the provider has no cookie of ours; its signature stands for it
@login_not_required
@require_POST
def told(request: HttpRequest) -> HttpResponse:
    """Take one signed call-back; 200 also for one that was told before, so that the provider stops telling it."""
    at = clock.now()
    found = provider(at)
    if found is None:
        return HttpResponse(status=404)
    if int(request.META.get("CONTENT_LENGTH") or 0) > BODY_MAX:
        return HttpResponse(status=413)
    try:
        said = found.read_callback(CallbackRequest(request.body, dict(request.headers.items())), at=at)
    except CallbackRefused:
        return HttpResponse(status=403)
    services.told(said, at=at)
    return HttpResponse("ok", content_type="text/plain")
