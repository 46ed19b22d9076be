"""What the screens of visits show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Count, Q

from forbear.questions import ask
from forbear.web.cases.models import Case
from forbear.web.complaints.bars import cut_cases
from forbear.web.law.current import packs_at
from forbear.web.portfolio.models import ContactPoint
from forbear.web.reading import reading_lang
from forbear.web.visits.badges import badge_is_genuine as badge_is_genuine  # the debtor's page asks here
from forbear.web.visits.models import FieldTeam, PhoneDay, RoutePlan, Visit, VisitState
from forbear.web.visits.words import AGAINST, FINDINGS, ROLES, word

if TYPE_CHECKING:
    from forbear.web.people.models import User

SHOWN = 500
OUTCOMES = """
SELECT q.case_id, c.customer_id, u.name, u.city, c.bucket, c.dpd, c.total_minor
FROM runs_queueitem q
JOIN cases_case c ON c.id = q.case_id JOIN portfolio_customer u ON u.id = c.customer_id
WHERE q.run_id = (SELECT id FROM runs_dayrun WHERE state = 'committed' AND portfolio = 'bank' ORDER BY as_of DESC, id DESC LIMIT 1)
  AND q.queue = 'visit' AND q.done_at IS NULL AND (%(city)s = '' OR u.city = %(city)s)
  AND NOT EXISTS (SELECT 1 FROM visits_visit v WHERE v.case_id = c.id AND v.state IN ('requested', 'approved', 'scheduled', 'checked_in'))
ORDER BY q.rank, q.case_id LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One visit that the day's plan asks for and nobody has asked for yet."""

    case_id: int
    customer_id: int
    name: str
    city: str
    bucket: str
    dpd: int
    total_minor: int


@dataclass(frozen=True, slots=True)
class TeamDay:
    """One team of a day: who, its stops, whether its phone is out and when it was last heard of."""

    team: FieldTeam
    people: Sequence[Any]
    stops: Sequence[Visit]
    phone: PhoneDay | None

    @property
    def done(self) -> int:
        """Return how many stops have ended."""
        return sum(each.closed_at is not None for each in self.stops)


def board(user: User, on: date, city: str = "") -> list[TeamDay]:
    """Return the teams of a day with their stops in order, those a person may see."""
    teams = FieldTeam.objects.filter(on=on).order_by("city", "pk")
    teams = teams.filter(city=city) if city else teams
    found = teams.prefetch_related("members__user", "phone_days")
    stops: dict[int, list[Visit]] = {}
    rows = (
        Visit.objects.filter(team__in=teams)
        .exclude(case__in=cut_cases(user))
        .select_related("case__customer", "point__place")
    )
    for row in rows.order_by("place_in_route", "pk"):
        stops.setdefault(row.team_id or 0, []).append(row)
    return [TeamDay(team, list(team.members.all()), stops.get(team.pk, []), phone_of(team)) for team in found]


def phone_of(team: FieldTeam) -> PhoneDay | None:
    """Return the phone that carries a team's route, once its day has begun."""
    leads = {member.user_id for member in team.members.all() if member.leads}
    return next((day for day in team.phone_days.all() if day.user_id in leads), None)


def of_state(user: User, *states: str, city: str = "") -> list[Visit]:
    """Return visits in some states that a person may see, the newest first."""
    rows = Visit.objects.exclude(case__in=cut_cases(user))
    rows = rows.filter(state__in=states) if states else rows
    rows = rows.filter(case__customer__city=city) if city else rows
    found = rows.select_related("case__customer", "asked_by", "team", "reviewed_by").order_by(
        "-asked_at", "-pk"
    )
    return list(found[:SHOWN])


def outcomes_of_the_day(city: str = "") -> list[Outcome]:
    """Return the visits that the day's plan asks for and nobody has asked for yet."""
    with connection.cursor() as cursor:
        cursor.execute(OUTCOMES, {"city": city, "most": SHOWN})
        return [Outcome(*row) for row in cursor.fetchall()]


def newest_plan(city: str, on: date) -> RoutePlan | None:
    """Return the last planning of a city's day."""
    return RoutePlan.objects.filter(city=city, on=on).order_by("-pk").first()


def of_case(case: Case) -> list[Visit]:
    """Return the visits of a case, the newest first."""
    return list(Visit.objects.filter(case=case).select_related("asked_by").order_by("-pk")[:10])


def addresses(case: Case) -> list[tuple[int, str]]:
    """Return the debtor's own addresses by city and tail; the whole one is for whoever goes there."""
    rows = ContactPoint.objects.filter(
        customer_id=case.customer_id, kind="address", relation="self"
    ).order_by("pk")
    return [(row.pk, f"{case.customer.city} ****{row.value_tail} {row.get_state_display()}") for row in rows]


def findings_of(visit: Visit) -> list[tuple[str, bool, list[str]]]:
    """Return what the risk check found: words, whether it stops, rules."""
    return [(word(FINDINGS, row["code"]), row["stops"], row.get("rules", [])) for row in visit.findings]


def reasons_of(visit: Visit) -> Mapping[str, Any]:
    """Return the answer of `visit_team` as it was, with its reasons in the reader's language."""
    return ask("visit_team", dict(visit.facts), packs=packs_at(visit.asked_at), lang=reading_lang())


def role_words(roles: Sequence[str]) -> list[str]:
    """Return roles in words."""
    return [word(ROLES, role) for role in roles]


def against(answer: Mapping[str, Any]) -> dict[int, str]:
    """Return why people are not sent, by their id."""
    return {int(row["id"]): ", ".join(word(AGAINST, why) for why in row["why"]) for row in answer["excluded"]}


def counts() -> Mapping[str, int]:
    """Return how many visits wait in each state that somebody has to look after."""
    found = Visit.objects.aggregate(
        requested=Count("pk", filter=Q(state=VisitState.REQUESTED)),
        approved=Count("pk", filter=Q(state=VisitState.APPROVED)),
        out=Count("pk", filter=Q(state__in=[VisitState.SCHEDULED, VisitState.CHECKED_IN])),
        review=Count("pk", filter=Q(state=VisitState.REPORT_DUE)),
    )  # fmt: skip
    return dict(found)
