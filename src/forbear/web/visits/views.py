"""The office's screens of visits: today, requests, routes, reviews, people, one visit."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from forbear.web import clock
from forbear.web.complaints.bars import is_barred, is_cut
from forbear.web.desk.requests import StaffRequest
from forbear.web.desk.screen import callable_state
from forbear.web.desk.views import opened
from forbear.web.genuine.codes import grouped
from forbear.web.people.permissions import may, require
from forbear.web.people.services import log_access, log_accesses
from forbear.web.portfolio.vault import vault
from forbear.web.visits import (
    alarms,
    badges,
    day,
    picture,
    policy,
    records,
    selectors,
    services,
    storing,
    teams,
)
from forbear.web.visits.forms import AskForm, ManyForm, PlaceForm, ReviewForm, TeamForm, VisitorForm
from forbear.web.visits.models import FieldTeam, RoutePlan, Visit, VisitEvidence, Visitor, VisitState
from forbear.web.visits.words import LEFT_OUT, RECORDS, word

PAGES = (
    ("visits", _("Today"), "see_visits"),
    ("visits_requests", _("Requests"), "see_visits"),
    ("visits_routes", _("Routes"), "see_visits"),
    ("visits_reviews", _("Reviews"), "see_visits"),
    ("visits_people", _("Visitors"), "plan_visits"),
)
TONES = {
    VisitState.REQUESTED: "soon", VisitState.REFUSED: "bad", VisitState.DECLINED: "plain", VisitState.APPROVED: "info",
    VisitState.SCHEDULED: "info", VisitState.CHECKED_IN: "soon", VisitState.DONE: "good", VisitState.REPORT_DUE: "bad",
    VisitState.REVIEWED: "plain", VisitState.CALLED_OFF: "plain",
}  # fmt: skip


def page(
    request: StaffRequest, template: str, here: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """Draw a page of the room with its tabs."""
    pages = [(name, words) for name, words, action in PAGES if may(request.user, action)]
    label = {name: words for name, words, _action in PAGES}.get(here, "")
    return render(
        request,
        template,
        {"pages": pages, "here": here, "label": label, "at": clock.now()} | context,
        status=status,
    )


def toned(rows: list[Visit]) -> list[tuple[Visit, str]]:
    """Return visits with the tone of their state."""
    return [(row, TONES[VisitState(row.state)]) for row in rows]


@require("see_visits")
@require_GET
def today(request: StaffRequest) -> HttpResponse:
    """Who is out, where they are in their day, and whether anybody needs help."""
    at = clock.now()
    teams_out = selectors.board(request.user, at.date())
    people = [stop.case.customer_id for each in teams_out for stop in each.stops]
    log_accesses(request.user, people, "visit", at, "today")
    shown = [(each, toned(list(each.stops))) for each in teams_out]
    context = {"teams": shown, "alarms": alarms.standing(), "counts": selectors.counts()}
    template = "visits/_today.html" if request.headers.get("HX-Request") else "visits/today.html"
    return page(request, template, "visits", context)


@require("see_visits")
@require_GET
def requests(request: StaffRequest) -> HttpResponse:
    """Every visit with its state, and what the day's plan asks for that nobody has asked for."""
    at = clock.now()
    city = request.GET.get("city", "")[:40]
    rows, outcomes = selectors.of_state(request.user, city=city), selectors.outcomes_of_the_day(city)
    seen = [row.case.customer_id for row in rows] + [each.customer_id for each in outcomes]
    log_accesses(request.user, seen, "visit", at, "requests")
    context = {
        "rows": toned(rows),
        "outcomes": outcomes,
        "form": ManyForm(initial={"on": at.date()}),
        "city": city,
        "offices": policy.offices(at),
    }
    return page(request, "visits/requests.html", "visits_requests", context)


def day_of(text: str, otherwise: date) -> date:
    """Read a day of an address; anything else is the other one."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return otherwise


@require("see_visits")
@require_GET
def routes(request: StaffRequest) -> HttpResponse:
    """A city's day: teams, visits that wait, the plan and its picture."""
    at = clock.now()
    return page(request, "visits/routes.html", "visits_routes", routes_context(request, at))


