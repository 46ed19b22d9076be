"""The office's half: risk check, teams, routes, badges, alarms, reviews, and what a hold does to a visit."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from tests.web.cases.bank import moment
from tests.web.visits.conftest import ASKED, DAY, ID_NO, MORNING
from tests.web.visits.phone import Phone

from forbear.web.cases import approvals
from forbear.web.cases.services import place_hold
from forbear.web.people.models import Role
from forbear.web.portfolio.models import ContactPoint
from forbear.web.runs.models import DayRun, QueueItem
from forbear.web.visits import alarms, badges, sealing, selectors, services, teams
from forbear.web.visits import day as days
from forbear.web.visits.models import FieldIncident, FieldTeam, TeamMember, Verdict, Visit, VisitState

pytestmark = pytest.mark.django_db


def codes(visit: Visit) -> set[str]:
    return {row["code"] for row in visit.findings}


# ---- the risk check ----
@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda f, c: place_hold(c, kind="dispute", at=ASKED, by=f.lead), "case_not_active"),
        (lambda f, c: ContactPoint.objects.filter(kind="address").update(state="invalid"), "address_closed"),
        (
            lambda f, c: ContactPoint.objects.filter(kind="address").update(do_not_contact=True),
            "address_closed",
        ),
        (
            lambda f, c: ContactPoint.objects.filter(kind="address").update(relation="relative"),
            "not_own_address",
        ),
        (lambda f, c: type(c).objects.filter(pk=c.pk).update(state="placed"), "with_agency"),
        (lambda f, c: type(c.customer).objects.update(birth_on=date(2010, 1, 1)), "debtor_minor"),
    ],
)
def test_nobody_is_sent_where_the_book_says_no(field, spoil, code):
    case = field.debtor()
    spoil(field, case)
    case.refresh_from_db()
    case = type(case).objects.select_related("customer").get(pk=case.pk)
    visit = field.asked(case)
    assert code in codes(visit)
    assert (visit.state, visit.approval) == (VisitState.REFUSED, None)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"on": date(2026, 5, 16)}, "rest_day"), ({"on": date(2026, 5, 1)}, "day_out_of_reach"), ({"on": date(2026, 6, 30)}, "day_out_of_reach"),
        ({"window": (time(7), time(9))}, "outside_hours"), ({"window": (time(18), time(20, 1))}, "outside_hours"),
        ({"window": (time(12), time(12))}, "outside_hours"), ({"risk": ["weapon"]}, "do_not_visit"), ({"risk": ["self_harm"]}, "do_not_visit"),
    ],
)  # fmt: skip
def test_nobody_is_sent_at_a_wrong_hour_or_into_danger(field, more, code):
    visit = field.asked(field.debtor(), **more)
    assert code in codes(visit)
    assert visit.state == VisitState.REFUSED


def test_risky_visits_need_two_people_to_say_yes(field):
    visit = field.asked(field.debtor(), risk=["dangerous_dog"])
    assert (visit.advice, visit.approval.persons) == ("manager_decides", 2)
    approvals.answer(visit.approval, yes=True, at=ASKED, by=field.lead)
    visit.refresh_from_db()
    assert visit.state == VisitState.REQUESTED
    approvals.answer(visit.approval, yes=True, at=ASKED, by=field.compliance)
    visit.refresh_from_db()
    assert visit.state == VisitState.APPROVED


def test_an_old_debtor_counts_as_vulnerable_and_a_manager_comes_along(field):
    visit = field.asked(field.debtor(birth_on=date(1950, 1, 1)))
    assert "vulnerable" in visit.facts["complexity"]
    assert "manager" in visit.roles


def test_one_visit_at_a_time_and_a_reason(field):
    case = field.debtor()
    field.asked(case)
    with pytest.raises(services.VisitRefused):
        field.asked(case)
    with pytest.raises(services.VisitRefused):
        services.ask_for(
            case, ContactPoint.objects.get(kind="address"), field.wish(), reason=" ", at=ASKED, by=field.lead
        )


def test_what_was_checked_is_checked_again_when_it_is_approved(field):
    visit = field.asked(field.debtor())
    ContactPoint.objects.filter(kind="address").update(state="refused")
    approvals.answer(visit.approval, yes=True, at=ASKED, by=field.lead)
    visit.refresh_from_db()
    assert visit.state == VisitState.REFUSED


def test_a_hold_calls_off_a_visit_and_gives_its_permit_back(field):
    visit = field.approved(field.debtor())
    field.team()
    field.planned()
    phone = Phone(field.ma, MORNING)
    days.ask_permit(phone.day, visit.pk, at=moment("2026-05-13", "10:00:00"), by=field.ma)
    place_hold(visit.case, kind="complaint", at=moment("2026-05-13", "10:01:00"), by=field.lead)
    visit.refresh_from_db()
    assert (visit.state, visit.permit.state) == (VisitState.CALLED_OFF, "released")
    with pytest.raises(services.VisitRefused):
        days.ask_permit(phone.day, visit.pk, at=moment("2026-05-13", "10:02:00"), by=field.ma)


def test_a_visit_that_was_made_takes_the_days_outcome_off_the_list(field):
    visit = field.approved(field.debtor())
    run = DayRun.objects.create(as_of=DAY, law_on=DAY, inputs_digest="x", state="committed", started_at=ASKED)
    QueueItem.objects.create(run=run, case=visit.case, queue="visit", rank=1, band="fresh")
    field.team()
    field.planned()
    phone = Phone(field.ma, MORNING)
    phone.now = moment("2026-05-13", "10:05:00")
    phone.say(visit, "result", code="V04", talk="", note="")
    phone.check_out(visit)
    phone.send()
    assert not QueueItem.objects.filter(done_at__isnull=True).exists()


# ---- teams ----
def test_a_team_has_two_and_nobody_goes_with_two_teams(field):
    with pytest.raises(services.VisitRefused):
        field.team(field.ma)
    with pytest.raises(services.VisitRefused):
        field.team(field.ma, field.ma)
    field.team()
    with pytest.raises(services.VisitRefused):
        field.team(field.ma, field.shen)
    with pytest.raises(services.VisitRefused):
        field.team(field.collector, field.lead)
    assert (FieldTeam.objects.count(), TeamMember.objects.count()) == (1, 2)


@pytest.mark.parametrize(
    ("role", "roles"),
    [
        (Role.FIELD, ["manager"]),
        (Role.COLLECTOR, ["legal_specialist"]),
        (Role.ANALYST, ["collector"]),
        (Role.FIELD, []),
    ],
)
def test_nobody_goes_as_what_their_post_does_not_give(field, role, roles):
    with pytest.raises(services.VisitRefused):
        teams.register(field.person("x", role), city="上海市", roles=roles)


def test_a_relative_is_never_sent(field):
    case = field.debtor()
    visit = field.approved(case)
    teams.declare_conflict(field.ma, case.customer_id, reason="表兄", at=ASKED)
    field.team()
    assert field.planned().left_out[0]["why"] == "nobody_may"
    visit.refresh_from_db()
    assert visit.state == VisitState.APPROVED


def test_whoever_had_too_many_incidents_rests_and_a_year_later_goes_again(field):
    visit = field.approved(field.debtor())
    for n in range(3):
        other = Visit.objects.create(**{**plain(visit), "number": f"X{n}", "state": "done"})
        FieldIncident.objects.create(user=field.ma, visit=other, kind="safety", at=ASKED)
    known = teams.book(ASKED)
    answer = teams.fit(visit, [field.ma.pk, field.niu.pk], known, ASKED).answer
    assert answer["excluded"] == [{"id": str(field.ma.pk), "why": ["safety_history"]}]
    later = ASKED + timedelta(days=366)
    assert teams.fit(visit, [field.ma.pk, field.niu.pk], teams.book(later), ASKED).whole


def plain(visit: Visit) -> dict:
    names = (
        "case",
        "point",
        "asked_by",
        "asked_at",
        "reason",
        "wanted_on",
        "window_from",
        "window_to",
        "minutes",
    )
    return {name: getattr(visit, name) for name in names}


def test_counsel_without_a_licence_in_force_does_not_fill_the_role(field):
    visit = field.approved(field.debtor(owed=60_000_000), complexity=["cross_border"])
    assert "outside_counsel" in visit.roles
    wei = field.visitor("魏律师", Role.COUNSEL, ["outside_counsel"], licensed_until=date(2026, 5, 12))
    people = [field.ma.pk, field.niu.pk, wei.pk]
    assert "outside_counsel" in teams.fit(visit, people, teams.book(ASKED), ASKED).answer["unfilled"]
    teams.register(wei, city="上海市", roles=["outside_counsel"], licensed_until=date(2026, 5, 13))
    assert "outside_counsel" not in teams.fit(visit, people, teams.book(ASKED), ASKED).answer["unfilled"]


def test_proposed_teams_are_pairs_with_whoever_a_visit_needs(field):
    for n in range(3):
        field.visitor(f"外访{n}", Role.FIELD, ["collector"])
    field.approved(field.debtor(), complexity=["litigation_possible"])
    made = teams.propose("上海市", DAY, at=ASKED, by=field.lead)
    sizes = [team.members.count() for team in made]
    assert sizes == [3, 3]  # a pair with legal, and a pair with the fifth collector
    assert made[0].members.filter(user=field.shen).exists()
    assert teams.propose("上海市", DAY, at=ASKED, by=field.lead) == []


# ---- routes ----
def test_a_plan_gives_each_visit_its_place_and_time_within_its_window(field):
    for n in range(6):
        field.approved(field.debtor(street=f"南京东路{n}号"), window=(time(9 + n), time(11 + n)))
    field.team()
    a, b = field.visitor("甲", Role.FIELD, ["collector"]), field.visitor("乙", Role.FIELD, ["collector"])
    field.team(a, b)
    plan = field.planned()
    assert (plan.state, plan.left_out) == ("done", [])
    assert plan.plans_found >= 1
    assert plan.bound_s <= plan.best_s
    rows = Visit.objects.select_related("team")
    assert {row.state for row in rows} == {VisitState.SCHEDULED}
    for row in rows:
        assert row.window_from <= row.begins_at.astimezone(ASKED.tzinfo).time() <= row.window_to
    again = field.planned()
    assert again.state == "done"


def test_a_team_on_the_road_keeps_its_route(field):
    visit = field.approved(field.debtor())
    field.team()
    field.planned()
    Phone(field.ma, MORNING)
    with pytest.raises(services.VisitRefused):
        field.planned()
    with pytest.raises(services.VisitRefused):
        teams.dissolve(FieldTeam.objects.get(), at=MORNING)
    visit.refresh_from_db()
    assert visit.state == VisitState.SCHEDULED


# ---- badges and seals ----
def test_a_badge_is_genuine_today_for_who_goes_out_and_for_nobody_else(field):
    team = field.team()
    code = badges.issue(field.ma, DAY, at=MORNING)
    held = selectors.badge_is_genuine(code, MORNING)
    assert held is not None
    assert (held.name, held.staff_no) == ("马外访", "马外访")
    wrong = f"{(int(code) + 1) % 10**8:08d}"
    for typed in (wrong, "", "x" * 500, "一二三四五六七八"):
        assert selectors.badge_is_genuine(typed, MORNING) is None
    assert selectors.badge_is_genuine(code, MORNING + timedelta(days=1)) is None
    assert selectors.badge_is_genuine(badges.issue(field.shen, DAY, at=MORNING), MORNING) is None
    assert badges.picture_of(code).startswith("data:image/svg+xml")
    again = badges.issue(field.ma, DAY, at=MORNING)
    assert selectors.badge_is_genuine(code, MORNING) is None  # the newest badge alone holds
    field.ma.is_active = False
    field.ma.save()
    assert selectors.badge_is_genuine(again, MORNING) is None
    field.ma.is_active = True
    field.ma.save()
    teams.dissolve(team, at=MORNING)
    assert selectors.badge_is_genuine(again, MORNING) is None


def test_a_debtor_who_scans_a_badge_learns_who_it_is_and_nothing_more(field, client):
    field.approved(field.debtor())
    field.team()
    field.planned()
    code = Phone(field.ma, MORNING).carried["badge"]["code"]
    page = client.get(badges.address_of(code).partition("//")[2].partition("/")[2].join(("/", "")))
    assert code in page.content.decode()
    told = client.post("/my/check/", {"code": code}).content.decode()
    assert "马外访" in told
    assert "张" not in told


def test_figures_on_the_phone_open_with_the_debtors_own_number_and_nothing_else(field):
    from cryptography.exceptions import InvalidTag

    field.approved(field.debtor(owed=3_000_000))
    field.team()
    field.planned()
    packet = Phone(field.ma, MORNING).carried["stops"][0]["sealed"]
    assert "30000" not in str(packet)
    assert "张伟明" not in str(packet)
    assert sealing.opened(packet, sealing.proof_of(ID_NO.lower())) == {
        "name": "张伟明", "past_due": "3000.00", "total": "30000.00", "as_of": "2026-05-12",
    }  # fmt: skip
    with pytest.raises(InvalidTag):
        sealing.opened(packet, "123456")


# ---- alarms and reviews ----
def test_a_team_that_does_not_come_out_calls_the_managers_once(field):
    visit = field.approved(field.debtor())
    field.team()
    field.planned()
    phone = Phone(field.ma, MORNING)
    phone.now = moment("2026-05-13", "10:05:00")
    phone.check_in(visit, [field.niu])
    phone.send()
    visit.refresh_from_db()
    due = alarms.due_out(visit) + timedelta(minutes=30)  # policy: half an hour of grace
    assert alarms.raise_overdue(due) == []
    (alarm,) = alarms.raise_overdue(due + timedelta(seconds=1))
    assert alarms.raise_overdue(due + timedelta(minutes=5)) == []
    with pytest.raises(services.VisitRefused):
        alarms.close(alarm, note="", at=due, by=field.lead)
    alarms.take(alarm, at=due, by=field.lead)
    alarms.close(alarm, note="已联系，信号不好", at=due, by=field.lead)
    assert alarms.standing() == []
    assert alarms.raise_overdue(due + timedelta(hours=1)) == []


def test_a_fault_found_in_review_counts_with_those_who_went(field):
    visit = field.approved(field.debtor())
    field.team()
    field.planned()
    phone = Phone(field.ma, MORNING)
    phone.now = moment("2026-05-13", "10:05:00")
    phone.check_in(visit, [field.niu])
    phone.check_out(visit)
    phone.send()
    for by in (field.ma, field.collector):
        with pytest.raises(services.VisitRefused):
            services.review(visit, verdict=Verdict.FAULT, reason="x", at=phone.now, by=by)
    services.review(visit, verdict=Verdict.FAULT, reason="未出示证件", at=phone.now, by=field.lead)
    assert set(FieldIncident.objects.filter(kind="fault").values_list("user__username", flat=True)) == {
        "马外访",
        "牛外访",
    }
    with pytest.raises(services.VisitRefused):
        services.review(visit, verdict=Verdict.VOID, reason="again", at=phone.now, by=field.lead)
