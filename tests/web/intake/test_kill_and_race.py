"""Kill -9 at any moment leaves nothing half done; two importers at once do not double."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection
from tests.web.intake.files import at, overdue, overdue_row, payment_row, payments

from forbear.web.intake.models import ImportBatch
from forbear.web.intake.services import receive_file

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).parents[3]
TABLES = [
    "portfolio_customer",
    "portfolio_account",
    "portfolio_position",
    "portfolio_ledgerentry",
    "cases_case",
    "intake_rowissue",
]
STEPS = [
    ("read", 1), ("copy customers", 1), ("copy accounts", 1), ("copy positions", 1), ("write customers", 1),
    ("write customers", 2), ("write accounts", 2), ("write positions", 1), ("write positions", 2), ("issues", 1),
    ("compare", 1), ("waiting rows", 1), ("commit", 1),
]  # fmt: skip


def environment() -> dict[str, str]:
    """Point a child process at the database of this test."""
    at_server = connection.settings_dict
    host = at_server["HOST"] or at_server["OPTIONS"].get("host", "")
    url = f"postgresql://{at_server['USER']}@/{at_server['NAME']}?host={host}&port={at_server['PORT']}"
    folders = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    return os.environ | {
        "DATABASE_URL": url,
        "PYTHONPATH": folders,
        "DJANGO_SETTINGS_MODULE": "forbear.web.config.settings",
    }


def importer(path: Path, *fatal: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.web.intake.killed", str(path), *map(str, fatal)]
    return subprocess.Popen(command, env=environment(), cwd=ROOT, text=True, stdout=subprocess.PIPE)


def rows() -> dict[str, int]:
    with connection.cursor() as cursor:
        found = {}
        for table in TABLES:
            cursor.execute(f"SELECT count(*) FROM {table}")
            found[table] = cursor.fetchone()[0]
        return found


@pytest.fixture
def morning(tmp_path: Path) -> Path:
    """A list with one dirty row."""
    path = tmp_path / "CC_OVD_20261124_001.csv"
    lines = [overdue_row(n) for n in range(1, 300)] + [overdue_row(300, 欠款总额="9.00")]
    path.write_bytes(overdue(lines))
    return path


def test_killed_at_any_step_and_run_again_the_book_is_the_same(morning: Path, settings) -> None:
    settings.FORBEAR_ALLOW_TEST_IDS = True
    receive_file(
        "CC_PAY_20261124_001.csv", payments([payment_row("T1", 7, "1.00")]), user=None, at=at("2026-11-24")
    )
    empty = rows()
    for step, times in STEPS:
        child = importer(morning, step, times)
        child.communicate(timeout=120)
        assert child.returncode == -signal.SIGKILL, (step, times)
        assert rows() == empty, (step, times)
        assert ImportBatch.objects.count() == 1
    last = importer(morning)
    assert last.communicate(timeout=120)[0].strip() == "applied"
    assert rows() == {
        "portfolio_customer": 299, "portfolio_account": 299, "portfolio_position": 299, "portfolio_ledgerentry": 1,
        "cases_case": 299, "intake_rowissue": empty["intake_rowissue"] + 1,
    }  # fmt: skip


def test_two_importers_of_one_file_apply_it_once(morning: Path) -> None:
    both = [importer(morning), importer(morning)]
    said = sorted(child.communicate(timeout=120)[0].strip() for child in both)
    assert said == ["applied", "duplicate"]
    assert rows()["portfolio_position"] == 299
