"""A small bank whose debtors live at addresses, a lawyer with a proved licence, and the clerk who asks for letters."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.utils import translation
from tests.web.cases.bank import Bank, day, moment

from forbear.web.cases.models import Case
from forbear.web.litigation.models import Agent
from forbear.web.litigation.records import prove_licence
from forbear.web.people.models import Role, User
from forbear.web.portfolio.models import ContactPoint
from forbear.web.portfolio.vault import vault

AT = moment("2026-11-24", "12:00:00")
ON = day("2026-11-24")


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def bank(db: None) -> Bank:
    return Bank()


@pytest.fixture
def debtor(bank: Bank) -> Callable[..., Case]:
    """Return a maker of a case whose debtor owes 20,000.00 and lives where told."""

    def make(address: str = "上海市浦东新区示例路1号", **more: Any) -> Case:
        case, _ = bank.late_case()
        case.past_due_minor = 200_000
        case.save()
        if address:
            sealed = vault().seal(address, "address")
            said = {"source": "application", "lawful_basis": "contract", "reserved": True} | more
            ContactPoint.objects.create(
                customer=case.customer, kind="address", value_cipher=sealed.cipher, value_index=sealed.index, **said
            )  # fmt: skip
        return case

    return make


@pytest.fixture
def clerk(bank: Bank) -> User:
    return bank.person("sun", Role.LEGAL)


@pytest.fixture
def counsel(bank: Bank) -> User:
    return bank.person("gu", Role.COUNSEL)


@pytest.fixture
def lawyer(clerk: User, counsel: User) -> Agent:
    made = Agent.objects.create(
        name="顾言", firm="示例律师事务所", phone="021-00000000", licence_no="13101200010000001", is_lawyer=True,
        valid_from=day("2025-01-01"), valid_until=day("2027-12-31"), user=counsel, added_at=AT, added_by=clerk,
    )  # fmt: skip
    prove_licence(made, b"%PDF-1.7 a copy of the licence")
    return made
