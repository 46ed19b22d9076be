"""A small bank for cases: people, accounts, statements, payments by file, and a dated diary."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import translation
from tests.web.cases.bank import Bank


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def bank(db: None) -> Bank:
    return Bank()
