"""A message and its cause stand or fall together; the same key is one message; what waits can be taken back."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import transaction
from tests.web.cases.bank import moment
from tests.web.outbox.conftest import NOON
from tests.web.runs.conftest import AS_OF, MORNING, book, home  # noqa: F401 - fixtures

from forbear.web.outbox.body import Body, unseal
from forbear.web.outbox.models import MessageState, OutboxMessage
from forbear.web.outbox.services import (
    DayNotCommitted,
    KeyReused,
    enqueue,
    take_day,
    withdraw_for_customer,
)
from forbear.web.people.models import Role, User
from forbear.web.portfolio.models import ContactPointState
from forbear.web.runs.models import DayRun, Message
from forbear.web.runs.services import run_day
from forbear.web.wording.services import approve, write


def test_a_message_waits_for_the_window_of_its_debtor(debtor, draft):
    night = moment("2026-11-24", "23:30:00")

    message = enqueue(draft(debtor()), key="k1", cause="test", at=night)

    assert message.state == MessageState.PLANNED
    assert message.not_before == moment("2026-11-25", "09:00:00")
    assert message.not_after == moment("2026-11-25", "20:00:00")


def test_the_text_is_sealed_at_rest(debtor, draft):
    message = enqueue(draft(debtor(), "账单已过还款日"), key="k1", cause="test", at=NOON)

    assert "账单".encode() not in bytes(message.body_cipher)
    assert unseal(message.body_cipher) == Body("账单已过还款日")


def test_the_same_key_is_the_same_message(debtor, draft):
    case = debtor()

    first = enqueue(draft(case), key="k1", cause="test", at=NOON)
    second = enqueue(draft(case), key="k1", cause="test", at=NOON)

    assert first.pk == second.pk
    assert OutboxMessage.objects.count() == 1


def test_a_key_is_never_used_for_another_message(debtor, draft):
    case = debtor()
    enqueue(draft(case), key="k1", cause="test", at=NOON)

    with pytest.raises(KeyReused):
        enqueue(draft(case, "something else"), key="k1", cause="test", at=NOON)


def test_a_debtor_without_a_number_gets_a_message_that_says_why_it_never_went(debtor, draft):
    message = enqueue(draft(debtor(number="")), key="k1", cause="test", at=NOON)

    assert (message.state, message.why) == (MessageState.WITHDRAWN, "no_contact_point")


def test_a_number_that_is_dead_or_refused_is_not_chosen(debtor, draft, bank):
    case = debtor(number="")
    bank.number(case.customer, "13800138002", state=ContactPointState.INVALID)
    bank.number(case.customer, "13800138003", do_not_contact=True)
    good = bank.number(case.customer, "13800138004")

    message = enqueue(draft(case), key="k1", cause="test", at=NOON)

    assert message.contact_point_id == good.pk


def test_what_waits_is_withdrawn_with_its_reason_and_what_went_is_not(debtor, draft):
    case = debtor()
    waiting = enqueue(draft(case), key="k1", cause="test", at=NOON)
    gone = enqueue(draft(case), key="k2", cause="test", at=NOON)
    OutboxMessage.objects.filter(pk=gone.pk).update(state=MessageState.HANDED_OVER)

    assert withdraw_for_customer(case.customer, why="paid", at=NOON) == 1

    waiting.refresh_from_db()
    gone.refresh_from_db()
    assert (waiting.state, waiting.why) == (MessageState.WITHDRAWN, "paid")
    assert gone.state == MessageState.HANDED_OVER


@pytest.mark.django_db(transaction=True)
def test_a_cause_that_is_undone_takes_its_message_along(debtor, draft):
    case = debtor()
    with transaction.atomic():
        enqueue(draft(case), key="k1", cause="test", at=NOON)
        transaction.set_rollback(True)

    assert not OutboxMessage.objects.exists()
    with pytest.raises(RuntimeError, match="inside the transaction"):
        enqueue(draft(case), key="k1", cause="test", at=NOON)


def test_the_day_becomes_messages_once_each_with_the_card_that_is_late(book, home):  # noqa: F811
    run = run_day(AS_OF, home=home).run
    planned = Message.objects.filter(run=run).count()

    taken = take_day(run, at=MORNING)
    again = take_day(run, at=MORNING)

    assert planned > 20
    assert taken.planned + taken.without_point == planned
    assert (again.planned, again.without_point, again.already) == (0, 0, planned)
    some = OutboxMessage.objects.filter(state="planned", channel="sms").select_related("run_message").first()
    assert some is not None
    assert "{" not in unseal(some.body_cipher).text
    assert some.not_before == moment("2026-11-24", "09:00:00")
    assert some.template_version == f"{some.template}@1"


def test_the_day_says_what_the_newest_approved_version_says(book, home):  # noqa: F811
    run = run_day(AS_OF, home=home).run
    key = Message.objects.filter(run=run, channel="sms").values_list("template", flat=True)[0]
    text = {
        "zh-hans": "【{bank}】请查看账单，电话{hotline}。",
        "en": "[{bank}] Please see your bill; call {hotline}.",
    }
    author, approver = (User.objects.create(username=n, staff_no=n, role=Role.MANAGER) for n in ("a", "b"))
    more = {"variables": ["bank", "hotline"], "title": {"zh": "账单", "en": "Bill"}, "at": MORNING}
    approve(write(key=key, text=text, by=author, **more), at=MORNING, by=approver)

    take_day(run, at=MORNING)

    mine = OutboxMessage.objects.filter(template=key, channel="sms")
    assert {row.template_version for row in mine} == {f"{key}@2"}
    assert "请查看账单" in unseal(mine.filter(language="zh-hans")[0].body_cipher).text


def test_a_day_that_does_not_stand_sends_nothing(db):
    run = DayRun.objects.create(
        as_of=date(2026, 11, 24),
        law_on=date(2026, 11, 24),
        inputs_digest="x",
        started_at=NOON,
        state="superseded",
    )

    with pytest.raises(DayNotCommitted):
        take_day(run, at=NOON)
