"""Export one consistent snapshot of the book as Parquet: COPY out of one REPEATABLE READ transaction."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
from django.conf import settings
from django.db import connection, transaction
from pyarrow import csv

from forbear.nightly import SNAPSHOT, Folder, checked, empty, write_table
from forbear.web.cases.services import judge_promises
from forbear.web.runs.portfolios import Portfolio

FOLDER = Path(__file__).with_name("sql")
_NAME = re.compile(r"^-- (\w+) --$", re.MULTILINE)
_PLAIN = re.compile(r"^[A-Za-z_/+-]+$")


@cache
def queries(file: str) -> Mapping[str, str]:
    """Return the queries of sql/`file`.sql by name."""
    parts = _NAME.split((FOLDER / f"{file}.sql").read_text("utf-8"))
    return {name: body.strip() for name, body in zip(parts[1::2], parts[2::2], strict=True)}


# Read by the snapshot and filled in bulk: without fresh statistics a plan for a million rows is a guess.
READ = (
    "portfolio_customer", "portfolio_account", "portfolio_contactpoint", "portfolio_statement", "portfolio_ledgerentry",
    "portfolio_position", "portfolio_placement", "cases_case", "contact_contactattempt", "runs_outcome", "runs_message", "intake_importbatch",
)  # fmt: skip


def refresh_statistics() -> None:
    """Let the planner know the tables as they are now; a sample of each, so that a million rows take no longer."""
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(READ)}")


def export_snapshot(folder: Folder, *, book: Portfolio, as_of: date) -> dict[str, int]:
    """Write every table of the snapshot into a run folder; return the rows by table.

    Must be called outside a transaction: the snapshot needs one of its own, of which every query sees one state.
    """
    rows = {}
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SET LOCAL work_mem = '256MB'")
        for name in SNAPSHOT:
            table = (
                _promises(cursor, book, as_of) if name == "promises" else _table(cursor, name, book, as_of)
            )
            write_table(table, folder.input_path(name))
            rows[name] = table.num_rows
    return rows


def _query(name: str, book: Portfolio) -> str:
    zone = settings.TIME_ZONE
    if not _PLAIN.fullmatch(zone):
        raise ValueError(f"TIME_ZONE {zone!r} is no name of a time zone")
    return queries("snapshot")[name].format(mine=book.condition(), zone=f"'{zone}'")


def _asked(book: Portfolio, as_of: date) -> dict[str, Any]:
    return {"as_of": as_of, "portfolio": book.name, "staff": book.staff}


def _table(cursor: Any, name: str, book: Portfolio, as_of: date) -> pa.Table:
    """COPY one query out as CSV and read it with its schema; null is an empty cell, an empty text is quoted."""
    sink = pa.BufferOutputStream()
    statement = f"COPY ({_query(name, book)}) TO STDOUT (FORMAT csv, HEADER)"
    with cursor.copy(statement, _asked(book, as_of)) as copy:
        for part in copy:
            sink.write(part)
    buffer = sink.getvalue()
    if not buffer.size:
        return empty(name)
    schema = SNAPSHOT[name]
    convert = csv.ConvertOptions(
        column_types=schema,
        include_columns=schema.names,
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
        null_values=[""],
        true_values=["t"],
        false_values=["f"],
    )
    parse = csv.ParseOptions(newlines_in_values=True)
    return checked(name, csv.read_csv(pa.BufferReader(buffer), parse_options=parse, convert_options=convert))


def _promises(cursor: Any, book: Portfolio, as_of: date) -> pa.Table:
    """Return the promises as they stand on the day, judged by the one rule that the desk uses too."""
    judged = judge_promises(as_of)
    states = dict(zip(judged.id.tolist(), [str(state.value) for state in judged.states], strict=True))
    cursor.execute(_query("promises", book), {**_asked(book, as_of), "ids": list(states)})
    found = cursor.fetchall()
    columns = list(zip(*found, strict=True)) if found else [()] * 5
    schema = SNAPSHOT["promises"]
    data = [*columns[1:], [states[row[0]] for row in found]]
    return checked(
        "promises", pa.table([pa.array(c, f.type) for c, f in zip(data, schema, strict=True)], schema=schema)
    )
