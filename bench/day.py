"""The collections day on a large book: from parsed files to committed queues, by step, seconds and peak memory.

Run: python -m bench.day [accounts ...]   (default 100,000 and 1,000,000; the target is 1,000,000 in 60 s and 6 GB)

The book is made (bench/portfolio.py): 0.8 customers an account, all overdue, two statements each, three in ten with a
payment. Measured is everything from canonical tables in memory: intake's own bulk apply into an embedded PostgreSQL
with its constraints and indexes, the snapshot out of it, the ten steps with their proof, and the commit. What the run
does once its queues are there, holding every account against the bank's own figures, is measured by itself.
"""

from __future__ import annotations

import gc
import hashlib
import os
import re
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

HOME = os.environ.get("FORBEAR_HOME") or tempfile.mkdtemp(prefix="forbear-bench-day-")
os.environ["FORBEAR_HOME"] = HOME
os.environ.setdefault("FORBEAR_KEEP_SERVER", "0")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "forbear.web.config.settings")

AS_OF = date(2026, 11, 24)
AT = datetime(2026, 11, 23, 22, tzinfo=UTC)
TARGET_SECONDS, TARGET_MB = 60, 6_000
FILES = (
    ("overdue_list", ("customers", "accounts", "positions")),
    ("contact_points", ("contact_points",)),
    ("statements", ("statements",)),
    ("entries", ("entries",)),
)
TRUNCATED = (
    "portfolio_customer", "portfolio_account", "portfolio_contactpoint", "portfolio_statement", "portfolio_ledgerentry",
    "portfolio_position", "portfolio_placement", "cases_case", "runs_dayrun", "runs_outcome", "runs_queueitem",
    "runs_message", "intake_importbatch",
)  # fmt: skip
_RSS = re.compile(r"^(?:RssAnon|RssShmem|RssFile):\s+(\d+) kB", re.MULTILINE)


class Watch:
    """The highest memory of this process and of the server process that works for it, sampled while it runs.

    Pages of the server's shared buffers are counted once, as that process sees them.
    """

    def __init__(self, server_pid: int) -> None:
        """Begin to watch."""
        self.pids, self.peak_mb, self.over = [os.getpid(), server_pid], 0.0, threading.Event()
        self.thread = threading.Thread(target=self._look, daemon=True)
        self.thread.start()

    def _look(self) -> None:
        while not self.over.wait(0.1):
            total = 0
            for pid in self.pids:
                path = Path(f"/proc/{pid}/status")
                total += sum(map(int, _RSS.findall(path.read_text()))) if path.exists() else 0
            self.peak_mb = max(self.peak_mb, total / 1024)

    def stop(self) -> float:
        """Return the peak in MB."""
        self.over.set()
        self.thread.join()
        return self.peak_mb


@contextmanager
def timed(name: str, found: list[tuple[str, float]]) -> Iterator[None]:
    """Note the seconds of a block."""
    begun = time.perf_counter()
    yield
    found.append((name, time.perf_counter() - begun))


def receive(layout: str, tables: Mapping[str, Any]) -> None:
    """Apply one parsed file through intake's service."""
    from forbear.channels import FINDINGS, ControlTotals, Counts, ParsedFile
    from forbear.web.intake.services import Delivery, receive_parsed

    rows = max(table.num_rows for table in tables.values())
    digest = hashlib.sha256(f"{layout} {time.perf_counter_ns()}".encode()).hexdigest()
    none = FINDINGS.empty_table()
    counts = Counts(rows_read=rows, rows_accepted=rows)
    parsed = ParsedFile(layout, layout, digest, AS_OF, 1, dict(tables), none, none, counts, ControlTotals())
    batch = receive_parsed(Delivery(layout, digest, None, AT), parsed)
    if (batch.state, batch.rows_applied) != ("applied", rows):
        raise RuntimeError(f"{layout}: {batch.state}, {batch.rows_applied} of {rows} applied")


def run(accounts: int) -> None:
    """Measure one size and print a table."""
    from bench.portfolio import Shape, canonical
    from django.db import connection

    from forbear.web.runs.models import Outcome
    from forbear.web.runs.services import run_day

    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(TRUNCATED)} CASCADE")
        cursor.execute("CHECKPOINT")
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    tables = canonical(Shape(accounts), AS_OF)
    gc.collect()
    home, spent, steps = Path(tempfile.mkdtemp(prefix="forbear-bench-runs-")), [], []
    committed: list[float] = []

    def tell(step: str, state: str, figures: Mapping[str, Any]) -> None:
        if (step, state) == ("commit", "done"):
            committed.append(time.perf_counter())
        if state == "done":
            steps.append((step, figures["seconds"], figures["peak_mb"], figures["rows_out"]))

    watch, begun = Watch(pid), time.perf_counter()
    for layout, names in FILES:
        with timed(f"apply {layout}", spent):
            receive(layout, {name: tables.pop(name) for name in names})
    ran = run_day(AS_OF, home=home, tell=tell)
    whole, peak = time.perf_counter() - begun, watch.stop()
    seconds = committed[0] - begun
    if Outcome.objects.filter(run=ran.run).count() != accounts:
        raise RuntimeError("not every account has its outcome")
    print(f"\n{accounts:,} accounts")
    for name, taken in spent:
        print(f"  {name:<24}{taken:8.2f} s")
    for step, taken, mb, rows in steps:
        print(f"  {step:<24}{taken:8.2f} s {mb:8,.0f} MB {rows:>12,} rows")
    print(
        f"  {'to committed queues':<24}{seconds:8.2f} s {peak:8,.0f} MB (this process and its server process)"
    )
    print(
        f"  {'with the bank compared':<24}{whole:8.2f} s (every account counted again, beside the day's work)"
    )
    allocation = ran.run.summary["allocation"]
    print(f"  allocation within {allocation['gap']:.2e} of its proved bound ({allocation['method']})")
    if accounts == 1_000_000:
        print(
            f"  target {TARGET_SECONDS} s: {seconds / TARGET_SECONDS:.2f} of it; target {TARGET_MB:,} MB: {peak / TARGET_MB:.2f} of it"
        )
    shutil.rmtree(home)


def main() -> None:
    """Measure each size asked for."""
    import django

    django.setup()
    from bench.machine import describe
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0, skip_checks=True)
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        print(describe(cursor.fetchone()[0], "duckdb", "pyarrow", "numpy", "lightgbm", "psycopg"))
    sizes = [int(word.replace(",", "")) for word in sys.argv[1:]] or [100_000, 1_000_000]
    try:
        for size in sizes:
            run(size)
    finally:
        connection.close()
        if HOME.startswith(tempfile.gettempdir()) and "forbear-bench-day-" in HOME:
            shutil.rmtree(HOME, ignore_errors=True)


if __name__ == "__main__":
    main()
