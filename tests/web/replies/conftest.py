"""A small bank with one late case, its lead, and compliance."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import translation
from tests.web.cases.bank import Bank

from forbear.web.people.models import Role, User


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def bank(db: None) -> Bank:
    return Bank()


@pytest.fixture
def compliance(bank: Bank) -> User:
    return bank.person("qian", Role.COMPLIANCE)
