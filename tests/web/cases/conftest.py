"""A small bank for cases: people, accounts, statements, payments by file, and a dated diary."""

from __future__ import annotations

import pytest
from tests.web.cases.bank import Bank


@pytest.fixture
def bank(db: None) -> Bank:
    return Bank()
