"""Is it really the bank? Anybody may ask with a code; the answer says nothing about any debt, and guessing is slow."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from tests.web.cases.bank import Bank
from tests.web.debtor.conftest import NOON, enter

from forbear.web.cases.models import Case
from forbear.web.desk import calls
from forbear.web.genuine import codes
from forbear.web.portfolio.models import ContactPoint


@pytest.fixture
def phone(db: None, stop_clock: object) -> Client:
    phone = Client()
    phone.cookies["django_language"] = "en"
    return phone


def ask(phone: Client, code: str) -> tuple[int, str]:
    answer = phone.post("/my/check/", {"code": code})
    return answer.status_code, answer.content.decode()


def test_a_call_is_known_by_what_the_desk_read_out(phone: Client, bank: Bank, case: Case) -> None:
    point = ContactPoint.objects.get(customer=case.customer)
    code = calls.code_for(case.pk, point, bank.collector, NOON)
    status, page = ask(phone, codes.grouped(code))

    assert status == 200
    assert "Yes. This call is ours." in page
    assert bank.collector.staff_no in page
    assert "<dd>01</dd>" in page
    said = re.sub(r"<[^>]+>", " ", page)
    marks = (case.customer.name, "20,000", "0014", point.value_tail, "overdue", "debt", "owe")
    assert not any(mark in said for mark in marks)


@pytest.mark.parametrize(
    ("kind", "words"), [("letter", "This letter is ours"), ("badge", "This visitor is ours")]
)
def test_letters_and_badges_are_known(phone: Client, bank: Bank, kind: str, words: str) -> None:
    assert words in ask(phone, codes.issue(kind, f"{kind}:1", at=NOON, staff=bank.collector))[1]


def test_a_code_checked_before_says_so(phone: Client) -> None:
    code = codes.issue("letter", "letter:1", at=NOON)
    first, second = ask(phone, code)[1], ask(phone, code)[1]

    assert "times before" not in first
    assert "checked 1 time before" in second


def test_unknown_over_and_taken_back_look_the_same(phone: Client) -> None:
    old = codes.issue("call", "case:1", at=NOON - timedelta(days=2))
    back = codes.issue("letter", "letter:1", at=NOON)
    codes.revoke("letter", "letter:1", at=NOON)
    pages = {
        ask(Client(REMOTE_ADDR=f"10.0.0.{each}"), code)[1].count("dd>")
        for each, code in enumerate((old, back, "00000000"))
    }

    assert pages == {0}
    assert "We know no such code" in ask(phone, old)[1]


def test_guessing_is_stopped_by_address(phone: Client) -> None:
    code = codes.issue("call", "case:1", at=NOON)
    answers = [ask(phone, f"{each:08d}")[0] for each in range(25)]

    assert answers[:20] == [200] * 20
    assert set(answers[20:]) == {429}
    assert ask(phone, code)[0] == 429  # not even the right one tells anything now
    assert ask(Client(REMOTE_ADDR="10.9.9.9"), code)[0] == 200


def test_what_was_typed_is_printed_as_text(phone: Client) -> None:
    _, page = ask(phone, "<script>alert(1)</script>")

    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_nothing_stands_in_the_address(phone: Client) -> None:
    code = codes.issue("call", "case:1", at=NOON)

    assert "is ours" not in phone.get(f"/my/check/?code={code}").content.decode()


def test_the_page_is_found_from_where_one_doubts(phone: Client) -> None:
    assert 'href="/my/check/"' in phone.get("/my/trust/").content.decode()


def test_somebody_who_came_in_can_check_too(phone: Client, case: Case) -> None:
    assert "This letter is ours" in ask(enter(case), codes.issue("letter", "letter:1", at=NOON))[1]
