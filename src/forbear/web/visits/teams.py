"""Who can go: the register of visitors, the teams of a day, and how well a team fits a visit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from forbear.questions import ask
from forbear.web.complaints.models import Bar
from forbear.web.law.current import packs_at
from forbear.web.people.models import Role
from forbear.web.visits import badges, policy
from forbear.web.visits.models import (
    Conflict,
    FieldIncident,
    FieldTeam,
    TeamMember,
    Visit,
    Visitor,
    VisitState,
)
from forbear.web.visits.services import VisitRefused

if TYPE_CHECKING:
    from forbear.web.people.models import User

YEAR = timedelta(days=365)
PAIR = frozenset(("collector", "second_collector"))
# Who may stand in the register, and what their post lets them be on a visit.
POSTS: Mapping[str, tuple[str, ...]] = {
    Role.FIELD: ("collector", "second_collector", "interpreter"),
    Role.MANAGER: ("manager", "second_collector"),
    Role.LEGAL: ("legal_specialist",),
    Role.COUNSEL: ("outside_counsel",),
}


@dataclass(frozen=True, slots=True)
class Fit:
    """How a set of people fits a visit: the answer of `visit_team` with these as candidates."""

    answer: Mapping[str, Any]

    @property
    def whole(self) -> bool:
        """Return whether every role is filled and nobody of the team is kept away."""
        return not self.answer["unfilled"] and not self.answer["excluded"]


def register(
    user: User, *, city: str, roles: Sequence[str], languages: Sequence[str] = (), licence_no: str = "",
    licensed_until: date | None = None, active: bool = True,
) -> Visitor:  # fmt: skip
    """Put a person on the register, or change their line. Raises VisitRefused for a role their post does not give."""
    allowed = POSTS.get(user.role, ())
    if wrong := [role for role in roles if role not in allowed] or (not roles and [_("none")]):
        raise VisitRefused(
            _("%(who)s cannot go as: %(role)s.")
            % {"who": user.display_name, "role": ", ".join(map(str, wrong))}
        )
    given = {
        "city": city, "roles": list(roles), "languages": list(languages), "licence_no": licence_no,
        "licensed_until": licensed_until, "active": active,
    }  # fmt: skip
    found: Visitor = Visitor.objects.update_or_create(user=user, defaults=given)[0]
    return found


def declare_conflict(user: User, customer_id: int, *, reason: str, at: datetime) -> None:
    """Note that a person must not visit a debtor: relative, friend, neighbour."""
    if not reason.strip():
        raise VisitRefused(_("Say what the conflict is."))
    Conflict.objects.get_or_create(
        user=user, customer_id=customer_id, defaults={"reason": reason.strip(), "at": at}
    )


def incidents(at: datetime) -> dict[int, int]:
    """Return how many incidents each person has had within a year."""
    counted: dict[int, int] = {}
    for user_id in FieldIncident.objects.filter(at__gt=at - YEAR, at__lte=at).values_list(
        "user_id", flat=True
    ):
        counted[user_id] = counted.get(user_id, 0) + 1
    return counted


@dataclass(frozen=True, slots=True)
class Book:
    """What is needed to offer people for many visits: read once."""

    visitors: Mapping[int, Visitor]
    incidents: Mapping[int, int]
    conflicts: frozenset[tuple[int, int]]  # (user, customer): declared, or kept away by a complaint


def book(at: datetime) -> Book:
    """Read the register with incidents and conflicts."""
    rows = Visitor.objects.filter(active=True, user__is_active=True).select_related("user").order_by("pk")
    kept_away = Bar.objects.filter(lifted_at__isnull=True).values_list("user_id", "customer_id")
    declared = Conflict.objects.values_list("user_id", "customer_id")
    return Book({row.user_id: row for row in rows}, incidents(at), frozenset({*kept_away, *declared}))


def candidate(known: Book, user_id: int, customer_id: int) -> dict[str, Any]:
    """Return one person as `visit_team` knows people."""
    row = known.visitors[user_id]
    licensed = {"licensed_until": row.licensed_until.isoformat()} if row.licensed_until else {}
    return licensed | {
        "id": str(user_id), "roles": row.roles, "languages": row.languages,
        "conflict": (user_id, customer_id) in known.conflicts,
        "incidents_12_months": known.incidents.get(user_id, 0),
    }  # fmt: skip


def fit(visit: Visit, people: Sequence[int], known: Book, at: datetime, lang: str = "zh") -> Fit:
    """Ask `visit_team` how people fit a visit; who is not on the register fits nothing."""
    offered = [candidate(known, each, visit.case.customer_id) for each in people if each in known.visitors]
    return Fit(ask("visit_team", {**visit.facts, "candidates": offered}, packs=packs_at(at), lang=lang))


def of_city(known: Book, city: str) -> list[int]:
    """Return the people of a city's register."""
    return [user_id for user_id, row in known.visitors.items() if row.city == city]


