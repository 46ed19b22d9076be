"""Apply canonical tables to the book as one batch, set by set, inside the caller's transaction."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from forbear.web.intake import all_new
from forbear.web.intake.bulk_tables import BY_NAME, TABLES, BulkTable
from forbear.web.intake.first_load import first_load
from forbear.web.intake.queries import queries
from forbear.web.intake.references import brings_what_it_names, has_repeats
from forbear.web.intake.screen_rows import unfit_rows
from forbear.web.intake.stage import Progress, copy_table, no_progress

ALWAYS_STAGED = ("customers", "accounts")  # others' rows are checked against them


class DoesNotReconcile(RuntimeError):
    """Rows or sums that went into a batch are not those that came out; nothing was applied."""


@dataclass(slots=True)
class Tally:
    """What became of the rows of one canonical table; money in minor units, facts only."""

    read: int = 0
    read_minor: int = 0
    repeated: int = 0  # a later row of the same file says more about the same thing
    set_aside: int = 0
    set_aside_minor: int = 0
    known: int = 0  # already in the book, word for word
    known_minor: int = 0
    created: int = 0
    created_minor: int = 0
    changed: int = 0


@dataclass(frozen=True, slots=True)
class BadRow:
    """A readable row that the book could not take, with what it said."""

    row_no: int
    table: str
    rule: str
    key: str
    params: Mapping[str, object]
    held: Mapping[str, Any]


@dataclass(slots=True)
class Applied:
    """What a batch did to the book."""

    tallies: dict[str, Tally] = field(default_factory=dict)
    leans_on: Counter[int] = field(default_factory=Counter)  # batches whose rows it repeats
    bad_rows: list[BadRow] = field(default_factory=list)

    @property
    def positions(self) -> int:
        """How many positions were written."""
        return self.tallies["positions"].created if "positions" in self.tallies else 0


def apply_tables(
    cursor: Any,
    tables: Mapping[str, pa.Table],
    *,
    batch_id: int,
    overwrite: bool = True,
    progress: Progress = no_progress,
) -> Applied:
    """Write tables (each with `row_no`) under batch_id; the caller holds the import lock and the transaction.

    overwrite=False adds what is unknown but leaves known customers, accounts and contact points as they are.
    Raises DoesNotReconcile.
    """
    present = [table for table in TABLES if table.name in tables and tables[table.name].num_rows]
    repeats = {table.name for table in present if has_repeats(table, tables[table.name])}
    done = Applied(tallies={table.name: _read(table, tables[table.name], repeats) for table in present})
    cursor.execute(queries("batch")["settings"])
    ready = None if repeats else all_new.ready_rows(cursor, present, tables, batch_id)
    if ready:
        all_new.load(cursor, present, ready, progress)
        for table in present:
            _count_created(cursor, table, batch_id, done.tallies[table.name])
    else:
        _stage(cursor, present, tables, progress)
        done.bad_rows = _set_aside(cursor, present, tables, done.tallies)
        for table in present:
            _compare_and_write(
                cursor, table, batch_id, done, tables[table.name],
                overwrite=overwrite, repeats=table.name in repeats, progress=progress,
            )  # fmt: skip
    for table in present:
        reconcile(table, done.tallies[table.name])
    return done


def _compare_and_write(
    cursor: Any,
    table: BulkTable,
    batch_id: int,
    done: Applied,
    data: pa.Table,
    *,
    overwrite: bool,
    repeats: bool,
    progress: Progress,
) -> None:
    """Write what the book does not hold or holds otherwise."""
    tally = done.tallies[table.name]
    progress(f"write {table.name}", 0, tally.read)
    with first_load(cursor, table.stored_in, data.num_rows):
        if table.state:
            _write_state(cursor, table, batch_id, done, overwrite=overwrite, repeats=repeats)
        else:
            _write_facts(cursor, table, batch_id, done, day_span(table, data))
    progress(f"write {table.name}", tally.read, tally.read)


def _count_created(cursor: Any, table: BulkTable, batch_id: int, tally: Tally) -> None:
    """Count in the database what a batch created; facts with their sum."""
    names = {"table": table.stored_in, "column": "created_batch_id" if table.state else "batch_id"}
    query = queries("all_new")["created"].format(**names, money=table.money or "0")
    cursor.execute(query, {"batch": batch_id})
    tally.created, created_minor = cursor.fetchone()
    tally.created_minor = int(created_minor)


def reconcile(table: BulkTable, tally: Tally) -> None:
    """Raise DoesNotReconcile unless every row and every fen that was read is accounted for."""
    rows = tally.repeated + tally.set_aside + tally.known + tally.created + tally.changed
    if rows != tally.read:
        raise DoesNotReconcile(f"{table.name}: {tally.read} rows read, {rows} accounted for ({tally})")
    minor = tally.set_aside_minor + tally.known_minor + tally.created_minor
    if table.money and minor != tally.read_minor:
        raise DoesNotReconcile(
            f"{table.name}: {tally.read_minor} minor units read, {minor} accounted for ({tally})"
        )


def _read(table: BulkTable, data: pa.Table, repeats: set[str]) -> Tally:
    if not table.state and table.name in repeats:
        raise DoesNotReconcile(f"{table.name}: a key came twice; the channel should have set one row aside")
    total = pc.sum(data[table.money]).as_py() if table.money else 0
    return Tally(read=data.num_rows, read_minor=total or 0)


def _stage(cursor: Any, present: list[BulkTable], tables: Mapping[str, pa.Table], progress: Progress) -> None:
    cursor.execute("DROP TABLE IF EXISTS pg_temp.stage_bad")
    cursor.execute(queries("batch")["bad"])
    names = [table.name for table in present]
    for name in {*names, *ALWAYS_STAGED}:
        for kind in ("stage", "changed", "known"):
            cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{kind}_{name}")
        cursor.execute(queries(name)["stage"])
    for name in names:
        copy_table(cursor, f"stage_{name}", tables[name], step=f"copy {name}", progress=progress)
        cursor.execute(queries("batch")["analyze"].format(table=name, keys=", ".join(BY_NAME[name].key)))


def _set_aside(
    cursor: Any, present: list[BulkTable], tables: Mapping[str, pa.Table], tallies: dict[str, Tally]
) -> list[BadRow]:
    """Take out rows the book cannot take, whole rows of the file, until no row depends on one taken out."""
    rooms = {row.row_no: row.room for row in _mark_unfit(cursor, tables)}
    found = bool(rooms)
    # Unless a row goes, a file that brings what it names needs no look into the book.
    asked = [table for table in present if found or not brings_what_it_names(table.name, tables)]
    while True:
        for table in asked:
            for check in ("set_aside", "conflict"):
                if query := queries(table.name).get(check):
                    cursor.execute(query)
                    found = found or cursor.rowcount > 0
        if not found:
            break
        _take_out(cursor, present, tallies)
        found, asked = False, present
    cursor.execute(queries("batch")["bad_rows"])
    return [
        BadRow(
            row_no,
            table,
            rule,
            key,
            {"key": key, "batch": batch, "field": column, "room": rooms.get(row_no)},
            json.loads(held),
        )
        for row_no, table, rule, key, batch, column, held in cursor.fetchall()
    ]


def _mark_unfit(cursor: Any, tables: Mapping[str, pa.Table]) -> list[Any]:
    unfit = unfit_rows(tables)
    cursor.executemany(
        "INSERT INTO stage_bad (row_no, tbl, rule, key, field) VALUES (%s, %s, %s, '', %s)",
        [(row.row_no, row.table, row.rule, row.field) for row in unfit],
    )
    return unfit


def _take_out(cursor: Any, present: list[BulkTable], tallies: dict[str, Tally]) -> None:
    for table in present:
        names = {"table": table.name, "money": table.money or "row_no"}
        cursor.execute(queries("batch")["hold"].format(**names))
        rows, minor = _one(cursor, queries("batch")["take_out"].format(**names))
        tallies[table.name].set_aside += rows
        tallies[table.name].set_aside_minor += minor if table.money else 0
    cursor.execute(queries("batch")["close_round"])


def _write_state(
    cursor: Any, table: BulkTable, batch_id: int, done: Applied, *, overwrite: bool, repeats: bool
) -> None:
    tally, steps, batch = done.tallies[table.name], queries(table.name), {"batch": batch_id}
    if repeats:
        cursor.execute(steps["last_row_wins"])
        tally.repeated = cursor.rowcount
    cursor.execute(steps["changed"])
    if not overwrite:
        cursor.execute(queries("batch")["keep_newer"].format(table=table.name))
    cursor.execute(steps["leans_on"])
    leans = dict(cursor.fetchall())
    tally.known = sum(leans.values())
    done.leans_on.update({batch: count for batch, count in leans.items() if batch is not None})
    cursor.execute(steps["keep_before"], batch)
    cursor.execute(steps["update"], batch)
    tally.changed = cursor.rowcount
    cursor.execute(steps["insert"], batch)
    tally.created = cursor.rowcount


def _write_facts(
    cursor: Any, table: BulkTable, batch_id: int, done: Applied, days: Mapping[str, date]
) -> None:
    tally, steps, batch = done.tallies[table.name], queries(table.name), {"batch": batch_id}
    names = {"table": table.name, "money": table.money}
    cursor.execute(steps["known"], days)
    cursor.execute(queries("batch")["known_leans_on"].format(**names))
    done.leans_on.update(dict(cursor.fetchall()))
    tally.known, known_minor = _one(cursor, queries("batch")["drop_known"].format(**names))
    cursor.execute(steps["insert"], batch)
    cursor.execute(steps["written"], batch)
    tally.created, created_minor = cursor.fetchone()
    tally.known_minor, tally.created_minor = int(known_minor), int(created_minor)


def day_span(table: BulkTable, data: pa.Table) -> dict[str, date]:
    """Return the first and last day of a table's facts, so that only those days of the book are looked at."""
    if table.dated is None:
        return {}
    span = pc.min_max(data[table.dated]).as_py()
    return {"first": span["min"], "last": span["max"]}


def _one(cursor: Any, query: str) -> tuple[int, int]:
    cursor.execute(query)
    rows, minor = cursor.fetchone()
    return int(rows), int(minor)
