"""A small bank whose debtors can be written to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.utils import translation
from tests.web.cases.bank import Bank, moment

from forbear.web.cases.models import Case
from forbear.web.outbox.services import Body, Draft
from forbear.web.portfolio.models import ContactPoint
from forbear.web.portfolio.vault import vault

NOON = moment("2026-11-24", "12:00:00")


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def bank(db: None) -> Bank:
    return Bank()


@pytest.fixture
def debtor(bank: Bank) -> Callable[..., Case]:
    """Return a maker of a case whose debtor has a reserved mobile number and an e-mail address."""

    def make(number: str = "13800138001", mail: str = "zhang@example.com") -> Case:
        case, _ = bank.late_case()
        if number:
            bank.number(case.customer, number)
        if mail:
            sealed = vault().seal(mail, "email")
            ContactPoint.objects.create(
                customer=case.customer, kind="email", value_cipher=sealed.cipher, value_index=sealed.index,
                value_tail=sealed.tail, source="application", lawful_basis="contract", reserved=True,
            )  # fmt: skip
        return case

    return make


@pytest.fixture
def draft() -> Callable[..., Draft]:
    """Return a maker of a reminder by SMS."""

    def make(case: Case, text: str = "您好，账单已过还款日。", **more: Any) -> Draft:
        said = {"channel": "sms", "template": "friendly", "template_version": "1"} | more
        return Draft(case=case, body=Body(text), **said)

    return make
