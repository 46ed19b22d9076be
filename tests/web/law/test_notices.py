"""A changed rule is acknowledged before the next contact, and nobody gets around it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from tests.web.law.conftest import NOON
from tests.web.law.test_publishing import AT, ask

from forbear.web.contact import gate
from forbear.web.contact.models import GateDecision
from forbear.web.law import notices, overlay, services
from forbear.web.law.models import Acknowledgement
from forbear.web.law.notices import unread_notices

pytestmark = pytest.mark.django_db


def test_before_its_moment_a_change_stops_nobody(publish, case, collector):
    publish(effective_at=AT)

    assert ask(case, AT - timedelta(seconds=1), collector).allowed


def test_from_its_moment_the_gate_refuses_whoever_has_not_read_it_and_writes_nothing(
    publish, case, collector
):
    done = publish(effective_at=AT)

    with pytest.raises(gate.NoticesUnread) as refused:
        ask(case, AT, collector)

    assert refused.value.ids == (done.pk,)
    assert not GateDecision.objects.exists()


def test_once_acknowledged_the_calls_go_on(publish, case, collector):
    done = publish(effective_at=AT)
    services.acknowledge(done, by=collector, at=AT)
    services.acknowledge(done, by=collector, at=AT)

    assert ask(case, AT, collector).allowed
    assert Acknowledgement.objects.count() == 1


def test_one_persons_reading_is_nobody_elses(publish, case, collector, second):
    done = publish(effective_at=AT)
    lead = type(collector).objects.create_user(
        username="zhao", password="x", display_name="zhao", staff_no="zhao", role="manager"
    )
    services.acknowledge(done, by=lead, at=AT)

    assert unread_notices(collector, AT) == (done.pk,)


def test_a_change_that_is_no_rule_of_contact_stops_nobody_unless_its_author_asks(publish, collector):
    file = "policy/house/promises.yaml"
    publish(overlay.shipped_text(file) + "\n# explained\n", file=file, effective_at=AT)
    assert unread_notices(collector, AT) == ()

    publish(
        overlay.shipped_text("policy/house/desk.yaml") + "\n# explained\n",
        file="policy/house/desk.yaml",
        effective_at=AT,
        everyone_reads=True,
    )
    assert len(unread_notices(collector, AT)) == 1


def test_the_dial_is_refused_with_a_card_that_leads_to_the_notice(
    publish, case, collector, signed_in, stop_clock
):
    done = publish(effective_at=AT)
    stop_clock(AT)
    held, point = case
    client = signed_in(collector)

    refused = client.post(f"/desk/cases/{held.pk}/dial/", {"point": point.pk})

    assert f"/law/notices/{done.pk}/" in refused.text
    assert "10013800001" not in refused.text
    page = client.get(f"/law/notices/{done.pk}/")
    assert "HOUSE-EVENINGS" in page.text
    client.post(f"/law/notices/{done.pk}/")
    assert unread_notices(collector, AT) == ()


def test_compliance_reads_notices_but_has_none_to_acknowledge(publish, second, signed_in):
    done = publish(effective_at=AT)

    assert "data-acknowledge" not in signed_in(second).get(f"/law/notices/{done.pk}/").text
    with pytest.raises(services.LawRefused):
        services.acknowledge(done, by=second, at=NOON)


def test_the_day_list_shows_what_is_unread_until_it_is_read(publish, collector, signed_in, stop_clock):
    done = publish(effective_at=AT)
    client = signed_in(collector)
    stop_clock(AT - timedelta(seconds=1))
    assert 'id="unread"' not in client.get("/desk/").text

    stop_clock(AT)
    page = client.get("/desk/").text
    assert 'id="unread"' in page
    assert f'href="/law/notices/{done.pk}/"' in page

    client.post(f"/law/notices/{done.pk}/")
    assert 'id="unread"' not in client.get("/desk/").text


@pytest.mark.django_db(transaction=True)
def test_who_has_read_everything_costs_the_day_list_no_query_more(publish, collector, monkeypatch):
    done = publish(effective_at=AT)
    services.acknowledge(done, by=collector, at=AT)
    assert unread_notices(collector, AT) == ()
    monkeypatch.setattr(notices, "READ", "SELECT 1/0")  # to ask again would fail

    assert unread_notices(collector, AT) == ()
    assert unread_notices(collector, AT + timedelta(days=1)) == ()


@pytest.mark.django_db(transaction=True)
def test_what_was_unread_is_asked_again_so_that_another_process_may_acknowledge_it(publish, collector):
    done = publish(effective_at=AT)
    assert unread_notices(collector, AT) == (done.pk,)
    Acknowledgement.objects.create(user=collector, publication=done, at=AT)

    assert unread_notices(collector, AT) == ()


@pytest.mark.django_db(transaction=True)
def test_a_reading_that_was_undone_is_not_remembered(publish, collector):
    done = publish(effective_at=AT)
    with transaction.atomic():
        services.acknowledge(done, by=collector, at=AT)
        assert unread_notices(collector, AT) == ()
        transaction.set_rollback(True)

    assert unread_notices(collector, AT) == (done.pk,)
