"""Wishes from the desk bind at once; compliance alone reopens a closed number, and says why."""

from __future__ import annotations

import pytest
from django.test import Client
from tests.web.cases.bank import moment

from forbear.web.contact import gate
from forbear.web.people.models import Role
from forbear.web.reach import contact_points, selectors
from forbear.web.reach.forms import read_hours, written

pytestmark = pytest.mark.django_db
NOON = moment("2026-05-12", "12:00:00")


@pytest.fixture
def case(bank, settings):
    settings.FORBEAR_CLOCK_AT = NOON
    return bank.late_case()[0]


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def answer(bank, case, point):
    return gate.request_permit(
        case=case,
        contact_point=point,
        channel="voice",
        purpose="collect",
        party="debtor",
        user=bank.collector,
        at=NOON,
    ).answer


def test_what_the_form_says_binds_the_next_call_and_can_be_taken_back(bank, case):
    point = bank.number(case.customer)
    client = signed_in(bank.collector)
    address = f"/reach/cases/{case.pk}/wishes/"

    reply = client.post(
        address, {"in_writing": "on", "quiet": "9:00-10:30，sat sun 08:00-22:00", "workplace": "on"}
    )

    assert reply.status_code == 200
    stands = selectors.wishes(case.customer_id, NOON)
    assert stands.channels_off == ("ai_voice", "visit", "voice")
    assert stands.quiet_hours == (("09:00", "10:30"), ("08:00", "22:00", "sat sun"))
    assert stands.workplace_off
    assert answer(bank, case, point) == "refused"

    client.post(address, {})
    assert not selectors.wishes(case.customer_id, NOON)
    assert answer(bank, case, point) != "refused"


def test_hours_that_cannot_be_read_change_nothing_at_all(bank, case):
    reply = signed_in(bank.collector).post(f"/reach/cases/{case.pk}/wishes/", {"off": "sms", "quiet": "noon"})

    assert reply.status_code == 422
    assert 'value="noon"' in reply.content.decode()
    assert not selectors.wishes(case.customer_id, NOON)


@pytest.mark.parametrize("text", ["", "12:00-14:00", "12:00-14:00, sat sun 08:00-22:00"])
def test_hours_are_written_as_they_are_read(text):
    assert written(read_hours(text)) == text


def test_compliance_alone_reopens_a_closed_number_with_a_reason(bank, case):
    point = bank.number(case.customer)
    contact_points.block_number(point, "refused", at=NOON, by=bank.collector, case=case)
    compliance = signed_in(bank.person("chen", Role.COMPLIANCE))

    assert signed_in(bank.collector).get("/reach/closed/").status_code == 403
    assert signed_in(bank.collector).post(f"/reach/closed/{point.pk}/", {"why": "x"}).status_code == 403
    page = compliance.get("/reach/closed/").content.decode()
    assert f"/reach/closed/{point.pk}/" in page
    assert case.customer.name not in page

    compliance.post(f"/reach/closed/{point.pk}/", {"why": " "})
    point.refresh_from_db()
    assert point.state == "refused"

    compliance.post(f"/reach/closed/{point.pk}/", {"why": "the owner asked in writing"})
    point.refresh_from_db()
    assert point.state == "unverified"
    assert selectors.history(point.pk)[0].why == "the owner asked in writing"
