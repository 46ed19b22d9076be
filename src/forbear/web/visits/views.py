"""The office's screens of visits: today, requests, routes, reviews, people, one visit."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from forbear.web import clock
from forbear.web.desk.requests import StaffRequest
from forbear.web.people.permissions import may, require
from forbear.web.people.services import log_accesses
from forbear.web.visits import (
    alarms,
    picture,
    policy,
    selectors,
    teams,
)
from forbear.web.visits.forms import ManyForm, TeamForm, VisitorForm
from forbear.web.visits.models import FieldTeam, RoutePlan, Visit, Visitor, VisitState
from forbear.web.visits.words import LEFT_OUT, word

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
