"""A small book in a real PostgreSQL, and collectors to work it."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from bench.portfolio import Shape, canonical
from django.db import connection, transaction

from forbear.web.intake.apply import apply_tables
from forbear.web.intake.case_opening import open_cases
from forbear.web.intake.models import BatchState, ImportBatch
from forbear.web.people.models import Role, SkillGroup, User

AS_OF = date(2026, 11, 24)
MORNING = datetime(2026, 11, 24, 6, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


def deliver(tables: dict[str, pa.Table], on: date = AS_OF) -> ImportBatch:
    """Apply canonical tables as one file, by intake's own bulk way."""
    with transaction.atomic(), connection.cursor() as cursor:
        serial = ImportBatch.objects.count() + 1
        batch = ImportBatch.objects.create(
            received_at=MORNING, received_name=f"file{serial}", sha256=f"{serial:064d}", data_on=on,
            state=BatchState.APPLIED, applied_at=MORNING,
        )  # fmt: skip
        apply_tables(cursor, tables, batch_id=batch.pk)
        if "positions" in tables:
            open_cases(cursor, batch.pk, on, tables["positions"].num_rows)
    return batch


def hire() -> list[User]:
    """Return two collectors of each skill group."""
    return [
        User.objects.create_user(
            username=f"{group}{n}", password="not-a-real-password", display_name=f"{group}{n}",
            staff_no=f"{group}{n}", role=Role.COLLECTOR, skill_group=group,
        )
        for group in SkillGroup.values
        for n in (1, 2)
    ]  # fmt: skip


@pytest.fixture
def book(transactional_db: None) -> ImportBatch:
    """Deliver 300 accounts and hire six collectors; a run needs transactions of its own."""
    hire()
    return deliver(canonical(Shape(300, overdue=0.8), AS_OF))


@pytest.fixture
def home(tmp_path: Path, settings: Any) -> Path:
    """Return a data folder for the runs of one test."""
    settings.HOME = tmp_path
    return tmp_path


@pytest.fixture
def database_url(transactional_db: None) -> str:
    """Return the URL of the test database, for processes of their own."""
    from tests.web.contact.racers import database_url as url_of

    return url_of(connection.settings_dict)
