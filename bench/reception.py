"""Reception: how long a look-up by number takes among 1,000,000 contact points, logging included.

    python -m bench.reception [--points 1000000] [--looks 1000]

The limit is a second; the bare index look-up without Django and without the line of the access log stands beside it.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.machine import describe

LIMIT_SECONDS = 1.0
KNOWN = 500  # numbers that are really sealed, spread over the book; the others only fill the index

FILL = (
    """
INSERT INTO portfolio_customer (customer_no, name, id_type, id_no_tail, province, city, timezone)
SELECT 'B' || n, '张' || n, '', lpad((n %% 10000)::text, 4, '0'), '', '', 'Asia/Shanghai' FROM generate_series(1, %(points)s) n
""",
    """
INSERT INTO portfolio_contactpoint (customer_id, kind, value_cipher, value_index, value_tail, relation, person_name,
    source, lawful_basis, reserved, do_not_contact, state)
SELECT c.id, 'mobile', '\\x00', sha256(c.customer_no::bytea), c.id_no_tail, 'self', '', 'application', 'contract', true,
    false, 'unverified' FROM portfolio_customer c
""",
)


def fill(points: int) -> list[str]:
    """Fill the book; return the numbers that can be looked up."""
    from django.db import connection

    from forbear.web.portfolio.models import ContactPoint
    from forbear.web.portfolio.vault import vault

    with connection.cursor() as cursor:
        for statement in FILL:
            cursor.execute(statement, {"points": points})
    step = max(1, points // KNOWN)
    numbers = []
    for place, point in enumerate(ContactPoint.objects.order_by("pk")[::step][:KNOWN]):
        number = f"100{place:08d}"
        sealed = vault().seal(number, "phone")
        ContactPoint.objects.filter(pk=point.pk).update(
            value_index=sealed.index, value_cipher=sealed.cipher, value_tail=sealed.tail
        )
        numbers.append(number)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE portfolio_contactpoint")
        cursor.execute("ANALYZE portfolio_customer")
    return numbers


def timed(look: Callable[[str], object], numbers: list[str], looks: int) -> list[float]:
    """Look numbers up one after the other; return the seconds of each, in order of size."""
    seconds = []
    for place in range(looks):
        number = numbers[place * 7 % len(numbers)]
        began = time.perf_counter()
        look(number)
        seconds.append(time.perf_counter() - began)
    return sorted(seconds)


def main() -> None:
    """Fill, look up, tell."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--points", type=int, default=1_000_000)
    options.add_argument("--looks", type=int, default=1000)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="forbear-bench-") as home:
        Path(home).chmod(0o755)
        os.environ.update(FORBEAR_HOME=home, DJANGO_SETTINGS_MODULE="forbear.web.config.settings")
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        from forbear.web import clock
        from forbear.web.people.models import Role, User
        from forbear.web.portfolio.vault import vault
        from forbear.web.reception import services

        call_command("migrate", verbosity=0)
        numbers, at = fill(asked.points), clock.now()
        clerk = User.objects.create(username="wu", staff_no="wu", role=Role.RECEPTION)

        def bare(number: str) -> None:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT customer_id FROM portfolio_contactpoint WHERE value_index = %s",
                    [vault().index(number, "phone")],
                )
                cursor.fetchall()

        def look(number: str) -> None:
            if not services.look_up(number, at=at, by=clerk).customers:
                raise RuntimeError(f"{number} was not found")

        print(describe(connection.cursor().execute("SHOW server_version").fetchone()[0]))
        for name, step in (("bare index look-up", bare), ("reception's look-up", look)):
            seconds = timed(step, numbers, asked.looks)
            p95 = seconds[int(len(seconds) * 0.95)]
            print(
                f"{name:20s} {asked.points:9,d} points  p50 {statistics.median(seconds) * 1e3:7.2f} ms"
                f"  p95 {p95 * 1e3:7.2f} ms  worst {seconds[-1] * 1e3:7.2f} ms  limit {LIMIT_SECONDS:.0f} s"
            )


if __name__ == "__main__":
    main()
