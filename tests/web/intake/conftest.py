"""Files received into a real PostgreSQL, with invented people let in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from tests.web.intake.files import at

from forbear.web.intake.models import ImportBatch
from forbear.web.intake.services import receive_file
from forbear.web.people.models import Role, User

MORNING = at("2026-11-24")
Receive = Callable[..., ImportBatch]


@pytest.fixture(autouse=True)
def _invented_people(settings) -> None:
    settings.FORBEAR_ALLOW_TEST_IDS = True


@pytest.fixture
def receive() -> Receive:
    """Return a receiver of bytes under a name."""

    def take(name: str, data: bytes, *, moment: datetime = MORNING, **named) -> ImportBatch:
        return receive_file(name, data, user=None, at=moment, **named)

    return take


@pytest.fixture
def person(db: None) -> Callable[[str], User]:
    """Return a maker of a member of staff with a role."""

    def make(role: str) -> User:
        known = User.objects.filter(username=role).first()
        return known or User.objects.create_user(
            username=role, password="not-a-real-password", display_name=role, staff_no=role, role=Role(role)
        )

    return make
