"""Run the collections day: export, steps, commit, so that any crash can be run again with the same result."""

from __future__ import annotations

import shutil
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from forbear.nightly import STEPS, Day, Folder, Manifest, Step, run_digest
from forbear.nightly import run_day as run_steps_of_day
from forbear.nightly.measure import measured
from forbear.packs import NoLawInForce, Packs
from forbear.web import clock
from forbear.web.law.current import packs_now
from forbear.web.ledger.selectors import latest_data_day
from forbear.web.ledger.services import compare
from forbear.web.runs.commit import commit_day
from forbear.web.runs.models import DayRun, DayStep, RunState
from forbear.web.runs.portfolios import Portfolio, portfolio
from forbear.web.runs.snapshot import export_snapshot, refresh_statistics
from forbear.web.runs.summary import outcomes_by_reason, summarise

SNAPSHOT, COMMIT = "snapshot", "commit"
WAIT_SECONDS = 120
POLL_SECONDS = 0.2
DIGEST_SHOWN = 16

Told = Callable[[str, str, Mapping[str, Any]], None]  # step, state (started, done, kept), figures


class DayBusy(RuntimeError):
    """Another process runs this day of this portfolio, and did not end in time."""


@dataclass(frozen=True, slots=True)
class Ran:
    """A run, and whether it was made now or had been committed before."""

    run: DayRun
    already: bool


def tell_nobody(step: str, state: str, figures: Mapping[str, Any]) -> None:
    """Report progress to nobody."""


def run_day(
    as_of: date,
    *,
    law_on: date | None = None,
    book: str = "bank",
    seed: int = 0,
    home: Path | None = None,
    packs: Packs | None = None,
    tell: Told = tell_nobody,
    wait_seconds: float = WAIT_SECONDS,
) -> Ran:
    """Run one collections day and commit it; the same facts, law, policy and seed give the run that is there already.

    Raises DayBusy, BadSnapshot, NoLawInForce, BrokenProof; the run is then marked failed and nothing of it counts.
    """
    packs = packs or packs_now()
    chosen = portfolio(packs, book, as_of)
    day = Day(
        as_of=as_of,
        law_on=law_on or chosen.law_on or as_of,
        packs=packs,
        seed=seed,
        portfolio=book,
        assume_points=chosen.assume_points,
    )
    with one_at_a_time(as_of, book, wait_seconds):
        folder, digest, exported = take_snapshot(day, chosen, home or settings.HOME, tell)
        run, _ = DayRun.objects.get_or_create(
            as_of=as_of,
            portfolio=book,
            inputs_digest=digest,
            defaults={
                "law_on": day.law_on,
                "seed": seed,
                "started_at": clock.now(),
                "pack_versions": dict(day.pack_versions),
            },
        )
        if run.state == RunState.COMMITTED:
            return Ran(run, already=True)
        record(run, 0, SNAPSHOT, "done", exported)
        carry_out(run, day, folder, tell)
        run.summary |= {"bank_figures": held_against_bank(as_of)}
        DayRun.objects.filter(pk=run.pk).update(summary=run.summary)
    return Ran(run, already=False)


def held_against_bank(on: date) -> dict[str, Any] | None:
    """Hold the ledger against the bank's own newest figures, each account to the cent; None where there are none."""
    data_on = latest_data_day(on)
    if data_on is None:
        return None
    try:
        made = compare(data_on=data_on, at=clock.now())
    except NoLawInForce:  # a book older than the law of payments cannot be counted again
        return None
    return {
        "data_on": data_on.isoformat(), "accounts": made.accounts, "equal": made.equal, "different": made.different,
        "not_comparable": made.not_comparable, "difference_minor": made.difference_minor,
    }  # fmt: skip


