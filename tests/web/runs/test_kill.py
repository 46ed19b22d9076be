"""SIGKILL at each step of the day, in the middle of a step and of the commit; then again: same outcomes, no doubles."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path

from django.db import connection
from tests.web.runs.conftest import AS_OF

from forbear.nightly import STEPS
from forbear.web.intake.models import ImportBatch
from forbear.web.runs.models import DayRun, DayStep, Message, Outcome, QueueItem, RunState
from forbear.web.runs.services import run_day

ROOT = Path(__file__).resolve().parents[3]
NAMES = [step.id for step in STEPS]
HALF_WRITTEN = ("ageing", "eligibility", "allocation", "queues")
# In the order of the day: a finished step is kept, so nobody can die in it any more.
MOMENTS = [
    ("start", "snapshot"),
    ("end", "snapshot"),
    *(
        (moment, name)
        for name in NAMES
        for moment in ("start", "middle")
        if moment == "start" or name in HALF_WRITTEN
    ),
    ("end", "reconcile"),
    ("start", "commit"),
    ("commit", "commit"),
]
TABLES = {
    "runs_outcome": "account_id, outcome, reason, rules, dpd, bucket, bucket_cycles, risk_class, segment, past_due_minor, total_minor, p_pay, value",
    "runs_queueitem": "case_id, queue, rank, owner_id, band, reason::text",
    "runs_message": "case_id, channel, template, level, state",
    "cases_case": "id, customer_id, state, owner_id, dpd, bucket, risk_class, past_due_minor, total_minor, aged_on",
}


def process(url: str, home: Path, *moments: str) -> subprocess.Popen[str]:
    """Start a process whose children run the day and die at their moments."""
    environment = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "forbear.web.config.settings"}
    return subprocess.Popen(
        [sys.executable, "-m", "tests.web.runs.killed", str(home), *moments],
        cwd=ROOT, env={**environment, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def stored() -> dict[str, str]:
    """Return a digest of what each table holds, whatever the order and the ids of its rows."""
    found = {}
    with connection.cursor() as cursor:
        for table, columns in TABLES.items():
            cursor.execute(f"SELECT {columns} FROM {table} ORDER BY {columns}")
            found[table] = hashlib.sha256(repr(cursor.fetchall()).encode()).hexdigest()
    return found


def test_a_day_killed_at_every_step_and_run_again_is_the_day_undisturbed(
    book: ImportBatch, database_url: str, tmp_path: Path
) -> None:
    undisturbed = _undisturbed(tmp_path / "undisturbed")
    home = tmp_path / "killed"
    worker = process(database_url, home, *(f"{moment}:{step}" for moment, step in MOMENTS))
    said, errors = worker.communicate(timeout=900)
    assert said.split() == [str(-signal.SIGKILL)] * len(MOMENTS), errors
    assert not DayRun.objects.filter(state=RunState.COMMITTED).exists()
    assert Outcome.objects.count() == QueueItem.objects.count() == Message.objects.count() == 0
    ran = run_day(AS_OF, home=home)
    assert ran.run.state == RunState.COMMITTED
    assert stored() == undisturbed
    attempts = dict(DayStep.objects.filter(run=ran.run).values_list("step", "attempts"))
    assert DayRun.objects.count() == 1
    assert attempts["allocation"] == 3, attempts  # begun and killed, half written and killed, done


def test_a_day_killed_just_after_its_commit_is_found_committed(
    book: ImportBatch, database_url: str, tmp_path: Path
) -> None:
    worker = process(database_url, tmp_path, "end:commit", "never:none")
    said, errors = worker.communicate(timeout=240)
    assert said.split() == ["-9", "already", "0"], errors
    assert Outcome.objects.count() == 300


def _undisturbed(home: Path) -> dict[str, str]:
    """Run the day without disturbance, keep its digests, and take it back."""
    run_day(AS_OF, home=home)
    found = stored()
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE runs_outcome, runs_queueitem, runs_message, runs_rollrate, runs_daystep, runs_dayrun CASCADE"
        )
        cursor.execute("TRUNCATE cases_caseevent")
        cursor.execute(
            "UPDATE cases_case SET state = 'new', owner_id = NULL, dpd = 0, bucket = 'M0', risk_class = '',"
            " past_due_minor = 0, total_minor = 0, aged_on = NULL, closed_on = NULL"
        )
    return found


def test_two_processes_that_start_one_day_at_once_make_one_run(
    book: ImportBatch, database_url: str, tmp_path: Path
) -> None:
    workers = [process(database_url, tmp_path, "never:none") for _ in range(2)]
    said = [worker.communicate(timeout=240) for worker in workers]
    assert sorted(line.split()[0] for line, _ in said) == ["already", "made"], said
    assert DayRun.objects.count() == 1
    assert Outcome.objects.count() == 300
    queued = QueueItem.objects.values_list("case_id", flat=True)
    assert len(queued) == len(set(queued))
    written = Message.objects.values_list("case_id", flat=True)
    assert len(written) == len(set(written))
