"""One visit and its files: what was checked, who goes, what happened at the door, what is missing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from forbear.web import clock
from forbear.web.complaints.bars import is_barred, is_cut
from forbear.web.desk.requests import StaffRequest
from forbear.web.desk.screen import callable_state
from forbear.web.desk.views import opened
from forbear.web.genuine.codes import grouped
from forbear.web.people.permissions import may, require
from forbear.web.people.services import log_access
from forbear.web.portfolio.vault import vault
from forbear.web.visits import badges, day, policy, records, selectors, services, storing
from forbear.web.visits.forms import AskForm, PlaceForm, ReviewForm
from forbear.web.visits.models import FieldTeam, Visit, VisitEvidence, VisitState
from forbear.web.visits.views import TONES, page, toned
from forbear.web.visits.words import RECORDS, word


def seen_by(request: StaffRequest, pk: int) -> Visit:
    """Return a visit a person may see: all for some, for the others those they asked for or go on; 404 else."""
    rows = Visit.objects.select_related(
        "case__customer", "point", "asked_by", "team", "reviewed_by", "permit", "approval"
    )
    found = get_object_or_404(rows, pk=pk)
    mine = found.asked_by_id == request.user.pk or request.user.pk in services.people_of(found)
    if not mine and not may(request.user, "see_visits"):
        raise Http404(pk)
    if is_barred(request.user, found.case.customer_id) or is_cut(request.user, found.case):
        raise PermissionDenied("this debtor is closed to this person")
    return found


@require("see_visits", "ask_visit")
@require_GET
def visit(request: StaffRequest, pk: int) -> HttpResponse:
    """One visit: what was checked, who goes, what happened by both clocks, what is missing."""
    shown = seen_by(request, pk)
    log_access(request.user, shown.case.customer_id, "visit", clock.now(), shown.number)
    return page(request, "visits/visit.html", "", visit_context(request, shown))


def visit_context(request: StaffRequest, shown: Visit, form: ReviewForm | None = None) -> dict[str, Any]:
    """Return what a visit's page is drawn from."""
    at = clock.now()
    answer = selectors.reasons_of(shown)
    rows = shown.records.select_related("by").order_by("sequence")
    went = services.people_of(shown)
    table = policy.table("proofs", at)
    proved = [
        (policy.word(row), row.get("rule", ""), code not in shown.missing) for code, row in table.items()
    ]
    return {
        "visit": shown, "tone": TONES[VisitState(shown.state)], "findings": selectors.findings_of(shown), "answer": answer,
        "roles": selectors.role_words(shown.roles), "members": list(shown.team.members.select_related("user")) if shown.team else [],
        "address": vault().open(bytes(shown.point.value_cipher), "address"), "place": getattr(shown.point, "place", None),
        "records": [(row, word(RECORDS, row.kind), told(row.kind, row.data, at), row.client_id is not None) for row in rows],
        "result": policy.word_of("results", shown.result, at) if shown.result else "",
        "missing": [policy.word_of("proofs", code, at) for code in shown.missing], "proofs": proved if shown.closed_at else [],
        "evidence": shown.evidence.defer("content_cipher").order_by("pk"), "broken": records.broken(shown),
        "form": form or ReviewForm(), "place_form": PlaceForm(),
        "may_review": shown.state == VisitState.REPORT_DUE and may(request.user, "review_visits") and request.user.pk not in (*went, shown.asked_by_id),
        "may_call_off": shown.state in services.BEFORE_THE_DOOR and (may(request.user, "plan_visits") or shown.asked_by_id == request.user.pk),
        "works": may(request.user, "plan_visits"), "alarms": shown.alarms.select_related("taken_by").order_by("at"),
    }  # fmt: skip


def told(kind: str, data: dict[str, Any], at: datetime) -> str:
    """Return what a record says beyond its name."""
    if kind == "result":
        return " · ".join(filter(None, (policy.word_of("results", data["code"], at), data["note"])))
    if kind == "door":
        return policy.word_of("door", data["who"], at)
    if kind == "checked":
        return ", ".join(policy.word_of("proofs", code, at) for code in data["missing"])
    plain = data.get("why") or data.get("reason") or data.get("note") or data.get("team") or ""
    return str(plain or ", ".join(data.get("rules", [])))


@require("see_case")
@require_GET
def panel(request: StaffRequest, case_id: int) -> HttpResponse:
    """The visits of a case, and the form to ask for one."""
    shown, _day = opened(request, case_id)
    at = clock.now()
    rows = selectors.of_case(shown)
    asks = (
        may(request.user, "ask_visit")
        and callable_state(shown)
        and not any(row.state in services.OPEN for row in rows)
    )
    points = selectors.addresses(shown) if asks else []
    initial = {
        "on": day.next_day(at), "window_from": policy.clock_time("hours_from", at), "window_to": policy.clock_time("hours_to", at)
    }  # fmt: skip
    context = {
        "case": shown, "rows": toned(rows), "asks": asks, "form": AskForm(points, initial=initial) if points else None,
    }  # fmt: skip
    return render(request, "visits/_panel.html", context)


@require("see_visits")
@require_GET
def evidence(request: StaffRequest, pk: int) -> HttpResponse:
    """One photo or recording, opened; looking is written down."""
    found = get_object_or_404(VisitEvidence.objects.select_related("visit__case"), pk=pk)
    if is_barred(request.user, found.visit.case.customer_id) or is_cut(request.user, found.visit.case):
        raise PermissionDenied("this debtor is closed to this person")
    log_access(
        request.user,
        found.visit.case.customer_id,
        "visit",
        clock.now(),
        f"{found.visit.number} file {found.pk}",
    )
    if found.purged_at is not None:
        return HttpResponse(
            _("This file was deleted; its digest is kept."),
            status=410,
            content_type="text/plain; charset=utf-8",
        )
    answer = HttpResponse(storing.opened(found), content_type=found.media_type)
    answer["Content-Disposition"] = f'attachment; filename="{found.visit.number}-{found.pk}"'
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


@require("plan_visits")
@require_GET
def badge_sheet(request: StaffRequest, pk: int) -> HttpResponse:
    """The badges of a team to print, for those who carry no phone of ours."""
    team = get_object_or_404(FieldTeam, pk=pk)
    at = clock.now()
    members = team.members.select_related("user").order_by("pk")
    made = [(row.user, badges.issue(row.user, team.on, at=at, how=badges.ON_PAPER)) for row in members]
    rows = [
        (user, badges.picture_of(code), grouped(code), badges.word_of(user, team.on)) for user, code in made
    ]
    return page(request, "visits/badges.html", "visits_routes", {"team": team, "rows": rows})
