"""The outbox board: who may see it, what it shows, settling, and the door for call-backs."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from tests.web.cases.bank import moment
from tests.web.outbox.conftest import NOON

from forbear.channels.signed_http import sign
from forbear.web.outbox.models import ChannelEvent, MessageState, OutboxMessage
from forbear.web.outbox.services import enqueue
from forbear.web.people.models import AccessLog, Role

LATER = NOON + timedelta(hours=1)


@pytest.fixture(autouse=True)
def stopped_clock(settings):
    settings.FORBEAR_CLOCK_AT = LATER


@pytest.fixture
def uncertain(debtor, draft):
    message = enqueue(draft(debtor()), key="k1", cause="test", at=NOON)
    OutboxMessage.objects.update(
        state=MessageState.UNCERTAIN, handed_over_at=NOON, permit_expires_at=NOON + timedelta(minutes=5)
    )
    return message


def test_managers_see_it_and_collectors_do_not(client, bank):
    client.force_login(bank.collector)
    assert client.get("/outbox/").status_code == 403

    client.force_login(bank.lead)
    page = client.get("/outbox/")
    assert page.status_code == 200
    assert "没有未确认的消息" in page.content.decode()


def test_an_uncertain_message_is_shown_masked_and_the_look_is_logged(client, bank, uncertain):
    client.force_login(bank.lead)

    page = client.get("/outbox/").content.decode()

    assert "****8001" in page
    assert "13800138001" not in page
    assert AccessLog.objects.filter(customer=uncertain.customer, what="outbox").exists()


def test_a_manager_settles_it_with_a_reason(client, bank, uncertain):
    client.force_login(bank.lead)

    client.post(f"/outbox/{uncertain.pk}/settle/", {"went_out": "no", "note": ""})
    assert OutboxMessage.objects.get().state == MessageState.UNCERTAIN
    client.post(f"/outbox/{uncertain.pk}/settle/", {"went_out": "no", "note": "not in the carrier's log"})

    assert OutboxMessage.objects.get().state == MessageState.FAILED
    assert uncertain.case.events.filter(kind="message_settled", by=bank.lead).exists()


def test_compliance_may_look_and_not_settle(client, bank, uncertain):
    client.force_login(bank.person("qian", Role.COMPLIANCE))

    assert client.get("/outbox/").status_code == 200
    assert client.post(f"/outbox/{uncertain.pk}/settle/", {"went_out": "yes", "note": "x"}).status_code == 403


def test_withdrawals_are_shown_with_their_rule(client, bank, debtor, draft):
    enqueue(draft(debtor()), key="k1", cause="test", at=NOON)
    OutboxMessage.objects.update(
        state=MessageState.WITHDRAWN, why="refused", rules=["HOUSE-COMPLAINT"], settled_at=NOON
    )
    client.force_login(bank.lead)

    page = client.get("/outbox/?hours=72").content.decode()

    assert "HOUSE-COMPLAINT" in page
    assert "法规或行内政策拒绝" in page


@pytest.fixture
def push(monkeypatch):
    monkeypatch.setenv("FORBEAR_PUSH_URL", "http://127.0.0.1:1/send")
    monkeypatch.setenv("FORBEAR_PUSH_SECRET", "a shared secret")


def call_back(client, events, secret="a shared secret", at=LATER):
    body = json.dumps({"events": events}).encode()
    timestamp = str(int(at.timestamp()))
    return client.post(
        "/outbox/callback/push/", body, content_type="application/json",
        headers={"X-Forbear-Timestamp": timestamp, "X-Forbear-Signature": sign(secret, timestamp, body)},
    )  # fmt: skip


def test_a_signed_call_back_delivers_and_a_replay_changes_nothing(client, push, debtor, draft):
    message = enqueue(draft(debtor(), channel="push"), key="k1", cause="test", at=NOON)
    OutboxMessage.objects.update(state=MessageState.SENT, provider_ids=["p1"])
    told = [{"type": "receipt", "id": "p1", "key": "k1", "status": "delivered"}]

    assert call_back(client, told).json() == {"new": 1}
    assert call_back(client, told).json() == {"new": 0}

    message.refresh_from_db()
    assert message.state == MessageState.DELIVERED


def test_an_unsigned_or_old_call_back_is_refused_and_nothing_kept(client, push, db):
    told = [{"type": "inbound", "id": "i", "from": "C1", "text": "x"}]

    assert call_back(client, told, secret="another").status_code == 403
    assert call_back(client, told, at=moment("2026-11-24", "09:00:00")).status_code == 403
    assert client.post("/outbox/callback/sms/", b"{}", content_type="application/json").status_code == 404
    assert client.post("/outbox/callback/fax/", b"{}", content_type="application/json").status_code == 404
    assert not ChannelEvent.objects.exists()
