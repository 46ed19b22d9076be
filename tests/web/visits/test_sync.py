"""What a phone sends arrives once: lost answers, repeats, reordered and partial batches, a server killed in the middle."""

from __future__ import annotations

import contextlib
import random
from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.web.cases.bank import moment
from tests.web.visits.conftest import ASKED, MORNING, Field
from tests.web.visits.phone import FILM, PHOTO, Phone, digest

from forbear.web.cases.models import CaseEvent, Task
from forbear.web.complaints.uploads import UploadRefused
from forbear.web.contact.models import ContactAttempt
from forbear.web.visits import concluding, records, storing, sync
from forbear.web.visits import day as days
from forbear.web.visits import services as visits
from forbear.web.visits.events import BadEvent
from forbear.web.visits.models import PhoneDay, SetAside, Visit, VisitEvidence, VisitRecord, VisitState

pytestmark = pytest.mark.django_db
DOOR = moment("2026-05-13", "10:05:00")


def written(field: Field) -> tuple[Phone, Visit]:
    """Return a phone that holds a whole visit and has sent nothing, and the visit."""
    visit = field.approved(field.debtor())
    field.team()
    field.planned()
    phone = Phone(field.ma, MORNING)
    phone.now = DOOR
    days.ask_permit(phone.day, visit.pk, at=phone.now, by=field.ma)
    phone.wait(minutes=2)
    phone.say(visit, "forbidden_read", codes=["alone"])
    phone.check_in(visit, [field.niu])
    phone.say(visit, "badges")
    phone.say(visit, "notice", way="audio_video", refused=False)
    phone.say(visit, "door", who="debtor")
    phone.say(visit, "identity", way="digits", passed=True)
    phone.say(visit, "amount")
    phone.film(visit)
    phone.wait(minutes=10)
    phone.say(visit, "result", code="V01", talk="B10", note="")
    phone.check_out(visit)
    return phone, visit


def outcome(visit: Visit) -> tuple:
    """Return all that a visit came to, without the hour at which we heard of it."""
    visit.refresh_from_db()
    (attempt,) = ContactAttempt.objects.filter(case=visit.case, channel="visit")
    rows = VisitRecord.objects.filter(visit=visit, client_id__isnull=False).order_by("phone_seq")
    return (
        visit.state, visit.result, tuple(visit.missing), visit.checked_in_at, attempt.at, attempt.party, attempt.outcome,
        tuple((str(row.client_id), row.kind, row.at) for row in rows),
        sorted(Task.objects.filter(case=visit.case).values_list("kind", flat=True)),
        sorted(CaseEvent.objects.filter(case=visit.case, kind__startswith="visit_").values_list("kind", flat=True)),
        records.broken(visit),
    )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_any_order_any_batches_any_repeats_come_to_the_same(field):
    """Forty ways in which a network can mangle a queue, against real PostgreSQL; each comes to the same visit."""
    whole = None
    dice = random.Random(7)
    phone, visit = written(field)
    pristine = list(phone.queue)
    for trial in range(40):
        if trial:
            again(visit)
        left = list(pristine)
        phone.now = DOOR + timedelta(hours=1)
        while left:
            batch = dice.sample(pristine, dice.randint(1, len(pristine)))  # what is there already comes again
            if dice.random() < 0.5:
                batch = batch[: dice.randint(1, len(batch))]  # cut off on the way
            answer = phone.send(batch)
            assert not answer.set_aside
            if dice.random() < 0.3:
                continue  # the answer was lost: the phone keeps everything
            held = {*answer.taken, *answer.known}
            left = [each for each in left if each["id"] not in held]
        told = outcome(visit)
        whole = whole or told
        assert told == whole
    assert whole[0] == VisitState.REPORT_DUE
    assert whole[2] == ("files",)


