"""Photos and recordings of visits go when nothing asks for them: by the years, after a hold, with proof of what went."""

from __future__ import annotations

import pytest
from django.urls import reverse
from tests.web.cases.bank import moment
from tests.web.visits.conftest import DAY, MORNING, Field
from tests.web.visits.phone import FILM, PHOTO, Phone

from forbear.web.cases.models import Case, CaseEvent
from forbear.web.cases.timeline import verify_chain
from forbear.web.recordings import services as recordings
from forbear.web.visits import retention, storing
from forbear.web.visits.models import VisitEvidence

pytestmark = pytest.mark.django_db


@pytest.fixture
def files(field: Field) -> tuple[Case, list[VisitEvidence]]:
    """A photo and a recording of a visit, sent by the phone and sealed."""
    case = field.debtor()
    visit = field.approved(case)
    field.team()
    field.planned()
    phone = Phone(field.ma, MORNING)
    names = [phone.film(visit, what, content) for what, content in (("letter", PHOTO), ("recording", FILM))]
    phone.send()
    for name in names:
        storing.store(phone.day, name, phone.files[str(name)], received_at=MORNING, by=field.ma)
    return case, list(VisitEvidence.objects.order_by("pk"))


def settled(case: Case, state: str = "settled") -> None:
    Case.objects.filter(pk=case.pk).update(state=state, closed_on=DAY)


def bytes_left() -> list[int]:
    return [len(bytes(each.content_cipher)) for each in VisitEvidence.objects.order_by("pk")]


def test_while_the_case_is_open_everything_stays(files):
    done = retention.purge(moment("2040-01-01"))
    assert (done.looked_at, done.deleted, done.report["kept"]) == (2, 0, {"case open": 2})
    assert all(bytes_left())


@pytest.mark.parametrize(("on", "deleted"), [("2026-05-14", 0), ("2031-05-13", 0), ("2031-05-14", 2)])
def test_after_it_the_years_of_the_house_decide(files, on, deleted):
    case, _rows = files
    settled(case)
    done = retention.purge(moment(on))
    assert (done.deleted, sum(done.report["kept"].values())) == (deleted, 2 - deleted)
    assert all(bytes_left()) is not bool(deleted)


def test_a_debt_closed_unpaid_keeps_them_until_limitation_has_ended(files):
    case, _rows = files
    settled(case, "closed")
    done = retention.purge(moment("2026-06-01"))
    assert done.deleted == 0


def test_a_legal_hold_keeps_what_the_years_would_let_go(files, field):
    case, _rows = files
    settled(case)
    held = recordings.hold(case.customer, reason="诉讼", at=MORNING, by=field.lead)
    done = retention.purge(moment("2040-01-01"))
    assert (done.deleted, done.report["kept"]) == (0, {"HOUSE-KEEP-SUIT": 2})
    recordings.lift(held, at=moment("2040-01-01"), by=field.lead)
    assert retention.purge(moment("2040-01-02")).deleted == 2


def test_what_went_is_proved_and_said_and_goes_once(files, field, client, settings):
    case, rows = files
    settled(case)
    settings.FORBEAR_CLOCK_AT = at = moment("2031-05-14")
    done = retention.purge(at)
    assert done.report == {"what": "visit_files", "deleted": [row.pk for row in rows], "kept": {}}
    told = CaseEvent.objects.filter(case=case, kind="visit_file_deleted").order_by("pk")
    assert [(each.payload["file"], each.payload["sha256"]) for each in told] == [
        (row.pk, row.sha256) for row in rows
    ]
    assert verify_chain(case) is None
    client.force_login(field.lead)
    assert client.get(reverse("visits_evidence", args=[rows[0].pk])).status_code == 410
    assert "2031" in client.get(reverse("visit", args=[rows[0].visit_id])).content.decode()
    assert retention.purge(at).looked_at == 0


def test_a_phone_that_sends_a_deleted_file_again_brings_nothing_back(files, field):
    case, rows = files
    settled(case)
    retention.purge(moment("2031-05-14"))
    row = VisitEvidence.objects.get(pk=rows[0].pk)
    day = row.visit.records.get(kind="evidence", data__evidence=str(row.client_id)).day
    again = storing.store(day, row.client_id, PHOTO, received_at=moment("2031-05-15"), by=field.ma)
    assert (again.pk, bytes(again.content_cipher)) == (row.pk, b"")
