"""One sheet of raw text cells: what every reader (CSV, XLSX, Parquet) produces."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Rows = NDArray[np.int64]
HEAD_ROWS_MAX = 20  # headings are looked for in this many first rows


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A row that could not be cut into cells, with the reason and its bytes."""

    row_no: int
    rule: str
    raw: bytes
    params: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RawSheet:
    """Headings and data cells as text; `row_no` is the line or row of the original file, from 1.

    `original` returns the bytes of given data rows (by position), or None where the format has no rows of bytes.
    """

    name: str | None
    headings: tuple[str, ...]
    cells: pa.Table  # string columns c0, c1, ...
    row_no: Rows
    head: tuple[tuple[str, ...], ...] = ()  # rows before the headings
    tail: tuple[tuple[str, ...], ...] = ()  # closing control rows
    broken: tuple[BrokenRow, ...] = ()
    original: Callable[[int], bytes] | None = None
    remarks: tuple[tuple[str, dict[str, str]], ...] = ()  # (rule, params) about the sheet as a whole
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class Source:
    """A whole file as sheets."""

    kind: str  # csv, xlsx, parquet
    sheets: tuple[RawSheet, ...]
    encoding: str | None = None
    remarks: tuple[tuple[str, dict[str, str]], ...] = ()
    unread_sheets: tuple[tuple[str, str], ...] = ()  # (rule, sheet name)


def text_table(columns: list[pa.Array]) -> pa.Table:
    """Name the columns c0, c1, ... of one sheet."""
    return pa.table({f"c{position}": column for position, column in enumerate(columns)})
