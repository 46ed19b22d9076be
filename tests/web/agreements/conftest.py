"""A debtor who cannot pay at once, with means on record, and a way to read the code that was sent."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.utils import translation
from tests.web.cases.bank import Bank, day, moment

from forbear.web.agreements import means, plans
from forbear.web.agreements.models import Plan
from forbear.web.agreements.terms import PERSONALISED, Terms
from forbear.web.cases import approvals
from forbear.web.cases.models import Case
from forbear.web.codes.models import OneTimeCode
from forbear.web.outbox.body import unseal
from forbear.web.portfolio.models import Account

AT = moment("2026-05-12")
PROVED = {
    "income": "6000.00", "expenses": {"total": "4200.00"}, "other_debts": "800.00", "dependants": 0,
    "income_evidenced": True, "expenses_evidenced": True, "other_debts_evidenced": True, "due_monthly": "2000.00",
}  # fmt: skip


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def bank(db: None) -> Bank:
    return Bank()


@pytest.fixture
def hard_case(bank: Bank) -> tuple[Case, Account]:
    """20,000.00 owed, 1,000.00 a month can be paid, and it is proved."""
    case, account = bank.late_case()
    bank.number(case.customer)
    know(bank, case)
    return case, account


def know(bank: Bank, case: Case, *, willing: bool | None = True, at: Any = AT, **more: Any) -> means.Means:
    told = means.Told({**PROVED, **more}, "unemployment", "厂里停工了", willing)
    return means.record_means(case, told, at=at, by=bank.collector)


def terms(**more: Any) -> Terms:
    return Terms(**{"kind": PERSONALISED, "instalments": 24, "first_due_on": day("2026-06-15")} | more)


@pytest.fixture
def offered(bank: Bank, hard_case: tuple[Case, Account]) -> Plan:
    """Return a personalised plan of 24 months that a lead approved."""
    plan = plans.propose(hard_case[0], terms(), reason="lost work", at=AT, by=bank.collector)
    approvals.answer(plan.approval, yes=True, at=AT, by=bank.lead)
    plan.refresh_from_db()
    return plan


@pytest.fixture
def code_sent() -> Callable[[OneTimeCode], str]:
    """Return a reader of the code in the message that carries it, as the debtor's telephone would show it."""

    def read(sent: OneTimeCode) -> str:
        found = re.search(r"\b\d{6}\b|\d{6}", unseal(sent.message.body_cipher).text)
        assert found is not None
        return found[0]

    return read
