"""A collector at the desk, with a few cases of a small bank and a clock that stands still."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from tests.web.cases.bank import Bank, moment

NOON = moment("2026-05-12", "12:00:00")


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
def client(bank: Bank, stop_clock: Callable[[datetime], None]) -> Client:
    """Return a browser in which the collector has signed in, in English."""
    bank.collector.language = "en"
    bank.collector.save()
    signed_in = Client()
    signed_in.force_login(bank.collector)
    return signed_in
