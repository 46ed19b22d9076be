"""Copy canonical Arrow tables into temporary tables: COPY of CSV that pyarrow writes, a chunk at a time."""

from __future__ import annotations

import binascii
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from psycopg.copy import QueuedLibpqWriter
from pyarrow import csv

CHUNK_ROWS = 65_536
LIST_MARK = "\x1f"  # parts the members of a list; the unit separator cannot occur in a cleaned cell
Progress = Callable[[str, int, int], None]


def no_progress(step: str, done: int, total: int) -> None:
    """Tell nobody how far a step is."""


def copy_table(
    cursor: Any, table: str, data: pa.Table, *, step: str, progress: Progress = no_progress
) -> None:
    """COPY a table of the same column names into `table` (a name of ours, never from outside)."""
    names = ", ".join(f'"{name}"' for name in data.column_names)
    done = 0
    driver = getattr(cursor, "cursor", cursor)  # the driver's own inside Django's
    # A thread hands the bytes to the server while the next chunk is made.
    with driver.copy(
        f"COPY {table} ({names}) FROM STDIN (FORMAT csv)", writer=QueuedLibpqWriter(driver)
    ) as copy:
        for chunk in csv_chunks(data):
            copy.write(chunk)
            done = min(done + CHUNK_ROWS, data.num_rows)
            progress(step, done, data.num_rows)


def csv_chunks(data: pa.Table) -> Iterator[memoryview]:
    """Write a table as CSV in chunks of CHUNK_ROWS; null is an empty cell, an empty text is quoted."""
    options = csv.WriteOptions(include_header=False)
    for start in range(0, data.num_rows, CHUNK_ROWS):
        part = data.slice(start, CHUNK_ROWS).combine_chunks()
        columns = [_as_cell(column.chunk(0)) for column in part.columns]
        sink = pa.BufferOutputStream()
        csv.write_csv(pa.table(columns, names=data.column_names), sink, options)
        yield memoryview(sink.getvalue())


def _as_cell(column: pa.Array) -> pa.Array:
    if pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
        return bytea(column)
    if pa.types.is_list(column.type):
        return pc.binary_join(column, LIST_MARK)
    return column


def bytea(column: pa.Array) -> pa.Array:
    r"""Write binary values as PostgreSQL reads them, `\x` and hex digits; shape (n,) to (n,)."""
    if len(column) == 0:
        return pa.array([], pa.string())
    column = column.cast(pa.binary())
    _, offsets, values = column.buffers()
    ends = np.frombuffer(offsets, np.int32)[column.offset : column.offset + len(column) + 1]
    digits = binascii.hexlify(memoryview(values)[ends[0] : ends[-1]]) if ends[-1] > ends[0] else b""
    starts = pa.py_buffer(((ends - ends[0]) * 2).astype(np.int32))
    hexed = pa.StringArray.from_buffers(len(column), starts, pa.py_buffer(digits))
    return pc.if_else(column.is_valid(), pc.binary_join_element_wise("\\x", hexed, ""), None)