def routes_context(request: StaffRequest, at: datetime, form: TeamForm | None = None) -> dict[str, Any]:
    """Return what a city's day is drawn from."""
    given = request.POST or request.GET
    offices = policy.offices(at)
    busiest = next((each.city for each in selectors.outcomes_of_the_day()), next(iter(offices)))
    asked = str(given.get("city") or "")
    city = asked if asked in offices else first_city(at) or busiest
    on = day_of(given.get("on", ""), at.date())
    board = selectors.board(request.user, on, city)
    waiting = [
        row
        for row in teams.waiting(city, on).select_related("case__customer", "point__place")
        if row.team_id is None
    ]
    log_accesses(request.user, [row.case.customer_id for row in waiting], "visit", at, f"routes {city}")
    plan = selectors.newest_plan(city, on)
    return {
        "city": city, "on": on, "offices": offices, "board": [(each, toned(list(each.stops))) for each in board],
        "waiting": [(row, selectors.role_words(row.roles)) for row in waiting],
        "drawing": picture.draw(city, [each.team for each in board], {each.team.pk: each.stops for each in board}, at),
        "form": form or TeamForm(city, on), "works": may(request.user, "plan_visits"), **plan_context(plan),
    }  # fmt: skip


def first_city(at: datetime) -> str:
    """Return a city in which something is to be planned from today on."""
    found = (
        FieldTeam.objects.filter(on__gte=at.date()).values_list("city", flat=True).first()
        or Visit.objects.filter(state=VisitState.APPROVED)
        .values_list("case__customer__city", flat=True)
        .first()
    )
    return found if found in policy.offices(at) else ""


def plan_context(plan: RoutePlan | None) -> dict[str, Any]:
    """Return how far a plan is, and what it left out with why."""
    if plan is None:
        return {"plan": None}
    rows = Visit.objects.in_bulk([each["visit"] for each in plan.left_out])
    left_out = [
        (rows[each["visit"]], word(LEFT_OUT, each["why"])) for each in plan.left_out if each["visit"] in rows
    ]
    best, bound = plan.best_s or 0, plan.bound_s or 0
    return {
        "plan": plan, "running": plan.state in ("waiting", "running"), "left_out": left_out,
        "minutes": best // 60, "gap": (best - bound) / best if best and plan.bound_s is not None else None,
        "seconds": plan.spent_ms / 1_000,
    }  # fmt: skip


@require("see_visits")
@require_GET
def progress(request: StaffRequest, pk: int) -> HttpResponse:
    """How far a planning is; once it has ended the page is drawn anew."""
    plan = get_object_or_404(RoutePlan, pk=pk)
    answer = render(request, "visits/_progress.html", plan_context(plan))
    if plan.state in ("done", "failed"):
        answer["HX-Refresh"] = "true"
    return answer


@require("see_visits")
@require_GET
def reviews(request: StaffRequest) -> HttpResponse:
    """Visits that lack a proof or in which somebody was in danger, each with what is missing."""
    at = clock.now()
    due = selectors.of_state(request.user, VisitState.REPORT_DUE)
    done = selectors.of_state(request.user, VisitState.REVIEWED)
    log_accesses(request.user, [row.case.customer_id for row in (*due, *done)], "visit", at, "reviews")
    shown = [(row, [policy.word_of("proofs", code, at) for code in row.missing]) for row in due]
    past = [(row, [policy.word_of("proofs", code, at) for code in row.missing]) for row in done]
    return page(request, "visits/reviews.html", "visits_reviews", {"due": shown, "done": past})


@require("plan_visits")
@require_GET
def people(request: StaffRequest) -> HttpResponse:
    """The register of visitors: roles, languages, licences, incidents of a year."""
    return page(request, "visits/people.html", "visits_people", people_context())


def people_context(form: VisitorForm | None = None) -> dict[str, Any]:
    """Return what the register is drawn from."""
    at = clock.now()
    counted = teams.incidents(at)
    rows = [
        (
            row,
            selectors.role_words(row.roles),
            counted.get(row.user_id, 0),
            row.licensed_until is None or row.licensed_until >= at.date(),
        )
        for row in Visitor.objects.select_related("user").order_by("city", "pk")
    ]
    return {"rows": rows, "form": form or VisitorForm(), "most": policy.value("incidents_max", at)}


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
