"""A debtor at the door and behind it, with a small bank and a clock that stands still."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from tests.web.cases.bank import Bank, moment

from forbear.web.cases.models import Case
from forbear.web.debtor import access

NOON = moment("2026-05-12", "12:00:00")
ID_TAIL = "004X"


@pytest.fixture
def bank(db: None) -> Bank:
    return Bank()


@pytest.fixture
def stop_clock(settings: Any) -> Callable[[datetime], None]:
    """Return a setter of the time the page believes."""

    def set_to(at: datetime) -> None:
        settings.FORBEAR_CLOCK_AT = at

    set_to(NOON)
    return set_to


@pytest.fixture
def case(bank: Bank, stop_clock: Callable[[datetime], None]) -> Case:
    """Return the case of a debtor who owes 20,000.00 and whose identity number ends 004X."""
    return debtor_case(bank)


def debtor_case(bank: Bank, owed: int = 2_000_000, number: str = "10013800001") -> Case:
    case, _ = bank.late_case(owed=owed)
    case.customer.id_no_tail = ID_TAIL
    case.customer.save()
    bank.number(case.customer, number)
    return case


def enter(case: Case, at: datetime = NOON, client: Client | None = None) -> Client:
    """Return a phone that came in through a link and proved identity, as a person does; it reads English."""
    phone = client or Client(enforce_csrf_checks=False)
    phone.cookies["django_language"] = "en"
    phone.get(f"/my/l/{access.make_link(case, at=at).token}/")
    answer = phone.post("/my/identity/", {"how": "id_tail", "answer": ID_TAIL})
    assert answer.status_code == 302, answer.content.decode()
    assert answer.url == "/my/"
    return phone


@pytest.fixture
def debtor_client(case: Case) -> Client:
    """Return the phone of the debtor of `case`, proved."""
    return enter(case)


@pytest.fixture
def other_client(bank: Bank, case: Case) -> Client:
    """Return the phone of another debtor, proved."""
    return enter(debtor_case(bank, owed=777_700, number="10013800002"))


# What a debtor tells, step by step.
TOLD: dict[str, dict[str, str]] = {
    "consent": {"consent": "on"},
    "income": {"income": "6000"},
    "living": {"housing": "2000", "food": "2000.50"},
    "debts": {"other_debts": "500", "dependants": "1"},
    "why": {"reason": "forgot", "text": "", "willing": "on"},
    "papers": {},
}


def tell(phone: Client, until: str = "send", **changed: dict[str, str]) -> None:
    """Answer the steps on what one can pay, up to and without `until`; with `send` also send them."""
    for step, sent in TOLD.items():
        if step == until:
            return
        answer = phone.post(f"/my/afford/{step}/", changed.get(step, sent))
        assert answer.status_code == 302, answer.content.decode()
    assert phone.post("/my/afford/send/").url == "/my/options/"
