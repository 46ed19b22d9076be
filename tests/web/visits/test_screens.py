"""Pages of visits: who sees what, refusals in words, the phone's own doors."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from tests.web.cases.bank import moment
from tests.web.visits.conftest import DAY, MORNING
from tests.web.visits.phone import Phone

from forbear.web.people.models import AccessLog, Role
from forbear.web.runs.models import DayRun, QueueItem
from forbear.web.visits import planning
from forbear.web.visits.models import FieldTeam, RoutePlan, Visit, VisitAlarm, VisitState

pytestmark = pytest.mark.django_db
PAGES = ("visits", "visits_requests", "visits_routes", "visits_reviews", "visits_people")
PHONE = "visits_phone"
# Role by role: what each page of the room answers.
MATRIX = {
    Role.COLLECTOR: (403,) * 5 + (403,),
    Role.RECEPTION: (403,) * 5 + (403,),
    Role.FIELD: (403,) * 5 + (200,),
    Role.LEGAL: (403,) * 5 + (200,),
    Role.COUNSEL: (403,) * 5 + (403,),
    Role.MANAGER: (200,) * 5 + (200,),
    Role.COMPLIANCE: (200,) * 4 + (403, 403),
    Role.ANALYST: (403,) * 5 + (403,),
    Role.ADMINISTRATOR: (403,) * 5 + (403,),
}


def enter(user: Any) -> Client:
    user.language = "en"
    user.save()
    client = Client()
    client.force_login(user)
    return client


def at(name: str, *args: Any) -> str:
    return reverse(name, args=args)


def say(client: Client, name: str, **body: Any) -> Any:
    return client.post(at(name), json.dumps(body, default=str), content_type="application/json")


@pytest.mark.parametrize("role", Role.values)
def test_each_role_meets_the_pages_that_are_its_work(field, role):
    client = enter(field.person(f"{role}-x", role))
    assert tuple(client.get(at(page)).status_code for page in (*PAGES, PHONE)) == MATRIX[role]


@pytest.mark.parametrize(
    ("name", "args", "allowed"),
    [
        ("visits_team", (), {Role.MANAGER}), ("visits_plan", (), {Role.MANAGER}), ("visits_person", (), {Role.MANAGER}),
        ("visits_ask_many", (), {Role.MANAGER}), ("visits_phone_sync", (), {Role.FIELD, Role.LEGAL, Role.MANAGER}),
        ("visits_phone_day", (), {Role.FIELD, Role.LEGAL, Role.MANAGER}), ("visits_phone_sos", (), {Role.FIELD, Role.LEGAL, Role.MANAGER}),
    ],
)  # fmt: skip
def test_no_role_writes_what_is_not_its_work(field, name, args, allowed):
    for role in Role.values:
        client = enter(field.person(f"{role}-y", role))
        assert (client.post(at(name, *args)).status_code == 403) == (role not in allowed), role


def test_nobody_signed_in_gets_nothing_but_the_shells_worker(client, field):
    for name in (*PAGES, PHONE):
        assert client.get(at(name)).status_code == 302
    worker = client.get(at("visits_phone_worker"))
    assert worker.status_code == 200
    assert worker["Content-Type"].startswith("text/javascript")
    assert at(PHONE) in worker.content.decode()
    assert client.get(at("visits_phone_manifest")).json()["start_url"] == at(PHONE)


def test_from_the_case_to_the_route(field, settings):
    case = field.debtor()
    collector, manager = enter(field.collector), enter(field.lead)
    settings.FORBEAR_CLOCK_AT = moment("2026-05-12", "10:00:00")
    panel = collector.get(at("visits_panel", case.pk))
    assert "****" in panel.content.decode()
    assert "南京东路" not in panel.content.decode()
    point = panel.context["form"].fields["point"].choices[0][0]
    given = {
        "point": point,
        "on": "2026-05-13",
        "window_from": "10:00",
        "window_to": "16:00",
        "reason": "三次未接",
    }
    refused = collector.post(at("visits_ask", case.pk), given | {"on": "2026-05-16"})
    visit = Visit.objects.get()
    assert (refused.status_code, visit.state) == (302, VisitState.REFUSED)
    assert "rest days" in collector.get(at("visit", visit.pk)).content.decode()
    collector.post(at("visits_ask", case.pk), given)
    visit = Visit.objects.latest("pk")
    inbox = manager.get(at("approvals")).content.decode()
    assert visit.number in inbox
    manager.post(at("approvals_answer", visit.approval_id), {"answer": "yes"})
    manager.post(at("visits_team"), {"city": "上海市", "on": "2026-05-13", "propose": "1"})
    assert FieldTeam.objects.count() == 1
    manager.post(at("visits_plan"), {"city": "上海市", "on": "2026-05-13"})
    plan = RoutePlan.objects.get()
    assert 'hx-trigger="every 1s"' in manager.get(at("visits_progress", plan.pk)).content.decode()
    planning.run(plan)
    assert manager.get(at("visits_progress", plan.pk))["HX-Refresh"] == "true"
    page = manager.get(at("visits_routes") + "?city=上海市&on=2026-05-13").content.decode()
    assert "route-line" in page
    assert visit.number in page
    visit.refresh_from_db()
    assert visit.state == VisitState.SCHEDULED
    # In the morning it is on the visitor's own day, with its hour.
    settings.FORBEAR_CLOCK_AT = MORNING
    day = enter(field.ma).get(at("desk")).content.decode()
    assert f"/desk/cases/{case.pk}/" in day


def test_a_visitor_opens_the_case_of_the_day_and_nobody_elses(field):
    mine, other = field.debtor(), field.debtor(street="北京西路2号")
    field.approved(mine)
    field.team()
    field.planned()
    client = enter(field.ma)
    assert client.get(at("case", mine.pk)).status_code == 200
    assert client.get(at("case", other.pk)).status_code == 403
    strange = field.visitor("外人", Role.FIELD, ["collector"])
    assert enter(strange).get(at("visit", Visit.objects.get().pk)).status_code == 404


def test_many_outcomes_of_the_plan_are_asked_for_at_once(field):
    run = DayRun.objects.create(
        as_of=DAY, law_on=DAY, inputs_digest="x", state="committed", started_at=MORNING
    )
    cases = [field.debtor(street=f"{n}号") for n in range(3)]
    for n, case in enumerate(cases):
        QueueItem.objects.create(run=run, case=case, queue="visit", rank=n, band="fresh")
    client = enter(field.lead)
    assert client.get(at("visits_requests")).content.decode().count('name="case"') == 3
    form = {
        "case": [case.pk for case in cases],
        "on": "2026-05-14",
        "window_from": "09:00",
        "window_to": "17:00",
    }
    client.post(at("visits_ask_many"), form)
    assert Visit.objects.filter(state=VisitState.REQUESTED, source="day").count() == 3
    assert client.get(at("visits_requests")).content.decode().count('name="case"') == 0


# ---- the phone's doors ----
def test_a_phone_begins_its_day_asks_sends_and_ends(field):
    visit = field.approved(field.debtor())
    field.team()
    field.planned()
    client = enter(field.ma)
    assert say(client, "visits_phone_day", device=uuid4(), phone_at="not a time").status_code == 422
    begun = say(client, "visits_phone_day", device=uuid4(), phone_at=MORNING.isoformat())
    day = begun.json()
    assert begun["Cache-Control"] == "no-store, private"
    assert [stop["visit"] for stop in day["stops"]] == [visit.pk]
    assert AccessLog.objects.filter(user=field.ma, what="visit", customer=visit.case.customer).exists()
    refused = say(client, "visits_phone_permit", day=day["day"], visit=visit.pk).json()
    assert (refused["permit"] is not None, refused["rules"]) == (True, [])
    assert say(client, "visits_phone_permit", day=day["day"], visit=visit.pk + 1).status_code == 409
    answer = say(client, "visits_phone_sync", day=day["day"], sent_at=MORNING.isoformat(), events=[])
    assert answer.json()["taken"] == []
    assert say(client, "visits_phone_end", day=day["day"]).json() == {"ended": True, "put_back": 1}
    assert say(client, "visits_phone_day", device=uuid4(), phone_at=MORNING.isoformat()).status_code == 200


def test_another_persons_day_is_no_day_of_mine(field):
    field.approved(field.debtor())
    field.team()
    field.planned()
    theirs = Phone(field.ma, MORNING)
    client = enter(field.niu)
    for name, more in (
        ("visits_phone_sync", {"sent_at": MORNING.isoformat(), "events": []}),
        ("visits_phone_permit", {"visit": 1}),
        ("visits_phone_end", {}),
        ("visits_phone_sos", {}),
    ):
        assert say(client, name, day=theirs.day_id, **more).status_code == 422
    file = SimpleUploadedFile("x", b"x")
    assert (
        client.post(at("visits_phone_evidence", uuid4()), {"day": theirs.day_id, "file": file}).status_code
        == 404
    )


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"\xff\xfe", b'{"day": 1}', b'{"day": "x", "events": {}}', b"[" * 100_000]
)
def test_a_body_that_is_none_is_refused(field, body):
    client = enter(field.ma)
    for name in (
        "visits_phone_sync",
        "visits_phone_day",
        "visits_phone_permit",
        "visits_phone_sos",
        "visits_phone_end",
    ):
        assert client.post(at(name), body, content_type="application/json").status_code == 422


def test_a_call_for_help_is_on_the_managers_page_until_it_is_closed(field):
    field.approved(field.debtor())
    field.team()
    field.planned()
    client, manager = enter(field.niu), enter(field.lead)
    day = say(client, "visits_phone_day", device=uuid4(), phone_at=MORNING.isoformat()).json()
    assert say(
        client, "visits_phone_sos", day=day["day"], place={"lat": 31230400, "lon": 121473700, "acc": 9}
    ).json() == {"heard": True}
    assert "visit-alarm" in manager.get(at("visits")).content.decode()
    alarm = VisitAlarm.objects.get()
    manager.post(at("visits_alarm", alarm.pk), {"close": "1", "note": ""})
    assert VisitAlarm.objects.get().closed_at is None
    manager.post(at("visits_alarm", alarm.pk), {"take": "1"})
    manager.post(at("visits_alarm", alarm.pk), {"close": "1", "note": "安全离开"})
    assert "visit-alarm" not in manager.get(at("visits")).content.decode()


def test_a_review_is_refused_in_words_to_whoever_went(field):
    visit = field.approved(field.debtor())
    field.team(field.ma, field.niu)
    field.planned()
    phone = Phone(field.ma, MORNING)
    phone.now = MORNING + timedelta(hours=2)
    phone.check_in(visit, [field.niu])
    phone.check_out(visit)
    phone.send()
    compliance = enter(field.compliance)
    assert visit.number in compliance.get(at("visits_reviews")).content.decode()
    wrong = compliance.post(at("visits_review", visit.pk), {"verdict": "accepted", "reason": ""})
    assert wrong.status_code == 422
    assert (
        enter(field.ma)
        .post(at("visits_review", visit.pk), {"verdict": "accepted", "reason": "x"})
        .status_code
        == 403
    )
    compliance.post(at("visits_review", visit.pk), {"verdict": "void", "reason": "未见证件"})
    visit.refresh_from_db()
    assert (visit.state, visit.verdict) == (VisitState.REVIEWED, "void")


def test_badges_to_print_carry_code_and_word_of_each(field):
    team = field.team()
    page = enter(field.lead).get(at("visits_badges", team.pk)).content.decode()
    assert page.count("data:image/svg+xml") == 2
    assert enter(field.ma).get(at("visits_badges", team.pk)).status_code == 403
