"""Reads for the files screens."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.db.models import Count, Max, Q, QuerySet

from forbear.channels import LAYOUTS
from forbear.web.intake.bulk_tables import TABLES
from forbear.web.intake.models import Alert, BatchState, ImportBatch, RowIssue, Upload, UploadState
from forbear.web.portfolio.models import Customer

CUSTOMER_NO_ROOM = 40
DAYS_THAT_TEACH = 7  # a layout that came within these days is expected again


@dataclass(frozen=True, slots=True)
class Expected:
    """A kind of file that comes most mornings: has it come today, and until when it usually has."""

    layout: str
    usually_by: str  # HH:MM, the latest of the last days; empty for a kind that came today for the first time
    arrived: ImportBatch | None
    late: bool


@dataclass(frozen=True, slots=True)
class RowAnswer:
    """Where one row of a file is: set aside, in the book, said nothing new, or not in the file."""

    row_no: int
    where: str  # set_aside, warned, applied, nothing_new, not_in_file, not_applied
    issues: tuple[RowIssue, ...] = ()
    records: tuple[tuple[str, Any], ...] = ()  # (canonical table, record)


def batches(*, state: str = "", layout: str = "", name: str = "") -> QuerySet[ImportBatch]:
    """Return batches, latest first."""
    found = ImportBatch.objects.select_related("received_by", "reversed_by")
    if state:
        found = found.filter(state=state)
    if layout:
        found = found.filter(layout=layout)
    if name:
        found = found.filter(received_name__icontains=name)
    return found.order_by("-pk")


def count_waiting(shown: Iterable[ImportBatch]) -> None:
    """Set `rows_waiting` on each batch: how many of its rows still wait for a person; one query."""
    found = list(shown)
    waiting = RowIssue.objects.filter(batch__in=found, severity="error", resolved_at=None)
    counted = dict(waiting.values_list("batch").annotate(rows=Count("row_no", distinct=True)))
    for batch in found:
        batch.rows_waiting = counted.get(batch.pk, 0)  # type: ignore[attr-defined]


def expected_today(at: datetime) -> list[Expected]:
    """Return which kinds of file came on the last days, and whether they came today; then what else came today."""
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    applied = ImportBatch.objects.filter(state=BatchState.APPLIED, replay_of=None)
    today = {
        batch.layout: batch
        for batch in applied.filter(received_at__gte=midnight, received_at__lte=at).order_by("pk")
    }
    recent = applied.filter(
        received_at__lt=midnight, received_at__gte=midnight - timedelta(days=DAYS_THAT_TEACH)
    )
    usual: dict[str, str] = {}
    for layout, received_at in recent.values_list("layout", "received_at"):
        clock_time = received_at.astimezone(at.tzinfo).strftime("%H:%M")
        usual[layout] = max(usual.get(layout, ""), clock_time)
    now = at.strftime("%H:%M")
    known = [
        Expected(layout, by, today.get(layout), late=layout not in today and now > by)
        for layout, by in sorted(usual.items(), key=lambda item: item[1])
    ]
    return known + [
        Expected(layout, "", batch, late=False) for layout, batch in today.items() if layout not in usual
    ]


def uploads_to_show(at: datetime) -> QuerySet[Upload]:
    """Return uploads under way, and those that failed within a day."""
    failed = Q(state=UploadState.FAILED, finished_at__gte=at - timedelta(days=1))
    return Upload.objects.select_related("by").filter(
        Q(state__in=[UploadState.QUEUED, UploadState.RUNNING]) | failed
    ).order_by("-pk")  # fmt: skip


def issues_of(
    batch: ImportBatch, *, rule: str = "", severity: str = "", waiting: bool = False
) -> QuerySet[RowIssue]:
    """Return a batch's findings by row."""
    found = batch.issues.select_related("resolved_by", "replay_batch")
    if rule:
        found = found.filter(rule=rule)
    if severity:
        found = found.filter(severity=severity)
    if waiting:
        found = found.filter(severity="error", resolved_at=None)
    return found.order_by("row_no", "pk")


def rules_of(batch: ImportBatch) -> list[Mapping[str, Any]]:
    """Return which rules spoke about a batch's rows and how often, most frequent first."""
    counted = (
        batch.issues.values("rule", "severity")
        .annotate(rows=Count("pk"))
        .order_by("severity", "-rows", "rule")
    )
    return list(counted)


def where_is_row(batch: ImportBatch, row_no: int) -> RowAnswer:
    """Answer what became of one row of a file, by its row number there."""
    issues = tuple(batch.issues.filter(row_no=row_no).order_by("severity", "pk"))
    if any(issue.severity == "error" for issue in issues):
        return RowAnswer(
            row_no,
            "set_aside",
            issues,
            _records(list(batch.replays.filter(state=BatchState.APPLIED)), row_no),
        )
    if batch.state != BatchState.APPLIED:
        return RowAnswer(row_no, "not_applied", issues)
    records = _records([batch], row_no)
    if records:
        return RowAnswer(row_no, "applied", issues, records)
    last = max(_last_row(batch), batch.issues.aggregate(last=Max("row_no"))["last"] or 0)
    known = 0 < row_no <= last
    return RowAnswer(row_no, "nothing_new" if known else "not_in_file", issues)


def _records(batches: list[ImportBatch], row_no: int) -> tuple[tuple[str, Any], ...]:
    found: list[tuple[str, Any]] = []
    for table in TABLES:
        model = apps.get_model("portfolio", table.model)
        rows: QuerySet[Any] = model._default_manager.all()
        if table.state:
            rows = rows.filter(updated_batch__in=batches, updated_row_no=row_no)
        else:
            rows = rows.filter(batch__in=batches, row_no=row_no)
        owner = {"customers": [], "accounts": ["customer"], "contact_points": ["customer"]}.get(
            table.name, ["account"]
        )
        found += [(table.name, row) for row in rows.select_related(*owner)[:10]]
    return tuple(found)


def _last_row(batch: ImportBatch) -> int:
    """Return the last row number a file can have: rows read, after at least one line of headings."""
    return batch.rows_read + int(batch.control.get("rows_skipped", 0)) + 1


def alerts(*, kind: str = "", settled: bool = False) -> QuerySet[Alert]:
    """Return alerts of standing files, latest first."""
    found = Alert.objects.select_related("batch", "account__customer", "settled_by").filter(
        batch__state=BatchState.APPLIED, settled_at__isnull=not settled
    )
    if kind:
        found = found.filter(kind=kind)
    return found.order_by("-pk")


def alert_kinds() -> list[Mapping[str, Any]]:
    """Return how many alerts of each kind wait."""
    waiting = Alert.objects.filter(settled_at=None, batch__state=BatchState.APPLIED)
    return list(waiting.values("kind").annotate(count=Count("pk")).order_by("-count"))


def people_named(cells: Iterable[str]) -> list[int]:
    """Return the ids of customers whose number stands in one of the cells, for the record of who read whose data."""
    numbers = {cell.strip() for cell in cells if 0 < len(cell.strip()) <= CUSTOMER_NO_ROOM}
    return list(Customer.objects.filter(customer_no__in=numbers).values_list("pk", flat=True))


def layout_names(language: str) -> dict[str, str]:
    """Return the name of each layout in the reader's language."""
    return {name: one.title_zh if language == "zh" else one.title for name, one in LAYOUTS.items()}
