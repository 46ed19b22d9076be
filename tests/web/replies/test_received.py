"""Replies act at once: words alone, signals, shared numbers, unknown senders, repeats, undoing."""

from __future__ import annotations

import pytest
from tests.web.cases.bank import Bank, moment

from forbear.web.cases.models import Hold, Task
from forbear.web.cases.services import HoldRefused, open_case
from forbear.web.contact.models import Consent
from forbear.web.people.models import User
from forbear.web.portfolio.models import ContactPoint
from forbear.web.replies import services
from forbear.web.replies.models import Reply
from forbear.web.replies.services import UndoRefused

NUMBER = "10013800001"
AT = moment("2026-05-12", "10:00:00")


def says(text: str, number: str = NUMBER, key: str = "", at=AT) -> list[Reply]:
    return services.received(channel="sms", number=number, text=text, at=at, key=key)


@pytest.fixture
def case(bank: Bank):
    found, _ = bank.late_case()
    bank.number(found.customer, NUMBER)
    return found


@pytest.mark.parametrize("word", ["TD", "td", " ＴＤ ", "退订", "停", "stop", "TD。"])
def test_a_stop_word_closes_the_channel(case, word: str) -> None:
    says(word)

    assert list(Consent.objects.values_list("kind", "value")) == [("channel_off", "sms")]


@pytest.mark.parametrize("word", ["TD一下是什么意思", "停车费", "stopped by"])
def test_a_sentence_with_such_a_word_is_no_stop_word(case, word: str) -> None:
    (reply,) = says(word)

    assert reply.word == ""


def test_a_call_is_asked_for(case) -> None:
    says("请回电")

    assert Task.objects.get(case=case).kind == "callback"


def test_not_me_sets_the_number_apart(case) -> None:
    says("打错了")

    assert ContactPoint.objects.get().state == "quarantined"


@pytest.mark.parametrize(
    ("text", "hold", "task"),
    [
        ("这笔三千二不是我刷的", "dispute", "dispute"),
        ("我要打12378", "complaint", "complaint"),
        ("他上个月走了", "deceased", "proof"),
        ("昨晚手机银行转的", "claimed_paid", "payment_check"),
        ("公司上个月裁员了", None, "hardship"),
        ("我申请了深圳个人破产", "bankruptcy", "legal"),
    ],
)
def test_what_is_said_forces_its_action(case, text: str, hold: str | None, task: str) -> None:
    says(text)

    assert list(Hold.objects.values_list("kind", flat=True)) == ([hold] if hold else [])
    assert task in Task.objects.values_list("kind", flat=True)


@pytest.mark.parametrize("text", ["好的谢谢", "怎么还没到账", "他走了，下午回来", "我去你们网点问问", ""])
def test_ordinary_words_force_nothing(case, text: str) -> None:
    says(text)

    assert not Hold.objects.exists()
    assert not Task.objects.exists()


def test_the_words_are_sealed(case) -> None:
    (reply,) = says("这笔三千二不是我刷的")

    assert "三千" not in str(Reply.objects.values_list().get())
    assert services.text_of(reply) == "这笔三千二不是我刷的"


def test_two_who_share_a_number_are_both_served(case, bank: Bank) -> None:
    wife = bank.customer("李芳")
    bank.number(wife, NUMBER)
    open_case(wife, at=moment("2026-05-02"))

    assert len(says("TD")) == 2
    assert Consent.objects.count() == 2


def test_the_same_message_again_changes_nothing(case) -> None:
    first, again = says("请回电", key="m1"), says("请回电", key="m1")

    assert [r.pk for r in first] == [r.pk for r in again]
    assert Task.objects.count() == 1


def test_a_stranger_is_kept_and_nothing_is_done(case) -> None:
    (reply,) = says("药我都买好了", number="10013899999")

    assert (reply.customer, reply.case, reply.severity) == (None, None, "critical")
    assert not Hold.objects.exists()


def test_undoing_takes_back_what_was_done(case, bank: Bank) -> None:
    (reply,) = says("这笔三千二不是我刷的")
    with pytest.raises(UndoRefused):
        services.undo(reply, at=AT, by=bank.collector, reason="a joke")
    with pytest.raises(UndoRefused):
        services.undo(reply, at=AT, by=bank.lead, reason=" ")

    services.undo(reply, at=AT, by=bank.lead, reason="meant another card")

    assert Hold.objects.get().released_by == bank.lead
    assert Task.objects.get().done_by == bank.lead


def test_an_emergency_is_not_undone_by_a_role_that_may_not_lift_it(
    case, bank: Bank, compliance: User
) -> None:
    (reply,) = says("我活不下去了")
    with pytest.raises(HoldRefused):
        services.undo(reply, at=AT, by=bank.lead, reason="calm again")
    reply.refresh_from_db()
    assert reply.undone_at is None
    assert Hold.objects.get().released_at is None
    assert Task.objects.get(kind="emergency").done_at is None

    services.undo(reply, at=AT, by=compliance, reason="spoke to him")
    assert Hold.objects.get().released_by == compliance
