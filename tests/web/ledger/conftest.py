"""An account of a small bank that is rolled forward from the bank's own figures, and a clock that stands still."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from tests.web.cases.bank import Bank, moment

from forbear.web.people.models import Role, User
from forbear.web.portfolio.models import Account

NOON = moment("2026-06-10", "12:00:00")


@pytest.fixture
def bank(db: None) -> Bank:
    return Bank()


@pytest.fixture
def stop_clock(settings: Any) -> Callable[[datetime], None]:
    """Return a setter of the time the workbench believes."""

    def set_to(at: datetime) -> None:
        settings.FORBEAR_CLOCK_AT = at

    set_to(NOON)
    return set_to


@pytest.fixture
def account(bank: Bank) -> Account:
    """10,000.00 carried in on 5 May 2026, nothing paid, a statement on 5 June: 155.00 of interest, W5's first month."""
    made = bank.account(bank.customer())
    Account.objects.filter(pk=made.pk).update(bill_day=5)
    bank.statement(made, "2026-05-05", "2026-05-23", 100_000)
    bank.statement(made, "2026-06-05", "2026-06-23", 215_500)
    bank.position(made, "2026-05-05", principal=1_000_000)
    made.refresh_from_db()
    return made


def signed_in(user: User, language: str = "en") -> Client:
    user.language = language
    user.save()
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def manager(bank: Bank, stop_clock: Callable[[datetime], None]) -> Client:
    """Return a browser in which the manager has signed in, in English."""
    return signed_in(bank.lead)


@pytest.fixture
def legal(bank: Bank, stop_clock: Callable[[datetime], None]) -> Client:
    return signed_in(bank.person("wang", Role.LEGAL))


@pytest.fixture
def collector(bank: Bank, stop_clock: Callable[[datetime], None]) -> Client:
    return signed_in(bank.collector)
