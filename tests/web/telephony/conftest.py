"""A collector with a handset, an exchange on loopback, and a clock that runs from a chosen noon."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.web.cases.bank import Bank, moment

from forbear.web import clock
from forbear.web.telephony import services
from forbear.web.telephony.models import Seat

NOON = moment("2026-05-12", "12:00:00")


@pytest.fixture
def bank(transactional_db: None) -> Bank:
    bank = Bank()
    bank.collector.language = "en"
    bank.collector.save()
    return bank


@pytest.fixture
def seat(bank: Bank) -> Seat:
    return services.set_handset(bank.collector, "7001", NOON)


@pytest.fixture
def running_clock(monkeypatch: Any) -> Callable[[datetime], None]:
    """Return a setter of the moment from which the workbench's clock runs on."""
    began = time.perf_counter()
    base = [NOON]

    def now() -> datetime:
        return base[0] + timedelta(seconds=time.perf_counter() - began)

    monkeypatch.setattr(clock, "now", now)

    def set_to(at: datetime) -> None:
        base[0] = at - timedelta(seconds=time.perf_counter() - began)

    return set_to
