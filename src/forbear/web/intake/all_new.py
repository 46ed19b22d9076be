"""Load a large file of which the book knows nothing yet straight into its tables.

The sets of `apply` compare every row with the book. Where the book holds nothing to compare with (an empty table, a day
nobody has told of), no row is unfit, repeated or without its customer or account, there is one thing left to do with a
row: write it. Then ids are matched as columns and rows are copied into place, a third of the work. Whatever does not
fit this description goes through the sets; they alone judge rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models
from pyarrow import csv

from forbear.web.intake.bulk_tables import BulkTable
from forbear.web.intake.first_load import MANY_ROWS, first_load
from forbear.web.intake.queries import queries
from forbear.web.intake.references import REFERS_TO
from forbear.web.intake.screen_rows import unfit_rows
from forbear.web.intake.stage import LIST_MARK, Progress, copy_table

REFERRED_TO = ("customers", "accounts")


@dataclass(slots=True)
class Ready:
    """Tables as they go into the book, and the ids of those that other rows name."""

    tables: dict[str, pa.Table] = field(default_factory=dict)
    ids: dict[str, tuple[pa.Array, pa.Array]] = field(default_factory=dict)  # keys of the bank, our ids


def ready_rows(
    cursor: Any, present: list[BulkTable], tables: Mapping[str, pa.Table], batch_id: int
) -> dict[str, pa.Table] | None:
    """Return each table with our columns in place of the bank's keys, or None where a row has to be judged.

    No table may name a thing twice.
    """
    if max((tables[table.name].num_rows for table in present), default=0) < MANY_ROWS:
        return None
    if not all(_unknown(cursor, table, tables[table.name]) for table in present):
        return None
    if unfit_rows(tables):
        return None
    ready = Ready()
    for table in present:
        rows = _ready(cursor, table, tables[table.name], batch_id, ready)
        if rows is None:
            return None
        ready.tables[table.name] = rows
    return ready.tables


def load(cursor: Any, present: list[BulkTable], ready: Mapping[str, pa.Table], progress: Progress) -> None:
    """Copy the tables into the book, each as a whole."""
    for table in present:
        rows = ready[table.name]
        with first_load(cursor, table.stored_in, rows.num_rows):
            copy_table(cursor, table.stored_in, rows, step=f"write {table.name}", progress=progress)


def _unknown(cursor: Any, table: BulkTable, data: pa.Table) -> bool:
    """Return whether the book can hold nothing of what the table tells."""
    if table.name not in queries("all_new"):  # rows of this table are judged by more than their key
        return False
    days = pc.min_max(data[table.dated]).as_py() if table.dated else {}
    if not _tells_nothing(cursor, table, days):
        return False
    if table.name not in REFERRED_TO:
        return True
    # Ids are drawn for it: nobody may add meanwhile, and somebody may have before the lock was had.
    cursor.execute(queries("all_new")["nobody_adds"].format(table=table.stored_in))
    return _tells_nothing(cursor, table, days)


def _tells_nothing(cursor: Any, table: BulkTable, days: Mapping[str, Any]) -> bool:
    cursor.execute(queries("all_new")[table.name], days)
    return not cursor.fetchone()[0]


def _ready(cursor: Any, table: BulkTable, data: pa.Table, batch_id: int, ready: Ready) -> pa.Table | None:
    columns = {name: data[name] for name in table.columns}
    if table.name in REFERS_TO:
        other, key = REFERS_TO[table.name]
        found = _ids_of(cursor, other, columns.pop(key), ready)
        if found is None:
            return None
        columns[f"{other[:-1]}_id"] = found
    if table.name in REFERRED_TO:
        first = _draw_ids(cursor, table, data.num_rows)
        columns["id"] = pa.array(np.arange(first, first + data.num_rows))
        ready.ids[table.name] = (data[table.key[0]].combine_chunks(), columns["id"])
    if "valid" in columns:  # a blocked number would say more; there is none here
        columns["state"] = pc.if_else(columns.pop("valid"), "unverified", "invalid")
    return pa.table(_filled(table, columns) | _of_batch(table, data, batch_id))


def _ids_of(cursor: Any, other: str, named: pa.ChunkedArray, ready: Ready) -> pa.ChunkedArray | None:
    """Return our ids for the bank's keys; None where one is unknown."""
    if other not in ready.ids:
        ready.ids[other] = _standing_ids(cursor, other)
    keys, ids = ready.ids[other]
    places = pc.index_in(named, value_set=keys)
    return None if places.null_count else ids.take(places.combine_chunks())


def _standing_ids(cursor: Any, name: str) -> tuple[pa.Array, pa.Array]:
    cursor.execute(queries("all_new")[f"ids_of_{name}"])
    pairs = "\n".join(part for (part,) in cursor.fetchall())
    if not pairs:
        return pa.array([], pa.string()), pa.array([], pa.int64())
    read = csv.read_csv(
        pa.BufferReader(pairs.encode()),
        read_options=csv.ReadOptions(column_names=["key", "id"]),
        parse_options=csv.ParseOptions(delimiter=LIST_MARK, quote_char=False),
        convert_options=csv.ConvertOptions(column_types={"key": pa.string(), "id": pa.int64()}),
    )
    return read["key"].combine_chunks(), read["id"].combine_chunks()


def _draw_ids(cursor: Any, table: BulkTable, rows: int) -> int:
    """Draw ids that follow each other and return the first; the table is locked, so nobody draws in between."""
    cursor.execute(queries("all_new")["draw_ids"], {"table": table.stored_in, "rows": rows})
    return int(cursor.fetchone()[0])


def _filled(table: BulkTable, columns: Mapping[str, Any]) -> dict[str, Any]:
    """Write what is empty as the model does: an empty text, an empty list."""
    model = apps.get_model("portfolio", table.model)
    kinds = {one.column: one for one in model._meta.concrete_fields}
    return {name: _cells(kinds[name], column) for name, column in columns.items()}


def _cells(kind: models.Field[Any, Any], column: Any) -> Any:
    if isinstance(kind, ArrayField):
        return array_cells(column)
    if isinstance(kind, models.CharField) and not kind.null:
        return pc.fill_null(column, "")
    return column


def array_cells(column: pa.ChunkedArray) -> pa.Array:
    """Write lists of text as PostgreSQL reads arrays, every member quoted; no list is an empty one."""
    lists = column.combine_chunks()
    members = pc.replace_substring(pc.replace_substring(lists.flatten(), "\\", "\\\\"), '"', '\\"')
    quoted = pc.binary_join_element_wise('"', members, '"', "")
    lengths = pc.fill_null(pc.list_value_length(lists), 0)
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), pc.cumulative_sum(lengths).cast(pa.int32())])
    joined = pc.binary_join(pa.ListArray.from_arrays(offsets, quoted), ",")
    return pc.binary_join_element_wise("{", joined, "}", "")


def _of_batch(table: BulkTable, data: pa.Table, batch_id: int) -> dict[str, Any]:
    batch = pa.repeat(pa.scalar(batch_id, pa.int64()), data.num_rows)
    if table.state:
        return {"created_batch_id": batch, "updated_batch_id": batch, "updated_row_no": data["row_no"]}
    return {"batch_id": batch, "row_no": data["row_no"]}
