"""A small bank that reports to the register."""

from __future__ import annotations

import pytest
from django.utils import translation
from tests.web.cases.bank import Bank

from forbear.web.people.models import Role, User


@pytest.fixture
def bank(db: None) -> Bank:
    return Bank()


@pytest.fixture
def keeper(bank: Bank) -> User:
    return bank.person("lin", Role.COMPLIANCE)


@pytest.fixture(autouse=True)
def chinese():
    with translation.override("zh-hans"):
        yield


@pytest.fixture(autouse=True)
def home(settings, tmp_path):
    settings.HOME = tmp_path
