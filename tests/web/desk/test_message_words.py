"""A message on the timeline: its channel, its template and the version, in the language of who reads the case."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import translation
from tests.web.cases.bank import Bank, moment

from forbear.web.cases.timeline import append_event
from forbear.web.desk.telling import timeline
from forbear.web.people.models import Role
from forbear.web.wording import services as wording

AT = moment("2026-05-12", "12:00:00")


def told(case: Any, language: str) -> list[str]:
    with translation.override(language):
        return [line.text for line in timeline(case, show_amounts=False, on=AT.date())]


def sent(case: Any, channel: str, template: str, version: str, kind: str = "message") -> None:
    append_event(
        case,
        kind=kind,
        at=AT,
        payload={"channel": channel, "template": template, "template_version": version},
    )


@pytest.mark.parametrize(
    ("channel", "template", "version", "english", "chinese"),
    [
        ("sms", "notice_1", "notice_1@1", "Text message · First notice · version 1", "短信 · 第一次还款提示 · 第1版"),
        ("letter", "lawyer_letter", "lawyer_letter@2", "Letter · Lawyer's letter · version 2", "信函 · 律师函 · 第2版"),
        ("sms", "own_page_link", "1", "Text message · Link to the own page · version 1", "短信 · 自助页面链接 · 第1版"),
        ("fax", "gone", "gone@7", "fax · gone · version 7", "fax · gone · 第7版"),
    ],
)  # fmt: skip
def test_a_message_is_named_in_the_readers_language(
    bank: Bank, channel: str, template: str, version: str, english: str, chinese: str
) -> None:
    case, _account = bank.late_case()
    sent(case, channel, template, version)
    assert told(case, "en")[0] == english
    assert told(case, "zh-hans")[0] == chinese


def test_each_line_has_the_title_of_its_own_version(bank: Bank, django_assert_num_queries: Any) -> None:
    case, _account = bank.late_case()
    sent(case, "sms", "notice_1", "notice_1@1")
    old = wording.current("notice_1", AT)
    made = wording.write(
        key="notice_1", title={"en": "A kinder notice", "zh": "更温和的提示"}, text=old.text, variables=list(old.variables),
        at=AT, by=bank.person("qian", Role.COMPLIANCE),
    )  # fmt: skip
    sent(case, "sms", "notice_1", f"notice_1@{made.number}", kind="message_delivered")
    with django_assert_num_queries(2):
        lines = told(case, "en")
    assert lines[:2] == [
        "Text message · A kinder notice · version 2",
        "Text message · First notice · version 1",
    ]


def test_an_older_line_without_a_version_has_the_title_alone(bank: Bank) -> None:
    case, _account = bank.late_case()
    append_event(case, kind="message_failed", at=AT, payload={"channel": "sms", "template": "notice_1"})
    append_event(
        case, kind="message_settled", at=AT, payload={"channel": "sms", "text": "the carrier says it went"}
    )
    assert told(case, "en")[:2] == ["Text message · the carrier says it went", "Text message · First notice"]
