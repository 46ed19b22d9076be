"""Eight processes that ask for the same last slot at the same moment, on real PostgreSQL."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Sequence
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[3]


def database_url(settings: dict[str, Any]) -> str:
    """Return the URL of the database that a Django connection uses, test database included."""
    host = settings["HOST"] or settings["OPTIONS"].get("host", "")
    port = f"&port={settings['PORT']}" if settings["PORT"] else ""
    return f"postgresql://{settings['USER']}:{quote(settings['PASSWORD'] or '')}@/{settings['NAME']}?host={host}{port}"


def run_racers(url: str, rounds: Sequence[tuple[int, int]], processes: int) -> list[int]:
    """Let every process request a permit for every (case id, contact point id) in step; return grants per round."""
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(processes)
    granted = context.Array("i", len(rounds))
    workers = [
        context.Process(target=race, args=(url, list(rounds), barrier, granted)) for _ in range(processes)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if any(worker.exitcode for worker in workers):
        raise RuntimeError(f"a racer died: exit codes {[worker.exitcode for worker in workers]}")
    return list(granted)


def race(url: str, rounds: list[tuple[int, int]], barrier: Barrier, granted: Any) -> None:
    """Ask for each round's slot at the same moment as the others."""
    os.environ.update(DATABASE_URL=url, DJANGO_SETTINGS_MODULE="forbear.web.config.settings")
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()
    from tests.web.contact.moments import at

    from forbear.web.cases.models import Case
    from forbear.web.contact import gate
    from forbear.web.portfolio.models import ContactPoint

    cases = Case.objects.select_related("customer").in_bulk([case for case, _ in rounds])
    points = ContactPoint.objects.in_bulk([point for _, point in rounds])
    for number, (case, point) in enumerate(rounds):
        barrier.wait(timeout=120)
        reply = gate.request_permit(
            case=cases[case], contact_point=points[point], channel="voice", purpose="collect", party="debtor",
            user=None, at=at("10:00:00"), extra_facts={"recording": True},
        )  # fmt: skip
        if reply.allowed:
            with granted.get_lock():
                granted[number] += 1