def again(visit: Visit) -> None:
    """Take the visit back to where no record had arrived; a test may switch off what guards evidence, nobody else."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "DELETE FROM visits_visitrecord WHERE visit_id = %s AND (client_id IS NOT NULL OR sequence > %s)",
            [visit.pk, before(visit)],
        )
        cursor.execute(
            "UPDATE visits_visit SET state='scheduled', closed_at=NULL, attempt_id=NULL, checked_in_at=NULL, checked_out_at=NULL, result='', missing='[]' WHERE id=%s",
            [visit.pk],
        )
        cursor.execute("DELETE FROM contact_contactattempt WHERE channel='visit'")
        cursor.execute("DELETE FROM cases_task WHERE case_id=%s AND kind <> 'approval'", [visit.case_id])
        cursor.execute("DELETE FROM cases_hold WHERE case_id=%s", [visit.case_id])
        cursor.execute("UPDATE cases_case SET state='assigned', held_state='' WHERE id=%s", [visit.case_id])
        cursor.execute(
            "DELETE FROM cases_caseevent WHERE case_id=%s AND sequence > %s",
            [visit.case_id, told_before(visit)],
        )
        cursor.execute("UPDATE contact_permit SET state='reserved' WHERE channel='visit'")
        cursor.execute("SET session_replication_role = DEFAULT")


def before(visit: Visit) -> int:
    """Return how many records the office had written before the phone sent."""
    first = VisitRecord.objects.filter(visit=visit, client_id__isnull=False).order_by("sequence").first()
    return first.sequence - 1 if first else VisitRecord.objects.filter(visit=visit).count()


def told_before(visit: Visit) -> int:
    row = CaseEvent.objects.filter(case=visit.case, kind="visit_scheduled").order_by("-sequence").first()
    return row.sequence


@given(order=st.permutations(range(10)))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_story_does_not_depend_on_the_order_of_arrival(order):
    from forbear.web.visits.folding import Said, fold

    kinds = [
        ("forbidden_read", {"codes": []}), ("check_in", {"people": [1, 2], "words": {}, "place": None}), ("badges", {}),
        ("notice", {"way": "audio", "refused": False}), ("door", {"who": "debtor"}), ("amount", {}),
        ("identity", {"way": "digits", "passed": True}), ("entry", {"consent": True, "entered": True}),
        ("result", {"code": "V01", "talk": "", "note": ""}), ("check_out", {"place": None, "last": 10}),
    ]  # fmt: skip
    rows = [
        Said("p", i + 1, kind, DOOR + timedelta(minutes=i), data, bytes([i + 1]) * 32, bytes([i]) * 32)
        for i, (kind, data) in enumerate(kinds)
    ]
    story = fold([rows[i] for i in order])
    assert story == fold(rows)
    assert (story.whole, story.amount_too_early, story.entered_without_consent) == (True, True, False)
    assert not fold([rows[i] for i in order if i != 4]).whole


@pytest.mark.parametrize("at_record", [0, 1, 4, 9])
def test_a_server_that_dies_in_the_middle_has_taken_a_part_and_takes_the_rest_when_it_comes_again(
    field, monkeypatch, at_record
):
    phone, visit = written(field)
    real, seen = sync.follow, []

    def die(*args, **named):
        seen.append(1)
        if len(seen) == at_record + 1:
            raise SystemExit("killed")
        return real(*args, **named)

    monkeypatch.setattr(sync, "follow", die)
    with pytest.raises(SystemExit):
        phone.send()
    assert VisitRecord.objects.filter(visit=visit, client_id__isnull=False).count() == at_record
    monkeypatch.setattr(sync, "follow", real)
    answer = phone.send()
    assert (len(answer.known), len(answer.taken)) == (at_record, 10 - at_record)
    assert outcome(visit)[0] == VisitState.REPORT_DUE


def test_what_is_forced_happens_once_however_often_the_end_is_looked_at(field):
    phone, visit = written(field)
    queue = list(phone.queue)
    phone.send()
    first = outcome(visit)
    for _ in range(3):
        phone.send(queue)
        concluding.conclude(records.locked(visit.pk), at=phone.now, by=field.ma)
    assert outcome(visit) == first


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


# ---- photos and recordings ----
def test_a_file_before_its_record_waits_and_twice_is_once(field):
    phone, visit = written(field)
    (name, content) = next(iter(phone.files.items()))
    with pytest.raises(storing.NotAnnounced):
        storing.store(phone.day, name, content, received_at=phone.now, by=field.ma)
    phone.send()
    for _ in range(3):
        storing.store(phone.day, name, content, received_at=phone.now, by=field.ma)
    assert VisitEvidence.objects.count() == 1
    assert storing.opened(VisitEvidence.objects.get()) == content
    assert bytes(VisitEvidence.objects.get().content_cipher) != content
    visit.refresh_from_db()
    assert (visit.missing, visit.state) == ([], VisitState.DONE)


@pytest.mark.parametrize(
    ("what", "content"),
    [
        ("letter", b"<svg onload=alert(1)>"), ("letter", b"%PDF-1.4 /JavaScript"), ("letter", FILM), ("site", PHOTO[:-5]),
        ("recording", b"MZ\x90\x00 not a film"), ("recording", b"\x00"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_what_it_says_is_refused(field, what, content):
    phone, visit = written(field)
    name = phone.film(visit, what, content)
    phone.send()
    with pytest.raises(UploadRefused):
        storing.store(phone.day, name, content, received_at=phone.now, by=field.ma)


def test_other_bytes_than_those_written_down_are_refused(field):
    phone, _visit = written(field)
    phone.send()
    (name,) = phone.files
    with pytest.raises(UploadRefused):
        storing.store(phone.day, name, FILM + b"x", received_at=phone.now, by=field.ma)


def test_a_record_cannot_be_changed_and_a_change_past_the_guard_shows(field):
    from django.db import DatabaseError, connection, transaction

    phone, visit = written(field)
    phone.send()
    row = VisitRecord.objects.get(visit=visit, kind="result")
    with pytest.raises(DatabaseError), transaction.atomic():
        VisitRecord.objects.filter(pk=row.pk).update(data={"code": "V02"})
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE visits_visitrecord SET data = '{}' WHERE id = %s", [row.pk])
        cursor.execute("SET session_replication_role = DEFAULT")
    assert records.broken(visit) == row.sequence


def test_a_visit_whose_phone_never_came_back_is_ended_and_says_what_is_missing(field):
    phone, visit = written(field)
    phone.send(phone.queue[:4])
    assert sync.give_up(moment("2026-05-14", "09:00:00")) == 0
    assert sync.give_up(moment("2026-05-15", "09:00:00")) == 1
    visit.refresh_from_db()
    assert visit.state == VisitState.REPORT_DUE
    assert {"whole", "check_out", "result"} <= set(visit.missing)
    # It turns up in a drawer: the rest is taken, and one attempt stays one.
    phone.now = moment("2026-05-16", "09:00:00")
    phone.send()
    visit.refresh_from_db()
    assert "whole" not in visit.missing
    assert ContactAttempt.objects.filter(case=visit.case, channel="visit").count() == 1


def test_a_day_that_ends_puts_back_what_was_not_reached_and_the_phone_gets_no_second_route(field):
    field.approved(field.debtor())
    field.team()
    field.planned()
    phone = Phone(field.ma, MORNING)
    assert len(phone.carried["stops"]) == 1
    assert days.end(phone.day, at=moment("2026-05-13", "18:00:00")) == 1
    visit = Visit.objects.get()
    assert (visit.state, visit.team, str(visit.wanted_on)) == (VisitState.APPROVED, None, "2026-05-14")
    with pytest.raises(days.NoDay):
        days.start(field.ma, PhoneDay.objects.get().device, phone_at=MORNING, at=MORNING)


def test_only_the_leads_phone_carries_the_route(field):
    field.approved(field.debtor())
    field.team()
    field.planned()
    mate = Phone(field.niu, MORNING)
    assert (mate.carried["stops"], mate.carried["leads"]) == ([], False)
    assert days.call_for_help(mate.day, place=None, at=DOOR, by=field.niu)
    assert Visit.objects.get().alarms.get().at > ASKED
