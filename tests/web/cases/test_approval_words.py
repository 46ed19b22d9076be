"""Who decides reads why a question is asked, and what it changes, in their own language, whoever asked in which."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import translation
from django.utils.translation import gettext_lazy as lazy
from tests.web.cases.bank import Bank, day, moment

from forbear.web.cases import approvals
from forbear.web.cases.models import Approval
from forbear.web.cases.said import both, told

AT = moment("2026-05-12", "12:00:00")


@pytest.fixture(autouse=True)
def still(settings: Any) -> None:
    settings.FORBEAR_CLOCK_AT = AT


def inbox(bank: Bank, language: str) -> str:
    """Return the page of questions as a lead who reads this language sees it."""
    bank.lead.language = language
    bank.lead.save()
    lead = Client()
    lead.force_login(bank.lead)
    return lead.get("/agreements/approvals/").content.decode()


def asked(bank: Bank, language: str, *, by: bool = True, at: datetime = AT) -> Approval:
    """Return a question of one promise more, asked by somebody who speaks this language, or by the debtor."""
    case, _account = bank.late_case()
    with translation.override(language):
        return approvals.ask_approval(
            case, amount_minor=100_000, due_on=day("2026-05-20"), pay_channel="transfer", at=at, by=bank.collector if by else None
        ).approval  # fmt: skip


@pytest.mark.parametrize("asker", ["en", "zh-hans"])
def test_the_reason_and_the_change_are_in_the_language_of_who_decides(bank: Bank, asker: str) -> None:
    asked(bank, asker)
    chinese, english = inbox(bank, "zh-hans"), inbox(bank, "en")

    assert "One promise more" in english
    assert '<th scope="row">Promise</th>' in english
    assert "One promise more" not in chinese
    assert '<th scope="row">Promise</th>' not in chinese
    assert "再次承诺" in chinese


def test_what_a_person_wrote_stands_as_it_was_written(bank: Bank) -> None:
    case, _account = bank.late_case()
    question = approvals.ask(
        case, kind="promise", terms={}, amount_minor=1, roles=["manager"], persons=1, reason=" 停工了 ",
        changes=[(both(lazy("Promise")), "", "1.00")], at=AT, by=bank.collector,
    )  # fmt: skip
    assert (question.reason, question.reason_words) == ("停工了", {})
    assert "停工了" in inbox(bank, "en")


def test_a_question_of_the_debtor_without_words_gets_the_programs(bank: Bank) -> None:
    case, _account = bank.late_case()
    with translation.override("zh-hans"):
        approvals.ask(
            case, kind="settlement", terms={}, amount_minor=1, roles=["manager"], persons=1, reason="", changes=[], at=AT, by=None
        )  # fmt: skip
    assert "Asked on the debtor&#x27;s own page" in inbox(bank, "en")


def test_a_row_from_before_is_shown_as_it_was_kept(bank: Bank) -> None:
    old = asked(bank, "en")
    Approval.objects.filter(pk=old.pk).update(
        reason="One promise more", reason_words={}, changes=[["Promise", "", "1,000.00"]]
    )
    chinese = inbox(bank, "zh-hans")
    assert "One promise more" in chinese
    assert '<th scope="row">Promise</th>' in chinese


def test_facts_are_written_into_both_and_a_language_of_its_own_is_read() -> None:
    said = both(lazy("recognised until %(day)s"), day="2026-08-12")
    assert said["en"] == "recognised until 2026-08-12"
    assert "2026-08-12" in said["zh"]
    assert said["zh"] != said["en"]
    with translation.override("en-gb"):
        assert told(said) == said["en"]
    with translation.override("zh-hans"):
        assert told(said) == said["zh"]
