"""What a phone sends and the server does not take, and what stops a team on its way: set aside with why, never lost."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from uuid import uuid4

import pytest
from tests.web.cases.bank import moment
from tests.web.visits.conftest import MORNING
from tests.web.visits.phone import DOOR, Phone, digest, written

from forbear.web.contact.models import ContactAttempt
from forbear.web.visits import day as days
from forbear.web.visits import services as visits
from forbear.web.visits import sync
from forbear.web.visits.events import BadEvent
from forbear.web.visits.models import SetAside, Visit, VisitState

pytestmark = pytest.mark.django_db


def spoil(event: dict, **changed: object) -> dict:
    return {**event, **changed}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"visit": 999_999}, "not_your_visit"), ({"kind": "cash_taken"}, "unknown_kind"), ({"hash": "0" * 64}, "hash_wrong"),
        ({"at": "2029-01-01T00:00:00+08:00"}, "time_absurd"), ({"at": "2026-05-13T10:00:00"}, "malformed"),
        ({"seq": 0}, "malformed"), ({"seq": 10**9}, "malformed"), ({"data": {"amount": "100.00"}}, "malformed_data"),
        ({"data": {"place": 1.5}}, "malformed_data"), ({"data": []}, "malformed"), ({"extra": 1}, "malformed"),
        ({"data": {"a": "\ud800"}}, "malformed_data"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_set_aside_with_why_and_the_rest_is_taken(field, change, why):
    phone, visit = written(field)
    bad = spoil(phone.queue[2], **change)
    if "hash" not in change and why not in ("malformed",):
        with contextlib.suppress(UnicodeEncodeError, TypeError):
            bad["hash"] = digest(bad)
    answer = phone.send([phone.queue[0], bad, phone.queue[1]])
    assert answer.set_aside == {bad["id"]: why}
    assert len(answer.taken) == 2
    assert visit.state != VisitState.DONE


def test_the_same_id_for_another_thing_and_a_place_taken_twice_are_set_aside(field):
    phone, visit = written(field)
    first, second = phone.queue[0], phone.queue[1]
    phone.send([first])
    other = spoil(second, id=first["id"])
    other["hash"] = digest(other)
    assert phone.send([other]).set_aside == {first["id"]: "id_reused"}
    twin = spoil(second, id=str(uuid4()), seq=1)
    twin["hash"] = digest(twin)
    assert phone.send([twin]).set_aside == {twin["id"]: "seq_taken"}
    assert SetAside.objects.count() == 2
    assert visit.records.filter(client_id__isnull=False).count() == 1


@pytest.mark.parametrize(
    "raw",
    [
        None,
        1,
        "x",
        [],
        {},
        {"id": 5},
        {"id": "../../etc"},
        {"id": str(uuid4()), "data": {"a": [[[[[[1]]]]]]}},
    ],
)
def test_rubbish_is_refused_and_takes_nothing_down(field, raw):
    phone, _visit = written(field)
    answer = phone.send([raw, phone.queue[0]])
    assert len(answer.taken) == 1
    with pytest.raises(BadEvent):
        sync.take_batch(phone.day, [raw] * 101, sent_at=None, received_at=phone.now, by=field.ma)


def test_another_teams_phone_cannot_write_on_this_visit(field):
    phone, visit = written(field)
    a, b = field.visitor("甲", "field", ["collector"]), field.visitor("乙", "field", ["collector"])
    field.team(a, b)
    thief = Phone(a, MORNING)
    thief.heads = dict(phone.heads)
    thief.say(visit, "result", code="V01", talk="", note="")
    assert set(thief.send().set_aside.values()) == {"not_your_visit"}
    assert thief.carried["stops"] == []


def test_a_record_after_a_month_is_set_aside_and_before_it_is_taken(field):
    phone, _visit = written(field)
    phone.now = MORNING + timedelta(days=29)
    assert len(phone.send(phone.queue[:1]).taken) == 1
    phone.now = MORNING + timedelta(days=31)
    assert set(phone.send(phone.queue[:1]).set_aside.values()) == {"too_late"}


def test_a_visit_called_off_while_the_phone_was_away_is_still_recorded_and_goes_to_review(field):
    phone, visit = written(field)
    visits.call_off(visit, why="客户来电", at=DOOR + timedelta(minutes=1), by=field.lead)
    phone.send()
    visit.refresh_from_db()
    assert visit.state == VisitState.REPORT_DUE
    assert {"approval", "permit"} <= set(visit.missing)
    assert ContactAttempt.objects.filter(case=visit.case, channel="visit").count() == 1


def test_a_hold_since_the_permit_stops_a_team_at_the_door(field):
    from forbear.web.cases.services import place_hold

    phone, visit = written(field)
    phone.now = DOOR
    Visit.objects.filter(pk=visit.pk).update(
        state=VisitState.CHECKED_IN
    )  # so that the hold does not call it off
    place_hold(visit.case, kind="dispute", at=DOOR, by=field.lead)
    Visit.objects.filter(pk=visit.pk).update(state=VisitState.SCHEDULED)
    phone.now = DOOR + timedelta(minutes=2, seconds=20)
    answer = phone.send(phone.queue[:2])
    assert visit.pk in answer.stop


def test_a_permit_that_ran_out_on_the_way_does_not_carry_a_visit(field):
    visit = field.approved(field.debtor())
    field.team()
    field.planned()
    phone = Phone(field.ma, MORNING)
    phone.now = DOOR
    permit, _rules = days.ask_permit(phone.day, visit.pk, at=phone.now, by=field.ma)
    assert permit is not None
    phone.wait(minutes=61)  # policy: an hour
    phone.check_in(visit, [field.niu])
    assert phone.send().stop == {visit.pk: ["permit_lost"]}


@pytest.mark.parametrize("hour", ["21:59:00", "22:00:00", "07:59:00"])
def test_no_permit_for_a_door_at_night(field, hour):
    visit = field.approved(field.debtor())
    field.team()
    field.planned()
    phone = Phone(field.ma, MORNING)
    phone.now = moment("2026-05-13", hour)
    permit, rules = days.ask_permit(phone.day, visit.pk, at=phone.now, by=field.ma)
    assert (permit is None) == (hour != "21:59:00")
    assert ("CBA26-HOURS" in rules) == (hour != "21:59:00")
