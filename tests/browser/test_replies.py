"""The inbox of replies in a browser, by keyboard alone, in both languages."""

from __future__ import annotations

import os

import pytest
from tests.web.cases.bank import Bank, moment

from forbear.web.people.models import Role
from forbear.web.replies import services
from forbear.web.replies.models import Reply

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NIGHT = moment("2026-11-24", "21:55:00")


@pytest.mark.parametrize(("language", "heading"), [("zh-hans", "回复"), ("en", "Replies")])
def test_replies_are_read_undone_and_handled_by_keyboard(page, sign_in, staff, settings, language, heading):
    settings.FORBEAR_CLOCK_AT = NIGHT
    bank = Bank()
    said = (
        "我活不下去了，药我都买好了",
        "这笔三千二不是我刷的",
        "公司上个月裁员了，能不能缓一缓",
        "TD",
        "好的谢谢",
    )
    for number, text in enumerate(said):
        case, _ = bank.late_case()
        bank.number(case.customer, f"1380013800{number}")
        services.received(channel="sms", number=f"1380013800{number}", text=text, at=NIGHT)
    sign_in(page, staff(Role.COMPLIANCE, language=language))

    page.goto("/replies/")
    assert heading in page.inner_text("h1")
    if folder := os.environ.get("FORBEAR_PICTURES"):
        page.screenshot(path=f"{folder}/replies-{language}.png")
    page.keyboard.press("j")
    page.keyboard.press("u")
    page.keyboard.type("another card was meant")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert Reply.objects.get(undone_at__isnull=False).severity == "act"

    with page.expect_navigation():
        page.keyboard.press("h")
    assert Reply.objects.get(handled_at__isnull=False).severity == "critical"
