"""Visits of the demo: asked for from the day's plan, approved, put on routes; two of yesterday's already made.

Everything goes through the doors that people use. What happened at yesterday's doors is written and sent as a phone does.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

import numpy as np

from forbear import days
from forbear.web import clock, evidence
from forbear.web.cases import approvals
from forbear.web.cases.models import Case
from forbear.web.people.models import Role, User
from forbear.web.portfolio.models import ContactPoint
from forbear.web.runs.models import DayRun, QueueItem
from forbear.web.visits import badges, planning, policy, services, sync, teams
from forbear.web.visits import day as phone_day
from forbear.web.visits.models import AddressPlace, Visit, VisitState
from forbear.web.visits.risk import Wish
from forbear.web.visits.services import VisitRefused

CITY_STOPS = 7  # visits of today
SPREAD = 0.045  # degrees around the office: where made-up addresses lie
MORNING = time(8, 40)
START = "0" * 64


@dataclass
class Chain:
    """What one phone wrote down about one visit."""

    visit: Visit
    at: datetime
    head: str = START
    records: list[dict[str, Any]] = field(default_factory=list)

    def say(self, kind: str, **data: Any) -> None:
        """Write one record down."""
        made = {
            "id": str(uuid4()), "visit": self.visit.pk, "seq": len(self.records) + 1, "kind": kind,
            "at": self.at.isoformat(timespec="milliseconds"), "data": data,
        }  # fmt: skip
        digest = hashlib.sha256(self.head.encode() + b"\n" + evidence.canonical(made)).hexdigest()
        self.records.append({**made, "previous": self.head, "hash": digest})
        self.head = digest


def make_visits(staff: Sequence[User], *, as_of: date, seed: int) -> int:
    """Make the demo's visits; return how many are on today's routes."""
    run = DayRun.objects.filter(portfolio="bank", state="committed").order_by("-as_of").first()
    lead = next(user for user in staff if user.role == Role.MANAGER)
    field_staff = [user for user in staff if user.role == Role.FIELD]
    if run is None or len(field_staff) < 2 or not days.is_business_day(as_of):
        return 0
    city, cases = busiest(run)
    if not cases:
        return 0
    place_addresses(cases, city, seed)
    enrol(staff, city)
    asker = next(user for user in staff if user.role == Role.LEGAL)
    yesterday = day_before(as_of)
    go_yesterday(cases[:2], yesterday, asker, lead, field_staff)
    return plan_today(cases[2 : 2 + CITY_STOPS], as_of, city, asker, lead, field_staff)


def day_before(on: date) -> date:
    """Return the business day before a day."""
    on -= timedelta(days=1)
    while not days.is_business_day(on):
        on -= timedelta(days=1)
    return on


def busiest(run: DayRun) -> tuple[str, list[Case]]:
    """Return the city with most visits in the day's plan, and their cases in rank."""
    rows = (
        QueueItem.objects.filter(run=run, queue="visit")
        .select_related("case__customer")
        .order_by("rank", "pk")
    )
    offices = policy.offices(clock.now())
    cities: dict[str, list[Case]] = {}
    for row in rows:
        if row.case.customer.city in offices:
            cities.setdefault(row.case.customer.city, []).append(row.case)
    return max(cities.items(), key=lambda each: len(each[1]), default=("", []))


def place_addresses(cases: Sequence[Case], city: str, seed: int) -> None:
    """Say where the made-up addresses are, as a bank delivers places it knows."""
    rng = np.random.default_rng(seed)
    at = clock.now()
    latitude, longitude = policy.offices(at)[city]
    for case in cases:
        angle, far = rng.random() * math.tau, math.sqrt(rng.random()) * SPREAD
        for point in ContactPoint.objects.filter(customer=case.customer_id, kind="address", relation="self"):
            AddressPlace.objects.get_or_create(
                point=point,
                defaults={
                    "latitude_e6": latitude + int(far * math.sin(angle) * policy.E6),
                    "longitude_e6": longitude + int(far * math.cos(angle) * policy.E6), "source": "bank", "at": at,
                },
            )  # fmt: skip


def enrol(staff: Sequence[User], city: str) -> None:
    """Put field staff, legal and the manager on the register of the city."""
    field_staff = [user for user in staff if user.role == Role.FIELD]
    for place, user in enumerate(field_staff):
        teams.register(
            user, city=city, roles=["collector"] if place % 2 == 0 else ["second_collector"], languages=["zh"]
        )
    for user in staff:
        if user.role == Role.LEGAL:
            teams.register(user, city=city, roles=["legal_specialist"], languages=["zh"])
        elif user.role == Role.MANAGER:
            teams.register(user, city=city, roles=["manager"], languages=["zh"])


