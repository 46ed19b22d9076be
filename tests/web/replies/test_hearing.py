"""From the wire to the case: what a channel hears is a reply, and an unanswered call goes to the next role."""

from __future__ import annotations

from datetime import timedelta

import pytest
from procrastinate.contrib.django import app
from tests.web.cases.bank import Bank, moment

from forbear.channels.contract import Kind, Told
from forbear.web import clock
from forbear.web.cases.models import CaseEvent, Hold, Task
from forbear.web.desk.telling import timeline
from forbear.web.outbox import events
from forbear.web.outbox.models import ChannelEvent
from forbear.web.people.models import User
from forbear.web.replies import services, tasks
from forbear.web.replies.models import Page, Reply

AT = moment("2026-05-12", "21:55:00")
NUMBER = "13800138001"


@pytest.fixture
def case(bank: Bank):
    found, _ = bank.late_case()
    bank.number(found.customer, NUMBER)
    return found


def heard(text: str, *, channel: str = "sms", address: str = NUMBER, key: str = "mo-1") -> int:
    told = Told(kind=Kind.INBOUND, event_key=key, address=address, text=text)
    return events.receive(channel, [told], at=AT)


@pytest.mark.parametrize("address", [NUMBER, "8613800138001", "+86 138 0013 8001"])
def test_what_a_gateway_hears_acts_on_the_case(case, address: str) -> None:
    heard("这笔三千二不是我刷的", address=address)

    assert Reply.objects.get().case == case
    assert Hold.objects.get().kind == "dispute"


def test_what_is_told_again_is_one_reply(case) -> None:
    heard("请回电", key="m" * 190)
    heard("请回电", key="m" * 190)

    assert (Reply.objects.count(), Task.objects.count()) == (1, 1)


def test_a_push_knows_its_person_by_the_number_at_the_bank(case) -> None:
    heard("请回电", channel="push", address=case.customer.customer_no)

    assert Reply.objects.get().case == case


def test_a_reply_that_cannot_be_acted_on_is_not_lost_either(case, monkeypatch) -> None:
    """Its event is not kept, so the gateway is not told that it arrived, and tells it again."""
    monkeypatch.setattr("forbear.web.replies.services.act", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        heard("请回电")
    assert not ChannelEvent.objects.exists()

    monkeypatch.undo()
    heard("请回电")
    assert Task.objects.get().kind == "callback"


def test_the_minute_calls_the_next_role_while_nobody_answers(case, compliance: User, monkeypatch) -> None:
    heard("我活不下去了")
    assert [page.user.role for page in Page.objects.all()] == ["manager"]
    monkeypatch.setattr(clock, "now", lambda: AT + timedelta(minutes=4))
    tasks.escalate_emergencies(0)
    assert Page.objects.count() == 1

    monkeypatch.setattr(clock, "now", lambda: AT + timedelta(minutes=5))
    tasks.escalate_emergencies(0)

    assert [page.user.role for page in Page.objects.order_by("rank")] == ["manager", "compliance"]
    services.answer(Page.objects.get(user=compliance), at=AT + timedelta(minutes=6), by=compliance)
    monkeypatch.setattr(clock, "now", lambda: AT + timedelta(hours=1))
    tasks.escalate_emergencies(0)
    assert Page.objects.count() == 2


def test_the_queue_is_asked_every_minute() -> None:
    (found,) = [
        task for task in app.tasks.values() if task.name.endswith("replies.tasks.escalate_emergencies")
    ]
    registered = app.periodic_registry.periodic_tasks.values()

    assert [(each.cron, each.task.queue) for each in registered if each.task.name == found.name] == [
        ("* * * * *", "periodic")
    ]


@pytest.mark.parametrize(("language", "words"), [("en", "was called."), ("zh-hans", "已呼叫")])
def test_the_timeline_says_what_happened(case, bank: Bank, language: str, words: str) -> None:
    from django.utils import translation

    heard("我活不下去了")
    page = Page.objects.get()
    services.answer(page, at=AT, by=page.user)
    with translation.override(language):
        lines = timeline(case, show_amounts=False, on=AT.date())

    said = {event.kind for event in CaseEvent.objects.filter(case=case)}
    assert said >= {"reply", "paged", "page_answered"}
    assert not {line.title for line in lines} & {"reply", "paged", "page_answered"}
    assert any(words in line.text for line in lines)
