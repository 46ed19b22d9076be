"""Receive one file: read it, decide, apply it whole or not at all."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from forbear.channels import Options, ParsedFile
from forbear.web.cases.services import after_batch
from forbear.web.intake.alerts import write_alerts
from forbear.web.intake.apply import Applied, DoesNotReconcile, apply_tables
from forbear.web.intake.bulk_tables import BY_NAME
from forbear.web.intake.case_opening import open_cases
from forbear.web.intake.issues import file_reason, write_issues
from forbear.web.intake.lock import take_lock
from forbear.web.intake.models import BatchState, ImportBatch
from forbear.web.intake.reading import read_file
from forbear.web.intake.replay import replay_waiting
from forbear.web.intake.stage import Progress, no_progress
from forbear.web.people.models import User

NAME_ROOM = 200
FACTS_ALONE = {"entries", "statements"}


@dataclass(frozen=True, slots=True)
class Delivery:
    """Who handed in which bytes, when, and what they ask for."""

    name: str
    sha256: str
    user: User | None
    at: datetime
    layout: str | None = None
    force: bool = False  # apply although a newer file of this kind is in the book


def receive_file(
    name: str,
    source: bytes | Path,
    *,
    user: User | None,
    at: datetime,
    layout: str | None = None,
    force: bool = False,
    options: Options | None = None,
    progress: Progress = no_progress,
) -> ImportBatch:
    """Read and apply one file as one unit; return its batch, whose state tells what became of it.

    `applied`; `duplicate` (these bytes stand already: nothing changes); `refused` (with rule and what to do);
    `superseded` (a newer file of this kind is applied: held unless forced). Raises DoesNotReconcile, after which
    nothing of the file is in the book. Killed at any moment, it leaves nothing; receive it again.
    """
    raw = source if isinstance(source, bytes) else source.read_bytes()
    delivery = Delivery(clean_name(name), hashlib.sha256(raw).hexdigest(), user, at, layout, force)
    parsed = None
    if not standing_with(delivery.sha256):
        progress("read", 0, 0)
        parsed = read_file(delivery.name, raw, layout=layout, options=options)
    return receive_parsed(delivery, parsed, progress=progress)


def receive_parsed(
    delivery: Delivery, parsed: ParsedFile | None, *, progress: Progress = no_progress
) -> ImportBatch:
    """Decide about a file already read, and apply it in one transaction under the import lock.

    parsed is None when the same bytes stood already, or when no layout fits.
    """
    with transaction.atomic():
        take_lock()
        standing = standing_with(delivery.sha256)
        if standing:
            return _record(delivery, parsed, BatchState.DUPLICATE, refusal=_same_as(standing))
        if parsed is None:
            return _record(delivery, None, BatchState.REFUSED, refusal=file_reason("unknown_layout"))
        if parsed.refused:
            return _record(delivery, parsed, BatchState.REFUSED, refusal=_refusal(parsed))
        newer = newer_batch(parsed)
        if newer and not delivery.force and not facts_only(parsed):
            return _record(delivery, parsed, BatchState.SUPERSEDED, refusal=_older_than(newer))
        return _apply(delivery, parsed, overwrite=newer is None, progress=progress)


def standing_with(sha256: str) -> ImportBatch | None:
    """Return the applied batch of these very bytes."""
    return ImportBatch.objects.filter(sha256=sha256, state=BatchState.APPLIED).first()


def facts_only(parsed: ParsedFile) -> bool:
    """Return whether the file holds dated facts alone, which count whenever they arrive."""
    return bool(parsed.tables) and set(parsed.tables) <= FACTS_ALONE


def newer_batch(parsed: ParsedFile) -> ImportBatch | None:
    """Return a standing batch of the same layout with a later data date, or the same date and a later sequence."""
    if parsed.data_on is None:
        return None
    known = ImportBatch.objects.filter(layout=parsed.layout, state=BatchState.APPLIED, replay_of=None)
    later = known.filter(data_on__gt=parsed.data_on).order_by("-data_on", "-id").first()
    if later or parsed.sequence is None:
        return later
    return known.filter(data_on=parsed.data_on, sequence__gt=parsed.sequence).order_by("-sequence").first()


def _apply(delivery: Delivery, parsed: ParsedFile, *, overwrite: bool, progress: Progress) -> ImportBatch:
    batch = _record(delivery, parsed, BatchState.APPLIED)
    with connection.cursor() as cursor:
        tables = {name: table for name, table in parsed.tables.items() if name in BY_NAME}
        applied = apply_tables(cursor, tables, batch_id=batch.pk, overwrite=overwrite, progress=progress)
        progress("issues", 0, 0)
        write_issues(cursor, batch.pk, [parsed.quarantined, parsed.warnings], applied.bad_rows)
        opened = open_cases(cursor, batch.pk, parsed.data_on or delivery.at.date(), applied.positions)
    progress("compare", 0, 0)
    alerts = write_alerts(batch, parsed, at=delivery.at)
    count_rows(batch, parsed, applied, opened, alerts)
    progress("waiting rows", 0, 0)
    replay_waiting(at=delivery.at)
    progress("cases", 0, 0)
    after_batch(batch_id=batch.pk, as_of=delivery.at.date(), at=delivery.at)
    progress("commit", 0, 0)
    return batch


def count_rows(
    batch: ImportBatch, parsed: ParsedFile, applied: Applied, cases_opened: int, alerts: dict[str, int]
) -> None:
    """Store the counts of the file; raise DoesNotReconcile unless read = applied + quarantined."""
    counts = parsed.counts
    batch.rows_read = counts.rows_read
    batch.rows_applied = counts.rows_accepted - len(applied.bad_rows)
    batch.rows_warned = counts.rows_warned
    batch.rows_quarantined = counts.rows_quarantined + len(applied.bad_rows)
    batch.counts = {name: asdict(tally) for name, tally in applied.tallies.items()} | {
        "cases_opened": cases_opened,
        "alerts": alerts,
        "rows_collapsed": counts.rows_collapsed,
        "leans_on": {str(other): count for other, count in applied.leans_on.items()},
    }
    batch.save()
    if batch.rows_read != batch.rows_applied + batch.rows_quarantined or batch.rows_applied < 0:
        raise DoesNotReconcile(
            f"{batch.received_name}: read {batch.rows_read} is not applied {batch.rows_applied} "
            f"+ quarantined {batch.rows_quarantined}"
        )


def _record(
    delivery: Delivery, parsed: ParsedFile | None, state: BatchState, refusal: dict[str, Any] | None = None
) -> ImportBatch:
    applied = state == BatchState.APPLIED
    return ImportBatch.objects.create(
        received_at=delivery.at,
        received_name=delivery.name,
        received_by=delivery.user,
        layout=parsed.layout or "" if parsed else delivery.layout or "",
        sha256=delivery.sha256,
        data_on=parsed.data_on if parsed else None,
        sequence=parsed.sequence if parsed else None,
        state=state,
        refusal=refusal,
        rows_read=parsed.counts.rows_read if parsed else 0,
        control=_control(parsed) if parsed else {},
        applied_at=delivery.at if applied else None,
    )


def _control(parsed: ParsedFile) -> dict[str, Any]:
    return asdict(parsed.totals) | {
        "rows_skipped": parsed.counts.rows_skipped,
        "encoding": parsed.encoding,
        "columns": [asdict(column) for column in parsed.columns if column.use != "used"],
    }


def _refusal(parsed: ParsedFile) -> dict[str, Any]:
    refused = parsed.refused
    if refused is None:
        raise ValueError(f"{parsed.received_name} was not refused")
    return {
        "rule": refused.rule,
        "message": {"en": refused.message % refused.params, "zh": refused.message_zh % refused.params},
        "suggestion": {
            "en": refused.suggestion % refused.params,
            "zh": refused.suggestion_zh % refused.params,
        },
    }


def _same_as(standing: ImportBatch) -> dict[str, Any]:
    return file_reason("same_file", batch=standing.pk, name=standing.received_name) | {"batch": standing.pk}


def _older_than(newer: ImportBatch) -> dict[str, Any]:
    return file_reason("older_file", batch=newer.pk, name=newer.received_name, on=newer.data_on) | {
        "batch": newer.pk
    }


def clean_name(name: str) -> str:
    """Return the last part of a path as it may be stored and shown: no folders, no control characters."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(sign for sign in last if not unicodedata.category(sign).startswith("C"))
    return kept[-NAME_ROOM:] or "unnamed"