@transaction.atomic
def make_team(city: str, on: date, people: Sequence[User], *, at: datetime, by: User) -> FieldTeam:
    """Make a team of a day, the first its lead. Raises VisitRefused: too few, not on the register, or taken."""
    least = policy.value("visitors_min", at)
    chosen = list(dict.fromkeys(people))
    if len(chosen) < least:
        raise VisitRefused(
            ngettext("A team has at least %(least)d person.", "A team has at least %(least)d people.", least)
            % {"least": least}
        )
    known = set(Visitor.objects.filter(active=True, user__in=chosen).values_list("user_id", flat=True))
    if missing := [each for each in chosen if each.pk not in known]:
        raise VisitRefused(
            _("%(who)s is not on the register of visitors.") % {"who": missing[0].display_name}
        )
    number = FieldTeam.objects.select_for_update().filter(city=city, on=on).count() + 1
    try:
        with transaction.atomic():
            team = FieldTeam.objects.create(city=city, on=on, name=str(number), made_by=by, made_at=at)
            TeamMember.objects.bulk_create(
                TeamMember(team=team, user=each, on=on, leads=place == 0) for place, each in enumerate(chosen)
            )
    except IntegrityError as error:
        raise VisitRefused(_("Somebody of this team goes with another one that day.")) from error
    return team


@transaction.atomic
def dissolve(team: FieldTeam, *, at: datetime) -> None:
    """Take a team apart before it sets out; its visits wait to be planned again and its badges no longer hold."""
    if team.phone_days.exists():
        raise VisitRefused(_("This team has set out already."))
    team.visits.filter(state=VisitState.SCHEDULED).update(
        state=VisitState.APPROVED, team=None, place_in_route=None, begins_at=None, ends_at=None
    )
    for user_id in team.members.values_list("user_id", flat=True):
        badges.take_back(user_id, team.on, at=at)
    team.delete()


def propose(city: str, on: date, *, at: datetime, by: User) -> list[FieldTeam]:
    """Make teams of everybody who is free: pairs of collectors, and who a visit needs beyond a pair with the first."""
    known = book(at)
    taken = set(TeamMember.objects.filter(on=on).values_list("user_id", flat=True))
    free = [user_id for user_id in of_city(known, city) if user_id not in taken]
    pairs = pairs_of([each for each in free if PAIR & set(known.visitors[each].roles)], known)
    needed = {role for roles in waiting(city, on).values_list("roles", flat=True) for role in roles}
    beyond = needed - PAIR
    extra = [
        each
        for each in free
        if beyond & set(known.visitors[each].roles) and not any(each in p for p in pairs)
    ]
    made = []
    for place, pair in enumerate(pairs):
        people = [known.visitors[each].user for each in (*pair, *(extra if place == 0 else ()))]
        made.append(make_team(city, on, people, at=at, by=by))
    return made


def pairs_of(people: Sequence[int], known: Book) -> list[tuple[int, ...]]:
    """Return people two by two, each pair with one who may lead; whoever is left over joins the last pair."""
    ordered = sorted(people, key=lambda each: (known.incidents.get(each, 0), each))
    leads = [each for each in ordered if "collector" in known.visitors[each].roles]
    seconds = [each for each in ordered if each not in leads]
    pairs: list[tuple[int, ...]] = []
    while leads and len(leads) + len(seconds) > 1:
        lead = leads.pop(0)
        pairs.append((lead, seconds.pop(0) if seconds else leads.pop(0)))
    if (left := [*leads, *seconds]) and pairs:
        pairs[-1] = (*pairs[-1], *left)
    return pairs


def waiting(city: str, on: date) -> Any:
    """Return the approved visits of a city whose wished day is that one or has passed."""
    return Visit.objects.filter(
        state__in=[VisitState.APPROVED, VisitState.SCHEDULED], case__customer__city=city, wanted_on__lte=on
    )
