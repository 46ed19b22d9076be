"""A bank, an attempt that was answered, and a vendor that may call back."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from django.test import Client
from tests.web.cases.bank import Bank, moment

from forbear.web.contact.models import ContactAttempt
from forbear.web.people.models import Role, User
from forbear.web.recordings import services

NOON = moment("2026-05-12", "12:00:00")
AUDIO = bytes(n * 31 % 256 for n in range(200_000))


@pytest.fixture
def bank(db: None) -> Bank:
    return Bank()


@pytest.fixture(autouse=True)
def stopped(settings: Any, tmp_path: Any) -> None:
    settings.FORBEAR_CLOCK_AT = NOON
    settings.HOME = tmp_path


@pytest.fixture
def attempt(bank: Bank) -> ContactAttempt:
    case, _ = bank.late_case()
    point = bank.number(case.customer)
    return ContactAttempt.objects.create(
        customer=case.customer, case=case, contact_point=point, channel="voice", at=moment("2026-05-12", "07:30:00"),
        local_day=NOON.date(), answered=True, line="L01", staff=bank.collector,
    )  # fmt: skip


@pytest.fixture
def auditor(bank: Bank) -> User:
    return bank.person("qian", Role.COMPLIANCE)


class CentreOfOthers:
    """A contact centre that signs what it sends."""

    def __init__(self) -> None:
        self.vendor, _secret = services.make_vendor("centre")
        self.adapter = services.adapter_of(self.vendor)
        self.client = Client()

    def headers(self, body: bytes) -> dict[str, str]:
        return {"X-Forbear-Signature": self.adapter.sign(body, at=NOON)}

    def tell(self, *events: dict[str, object]):
        body = json.dumps(events).encode()
        return self.client.post(
            "/recordings/hooks/centre/", body, content_type="application/json", headers=self.headers(body)
        )

    def ready(self, attempt: ContactAttempt, **changed: object) -> dict[str, object]:
        return {
            "kind": "recording", "event_id": "e1", "at": NOON.isoformat(), "recording_id": "r1",
            "call_id": f"attempt-{attempt.pk}", "sha256": hashlib.sha256(AUDIO).hexdigest(), "size": len(AUDIO),
            "media_type": "audio/wav", "made_at": "2026-05-12T07:30:00+08:00", "seconds": 20,
        } | changed  # fmt: skip

    def send(self, data: bytes, *, said: bytes | None = None):
        digest = hashlib.sha256(AUDIO if said is None else said).hexdigest().encode()
        return self.client.put(
            "/recordings/hooks/centre/r1/audio",
            data,
            content_type="application/octet-stream",
            headers=self.headers(digest),
        )


@pytest.fixture
def centre(bank: Bank) -> CentreOfOthers:
    return CentreOfOthers()
