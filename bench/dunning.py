"""Age and dun 10,000 accounts, the workload of the peers: four runs, history kept, every message rendered.

Run: python -m bench.dunning [accounts]   (default 10,000)

10,000 people with one receivable of 100.00 each, all due 2026-05-01; notices from 5, 20 and 40 days past due; days
6, 21, 41 and 42 after the due date are run. Each run is a whole collections day from PostgreSQL to PostgreSQL: it
takes the snapshot, decides for every account under law and policy, allocates, renders every message, proves itself,
and commits outcomes, levels and messages. Handing the messages to a carrier is left out, as it is for the peers. Like
the peers this bank has nobody to call and prints no letters, or the plan would call some people instead of writing.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from tempfile import mkdtemp

import pyarrow.compute as pc
import pyarrow.parquet as pq
from bench.day import HOME, TRUNCATED, Watch, receive
from bench.portfolio import messages_only, receivables

from forbear.packs import Packs

DUE = date(2026, 5, 1)
RUNS = ((6, 1), (21, 2), (41, 3), (42, None))  # days after the due date, and the level then due
OWED = 10_000  # 100.00 in minor units
ACCOUNTS = 10_000
PEERS = (("Odoo 17 + OCA account_credit_control", 29.4), ("Tryton 8.2 account_dunning", 64.8))


def deliver(accounts: int, as_of: date) -> None:
    """Empty the tables and apply the workload through intake."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(TRUNCATED)} CASCADE")
        cursor.execute("CHECKPOINT")
    tables = receivables(accounts, due=DUE, owed=OWED, as_of=as_of)
    receive("overdue_list", {name: tables[name] for name in ("customers", "accounts", "positions")})
    receive("contact_points", {"contact_points": tables["contact_points"]})
    receive("statements", {"statements": tables["statements"]})


def run_and_check(
    days: int, level: int | None, *, home: Path, accounts: int, packs: Packs
) -> tuple[float, int]:
    """Run one day; raise unless every account got the level due, with its text, or none; return seconds and rows."""
    from forbear.nightly import Folder
    from forbear.web.runs.models import Message
    from forbear.web.runs.services import run_day

    begun = time.perf_counter()
    ran = run_day(DUE + timedelta(days=days), home=home, packs=packs)
    seconds = time.perf_counter() - begun
    levels = Counter(Message.objects.filter(run=ran.run, level__gte=0).values_list("level", flat=True))
    expected = Counter({level: accounts}) if level else Counter()
    folder = Folder(home / "runs" / ran.run.summary["folder"])
    texts = pq.read_table(folder.step_path("queues", "messages"), columns=["level", "text"])
    written = texts.filter(pc.greater_equal(texts["level"], 0))
    if levels != expected or written.num_rows != sum(expected.values()) or written["text"].null_count:
        raise RuntimeError(
            f"day {days}: {dict(levels)} notices with {written.num_rows} texts, expected {dict(expected)}"
        )
    return seconds, sum(levels.values())


def measure(accounts: int) -> None:
    """Run the four days and print them beside the peers."""
    from django.db import connection

    from forbear.web.runs.models import Message, Outcome

    deliver(accounts, DUE + timedelta(days=RUNS[0][0]))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        watch = Watch(cursor.fetchone()[0])
    home = Path(mkdtemp(prefix="forbear-bench-dunning-"))
    packs, total = messages_only(home / "packs"), 0.0
    print(f"\n{accounts:,} accounts, three levels, four runs")
    for days, level in RUNS:
        seconds, notices = run_and_check(days, level, home=home, accounts=accounts, packs=packs)
        total += seconds
        print(
            f"  day {days:<3} level {level or '-'}  {seconds:8.2f} s  {notices:>8,} notices decided, kept and rendered"
        )
    peak = watch.stop()
    history = Message.objects.filter(level__gte=1).count()
    print(f"  {'sum of four runs':<16} {total:8.2f} s  {peak:8,.0f} MB (this process and its server process)")
    print(
        f"  history: {history:,} notices, {Outcome.objects.count():,} outcomes, each with its reason; none overwritten"
    )
    if accounts == ACCOUNTS:
        for name, published in PEERS:
            print(f"  {name:<40} {published:6.1f} s published: {published / total:5.1f} times ours")
    shutil.rmtree(home)


def main() -> None:
    """Measure the size asked for."""
    import django

    django.setup()
    from bench.machine import describe
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0, skip_checks=True)
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        print(describe(cursor.fetchone()[0], "duckdb", "pyarrow", "numpy", "psycopg"))
    try:
        measure(int(sys.argv[1].replace(",", "")) if len(sys.argv) > 1 else ACCOUNTS)
    finally:
        connection.close()
        if "forbear-bench-day-" in HOME:
            shutil.rmtree(HOME, ignore_errors=True)


if __name__ == "__main__":
    main()
