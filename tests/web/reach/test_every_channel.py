"""On every channel: closing it binds in the same second, and a permit granted before is no use any more."""

from __future__ import annotations

import pytest
from tests.web.cases.bank import moment
from tests.web.reach.test_wishes import ask

from forbear.web.contact import gate
from forbear.web.reach import wishes

pytestmark = pytest.mark.django_db
NOON = moment("2026-05-12", "12:30:00")
CHANNELS = ("voice", "ai_voice", "sms", "email", "letter", "visit", "push", "wecom")


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_closed_channel_is_closed_in_the_same_second_and_opens_again(bank, channel):
    case, _ = bank.late_case()
    point = bank.number(case.customer)

    wishes.close_channel(case.customer_id, channel, at=NOON, by=None)

    reply = ask(case, point, channel=channel)
    assert reply.answer == "refused"
    assert "HOUSE-REFUSED-NUMBER" in [reason["rule"] for reason in reply.reply["reasons"]]
    wishes.open_channel(case.customer_id, channel, at=NOON, by=None)
    again = [reason["rule"] for reason in ask(case, point, channel=channel).reply["reasons"]]
    assert "HOUSE-REFUSED-NUMBER" not in again


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_permit_of_the_second_before_is_lost_with_the_channel(bank, channel):
    case, _ = bank.late_case()
    point = bank.number(case.customer)
    reply = ask(case, point, channel=channel)
    assert reply.permit is not None, reply.reply["reasons"]

    wishes.close_channel(case.customer_id, channel, at=NOON, by=None)

    with pytest.raises(gate.PermitLost):
        gate.start(reply.permit, at=NOON)


def test_no_robot_calls_leaves_a_person_who_calls_and_no_calls_closes_both(bank):
    case, _ = bank.late_case()
    point = bank.number(case.customer)

    wishes.close_channel(case.customer_id, "ai_voice", at=NOON, by=None)
    assert ask(case, point, channel="ai_voice").answer == "refused"
    assert ask(case, point, channel="voice").allowed
    wishes.open_channel(case.customer_id, "ai_voice", at=NOON, by=None)
    wishes.close_channel(case.customer_id, "voice", at=NOON, by=None)
    assert ask(case, point, channel="ai_voice").answer == "refused"
    assert ask(case, point, channel="voice").answer == "refused"