def asked(case: Case, on: date, at: datetime, asker: User, lead: User) -> Visit | None:
    """Ask for one visit and let the manager approve it; nothing where the risk check or the rules of approval say no."""
    point = ContactPoint.objects.filter(customer_id=case.customer_id, kind="address", relation="self").first()
    if point is None:
        return None
    hours = (policy.clock_time("hours_from", at), time(17, 0))
    try:
        visit = services.ask_for(
            case, point, Wish(on, hours), reason="多次电话未接通，核实联系方式", at=at, by=asker, source="day"
        )
        if visit.approval is not None and visit.approval.persons == 1:
            approvals.answer(visit.approval, yes=True, at=at, by=lead)
    except VisitRefused:
        return None
    visit.refresh_from_db()
    return visit if visit.state == VisitState.APPROVED else None


def plan_today(
    cases: Sequence[Case], on: date, city: str, asker: User, lead: User, field_staff: Sequence[User]
) -> int:
    """Ask for today's visits in the morning and put them on routes."""
    morning = datetime.combine(on, MORNING, tzinfo=clock.bank_zone())
    at = min(morning, clock.now()) if on == clock.today() else morning  # nothing happens in the future
    for case in cases:
        asked(case, on, at, asker, lead)
    extra = [
        row.user for row in teams.book(at).visitors.values() if row.user.role in (Role.LEGAL, Role.MANAGER)
    ]
    teams.make_team(city, on, [*field_staff[:2], *extra], at=at, by=lead)
    for first in range(2, len(field_staff) - 1, 2):
        teams.make_team(city, on, field_staff[first : first + 2], at=at, by=lead)
    planning.run(planning.ask_for_plan(city, on, at=at, by=lead))
    return Visit.objects.filter(state=VisitState.SCHEDULED).count()


def go_yesterday(
    cases: Sequence[Case], on: date, asker: User, lead: User, field_staff: Sequence[User]
) -> None:
    """Make two visits of the day before: one whole, one at which the badges were forgotten and which waits for review."""
    morning = datetime.combine(on, time(8, 30), tzinfo=clock.bank_zone())
    made = [visit for case in cases if (visit := asked(case, on, morning, asker, lead))]
    if not made:
        return
    extra = [
        row.user
        for row in teams.book(morning).visitors.values()
        if row.user.role in (Role.LEGAL, Role.MANAGER)
    ]
    team = teams.make_team(made[0].case.customer.city, on, [*field_staff[:2], *extra], at=morning, by=lead)
    planning.run(planning.ask_for_plan(team.city, on, at=morning, by=lead))
    head, *mates = [member.user for member in team.members.select_related("user").order_by("pk")]
    day, _carried = phone_day.start(head, uuid4(), phone_at=morning, at=morning)
    for number, visit in enumerate(team.visits.filter(state=VisitState.SCHEDULED).order_by("place_in_route")):
        knock(visit, day, head, mates, on, forgets=number == 1)
    phone_day.end(day, at=datetime.combine(on, time(18, 0), tzinfo=clock.bank_zone()))


def knock(visit: Visit, day: Any, head: User, mates: Sequence[User], on: date, *, forgets: bool) -> None:
    """Write one visit down and send it: nobody home, or a talk with family after which the badges were not noted."""
    begin = visit.begins_at or day.opened_at
    phone_day.ask_permit(day, visit.pk, at=begin - timedelta(minutes=5), by=head)
    chain = Chain(visit, begin)
    place = AddressPlace.objects.filter(point=visit.point_id).first()
    where = {"lat": place.latitude_e6, "lon": place.longitude_e6, "acc": 15} if place else None
    chain.say("forbidden_read", codes=[row["code"] for row in policy.value("forbidden", begin)])
    chain.say(
        "check_in", people=[head.pk, *(mate.pk for mate in mates)], place=where,
        words={str(mate.pk): badges.word_of(mate, on) for mate in mates},
    )  # fmt: skip
    chain.say("door", who="family" if forgets else "nobody")
    if forgets:
        chain.say("notice", way="audio_video", refused=False)
    chain.say("result", code="V03" if forgets else "V04", talk="", note="")
    chain.at = begin + timedelta(minutes=12)
    chain.say("check_out", place=where, last=len(chain.records) + 1)
    sync.take_batch(day, chain.records, sent_at=chain.at, received_at=chain.at, by=head)