def carry_out(run: DayRun, day: Day, folder: Folder, tell: Told) -> None:
    """Do the steps and commit; on any error mark the run failed with its reason and raise."""
    DayRun.objects.filter(pk=run.pk).update(state=RunState.RUNNING, error="", started_at=run.started_at)
    try:
        manifests = run_steps_of_day(folder.root, day, _recorder(run, tell))  # type: ignore[arg-type]  # steps of the web tell no manifest
        run.summary = summarise(manifests, day) | {
            "by_reason": outcomes_by_reason(folder),
            "folder": folder.root.name,
        }
        tell(COMMIT, "started", {})
        started(run, len(STEPS) + 1, COMMIT)
        with measured() as used:
            counts = commit_day(run, folder, at=clock.now())
        figures = {"rows_in": manifests[-1].rows_in, "rows_out": counts.get("outcomes", 0), "note": counts}
        figures |= {"seconds": used.seconds, "peak_mb": used.peak_mb}
        record(run, len(STEPS) + 1, COMMIT, "done", figures)
        tell(COMMIT, "done", figures)
    except Exception as error:
        said = "".join(traceback.format_exception_only(error)).strip()
        DayRun.objects.filter(pk=run.pk).update(state=RunState.FAILED, error=said, finished_at=clock.now())
        DayStep.objects.filter(run=run, state="running").update(state="failed")
        raise
    run.refresh_from_db()


@contextmanager
def one_at_a_time(as_of: date, book: str, wait_seconds: float) -> Iterator[None]:
    """Hold the lock of a day and book; wait for another holder, then raise DayBusy.

    The lock belongs to the database session, so a killed process gives it back.
    """
    key = f"forbear.day.{book}.{as_of.isoformat()}"
    deadline = time.monotonic() + wait_seconds
    with connection.cursor() as cursor:
        while True:
            cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [key])
            if cursor.fetchone()[0]:
                break
            if time.monotonic() >= deadline:
                raise DayBusy(
                    f"the day {as_of} of {book} is being run by another process; look at its progress first"
                )
            time.sleep(POLL_SECONDS)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [key])


def take_snapshot(day: Day, book: Portfolio, home: Path, tell: Told) -> tuple[Folder, str, dict[str, Any]]:
    """Export the snapshot into the folder of its digest, or find that folder there with the same facts."""
    tell(SNAPSHOT, "started", {})
    root = home / "runs"
    arriving = Folder(root / f".{book.name}-{day.as_of.isoformat()}.arriving")
    shutil.rmtree(arriving.root, ignore_errors=True)
    with measured() as used:
        refresh_statistics()
        rows = export_snapshot(arriving, book=book, as_of=day.as_of)
        digest = run_digest(arriving, day)
    folder = Folder(root / f"{book.name}-{day.as_of.isoformat()}-{digest[:DIGEST_SHOWN]}")
    inputs = folder.root / "inputs"
    if inputs.exists():  # the same facts; but who holds a case may have changed since
        arriving.input_path("owners").replace(folder.input_path("owners"))
        shutil.rmtree(arriving.root)
    else:
        folder.root.parent.mkdir(parents=True, exist_ok=True)
        arriving.root.rename(folder.root)
    figures = {"rows_in": sum(rows.values()), "rows_out": rows["accounts"], "note": rows, "digest": digest}
    figures |= {"seconds": used.seconds, "peak_mb": used.peak_mb}
    tell(SNAPSHOT, "done", figures)
    return folder, digest, figures


def _recorder(run: DayRun, tell: Told) -> Callable[[int, Step, str, Manifest | None], None]:
    def heard(ordinal: int, step: Step, state: str, manifest: Manifest | None) -> None:
        if manifest is None:
            started(run, ordinal, step.id)
            tell(step.id, state, {})
            return
        figures = {
            "rows_in": manifest.rows_in,
            "rows_out": manifest.rows_out,
            "seconds": manifest.seconds,
            "peak_mb": manifest.peak_mb,
            "digest": manifest.digest,
            "note": dict(manifest.note),
        }
        record(run, ordinal, step.id, "done", figures)
        tell(step.id, state, figures)

    return heard


def started(run: DayRun, ordinal: int, step: str) -> None:
    """Note that a step begins; begun again after a crash it counts one attempt more."""
    row, made = DayStep.objects.get_or_create(
        run=run, step=step, defaults={"ordinal": ordinal, "started_at": clock.now()}
    )
    if not made:
        DayStep.objects.filter(pk=row.pk).update(
            state="running", attempts=row.attempts + 1, started_at=clock.now()
        )


def record(run: DayRun, ordinal: int, step: str, state: str, figures: Mapping[str, Any]) -> None:
    """Store what a step came to."""
    DayStep.objects.update_or_create(
        run=run,
        step=step,
        defaults={"state": state, **figures},
        create_defaults={"ordinal": ordinal, "state": state, "started_at": clock.now(), **figures},
    )


__all__ = ["DayBusy", "Ran", "run_day"]
