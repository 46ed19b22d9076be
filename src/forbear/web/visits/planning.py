"""Routes of all teams of a city on a day, by the planner; visits get their team, their place and their time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from time import monotonic
from typing import TYPE_CHECKING, Any

import numpy as np
from django.db import transaction
from django.utils.translation import gettext as _

from forbear.planner.routing import Route, Routes, Routing, plan_routes, straight_line_s
from forbear.questions import ask_many
from forbear.web import clock
from forbear.web.contact import gate
from forbear.web.law.current import packs_at
from forbear.web.visits import policy, teams
from forbear.web.visits.models import AddressPlace, FieldTeam, RoutePlan, Visit, VisitState
from forbear.web.visits.records import append, tell
from forbear.web.visits.services import VisitRefused

if TYPE_CHECKING:
    from forbear.web.people.models import User

NO_OFFICE = "no_office"
WORTH_S = (
    4 * 3_600
)  # of travel: more than any way within a city, so a visit is left out only where no time is left
TOLD_EVERY_S = 0.4
Told = Callable[[int, int, int], None]  # plans found, seconds of travel of the best, milliseconds spent


@dataclass(frozen=True, slots=True)
class Day:
    """What is routed: visits and teams in the order of the routing's rows, and where each visit is."""

    visits: Sequence[Visit]
    teams: Sequence[FieldTeam]
    places: Mapping[int, tuple[int, int]]  # by visit, millionths of a degree
    known: frozenset[int]  # visits whose own place is known; the others stand at the office
    routing: Routing


def ask_for_plan(city: str, on: date, *, at: datetime, by: User) -> RoutePlan:
    """Write down that a city's day is to be planned. Raises VisitRefused where there is nothing to plan."""
    if city not in policy.offices(at):
        raise VisitRefused(_("%(city)s has no office of field teams.") % {"city": city})
    if not open_teams(city, on):
        raise VisitRefused(_("No team goes out in %(city)s that day, or all have set out.") % {"city": city})
    return RoutePlan.objects.create(city=city, on=on, asked_by=by, asked_at=at)


def run(plan: RoutePlan) -> RoutePlan:
    """Plan a city's day, telling how far it is, and give each visit its place; a failure is kept as one."""
    RoutePlan.objects.filter(pk=plan.pk).update(state="running")
    began, last = monotonic(), 0.0

    def told(number: int, cost_s: int) -> None:
        nonlocal last
        spent = monotonic() - began
        if spent - last >= TOLD_EVERY_S or number == 1:
            last = spent
            RoutePlan.objects.filter(pk=plan.pk).update(
                plans_found=number, best_s=cost_s, spent_ms=int(spent * 1_000)
            )

    try:
        day = gather(plan.city, plan.on, plan.asked_at)
        found = plan_routes(day.routing, seconds=policy.value("search_seconds", plan.asked_at), tell=told)
        store(plan, day, found, spent_ms=int((monotonic() - began) * 1_000))
    except Exception:
        RoutePlan.objects.filter(pk=plan.pk).update(state="failed", finished_at=clock.now())
        raise
    plan.refresh_from_db()
    return plan


def open_teams(city: str, on: date) -> list[FieldTeam]:
    """Return the teams of a day that have not set out; whoever is on the road keeps the route they have."""
    found = FieldTeam.objects.filter(city=city, on=on, phone_days__isnull=True).prefetch_related("members")
    return sorted(found, key=lambda team: (len(team.name), team.name))


def gather(city: str, on: date, at: datetime) -> Day:
    """Return the routing of a day: who may take which visit is asked of `visit_team`, pair by pair."""
    ready = open_teams(city, on)
    mine = [team.pk for team in ready]
    rows = teams.waiting(city, on).select_related("case__customer", "point__place").order_by("pk")
    visits = [row for row in rows if row.team_id is None or row.team_id in mine]
    office = policy.offices(at)[city]
    places = {row.pk: place_of(row) or office for row in visits}
    known = frozenset(row.pk for row in visits if place_of(row))
    return Day(visits, ready, places, known, routing_of(visits, ready, places, office, at))


def place_of(visit: Visit) -> tuple[int, int] | None:
    """Return where a visit's address is, when that is known."""
    place: AddressPlace | None = getattr(visit.point, "place", None)
    return (place.latitude_e6, place.longitude_e6) if place else None


