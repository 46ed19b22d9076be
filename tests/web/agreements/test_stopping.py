"""Signing a plan while 100 messages wait sends none of them, on whichever channel and wherever they wait."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from tests.web.cases.bank import Bank, moment

from forbear.web.agreements import signing
from forbear.web.agreements.models import Plan
from forbear.web.cases import services
from forbear.web.codes.models import OneTimeCode
from forbear.web.contact import gate
from forbear.web.outbox.models import MessageState, OutboxMessage
from forbear.web.outbox.services import Body, Draft, enqueue
from forbear.web.portfolio.models import ContactPoint
from forbear.web.runs.models import DayRun, Message

AT = moment("2026-05-12", "11:00:00")


def waiting_messages(plan: Plan) -> list[OutboxMessage]:
    """Plan 50 messages in the day's run and 50 in the outbox, over all channels."""
    case = plan.case
    run = DayRun.objects.create(
        as_of=AT.date(), law_on=AT.date(), inputs_digest="d", state="committed", started_at=AT
    )
    channels = ("sms", "email", "push", "wecom", "letter")
    Message.objects.bulk_create(
        Message(run=run, case=case, channel=channels[n % 5], template="friendly") for n in range(50)
    )
    return [
        enqueue(
            Draft(case, channels[n % 5], Body(f"提醒{n}"), "friendly", "1", contact_point=ContactPoint.objects.first()),
            key=f"wait-{n}", cause="test", at=AT, not_before=AT + timedelta(hours=1), not_after=AT + timedelta(hours=3),
        )
        for n in range(50)
    ]  # fmt: skip


def test_a_hundred_waiting_messages_are_withdrawn_and_the_gate_refuses_the_next(
    bank: Bank, offered: Plan, code_sent: Callable[[OneTimeCode], str]
) -> None:
    queued = waiting_messages(offered)
    # One is with a worker already: it finds it gone when it asks for the permit.
    OutboxMessage.objects.filter(pk=queued[0].pk).update(state=MessageState.CLAIMED)
    sent = signing.send_code(offered, at=AT, by=bank.collector)

    signing.sign_with_code(offered, code_sent(sent), at=AT, by=bank.collector)

    assert Message.objects.filter(state="planned").count() == 0
    assert Message.objects.filter(state="withdrawn").count() == 50
    assert set(OutboxMessage.objects.filter(key__startswith="wait-").values_list("state", flat=True)) == {
        "withdrawn"
    }
    offered.case.refresh_from_db()
    point = ContactPoint.objects.get()
    for channel in ("sms", "voice", "email", "letter", "visit", "push", "wecom"):
        reply = gate.request_permit(
            case=offered.case, contact_point=point, channel=channel, purpose="collect", party="debtor",
            at=AT + timedelta(hours=1), user=bank.collector,
        )  # fmt: skip
        assert reply.permit is None, channel


def test_a_message_on_the_wire_is_not_taken_back(bank: Bank, offered: Plan, code_sent) -> None:
    queued = waiting_messages(offered)
    OutboxMessage.objects.filter(pk=queued[0].pk).update(state=MessageState.HANDED_OVER)
    sent = signing.send_code(offered, at=AT, by=bank.collector)
    signing.sign_with_code(offered, code_sent(sent), at=AT, by=bank.collector)

    queued[0].refresh_from_db()
    assert queued[0].state == "handed_over"


def test_other_debtors_messages_stay(bank: Bank, offered: Plan, code_sent) -> None:
    other, _ = bank.late_case()
    bank.number(other.customer, "10013800099")
    enqueue(Draft(other, "sms", Body("x"), "friendly", "1"), key="other", cause="test", at=AT)
    sent = signing.send_code(offered, at=AT, by=bank.collector)
    signing.sign_with_code(offered, code_sent(sent), at=AT, by=bank.collector)

    assert OutboxMessage.objects.get(key="other").state == "planned"


def test_any_hold_withdraws_what_waits_in_the_same_moment(bank: Bank, offered: Plan) -> None:
    """Domain row 33: an approved hardship removes the case from the dialler in the same minute."""
    waiting_messages(offered)
    services.place_hold(offered.case, kind="hardship", at=AT, by=bank.collector)

    assert not Message.objects.filter(state="planned").exists()
    assert not OutboxMessage.objects.filter(key__startswith="wait-", state="planned").exists()
