"""Export one consistent snapshot of the book as Parquet: a few sessions read what one REPEATABLE READ transaction sees."""

from __future__ import annotations

import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date
from functools import cache
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import adbc_driver_postgresql.dbapi as adbc
import pyarrow as pa
from django.conf import settings
from django.db import connection, transaction
from psycopg import ClientCursor
from psycopg.conninfo import make_conninfo

from forbear.nightly import SNAPSHOT, Folder, checked, write_table
from forbear.web.cases.services import judge_promises
from forbear.web.runs.portfolios import Portfolio

FOLDER = Path(__file__).with_name("sql")
_NAME = re.compile(r"^-- (\w+) --$", re.MULTILINE)
_PLAIN = re.compile(r"^[A-Za-z_/+-]+$")
SESSIONS = 2  # the server sorts in one while the other is read
BIG_FIRST = ("customers", "statements", *sorted(set(SNAPSHOT) - {"customers", "statements", "promises"}))
PLACE = ("host", "port", "dbname", "user", "password", "sslmode")


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
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        written = {"promises": _write(folder, "promises", _promises(cursor, book, as_of))}
        cursor.execute("SELECT pg_export_snapshot()")
        seen = cursor.fetchone()[0]
        asked: SimpleQueue[tuple[str, str]] = SimpleQueue()
        for name in BIG_FIRST:
            asked.put((name, _bound(_query(name, book), _asked(book, as_of))))
        with ThreadPoolExecutor(SESSIONS) as pool:
            readers = [pool.submit(_read_tables, _address(), seen, asked, folder) for _ in range(SESSIONS)]
            for reader in readers:
                written |= reader.result()
    return {name: written[name] for name in SNAPSHOT}


def _read_tables(
    address: str, seen: str, asked: SimpleQueue[tuple[str, str]], folder: Folder
) -> dict[str, int]:
    """Read tables in a session of its own, which sees what the exporting transaction sees, until none is left."""
    written = {}
    with adbc.connect(address) as session, session.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute(f"SET TRANSACTION SNAPSHOT '{seen}'")
        cursor.execute("SET LOCAL work_mem = '256MB'")
        with suppress(Empty):
            while True:
                name, query = asked.get_nowait()
                cursor.execute(query)
                written[name] = _write(folder, name, cursor.fetch_arrow_table().cast(SNAPSHOT[name]))
    return written


def _write(folder: Folder, name: str, table: pa.Table) -> int:
    write_table(checked(name, table), folder.input_path(name))
    return int(table.num_rows)


def _address() -> str:
    """Return how another session finds the same database."""
    given = connection.get_connection_params()
    return make_conninfo(**{name: given[name] for name in PLACE if given.get(name)})


def _bound(query: str, values: dict[str, Any]) -> str:
    """Return a query with its values written in by the driver: a result is streamed only where nothing is bound."""
    return str(ClientCursor(connection.connection).mogrify(query, values))


def _query(name: str, book: Portfolio) -> str:
    zone = settings.TIME_ZONE
    if not _PLAIN.fullmatch(zone):
        raise ValueError(f"TIME_ZONE {zone!r} is no name of a time zone")
    return queries("snapshot")[name].format(mine=book.condition(), zone=f"'{zone}'")


def _asked(book: Portfolio, as_of: date) -> dict[str, Any]:
    return {"as_of": as_of, "portfolio": book.name, "staff": book.staff}


def _promises(cursor: Any, book: Portfolio, as_of: date) -> pa.Table:
    """Return the promises as they stand on the day, judged by the one rule that the desk uses too."""
    judged = judge_promises(as_of)
    states = dict(zip(judged.id.tolist(), [str(state.value) for state in judged.states], strict=True))
    cursor.execute(_query("promises", book), {**_asked(book, as_of), "ids": list(states)})
    found = cursor.fetchall()
    columns = list(zip(*found, strict=True)) if found else [()] * 5
    schema = SNAPSHOT["promises"]
    data = [*columns[1:], [states[row[0]] for row in found]]
    return pa.table([pa.array(c, f.type) for c, f in zip(data, schema, strict=True)], schema=schema)
