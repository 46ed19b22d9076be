"""A small bank, two people who deal with complaints, and files as a phone sends them."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from django.utils import translation
from tests.web.cases.bank import Bank, moment

from forbear.web.cases.models import Case
from forbear.web.people.models import Role, User

NOON = moment("2026-05-12", "12:00:00")


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def bank(db: None) -> Bank:
    return Bank()


@pytest.fixture
def case(bank: Bank) -> Case:
    """Return a case that the collector works."""
    case, _account = bank.late_case()
    return case


@pytest.fixture
def wang(bank: Bank) -> User:
    return bank.person("wang", Role.COMPLIANCE, language="en")


@pytest.fixture
def sun(bank: Bank) -> User:
    return bank.person("sun", Role.COMPLIANCE, language="en")


@pytest.fixture
def stop_clock(settings: Any) -> Callable[[datetime], None]:
    def set_to(at: datetime) -> None:
        settings.FORBEAR_CLOCK_AT = at

    set_to(NOON)
    return set_to


def png(width: int = 4, height: int = 3, *, rows: bytes | None = None) -> bytes:
    """Return a grey picture; `rows` replaces what its data unfold to."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = zlib.compress(rows if rows is not None else (b"\0" + b"\x80" * width) * height)

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + zlib.crc32(kind + body).to_bytes(4)

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
