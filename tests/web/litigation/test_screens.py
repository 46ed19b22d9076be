"""The court room's pages: who may see what, refusals in words, outside counsel only what is granted and for as long."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from icalendar import Calendar
from tests.web.cases.bank import Bank, day, moment
from tests.web.litigation import claims

from forbear.web.agreements.means import Told, record_means
from forbear.web.litigation import papers, records, steps
from forbear.web.litigation.models import LegalMatter
from forbear.web.people.models import AccessLog, Role, User

pytestmark = pytest.mark.django_db
NOW = moment("2026-06-02", "15:00:00")
PAGES = (
    "court", "court_screening", "court_limitation", "court_batch", "court_calendar", "court_service", "court_costs", "court_counsel",
)  # fmt: skip


@pytest.fixture(autouse=True)
def still(settings):
    settings.FORBEAR_CLOCK_AT = NOW


@pytest.fixture
def matter(bank: Bank, lawyer: User) -> LegalMatter:
    (case,) = claims.cases(bank, 1)
    claims.contracts([case], lawyer)
    (made,) = claims.matters([case], lawyer, claims.agent(lawyer))
    return made


def at(page: str, *args: object) -> str:
    return reverse(page, args=args)


@pytest.mark.parametrize("page", PAGES)
def test_the_pages_answer_the_legal_role_and_nobody_who_collects(client, bank, lawyer, matter, page):
    client.force_login(lawyer)
    assert client.get(at(page)).status_code == 200
    client.force_login(bank.collector)
    assert client.get(at(page)).status_code == 403


def test_only_legal_reckons_the_offence_and_looking_is_written_down(client, bank, lawyer, matter):
    for other in (bank.lead, bank.collector, bank.person("counsel", Role.COUNSEL)):
        client.force_login(other)
        assert client.get(at("court_offence", matter.pk)).status_code == 403
    client.force_login(lawyer)
    # W15: 52,000.00 of principal, 3,000.00 booked to interest, leaves 49,000.00 and no tier
    given = {"principal": "52000.00", "elsewhere": "3000.00", "no_more": "on", "disguised": "no"}
    answer = client.post(at("court_offence", matter.pk), given)
    assert (answer.context["answer"]["amount"], answer.context["answer"]["tier"]) == ("49000.00", None)
    assert AccessLog.objects.filter(user=lawyer, detail__endswith="offence").count() == 1


def test_what_enforcement_leaves_is_reckoned_from_the_table_that_says_it_is_unverified(
    client, bank, lawyer, matter
):
    client.force_login(bank.collector)
    assert client.get(at("court_reserve", matter.pk)).status_code == 403
    client.force_login(lawyer)
    given = {"monthly_income": "6000.00", "dependants": "2", "region": "310000"}
    shown = client.post(at("court_reserve", matter.pk), given)
    answer = shown.context["answer"]
    assert (answer["reserve"], answer["takeable"]) == ("4785.00", "1215.00")
    assert "未经核实" in shown.content.decode()
    own = client.post(at("court_reserve", matter.pk), given | {"local_minimum_living": "1000.00"})
    assert own.context["answer"]["takeable"] == "3000.00"
    assert "未经核实" not in "".join(each["text"] for each in own.context["answer"]["reasons"])
    nowhere = client.post(at("court_reserve", matter.pk), given | {"region": ""})
    assert (nowhere.context["answer"], bool(nowhere.context["form"].non_field_errors())) == (None, True)
    assert client.post(at("court_reserve", matter.pk), given | {"region": "000000"}).context["answer"] is None
    assert AccessLog.objects.filter(user=lawyer, detail__endswith="reserve").count() == 4


def test_it_begins_with_what_the_debtor_told(client, lawyer, matter):
    told = Told({"income": "8000.00", "dependants": 1, "region": "310000"}, "unemployment", "", True)
    record_means(matter.case, told, at=NOW, by=lawyer)
    client.force_login(lawyer)
    assert client.get(at("court_reserve", matter.pk)).context["form"].initial == {
        "monthly_income": "8000.00", "dependants": 1, "region": "310000",
    }  # fmt: skip


def test_a_move_is_refused_in_words_and_changes_nothing(client, lawyer, matter):
    client.force_login(lawyer)
    answer = client.post(at("court_move", matter.pk, "hand_in"), {"hand_in-on": "2026-06-02"})
    assert answer.status_code == 422
    assert answer.context["wrong_form"].non_field_errors()
    matter.refresh_from_db()
    assert matter.state == "screen"


def test_from_a_form_to_a_second_persons_yes(client, bank, lawyer, matter):
    client.force_login(lawyer)
    client.post(at("court_move", matter.pk, "gather"), {"gather-on": "2026-06-02", "gather-route": "suit"})
    asked = {"approve-on": "2026-06-02", "approve-balance_on": "2026-06-02"}
    assert client.post(at("court_move", matter.pk, "approve"), asked).status_code == 302
    assert client.post(at("court_answer", matter.pk), {"yes": "1"}).status_code == 403
    client.force_login(bank.lead)
    assert matter.number in client.get(at("court")).content.decode()
    client.post(at("court_answer", matter.pk), {"yes": "1"})
    matter.refresh_from_db()
    assert matter.state == "approved"


def test_outside_counsel_sees_what_is_granted_until_it_ends_and_each_look_is_written_down(
    client, bank, lawyer, matter, settings
):
    outside = bank.person("wai", Role.COUNSEL)
    papers.make_papers(matter, ["complaint"], on=day("2026-06-02"), at=NOW, by=lawyer)
    client.force_login(outside)
    assert client.get(at("court_matter", matter.pk)).status_code == 404
    given = records.grant(matter, counsel=outside, until=NOW + timedelta(days=7), at=NOW, by=lawyer)
    seen = client.get(at("court_matter", matter.pk))
    assert seen.status_code == 200
    assert "court-mark" in seen.content.decode()
    assert matter.case.customer.name not in seen.content.decode()
    assert AccessLog.objects.filter(user=outside, customer=matter.case.customer, what="matter").exists()
    assert client.get(at("court_paper", matter.papers.get().pk, "pdf")).status_code == 403
    assert client.post(at("court_move", matter.pk, "gather"), {}).status_code == 403
    settings.FORBEAR_CLOCK_AT = NOW + timedelta(days=7)
    assert client.get(at("court_matter", matter.pk)).status_code == 404
    settings.FORBEAR_CLOCK_AT = NOW
    records.revoke(given, at=NOW, by=lawyer)
    assert client.get(at("court_matter", matter.pk)).status_code == 404


def test_the_calendar_file_holds_number_and_court_and_nobodys_name(client, lawyer, matter):
    matter.court_case_no = "(2026)沪0115民初1号"
    matter.save()
    records.set_hearing(
        matter, begins_at=moment("2026-07-06", "09:30:00"), minutes=60, place="第三法庭", at=NOW, by=lawyer
    )
    client.force_login(lawyer)
    raw = client.get(at("court_ics")).content
    (event,) = Calendar.from_ical(raw).walk("VEVENT")
    assert event["DTSTART"].dt == moment("2026-07-06", "09:30:00")
    assert matter.number in event["SUMMARY"]
    assert "第三法庭" in event["LOCATION"]
    assert matter.case.customer.name not in raw.decode()


@pytest.mark.parametrize("content", [b"<html>", b"MZ\x90", b""])
def test_evidence_that_is_no_document_is_refused(lawyer, matter, content):
    with pytest.raises(steps.MatterRefused):
        records.add_evidence(matter, kind="other", title="x", pages=1, content=content, at=NOW, by=lawyer)
