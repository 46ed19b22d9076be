"""From planned to delivered, refused, expired: judged by the gateway's log, the gate's decisions and the timeline."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from tests.web.cases.bank import day, moment
from tests.web.outbox.conftest import NOON
from tests.web.outbox.wire import run_worker, submits

from forbear import questions
from forbear.channels.contract import Kind, Told
from forbear.web.cases.models import CaseEvent, Hold
from forbear.web.cases.services import verify_chain
from forbear.web.contact.models import Consent, ContactAttempt, GateDecision
from forbear.web.contact.verify import broken_decisions
from forbear.web.outbox import events, handover, settle
from forbear.web.outbox.models import ChannelEvent, MessageState, OutboxMessage
from forbear.web.outbox.selectors import limitation_events
from forbear.web.outbox.services import Body, enqueue
from forbear.web.portfolio.models import ContactPoint, NumberBlock

pytestmark = pytest.mark.django_db(transaction=True)


def plan(draft, *cases, **more):
    with transaction.atomic():
        return [enqueue(draft(case), key=f"k{case.pk}", cause="test", at=NOON, **more) for case in cases]


def states() -> dict[str, str]:
    return dict(OutboxMessage.objects.order_by("pk").values_list("key", "state"))


def test_a_message_is_delivered_and_everything_about_it_is_on_record(debtor, draft, tmp_path):
    case = debtor()
    (message,) = plan(draft, case)

    run_worker(tmp_path / "log", now=lambda: NOON)

    message.refresh_from_db()
    assert message.state == MessageState.DELIVERED
    assert [entry["key"] for entry in submits(tmp_path / "log")] == [message.key]
    attempt = ContactAttempt.objects.get(case=case)
    assert (attempt.channel, attempt.action, attempt.permit_id) == ("sms", "SMS", message.permit_id)
    kinds = list(
        CaseEvent.objects.filter(case=case, kind__startswith="message").values_list("kind", flat=True)
    )
    assert sorted(kinds) == ["message", "message_delivered"]
    assert verify_chain(case) is None
    assert broken_decisions(case.customer_id) == []


def test_what_became_unlawful_in_the_queue_is_withdrawn_with_its_rule(debtor, draft, tmp_path):
    free, paused, quiet, blocked = (debtor(f"1380013800{n}") for n in range(4))
    plan(draft, free, paused, quiet, blocked)
    Hold.objects.create(case=paused, kind="complaint", since=NOON)  # unseen by whoever withdraws on holds
    Consent.objects.create(customer=quiet.customer, kind="channel_off", value="sms", at=NOON)
    point = ContactPoint.objects.get(customer=blocked.customer, kind="mobile")
    NumberBlock.objects.create(value_index=bytes(point.value_index), reason="wrong_person", at=NOON)

    run_worker(tmp_path / "log", now=lambda: NOON)

    rows = {row.case_id: row for row in OutboxMessage.objects.all()}
    assert rows[free.pk].state == MessageState.DELIVERED
    assert (rows[paused.pk].state, rows[paused.pk].why) == (MessageState.WITHDRAWN, "refused")
    assert "HOUSE-COMPLAINT" in rows[paused.pk].rules
    assert "HOUSE-REFUSED-NUMBER" in rows[quiet.pk].rules
    assert "HOUSE-REFUSED-NUMBER" in rows[blocked.pk].rules
    assert [entry["key"] for entry in submits(tmp_path / "log")] == [f"k{free.pk}"]
    assert GateDecision.objects.filter(answer="refused").count() == 3  # refusals are kept too


def test_a_text_that_lint_blocks_stays_here_and_says_which_rule(debtor, draft, tmp_path):
    good, bad, mailed = (debtor(f"1380013800{n}") for n in range(3))
    plan(draft, good)
    threat, html = (
        draft(bad, "您尾号1234的账单，再不还就打断你的腿"),
        Body("您好", html="<p>再不还就打断你的<b>腿</b></p>"),
    )
    with transaction.atomic():
        enqueue(threat, key="bad", cause="test", at=NOON)
        enqueue(replace(draft(mailed), body=html), key="html", cause="test", at=NOON)

    run_worker(tmp_path / "log", now=lambda: NOON)

    assert [entry["key"] for entry in submits(tmp_path / "log")] == [f"k{good.pk}"]
    for row in OutboxMessage.objects.filter(key__in=["bad", "html"]):
        assert (row.state, row.why, row.permit) == (MessageState.WITHDRAWN, "lint", None)
        assert row.rules


def test_a_message_in_the_night_waits_for_the_morning(debtor, draft, tmp_path):
    night = moment("2026-11-24", "23:00:00")
    (message,) = plan(draft, debtor(), not_before=night, not_after=moment("2026-11-25", "20:00:00"))

    run_worker(tmp_path / "log", now=lambda: night)

    message.refresh_from_db()
    assert (message.state, message.why) == (MessageState.PLANNED, "waits_for_law")
    assert message.not_before == moment("2026-11-25", "08:00:00")
    assert not submits(tmp_path / "log")


def test_a_message_whose_time_has_passed_expires(debtor, draft, tmp_path):
    (message,) = plan(draft, debtor())

    run_worker(tmp_path / "log", now=lambda: NOON + timedelta(days=1))

    message.refresh_from_db()
    assert (message.state, message.why) == (MessageState.EXPIRED, "time_passed")
    assert not submits(tmp_path / "log")


def test_a_permit_that_ended_while_the_message_waited_means_no_send(debtor, draft, tmp_path):
    """The pace makes the second message wait; the clock goes on by an hour while it does."""
    first, second = debtor("13800138001"), debtor("13800138002")
    plan(draft, first, second)
    moments = [NOON]

    def now():
        if submits(tmp_path / "log") and len(moments) == 1:
            moments.append(moments[0] + timedelta(hours=1))
        return moments[-1]

    run_worker(tmp_path / "log", now=now, a_second=2, window=1)

    taken = {entry["key"]: entry["at"] for entry in submits(tmp_path / "log")}
    assert set(taken) == {f"k{first.pk}", f"k{second.pk}"}
    permits = GateDecision.objects.filter(customer=second.customer, answer="allowed").order_by("pk")
    assert permits.count() == 2  # the first ran out unused and was freed, the second was asked for anew
    assert permits[0].permit.state == "released"
    again = OutboxMessage.objects.get(case=second)
    assert again.permit_id == permits[1].permit.pk
    assert again.tries == 0


def test_paying_stops_what_is_planned(debtor, draft, tmp_path):
    case = debtor()
    plan(draft, case)
    case.state = "cured"
    case.closed_on = day("2026-11-24")
    case.save()

    run_worker(tmp_path / "log", now=lambda: NOON)

    message = OutboxMessage.objects.get(case=case)
    assert (message.state, message.why) == (MessageState.WITHDRAWN, "case_ended")


def test_delivery_to_the_contact_on_file_interrupts_limitation_and_failure_does_not(debtor, draft, tmp_path):
    reached, missed, elsewhere = debtor("13800138001"), debtor("13800138097"), debtor("13800138003")
    ContactPoint.objects.filter(customer=elsewhere.customer).update(reserved=False)
    plan(draft, reached, missed, elsewhere)

    run_worker(tmp_path / "log", now=lambda: NOON)

    def limitation(case):
        facts = {"starts_on": "2024-01-10", "as_of": "2026-11-25", "events": limitation_events(case)}
        return questions.ask("limitation", facts)["answer"]["last_day"]

    assert limitation_events(reached) == [
        {"on": "2026-11-24", "kind": "sms", "to_reserved_contact": True, "delivered": True}
    ]
    assert limitation(reached) == "2029-11-26"  # three years from then; the 24th is a Saturday
    assert limitation(missed) == limitation(elsewhere) == "2027-01-11"  # three years; the 10th is a Sunday


def test_a_number_that_does_not_exist_is_marked_and_not_used_again(debtor, draft, tmp_path):
    case = debtor("13800138098")
    plan(draft, case)

    run_worker(tmp_path / "log", now=lambda: NOON)

    point = ContactPoint.objects.get(customer=case.customer, kind="mobile")
    assert point.state == "invalid"
    assert CaseEvent.objects.filter(case=case, kind="contact_point").exists()
    assert OutboxMessage.objects.get(case=case).state == MessageState.FAILED


def test_a_long_message_is_delivered_only_when_every_part_is(debtor, draft):
    message = flying(draft, debtor(), text="您好，账单已过还款日。" * 20)
    settle.settle(
        [settle.Result(message.key, settle.Outcome.ACCEPTED, ("A", "B", "C", "D"))],
        claims={message.key: message.claim},
        at=NOON,
    )

    for provider_id in "ABC":
        events.receive("sms", [receipt(provider_id)], at=NOON)
    assert states() == {message.key: MessageState.SENT}
    events.receive("sms", [receipt("D")], at=NOON)

    assert states() == {message.key: MessageState.DELIVERED}


def receipt(provider_id: str, **more) -> Told:
    said = {"status": "delivered", "event_key": f"r:{provider_id}", "provider_id": provider_id} | more
    return Told(kind=Kind.RECEIPT, **said)


def flying(draft, case, **more) -> OutboxMessage:
    """Hand a message over to a worker that then says nothing more."""
    with transaction.atomic():
        message = enqueue(draft(case, **more), key=f"k{case.pk}", cause="test", at=NOON)
    worker = handover.sign_on("sms", host="here", process=1, at=NOON)
    claimed = handover.claim(worker, count=10, at=NOON)
    handover.ask_gate(claimed, at=NOON)
    handover.hand_over(claimed.token, [message.pk], at=NOON)
    message.refresh_from_db()
    assert message.state == MessageState.HANDED_OVER
    return message


def test_a_receipt_that_is_quicker_than_the_answer_is_kept_and_applied(debtor, draft):
    message = flying(draft, debtor())

    events.receive("sms", [receipt("A1")], at=NOON)
    assert ChannelEvent.objects.get().message_id is None
    settle.settle(
        [settle.Result(message.key, settle.Outcome.ACCEPTED, ("A1",))],
        claims={message.key: message.claim},
        at=NOON,
    )
    events.apply_waiting("sms", ["A1"], at=NOON)

    assert states() == {message.key: MessageState.DELIVERED}


def test_a_receipt_told_twice_counts_once(debtor, draft):
    message = flying(draft, debtor())
    settle.settle(
        [settle.Result(message.key, settle.Outcome.ACCEPTED, ("A1",))],
        claims={message.key: message.claim},
        at=NOON,
    )

    assert events.receive("sms", [receipt("A1")], at=NOON) == 1
    assert events.receive("sms", [receipt("A1")], at=NOON) == 0

    assert CaseEvent.objects.filter(kind="message_delivered").count() == 1


def test_a_receipt_stored_by_a_worker_that_died_is_applied_when_told_again(debtor, draft):
    message = flying(draft, debtor())
    told = [receipt("A1", message_key=message.key)]
    events.keep("sms", told, at=NOON)  # and dies before it applies it

    events.receive("sms", told, at=NOON)

    assert states() == {message.key: MessageState.DELIVERED}


def test_a_dead_workers_message_is_uncertain_and_never_sent_again(debtor, draft, tmp_path):
    message = flying(draft, debtor())
    bury_the_worker()

    run_worker(tmp_path / "log", now=lambda: NOON)

    message.refresh_from_db()
    assert message.state == MessageState.UNCERTAIN
    assert not submits(tmp_path / "log")
    assert (
        ContactAttempt.objects.filter(permit=message.permit_id).count() == 1
    )  # it may have reached the debtor


def bury_the_worker() -> None:
    """End the session that holds the lock of the workers of this test."""
    from django.db import connection

    connection.close()


def test_what_was_known_under_an_older_claim_does_not_count(debtor, draft):
    message = flying(draft, debtor())
    OutboxMessage.objects.filter(pk=message.pk).update(
        claim=uuid4()
    )  # planned again, claimed, on another wire

    not_taken = settle.Result(message.key, settle.Outcome.NOT_TAKEN, code="held_back")
    settle.settle([not_taken], claims={message.key: message.claim}, at=NOON)

    assert states() == {message.key: MessageState.HANDED_OVER}
    assert handover.hand_over(message.claim, [message.pk], at=NOON) == set()


def test_an_uncertain_message_is_settled_by_its_receipt(debtor, draft):
    message = flying(draft, debtor())
    bury_the_worker()
    assert handover.take_over().uncertain == [message.pk]

    events.receive("sms", [receipt("A1", message_key=message.key)], at=NOON)

    assert states() == {message.key: MessageState.DELIVERED}


def test_number_and_reference_find_the_message_when_nothing_else_does(debtor, draft):
    message = flying(draft, debtor("13800138001"))
    other = receipt("A1", address="13800138001", reference=(message.pk + 1) % 65536, event_key="x")
    mine = receipt("A2", address="13800138001", reference=message.pk % 65536, event_key="y")

    events.receive("sms", [other], at=NOON)
    assert states() == {message.key: MessageState.HANDED_OVER}
    events.receive("sms", [mine], at=NOON)

    assert states() == {message.key: MessageState.DELIVERED}


def test_a_person_settles_what_is_uncertain_once_and_only_after_its_permit(debtor, draft, bank):
    message = flying(draft, debtor())
    OutboxMessage.objects.filter(pk=message.pk).update(state=MessageState.UNCERTAIN)
    later = NOON + timedelta(hours=1)

    with pytest.raises(settle.NotUncertain):
        settle.settle_by_person(message, went_out=False, by=bank.lead, note="too soon", at=NOON)
    settle.settle_by_person(
        message, went_out=False, by=bank.lead, note="the carrier has no such id", at=later
    )
    with pytest.raises(settle.NotUncertain):
        settle.settle_by_person(message, went_out=True, by=bank.lead, note="again", at=later)

    assert states() == {message.key: MessageState.FAILED}
    events.receive(
        "sms", [receipt("A1", message_key=message.key)], at=later
    )  # the person erred; the receipt knows
    assert states() == {message.key: MessageState.DELIVERED}


def test_a_reply_is_kept_sealed_and_given_on_once(debtor, draft, tmp_path):
    heard = []

    def listen(sender, event, text, address, **_):
        heard.append((event.address_tail, text, address))

    events.inbound.connect(listen)
    try:
        run_worker(
            tmp_path / "log",
            now=lambda: NOON,
            prepare=lambda smsc: smsc.say("13800138001", "TD"),
            until=lambda: bool(heard),
        )
    finally:
        events.inbound.disconnect(listen)

    assert heard == [("8001", "TD", "13800138001")]
    assert b"TD" not in bytes(ChannelEvent.objects.get(kind="inbound").text_cipher)


def test_a_stop_word_by_sms_binds_the_next_message_at_once(debtor, draft, tmp_path):
    case = debtor("13800138001")
    stop = Told(kind=Kind.INBOUND, event_key="i1", address="13800138001", text="TD")
    events.receive("sms", [stop], at=NOON)
    plan(draft, case)

    run_worker(tmp_path / "log", now=lambda: NOON)

    assert OutboxMessage.objects.get(case=case).state == MessageState.WITHDRAWN
    assert not submits(tmp_path / "log")
