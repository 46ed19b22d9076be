"""Posts the entries of a write-off and their reversal; they lower no debt."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING

from forbear.web.cases.timeline import append_event
from forbear.web.disposal.machine import move
from forbear.web.disposal.models import WriteOff, WriteOffState
from forbear.web.intake.models import BatchState, ImportBatch
from forbear.web.portfolio.models import LedgerEntry

if TYPE_CHECKING:
    from forbear.web.people.models import User


def post(held: WriteOff, *, at: datetime) -> None:
    """Post one write-off entry for each account; they lower no debt, and the case stays where it is."""
    held.batch = batch_of(held.number, len(held.parts), at)
    LedgerEntry.objects.bulk_create(
        LedgerEntry(
            entry_no=f"{held.number}-{serial}", account_id=row["account"], kind="write_off", amount_minor=row["owed"],
            value_on=at.date(), booked_on=at.date(), memo=held.criterion, batch=held.batch,
        )
        for serial, row in enumerate(held.parts, 1)
    )  # fmt: skip
    held.posted_on = at.date()
    move(held, WriteOffState.POSTED, at=at, by=None, why="approved", batch=held.batch.pk)
    append_event(
        held.case,
        kind="write_off",
        at=at,
        payload={"number": held.number, "state": "posted", "total_minor": held.total_minor},
    )


def batch_of(name: str, rows: int, at: datetime) -> ImportBatch:
    """Return a batch of our own for entries that no file brought."""
    made: ImportBatch = ImportBatch.objects.create(
        received_at=at, received_name=name, sha256=hashlib.sha256(name.encode()).hexdigest(), state=BatchState.APPLIED,
        applied_at=at, data_on=at.date(), rows_applied=rows, ours=True,
    )  # fmt: skip
    return made


def reverse(held: WriteOff, *, why: str, at: datetime, by: User | None) -> None:
    """Post the reversal of each write-off entry; the case stays where it is."""
    batch = batch_of(f"{held.number} undo", len(held.parts), at)
    LedgerEntry.objects.bulk_create(
        LedgerEntry(
            entry_no=f"{held.number}-{serial}R", account_id=row["account"], kind="reversal", amount_minor=-row["owed"],
            value_on=at.date(), booked_on=at.date(), memo="write-off taken back", reverses_no=f"{held.number}-{serial}", batch=batch,
        )
        for serial, row in enumerate(held.parts, 1)
    )  # fmt: skip
    move(held, WriteOffState.UNDONE, at=at, by=by, why=why, batch=batch.pk)
    append_event(held.case, kind="write_off", at=at, payload={"number": held.number, "state": "undone"})
