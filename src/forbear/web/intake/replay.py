"""Apply rows that were set aside: corrected by a person, or because what they waited for has arrived."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import pyarrow as pa
from django.db import connection, transaction

from forbear.channels import ParsedFile, replay_row
from forbear.ledger.tables import SCHEMAS
from forbear.web.intake.apply import Applied, apply_tables
from forbear.web.intake.bulk_tables import BY_NAME
from forbear.web.intake.case_opening import open_cases
from forbear.web.intake.issues import bad_row_fields, finding_texts
from forbear.web.intake.lock import take_lock
from forbear.web.intake.models import BatchState, ImportBatch, RowIssue
from forbear.web.intake.queries import queries
from forbear.web.intake.reading import bank_mapping, standard_options
from forbear.web.intake.stage import LIST_MARK
from forbear.web.people.models import User
from forbear.web.portfolio.vault import vault

Held = Mapping[str, Sequence[Mapping[str, Any]]]


class NotOpen(ValueError):
    """This row was settled already, or its file no longer stands."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of a replay: the batch it made, or why the row still cannot be applied."""

    batch: ImportBatch | None
    problems: tuple[
        Mapping[str, Mapping[str, str]], ...
    ] = ()  # message and suggestion, each in two languages


class _StillBad(Exception):
    def __init__(self, applied: Applied) -> None:
        self.applied = applied


def replay_issue(
    *, issue: RowIssue, corrected: Mapping[str, str], user: User | None, at: datetime
) -> Replayed:
    """Apply one row set aside, with corrected cells, as a small batch tied to its original.

    corrected holds cells by heading for a row the channel refused, canonical text columns for one the book refused
    (see `editable`). The same validators judge it. Raises NotOpen.
    """
    with transaction.atomic():
        take_lock()
        issue = RowIssue.objects.select_related("batch").get(pk=issue.pk)
        if issue.resolved_at or issue.severity != "error" or issue.batch.state != BatchState.APPLIED:
            raise NotOpen(f"row {issue.row_no} of batch {issue.batch_id} is not waiting for a correction")
        if issue.held is not None:
            tables = held_tables([(issue.row_no, corrected_held(issue.held, corrected))])
        else:
            parsed = _parse(issue, corrected)
            if problems := _problems(parsed):
                return Replayed(None, problems)
            tables = dict(parsed.tables)
        return _apply_one(issue, tables, user, at)


def drop_issue(*, issue: RowIssue, reason: str, user: User, at: datetime) -> None:
    """Settle a row set aside without applying it; the reason is kept. Raises NotOpen, ValueError without a reason."""
    if not reason.strip():
        raise ValueError("a row is dropped only with a reason")
    with transaction.atomic():
        take_lock()
        settled = RowIssue.objects.filter(
            batch=issue.batch_id, row_no=issue.row_no, severity="error", resolved_at=None
        )
        if not settled.update(
            resolved_at=at,
            resolved_by=user,
            resolution="dropped",
            resolution_note=reason.strip()[:200],
            key="",
        ):
            raise NotOpen(f"row {issue.row_no} of batch {issue.batch_id} is settled already")


