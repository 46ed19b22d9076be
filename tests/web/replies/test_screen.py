"""The inbox: gravest first, words marked, reads logged; undone by the right role; whoever is called sees it everywhere."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from tests.web.cases.bank import Bank, moment

from forbear.web.cases.models import Hold
from forbear.web.people.models import AccessLog, Role, User
from forbear.web.replies import services
from forbear.web.replies.models import Page, Reply
from forbear.web.replies.selectors import pieces

AT = moment("2026-05-12", "10:00:00")
NUMBER = "13800138001"


@pytest.fixture
def case(bank: Bank):
    found, _ = bank.late_case()
    bank.number(found.customer, NUMBER)
    return found


def says(text: str, minutes: int = 0, number: str = NUMBER) -> Reply:
    (reply,) = services.received(channel="sms", number=number, text=text, at=AT + timedelta(minutes=minutes))
    return reply


def as_user(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_the_gravest_stands_first_with_its_words_marked_and_who_was_called(case, compliance: User) -> None:
    grave, later = says("我活不下去了"), says("好的谢谢", 5)

    page = as_user(compliance).get("/replies/").content.decode()

    assert page.index(f"replies/{grave.pk}/handled") < page.index(f"replies/{later.pk}/handled")
    assert "<mark" in page
    assert Page.objects.get().user.display_name in page
    assert NUMBER not in page
    assert AccessLog.objects.get(what="reply").customer_id == case.customer_id


def test_who_handled_a_reply_is_kept_and_it_waits_no_more(case, bank: Bank, compliance: User) -> None:
    reply = says("请回电")
    for user in (compliance, bank.lead):
        as_user(user).post(f"/replies/{reply.pk}/handled/")

    reply.refresh_from_db()
    assert reply.handled_by == compliance
    assert f"replies/{reply.pk}/" not in as_user(bank.lead).get("/replies/").content.decode()


def test_undoing_needs_the_role_and_a_reason(case, bank: Bank, compliance: User) -> None:
    reply = says("我活不下去了")
    as_user(bank.lead).post(f"/replies/{reply.pk}/undo/", {"reason": "calm"})  # may not lift an emergency
    as_user(compliance).post(f"/replies/{reply.pk}/undo/", {"reason": " "})
    assert Hold.objects.get().released_at is None

    as_user(compliance).post(f"/replies/{reply.pk}/undo/", {"reason": "spoke to him"})

    assert Hold.objects.get().released_by == compliance


@pytest.mark.parametrize("role", [Role.COLLECTOR, Role.ANALYST, Role.ADMINISTRATOR])
def test_others_read_no_replies(case, bank: Bank, role: str) -> None:
    reply, user = says("请回电"), bank.person("other", role)

    assert as_user(user).get("/replies/").status_code == 403
    assert as_user(user).post(f"/replies/{reply.pk}/undo/", {"reason": "x"}).status_code == 403


def test_whoever_is_called_sees_it_on_every_page_until_somebody_takes_it(case, bank: Bank) -> None:
    says("我活不下去了")
    call = Page.objects.get()
    other = as_user(bank.person("other", Role.COLLECTOR))
    assert "replies/called" not in other.get("/desk/").content.decode()
    assert other.post(f"/replies/called/{call.pk}/").status_code == 404
    mine = as_user(call.user)
    assert f"/replies/called/{call.pk}/" in mine.get("/board/").content.decode()

    mine.post(f"/replies/called/{call.pk}/")

    call.refresh_from_db()
    assert call.answered_at is not None
    assert "replies/called" not in mine.get("/board/").content.decode()


def test_a_text_is_cut_at_its_signals_and_nothing_is_lost() -> None:
    signals = [{"signal": "x", "start": 2, "end": 4}, {"signal": "y", "start": 3, "end": 5}]

    cut = pieces("abcdef", signals)

    assert cut == [("ab", ""), ("cd", "x"), ("ef", "")]
