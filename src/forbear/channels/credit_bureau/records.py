"""Lines of a file for the credit register: one head, one record a line, one trailer with count and sum.

The register's own layout was not seen. This one follows the convention of bank files (docs/files.md): a separator that
no field may hold, dates YYYYMMDD, amounts in yuan with two decimals, a trailer that proves that nothing was lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from forbear.money import format_minor

MONTH_FIELDS = (
    "org_no", "name", "id_type", "id_no", "account_no", "currency", "opened_on", "limit_minor", "month", "letter", "dpd",
    "past_due_minor", "balance_minor", "class5", "history_short", "history_long", "disputed",
)  # fmt: skip
CORRECTION_FIELDS = (
    "org_no", "name", "id_type", "id_no", "account_no", "month", "old", "new", "cause",
)  # fmt: skip
LINE_END = "\r\n"
SUMMED = "past_due_minor"


class CannotWrite(ValueError):
    """A value cannot stand in the file; says which."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is written."""

    institution: str
    separator: str
    encoding: str


def month_file(
    layout: Layout, month: date, made_on: date, rows: Iterable[Mapping[str, Any]]
) -> Iterator[bytes]:
    """Yield the lines of a month's file; rows by MONTH_FIELDS."""
    return _file(layout, "M", month, made_on, MONTH_FIELDS, rows)


def correction_file(
    layout: Layout, month: date, made_on: date, rows: Iterable[Mapping[str, Any]]
) -> Iterator[bytes]:
    """Yield the lines of a file of corrections; rows by CORRECTION_FIELDS."""
    return _file(layout, "C", month, made_on, CORRECTION_FIELDS, rows)


def _file(
    layout: Layout,
    kind: str,
    month: date,
    made_on: date,
    fields: tuple[str, ...],
    rows: Iterable[Mapping[str, Any]],
) -> Iterator[bytes]:
    yield _line(layout, ["H", kind, layout.institution, f"{month:%Y%m%d}", f"{made_on:%Y%m%d}"])
    count = total = 0
    for row in rows:
        count, total = count + 1, total + int(row.get(SUMMED, 0))
        yield _line(layout, ["D", *(text(name, row[name]) for name in fields)])
    yield _line(layout, ["T", str(count), format_minor(total)])


def text(name: str, value: Any) -> str:
    """Return a value as the file writes it."""
    if type(value) is str:  # most cells of a million lines
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, date):
        return _day(value)
    return format_minor(value) if name.endswith("_minor") else str(value)


@lru_cache(maxsize=20_000)
def _day(value: date) -> str:
    """Return a day as the file writes it; the days of a book are few."""
    return f"{value:%Y%m%d}"


def _line(layout: Layout, cells: list[str]) -> bytes:
    line = layout.separator.join(cells)
    if line.count(layout.separator) >= len(cells) or "\n" in line or "\r" in line:
        wrong = next(each for each in cells if any(sign in each for sign in (layout.separator, "\n", "\r")))
        raise CannotWrite(f"{wrong!r} holds the separator or a line end; mend it in the book first")
    return (line + LINE_END).encode(layout.encoding)


def read_records(content: bytes, layout: Layout) -> list[dict[str, str]]:
    """Read a file back; raises CannotWrite where head, trailer, count or sum do not hold."""
    lines = [line.split(layout.separator) for line in content.decode(layout.encoding).split(LINE_END) if line]
    if len(lines) < 2 or lines[0][0] != "H" or lines[-1][0] != "T":
        raise CannotWrite("a file begins with H and ends with T")
    fields = MONTH_FIELDS if lines[0][1] == "M" else CORRECTION_FIELDS
    rows = [dict(zip(fields, line[1:], strict=True)) for line in lines[1:-1]]
    if int(lines[-1][1]) != len(rows):
        raise CannotWrite(f"the trailer says {lines[-1][1]} records, the file holds {len(rows)}")
    return rows