def replay_waiting(*, at: datetime) -> list[ImportBatch]:
    """Replay every row whose unknown account or customer has meanwhile arrived; one batch per original file.

    The caller holds the import lock and the transaction.
    """
    waiting: dict[int, list[tuple[int, int, Held]]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(queries("batch")["waiting"])
        for issue_id, batch_id, row_no, held in cursor.fetchall():
            waiting[batch_id].append((issue_id, row_no, json.loads(held) if isinstance(held, str) else held))
    made = []
    for original_id, rows in waiting.items():
        original = ImportBatch.objects.get(pk=original_id)
        tables = held_tables([(row_no, held) for _, row_no, held in rows])
        batch, applied = _apply_replay(original, tables, len(rows), [issue for issue, _, _ in rows], None, at)
        _note_still_bad(original, applied)
        if batch:
            bad = {row.row_no for row in applied.bad_rows}
            _settle(original, [row_no for _, row_no, _ in rows if row_no not in bad], batch, None, at)
            made.append(batch)
    return made


def _apply_one(issue: RowIssue, tables: dict[str, pa.Table], user: User | None, at: datetime) -> Replayed:
    batch, applied = _apply_replay(issue.batch, tables, 1, [issue.pk], user, at)
    if batch is None:
        fields = [bad_row_fields(row) for row in applied.bad_rows]
        return Replayed(
            None, tuple({"message": one["message"], "suggestion": one["suggestion"]} for one in fields)
        )
    _settle(issue.batch, [issue.row_no], batch, user, at)
    replay_waiting(at=at)
    return Replayed(batch)


def _apply_replay(
    original: ImportBatch,
    tables: dict[str, pa.Table],
    rows: int,
    issues: list[int],
    user: User | None,
    at: datetime,
) -> tuple[ImportBatch | None, Applied]:
    """Apply rows of original as a batch of their own; no batch when the book refuses every row."""
    known = {name: table for name, table in tables.items() if name in BY_NAME}
    try:
        with transaction.atomic():
            batch = _record(original, rows, issues, user, at)
            with connection.cursor() as cursor:
                applied = apply_tables(
                    cursor, known, batch_id=batch.pk, overwrite=not _is_overtaken(original)
                )
                if len(applied.bad_rows) == rows:
                    raise _StillBad(applied)
                opened = open_cases(cursor, batch.pk, original.data_on or at.date(), applied.positions)
            batch.rows_read, batch.rows_applied = rows, rows - len(applied.bad_rows)
            batch.rows_quarantined = len(applied.bad_rows)
            batch.counts = {name: asdict(tally) for name, tally in applied.tallies.items()} | {
                "cases_opened": opened,
                "leans_on": {str(other): count for other, count in applied.leans_on.items()},
            }
            batch.save()
            return batch, applied
    except _StillBad as still:
        return None, still.applied


def _record(
    original: ImportBatch, rows: int, issues: list[int], user: User | None, at: datetime
) -> ImportBatch:
    digest = hashlib.sha256(f"replay {sorted(issues)}".encode()).hexdigest()
    return ImportBatch.objects.create(
        received_at=at,
        received_name=original.received_name,
        received_by=user,
        layout=original.layout,
        sha256=digest,
        data_on=original.data_on,
        sequence=original.sequence,
        state=BatchState.APPLIED,
        rows_read=rows,
        applied_at=at,
        replay_of=original,
    )


def _is_overtaken(original: ImportBatch) -> bool:
    """Return whether a newer file of the same kind stands, so that the row may add but not overwrite."""
    if original.data_on is None:
        return False
    newer = ImportBatch.objects.filter(
        layout=original.layout, state=BatchState.APPLIED, replay_of=None, data_on__gt=original.data_on
    )
    return newer.exists()


def _settle(
    original: ImportBatch, row_nos: list[int], batch: ImportBatch, user: User | None, at: datetime
) -> None:
    RowIssue.objects.filter(batch=original, row_no__in=row_nos, severity="error", resolved_at=None).update(
        resolved_at=at, resolved_by=user, resolution="replayed", replay_batch=batch
    )


def _note_still_bad(original: ImportBatch, applied: Applied) -> None:
    """Say the new reason of a row that waited for one thing and now fails on another."""
    for row in applied.bad_rows:
        RowIssue.objects.filter(batch=original, row_no=row.row_no, severity="error", resolved_at=None).update(
            **bad_row_fields(row)
        )


def _parse(issue: RowIssue, corrected: Mapping[str, str]) -> ParsedFile:
    return replay_row(
        issue.batch.layout,
        dict(corrected),
        vault=vault(),
        received_name=issue.batch.received_name,
        row_no=issue.row_no,
        data_on=issue.batch.data_on,
        mapping=bank_mapping(),
        options=standard_options(),
    )


def _problems(parsed: ParsedFile) -> tuple[Mapping[str, Mapping[str, str]], ...]:
    if parsed.refused:
        refused = parsed.refused
        return (
            {
                "message": {
                    "en": refused.message % refused.params,
                    "zh": refused.message_zh % refused.params,
                },
                "suggestion": {
                    "en": refused.suggestion % refused.params,
                    "zh": refused.suggestion_zh % refused.params,
                },
            },
        )
    return tuple(finding_texts(row) for row in parsed.quarantined.to_pylist())


def corrected_held(held: Held, corrected: Mapping[str, str]) -> Held:
    """Return held rows with text columns replaced, in every table that has the column."""
    allowed = editable(held)
    if unknown := set(corrected) - set(allowed):
        raise ValueError(f"not editable: {', '.join(sorted(unknown))}")
    return {
        name: [
            {**row, **{key: value.strip() for key, value in corrected.items() if key in row}} for row in rows
        ]
        for name, rows in held.items()
    }


def editable(held: Held) -> dict[str, str]:
    """Return the text cells of a held row that a person may correct: never amounts, dates or sealed numbers."""
    found: dict[str, str] = {}
    for name, rows in held.items():
        for row in rows[:1]:
            for column, value in row.items():
                kind = SCHEMAS[name].field(column).type
                if pa.types.is_string(kind) and not column.endswith("_tail"):
                    found.setdefault(column, value or "")
    return found


def held_tables(rows: Sequence[tuple[int, Held]]) -> dict[str, pa.Table]:
    """Return canonical tables, with `row_no`, of rows kept as JSON; shape: one or more table rows per row."""
    collected: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row_no, held in rows:
        for name, members in held.items():
            collected[name] += [{**_typed(name, member), "row_no": row_no} for member in members]
    return {
        name: pa.Table.from_pylist(
            members, SCHEMAS[name].append(pa.field("row_no", pa.int64(), nullable=False))
        )
        for name, members in collected.items()
    }


def _typed(name: str, member: Mapping[str, Any]) -> dict[str, Any]:
    return {field.name: _value(field.type, member.get(field.name)) for field in SCHEMAS[name]}


def _value(kind: pa.DataType, value: Any) -> Any:
    if value is None:
        return None
    if pa.types.is_date(kind):
        return date.fromisoformat(value)
    if pa.types.is_binary(kind):
        return bytes.fromhex(value.removeprefix("\\x"))
    if pa.types.is_list(kind):
        return value.split(LIST_MARK) if value else []
    return value
