"""The outbox board, settling what is uncertain, and the door for call-backs."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from forbear.channels.contract import CallbackRefused, CallbackRequest
from forbear.web import clock
from forbear.web.complaints.bars import cut_cases
from forbear.web.outbox import charts, events, selectors, words
from forbear.web.outbox.forms import SettleForm
from forbear.web.outbox.models import OutboxMessage
from forbear.web.outbox.settle import NotUncertain, settle_by_person
from forbear.web.outbox.wiring import NotConnected, callbacks, is_connected
from forbear.web.people.permissions import may, require, signed_in
from forbear.web.people.services import log_access, log_accesses

SPANS = (24, 72, 168)  # hours a reader may choose
UNCERTAIN_SHOWN = 100
CONNECTED = ("sms", "email", "push", "wecom", "letter")
CALLBACK_MAX = 1024 * 1024


@require("see_outbox")
def board(request: HttpRequest) -> HttpResponse:
    """Show where the messages are, what is uncertain, and why some stayed behind."""
    now = clock.now()
    chosen = request.GET.get("hours", "")
    hours = int(chosen) if chosen in {str(span) for span in SPANS} else SPANS[0]
    since = now - timedelta(hours=hours)
    counts = selectors.by_state()
    shown = selectors.uncertain(UNCERTAIN_SHOWN)
    if shown:
        log_accesses(signed_in(request), sorted({row.customer_id for row in shown}), "outbox", now)
    kept_back = selectors.withdrawals(since)
    gone = set(
        cut_cases(signed_in(request))
        .filter(pk__in=[row.case_id for row in shown])
        .values_list("pk", flat=True)
    )
    context = {
        "hours": hours,
        "spans": SPANS,
        "totals": totals(counts),
        "uncertain": [
            (row, words.channel(row.channel), can_settle(row), row.case_id in gone) for row in shown
        ],
        "unmatched": selectors.unmatched_events(),
        "withdrawals": [(row, words.channel(row["channel"]), words.reason(row["why"])) for row in kept_back],
        "connections": [
            (str(name), is_connected(code)) for code, name in words.CHANNELS.items() if code in CONNECTED
        ],
        "charts": [
            charts.states(counts),
            charts.throughput(selectors.throughput(since), now, hours),
            charts.withdrawn(kept_back, clock.today()),
        ],
        "may_settle": may(request.user, "settle_outbox"),
    }
    return render(request, "outbox/board.html", context)


def totals(counts: list[dict[str, int | str]]) -> dict[str, int]:
    """Add up the messages by state, over all channels."""
    found: dict[str, int] = {}
    for row in counts:
        found[str(row["state"])] = found.get(str(row["state"]), 0) + int(row["messages"])
    return found


def can_settle(row: OutboxMessage) -> bool:
    """Return whether its permit has run out, so that it cannot go out any more."""
    return row.permit_expires_at is None or clock.now() > row.permit_expires_at


@require_POST
@require("settle_outbox")
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a person's word on an uncertain message."""
    found = get_object_or_404(OutboxMessage, pk=pk)
    form = SettleForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return redirect("outbox")
    at, user = clock.now(), signed_in(request)
    log_access(user, found.customer_id, "outbox", at, f"message {pk}")
    went_out = form.cleaned_data["went_out"] == "yes"
    try:
        settle_by_person(found, went_out=went_out, by=user, note=form.cleaned_data["note"], at=at)
        messages.success(request, _("Settled. The case's timeline says so."))
    except NotUncertain:
        messages.error(request, _("This message is settled already, or its permit has not run out yet."))
    return redirect("outbox")


@csrf_exempt
@login_not_required
@require_POST
def callback(request: HttpRequest, channel: str) -> JsonResponse:
    """Take what a provider tells; the signature says who it is. Told again it changes nothing."""
    at = clock.now()
    if int(request.headers.get("Content-Length") or 0) > CALLBACK_MAX:
        return JsonResponse({"error": "too large"}, status=413)
    try:
        reader = callbacks(channel, at=at)
        told = reader.read_callback(CallbackRequest(request.body, dict(request.headers)), at=at)
    except (NotConnected, KeyError):
        return JsonResponse({"error": "no such channel"}, status=404)
    except CallbackRefused as error:
        return JsonResponse({"error": str(error)}, status=403)
    return JsonResponse({"new": events.receive(channel, told, at=at)})
