"""Scenario S7 as a diary of nine days and a June morning: the call, the night, the next day's run, the agency's file."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from procrastinate.contrib.django.models import ProcrastinateJob
from tests.channels.samples import HANDOVER, lines
from tests.web.cases.bank import moment
from tests.web.runs.conftest import AS_OF, book, home  # noqa: F401

from forbear import questions
from forbear.web.cases import services as cases
from forbear.web.cases.models import Case, CaseState, Hold, Task
from forbear.web.cases.services import Call, HoldRefused, Result, WrapUpRefused
from forbear.web.contact import gate
from forbear.web.intake.models import BatchState
from forbear.web.intake.services import receive_file
from forbear.web.outbox.models import MessageState, OutboxMessage
from forbear.web.outbox.services import Body, Draft, enqueue
from forbear.web.outbox.tasks import take_messages
from forbear.web.people.models import Role, User
from forbear.web.portfolio.models import Account, ContactPoint
from forbear.web.portfolio.vault import vault
from forbear.web.replies import services
from forbear.web.replies.models import Page
from forbear.web.runs.commit import TAKE_MESSAGES
from forbear.web.runs.models import DayRun, Message, Outcome, QueueItem
from forbear.web.runs.services import run_day

NUMBER = "10012345678"
TOMORROW = AS_OF + timedelta(days=1)
CHANNELS = ("voice", "ai_voice", "sms", "email", "letter", "visit", "push", "wecom")


def person(name: str, role: str) -> User:
    return User.objects.create(username=name, staff_no=name, display_name=name, role=role)


def debtor_of(run: DayRun) -> Case:
    """Return the case of somebody the day calls, with a number of his own that we know."""
    called = Outcome.objects.filter(run=run, outcome="call").order_by("-past_due_minor", "account_id")
    alone = next(o for o in called if Account.objects.filter(customer_id=o.customer_id).count() == 1)
    case = Case.objects.select_related("customer", "owner").get(customer_id=alone.customer_id)
    sealed = vault().seal(NUMBER, "phone")
    ContactPoint.objects.create(
        customer=case.customer, kind="mobile", value_cipher=sealed.cipher, value_index=sealed.index,
        value_tail=sealed.tail, source="application", lawful_basis="contract", reserved=True, state="valid",
    )  # fmt: skip
    return case


def ask(case: Case, channel: str, at: Any, by: User) -> bool:
    point = ContactPoint.objects.get(customer=case.customer, value_tail=NUMBER[-4:])
    reply = gate.request_permit(
        case=case, contact_point=point, channel=channel, purpose="collect", party="debtor", user=by, at=at
    )  # fmt: skip
    return bool(reply.allowed)


def test_the_diary(book, home, settings):  # noqa: F811
    lead, compliance = person("zhao", Role.MANAGER), person("qian", Role.COMPLIANCE)

    # 2026-11-24, morning: the day's run plans a call.
    first = run_day(AS_OF, home=home).run
    case = debtor_of(first)
    collector = case.owner or person("li", Role.COLLECTOR)
    assert QueueItem.objects.filter(run=first, case=case).exists()

    # 21:53: an evening the debtor agreed to; the permit stands. 21:55: the sentence, and everything stops at once.
    evening = moment(AS_OF, "21:55:00")
    point = ContactPoint.objects.get(customer=case.customer, value_tail=NUMBER[-4:])
    with transaction.atomic():
        draft = Draft(
            case, "sms", Body("您好，账单已过还款日。"), "friendly", "friendly@1", contact_point=point
        )
        waiting = enqueue(draft, key="tomorrow", cause="test", at=evening)
    permit = gate.request_permit(
        case=case, contact_point=point, channel="voice", purpose="collect", party="debtor", user=collector,
        at=evening - timedelta(minutes=2),
    ).permit  # fmt: skip
    assert permit is not None
    (reply,) = services.received(channel="voice", number=NUMBER, text="药我都买好了", at=evening)
    case.refresh_from_db()
    waiting.refresh_from_db()
    assert (reply.severity, case.state) == ("critical", CaseState.HOLD)
    assert (waiting.state, waiting.why) == (MessageState.WITHDRAWN, "hold: emergency")
    assert [page.user for page in Page.objects.all()] == [lead]

    # The collector tries B09 and go on: the wrap-up does not close; a care result does.
    talk = Call(case, permit, point, evening, evening + timedelta(minutes=9), collector)
    with pytest.raises(WrapUpRefused, match="frozen"):
        cases.wrap_up(
            talk, Result(line="L01", identity_passed=True, party="P1", outcome="B09", reason="other")
        )
    cases.wrap_up(talk, Result(line="L01", identity_passed=True, party="P1", outcome="B24", reason="other"))

    # 22:00: the lead is absent, so the fallback is called, and takes it.
    (second,) = services.escalate(evening + timedelta(minutes=5))
    assert second.user == compliance
    services.answer(second, at=evening + timedelta(minutes=6), by=compliance)

    # 2026-11-25, the next day's run: on hold, in no queue, written to by nobody, though others are.
    settings.FORBEAR_CLOCK_AT = moment(TOMORROW, "06:00:00")
    run = run_day(TOMORROW, home=home).run
    outcome = Outcome.objects.get(run=run, customer=case.customer_id)
    assert (outcome.outcome, outcome.reason) == ("hold", "hold_emergency")
    assert not QueueItem.objects.filter(run=run, case=case).exists()
    assert not Message.objects.filter(run=run, case=case).exists()
    assert [
        job.args for job in ProcrastinateJob.objects.filter(task_name=TAKE_MESSAGES, args={"run_id": run.pk})
    ]
    take_messages(run.pk)  # what the commit asked the worker to do
    planned = OutboxMessage.objects.filter(cause=f"day:{TOMORROW.isoformat()}")
    assert planned.filter(state="planned").exists()
    assert not planned.filter(customer=case.customer_id).exists()
    assert not any(ask(case, channel, moment(TOMORROW, "10:00:00"), collector) for channel in CHANNELS)

    # The same morning an agency's hand-over sheet names the account, with the debtor's number and his mother's.
    account = Account.objects.get(customer=case.customer_id)
    sheet = HANDOVER | {
        "委案日期": TOMORROW.strftime("%Y%m%d"), "账号": account.account_no, "本人手机": NUMBER, "联系人1姓名": "李梅",
        "联系人1关系": "母亲", "联系人1手机": "10087654321",
    }  # fmt: skip
    batch = receive_file(
        "委案_20261125_001.csv", lines(sheet).encode(), user=None, at=moment(TOMORROW, "09:00:00")
    )
    assert batch.state == BatchState.APPLIED, batch.refusal
    case.refresh_from_db()
    assert case.state == CaseState.HOLD
    assert Hold.objects.get(case=case, released_at__isnull=True).kind == "emergency"
    assert not any(ask(case, channel, moment(TOMORROW, "10:05:00"), collector) for channel in CHANNELS)
    again = run_day(TOMORROW + timedelta(days=1), home=home).run
    assert Outcome.objects.get(run=again, account=account).outcome == "hold"  # placed or not, nobody works it

    # 2026-12-02: somebody listens again; the care script is clean, pressure is not, and no sum was named.
    heard = [
        questions.ask("message_lint", {"text": text, "kind": "call"})["answer"]
        for text in ("您先别挂，我陪着您，您身边有人吗？", "死了也得先还钱，你死了你爸妈替你还。")
    ]
    assert heard == ["clean", "blocked"]
    assert cases.verify_chain(case) is None

    # 2027-06-02: better again, wants instalments. It waits for the one role that may lift the freeze.
    june = moment("2027-06-02", "10:00:00")
    services.received(channel="sms", number=NUMBER, text="已好转，想分期", at=june)
    assert Task.objects.filter(case=case, kind="callback").exists()
    held = Hold.objects.get(case=case, kind="emergency")
    with pytest.raises(HoldRefused, match="compliance"):
        cases.release_hold(held, at=june, by=lead, reason="better")
    assert not ask(case, "voice", june, collector)
    cases.release_hold(held, at=june, by=compliance, reason="spoke with the family")
    assert ask(case, "voice", june + timedelta(minutes=1), collector)
    assert cases.verify_chain(case) is None
