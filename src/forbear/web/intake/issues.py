"""Write findings about rows: those of the channel that read the file, and those of the book that refused a row."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml

from forbear.web.intake.apply import BadRow
from forbear.web.intake.stage import copy_table

COLUMNS = pa.schema(
    [
        pa.field("batch_id", pa.int64()),
        pa.field("severity", pa.string()),
        pa.field("sheet", pa.string()),
        pa.field("row_no", pa.int64()),
        pa.field("column", pa.string()),
        pa.field("rule", pa.string()),
        pa.field("raw_value", pa.string()),
        pa.field("message", pa.string()),
        pa.field("suggestion", pa.string()),
        pa.field("raw_row_cipher", pa.binary()),
        pa.field("key", pa.string()),
        pa.field("held", pa.string()),
        pa.field("resolution", pa.string()),
    ]
)
RAW_VALUE_ROOM = 200
WAITING_RULES = ("unknown_account", "unknown_customer")


@cache
def reasons() -> Mapping[str, Mapping[str, str]]:
    """Read the book's own reasons by rule id."""
    found: dict[str, dict[str, str]] = yaml.safe_load(
        Path(__file__).with_name("reasons.yaml").read_text("utf-8")
    )
    return found


def write_issues(
    cursor: Any, batch_id: int, findings: Iterable[pa.Table], bad_rows: Iterable[BadRow]
) -> None:
    """Copy the channel's findings and the book's refusals beside the batch."""
    rows = [_of_channel(batch_id, row) for table in findings for row in table.to_pylist()]
    rows += [_of_book(batch_id, row) for row in bad_rows]
    if rows:
        copy_table(cursor, "intake_rowissue", pa.Table.from_pylist(rows, COLUMNS), step="issues")


def _of_channel(batch_id: int, row: Mapping[str, Any]) -> dict[str, Any]:
    texts = finding_texts(row)
    return {
        "batch_id": batch_id,
        "severity": row["severity"],
        "sheet": (row["sheet"] or "")[:60],
        "row_no": row["row_no"],
        "column": (row["column"] or "")[:60],
        "rule": row["rule"],
        "raw_value": (row["raw_value"] or "").replace("\x00", "")[:RAW_VALUE_ROOM],
        "message": json.dumps(texts["message"]),
        "suggestion": json.dumps(texts["suggestion"]),
        "raw_row_cipher": row["raw_row_cipher"],
        "key": "",
        "held": None,
        "resolution": "",
    }


def finding_texts(row: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Return message and suggestion of a channel's finding, each in English and Chinese."""
    params = json.loads(row["params"])
    return {
        name: {"en": _text(row[name] % params), "zh": _text(row[f"{name}_zh"] % params)}
        for name in ("message", "suggestion")
    }


def _text(value: str) -> str:
    return value.replace("\x00", "")


def _of_book(batch_id: int, row: BadRow) -> dict[str, Any]:
    fields = bad_row_fields(row)
    written = {name: json.dumps(fields[name]) for name in ("message", "suggestion", "held")}
    rest = {
        "batch_id": batch_id,
        "severity": "error",
        "sheet": "",
        "row_no": row.row_no,
        "raw_row_cipher": None,
    }
    return {**fields, **rest, **written, "resolution": ""}


def bad_row_fields(row: BadRow) -> dict[str, Any]:
    """Return what a RowIssue says about a row that the book refused."""
    reason = reasons()[row.rule]
    return {
        "column": reason["column"] or str(row.params["field"]),
        "rule": row.rule,
        "raw_value": row.key[:RAW_VALUE_ROOM],
        "message": {"en": reason["en"].format(**row.params), "zh": reason["zh"].format(**row.params)},
        "suggestion": {
            "en": reason["todo"].format(**row.params),
            "zh": reason["todo_zh"].format(**row.params),
        },
        "key": row.key if row.rule in WAITING_RULES else "",
        "held": dict(row.held),
    }


def file_reason(rule: str, **params: object) -> dict[str, Any]:
    """Return a reason about a whole file in both languages: rule, message, suggestion."""
    reason = reasons()[rule]
    return {
        "rule": rule,
        "message": {"en": reason["en"].format(**params), "zh": reason["zh"].format(**params)},
        "suggestion": {"en": reason["todo"].format(**params), "zh": reason["todo_zh"].format(**params)},
    }
