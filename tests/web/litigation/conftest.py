"""A small bank with a case ready for court."""

from __future__ import annotations

import pytest
from tests.web.cases.bank import Bank

from forbear.web.people.models import Role, User


@pytest.fixture
def bank(db: None) -> Bank:
    return Bank()


@pytest.fixture
def lawyer(bank: Bank) -> User:
    return bank.person("qian", Role.LEGAL)
