"""Take a batch back as one unit."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

from forbear.web.cases.services import after_batch
from forbear.web.intake.bulk_tables import TABLES
from forbear.web.intake.case_opening import close_untouched_cases
from forbear.web.intake.lock import take_lock
from forbear.web.intake.models import BatchState, ImportBatch, RowIssue
from forbear.web.intake.queries import queries
from forbear.web.people.models import User


class CannotReverse(ValueError):
    """Later batches build on this one; reverse those first."""

    def __init__(self, batch: ImportBatch, blockers: list[tuple[int, str]]) -> None:
        self.blockers = blockers
        names = ", ".join(f"{number} ({name})" for number, name in blockers)
        super().__init__(f"batch {batch.pk} cannot be reversed before {names}, which build on it")


class NotStanding(ValueError):
    """Only an applied batch can be reversed."""


class BookedByUs(NotStanding):
    """What we booked ourselves is no file; it is taken back where it was approved."""


def reverse_batch(*, batch: ImportBatch, user: User | None, at: datetime) -> ImportBatch:
    """Take an applied batch back: its facts stop counting, rows it changed are as before, rows it made leave the views.

    Rows of it that were replayed go with it. Untouched cases that nothing else supports are closed. Raises
    CannotReverse naming the later batches that build on it, NotStanding for any other state than applied, BookedByUs for
    what no file brought.
    """
    with transaction.atomic():
        take_lock()
        batch = ImportBatch.objects.get(pk=batch.pk)
        if batch.state != BatchState.APPLIED:
            raise NotStanding(f"batch {batch.pk} is {batch.state}; only an applied batch can be reversed")
        if batch.ours:
            raise BookedByUs(
                f"batch {batch.pk} was booked by us; take {batch.received_name} back where it was approved"
            )
        for replay in ImportBatch.objects.filter(replay_of=batch, state=BatchState.APPLIED).order_by("-pk"):
            _reverse(replay, user, at)
        return _reverse(batch, user, at)


def _reverse(batch: ImportBatch, user: User | None, at: datetime) -> ImportBatch:
    if blockers := blocking_batches(batch):
        raise CannotReverse(batch, blockers)
    with connection.cursor() as cursor:
        for table in TABLES:
            if table.state:
                cursor.execute(queries(table.name)["restore"], {"batch": batch.pk})
        batch.state, batch.reversed_at, batch.reversed_by = BatchState.REVERSED, at, user
        batch.save(update_fields=["state", "reversed_at", "reversed_by"])
        close_untouched_cases(cursor, batch.pk, at.date())
    after_batch(batch_id=batch.pk, as_of=at.date(), at=at)
    RowIssue.objects.filter(replay_batch=batch).update(
        resolved_at=None, resolved_by=None, resolution="", replay_batch=None
    )
    return batch


def blocking_batches(batch: ImportBatch) -> list[tuple[int, str]]:
    """Return number and name of each standing batch that must be reversed before this one."""
    with connection.cursor() as cursor:
        cursor.execute(queries("batch")["blockers"], {"batch": batch.pk, "batch_text": str(batch.pk)})
        return [(int(number), str(name)) for number, name in cursor.fetchall()]
