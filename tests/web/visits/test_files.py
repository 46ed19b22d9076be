"""Photos and recordings from phones, the guard on records, and how a day ends."""

from __future__ import annotations

import pytest
from tests.web.cases.bank import moment
from tests.web.visits.conftest import ASKED, MORNING
from tests.web.visits.phone import DOOR, FILM, PHOTO, Phone, written

from forbear.web.complaints.uploads import UploadRefused
from forbear.web.contact.models import ContactAttempt
from forbear.web.visits import day as days
from forbear.web.visits import records, storing, sync
from forbear.web.visits.models import PhoneDay, Visit, VisitEvidence, VisitRecord, VisitState

pytestmark = pytest.mark.django_db


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
