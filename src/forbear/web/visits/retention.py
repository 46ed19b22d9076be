"""Photos and recordings of visits, deleted once nothing asks for them; their digests and the case's timeline tell what was there."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from django.db import transaction

from forbear.web import clock
from forbear.web.cases.timeline import append_event
from forbear.web.recordings.keeping import why_kept
from forbear.web.recordings.models import Purge
from forbear.web.visits.models import VisitEvidence

WHAT = "visit_files"
RECORDING, PHOTO = "visit_recording", "visit_photo"  # as the question `retention` names them
AT_ONCE = 10_000


def purge(at: datetime, *, limit: int = AT_ONCE) -> Purge:
    """Delete what no rule asks for any more, the oldest first, and report what was kept and why; one transaction a file."""
    rows = (
        VisitEvidence.objects.filter(purged_at__isnull=True)
        .defer("content_cipher")
        .select_related("visit__case")
    )
    looked = list(rows.order_by("received_at", "pk")[:limit])
    deleted: list[int] = []
    kept: Counter[str] = Counter()
    for row in looked:
        if why := why_file_kept(row, at):
            kept[why] += 1
        else:
            erase(row, at)
            deleted.append(row.pk)
    return Purge.objects.create(
        at=at,
        looked_at=len(looked),
        deleted=len(deleted),
        report={"what": WHAT, "deleted": deleted, "kept": dict(kept)},
    )


def why_file_kept(row: VisitEvidence, at: datetime) -> str:
    """Return the rule or reason that keeps a file today; empty when it may go."""
    record = PHOTO if row.media_type.startswith("image/") else RECORDING
    made_on = row.received_at.astimezone(clock.bank_zone()).date()
    return why_kept(row.visit.case, record, made_on, at)


@transaction.atomic
def erase(row: VisitEvidence, at: datetime) -> None:
    """Delete the sealed bytes; the row stays with its digest, and the case's chained timeline says that it went."""
    VisitEvidence.objects.filter(pk=row.pk).update(content_cipher=b"", purged_at=at)
    payload = {"visit": row.visit.number, "file": row.pk, "sha256": row.sha256, "size": row.size}
    append_event(row.visit.case, kind="visit_file_deleted", at=at, payload=payload)