def routing_of(
    visits: Sequence[Visit], ready: Sequence[FieldTeam], places: Mapping[int, tuple[int, int]],
    office: tuple[int, int], at: datetime,
) -> Routing:  # fmt: skip
    """Return the routing: place 0 is the office, place i + 1 the i-th visit."""
    where = np.array([office, *(places[row.pk] for row in visits)], dtype=np.float64) / policy.E6
    n, k = len(visits), len(ready)
    return Routing(
        travel_s=straight_line_s(
            where[:, 0], where[:, 1], metres_per_s=policy.value("metres_an_hour", at) / 3_600,
            detour=float(Decimal(policy.value("detour", at))), setting_off_s=policy.value("setting_off_seconds", at),
        ),
        visit_at=np.arange(1, n + 1), service_s=np.array([row.minutes * 60 for row in visits], dtype=np.int64),
        open_s=np.array([seconds(row.window_from) for row in visits], dtype=np.int64),
        close_s=np.array([seconds(row.window_to) for row in visits], dtype=np.int64),
        team_from=np.zeros(k, dtype=np.int64), team_to=np.zeros(k, dtype=np.int64),
        shift_from_s=np.full(k, int(policy.value("shift_from", at)), dtype=np.int64),
        shift_to_s=np.full(k, int(policy.value("shift_to", at)), dtype=np.int64),
        allowed=may_take(visits, ready, at), worth_s=np.full(n, WORTH_S, dtype=np.int64),
    )  # fmt: skip


def may_take(
    visits: Sequence[Visit], ready: Sequence[FieldTeam], at: datetime
) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return (n, k): whether every role of a visit is filled by a team's people and none of them is kept away."""
    known = teams.book(at)
    people = [
        [member.user_id for member in team.members.all() if member.user_id in known.visitors]
        for team in ready
    ]
    asked = [
        {**row.facts, "candidates": [teams.candidate(known, each, row.case.customer_id) for each in group]}
        for row in visits
        for group in people
    ]
    answers = ask_many("visit_team", asked, packs=packs_at(at)) if asked else []
    whole = [not answer["unfilled"] and not answer["excluded"] for answer in answers]
    return np.array(whole, dtype=bool).reshape(len(visits), len(ready))


def seconds(clock_time: time) -> int:
    """Return a local time in seconds from midnight."""
    return clock_time.hour * 3_600 + clock_time.minute * 60 + clock_time.second


@transaction.atomic
def store(plan: RoutePlan, day: Day, found: Routes, *, spent_ms: int) -> None:
    """Give each visit its team, place and time, and say of each left out why; what moved meanwhile stays as it is."""
    at = clock.now()
    rows = {
        row.pk: row
        for row in Visit.objects.select_for_update(of=("self",))
        .select_related("case", "permit")
        .filter(
            pk__in=[each.pk for each in day.visits], state__in=[VisitState.APPROVED, VisitState.SCHEDULED]
        )
        .order_by("pk")
    }
    gone = set(
        FieldTeam.objects.filter(pk__in=[t.pk for t in day.teams], phone_days__isnull=False).values_list(
            "pk", flat=True
        )
    )
    midnight = datetime.combine(plan.on, time(), tzinfo=clock.bank_zone())
    planned = set()
    for route in found.routes:
        if day.teams[route.team].pk not in gone:
            planned |= set_out(route, day, rows, midnight, plan=plan, at=at)
    for pk, row in rows.items():
        if pk not in planned and row.state == VisitState.SCHEDULED and row.team_id not in gone:
            schedule(row, None, at=at, plan=plan)
    RoutePlan.objects.filter(pk=plan.pk).update(
        state="done", finished_at=at, best_s=found.travel_s, bound_s=found.bound_s, spent_ms=spent_ms,
        left_out=[{"visit": day.visits[i].pk, "why": why} for i, why in found.left_out.items()],
    )  # fmt: skip


def set_out(
    route: Route, day: Day, rows: Mapping[int, Visit], midnight: datetime, *, plan: RoutePlan, at: datetime
) -> set[int]:
    """Write one team's stops; return the visits that got a place."""
    placed = set()
    for place, stop in enumerate(route.stops, start=1):
        row = rows.get(day.visits[stop.visit].pk)
        if row is None:
            continue
        begin, end = (midnight + timedelta(seconds=s) for s in (stop.begin_s, stop.leave_s))
        schedule(row, (day.teams[route.team], place, begin, end), at=at, plan=plan)
        placed.add(row.pk)
    return placed


def schedule(
    row: Visit, slot: tuple[FieldTeam, int, datetime, datetime] | None, *, at: datetime, plan: RoutePlan
) -> None:
    """Put a visit on a route, or take it off; only a change is recorded."""
    before = (row.team_id, row.place_in_route, row.begins_at, row.ends_at)
    team, row.place_in_route, row.begins_at, row.ends_at = slot or (None, None, None, None)
    row.team = team
    row.state = VisitState.SCHEDULED if team else VisitState.APPROVED
    if before == (row.team_id, row.place_in_route, row.begins_at, row.ends_at):
        return
    if row.permit is not None:
        gate.release(row.permit, at=at)
    row.save(update_fields=["team", "place_in_route", "begins_at", "ends_at", "state"])
    said = {
        "team": str(team) if team else "",
        "begins_at": row.begins_at.isoformat() if row.begins_at else "",
    }
    append(row, "scheduled" if team else "unscheduled", at=at, by=plan.asked_by, data=said)
    if team:
        tell(row, "visit_scheduled", at=at, by=plan.asked_by, text=f"{team} {row.begins_at:%Y-%m-%d %H:%M}")
