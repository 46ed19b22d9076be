"""Gate: permits per second and p99, beside a bare INSERT+COMMIT on the same server in the same run.

    python -m bench.gate [--workers 8] [--seconds 8]

Each worker asks for permits for random debtors of 4,000; one in ten shares its number with another debtor. The peer
inserts one row of the size of a decision into a table with the same number of indexes, and commits.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from bench.machine import describe

DEBTORS = 4_000
PEER = """
DROP TABLE IF EXISTS bench_peer;
CREATE TABLE bench_peer (id bigserial PRIMARY KEY, customer_id bigint, at timestamptz, body text);
CREATE INDEX ON bench_peer (at);
CREATE INDEX ON bench_peer (customer_id, id);
"""


def start_django(home: str) -> None:
    """Point Django at the benchmark's own server."""
    os.environ.update(FORBEAR_HOME=home, DJANGO_SETTINGS_MODULE="forbear.web.config.settings")
    import django

    django.setup()


def lay_out(home: str) -> None:
    """Migrate and make the debtors."""
    start_django(home)
    from django.core.management import call_command
    from django.db import connection

    from forbear.web.cases.models import Case
    from forbear.web.portfolio.models import ContactPoint, Customer

    call_command("migrate", verbosity=0)
    if Customer.objects.exists():
        return
    customers = Customer.objects.bulk_create(
        Customer(customer_no=f"B{n}", name="张伟") for n in range(DEBTORS)
    )
    ContactPoint.objects.bulk_create(
        ContactPoint(
            customer=customer, kind="mobile", value_cipher=b"sealed", value_tail="0001", source="application",
            value_index=f"n{n if n % 10 else n + 1}".encode(), lawful_basis="contract",
        )
        for n, customer in enumerate(customers)
    )  # fmt: skip
    Case.objects.bulk_create(Case(customer=customer, opened_on="2026-11-24") for customer in customers)
    connection.cursor().execute(PEER)


def gate_worker(home: str, seed: int, seconds: float, results: Any) -> None:
    """Ask for permits until the time is up; put latencies in the queue."""
    start_django(home)
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from forbear.web.cases.models import Case
    from forbear.web.contact import gate
    from forbear.web.portfolio.models import ContactPoint

    cases = list(Case.objects.select_related("customer").order_by("id"))
    points = {point.customer_id: point for point in ContactPoint.objects.all()}
    rng, moment = random.Random(seed), datetime(2026, 11, 24, 10, tzinfo=ZoneInfo("Asia/Shanghai"))

    def one() -> None:
        case = rng.choice(cases)
        gate.request_permit(
            case=case, contact_point=points[case.customer_id], channel="sms", purpose="collect", party="debtor",
            user=None, at=moment,
        )  # fmt: skip

    results.put(timed(one, seconds))


def peer_worker(home: str, seed: int, seconds: float, results: Any) -> None:
    """Insert and commit until the time is up."""
    start_django(home)
    from django.db import connection

    connection.ensure_connection()
    raw = connection.connection
    rng, body = random.Random(seed), "x" * 1_500

    def one() -> None:
        raw.execute(
            "INSERT INTO bench_peer (customer_id, at, body) VALUES (%s, now(), %s)",
            [rng.randrange(DEBTORS), body],
        )

    results.put(timed(one, seconds))


def timed(one: Any, seconds: float) -> list[float]:
    """Call repeatedly after a short warm-up; return each call's seconds."""
    for _ in range(20):
        one()
    latencies, stop = [], time.perf_counter() + seconds
    while (began := time.perf_counter()) < stop:
        one()
        latencies.append(time.perf_counter() - began)
    return latencies


def measure(worker: Any, home: str, workers: int, seconds: float) -> dict[str, float]:
    """Run the workers at once; return calls per second and percentiles in milliseconds."""
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    processes = [
        context.Process(target=worker, args=(home, seed, seconds, results)) for seed in range(workers)
    ]
    for process in processes:
        process.start()
    latencies = np.array([latency for _ in processes for latency in results.get()])
    for process in processes:
        process.join()
    return {
        "per_second": len(latencies) / seconds,
        "p50_ms": float(np.percentile(latencies, 50) * 1000),
        "p99_ms": float(np.percentile(latencies, 99) * 1000),
    }


def main() -> None:
    """Measure gate and peer with one worker and with many, in turn."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--workers", type=int, default=8)
    options.add_argument("--seconds", type=float, default=8.0)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="forbear-bench-") as home:
        Path(home).chmod(0o755)
        lay_out(home)
        from django.db import connection

        print(describe(connection.cursor().execute("SHOW server_version").fetchone()[0]))
        connection.close()
        for workers in (1, chosen.workers):
            peer = measure(peer_worker, home, workers, chosen.seconds)
            gate = measure(gate_worker, home, workers, chosen.seconds)
            for name, row in (("INSERT+COMMIT", peer), ("gate", gate)):
                print(
                    f"{workers} workers  {name:14s} {row['per_second']:8.0f}/s  p50 {row['p50_ms']:6.2f} ms  p99 {row['p99_ms']:6.2f} ms"
                )
            print(
                f"{workers} workers  ratio gate / INSERT+COMMIT {gate['per_second'] / peer['per_second']:.2f}"
            )


if __name__ == "__main__":
    main()
