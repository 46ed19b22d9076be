"""Read XLSX as it is stored: hidden sheets and rows, merged headings, 1904 dates, numbers that lost digits."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from xml.etree import ElementTree as Xml

import numpy as np
import pyarrow as pa

from forbear.channels.intake.delimited import is_end_mark
from forbear.channels.intake.model import Options, Refused
from forbear.channels.intake.sheet import HEAD_ROWS_MAX, RawSheet, Source, text_table

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_DATE_FORMATS = {*range(14, 23), *range(27, 37), 45, 46, 47, *range(50, 59)}  # ECMA-376 part 1, 18.8.30
_EPOCHS = {False: date(1899, 12, 30), True: date(1904, 1, 1)}
_SHOWN_DIGITS = 15  # a spreadsheet keeps and shows no more; a longer number has lost its end
_ROWS_MAX = 1_048_576
_COLUMNS_MAX = 16_384
_CELLS_MAX = 50_000_000  # of one sheet, blanks between filled cells included


@dataclass(frozen=True, slots=True)
class _Book:
    archive: zipfile.ZipFile
    strings: list[str]
    date_styles: frozenset[int]
    epoch_1904: bool


@dataclass(frozen=True, slots=True)
class _Grid:
    rows: list[tuple[int, list[str]]]  # (row number, cells)
    hidden: int
    merged: list[tuple[int, int, int, int]]  # first row, first column, last row, last column


def read_workbook(
    raw: bytes, options: Options, *, heading_row: Callable[[list[list[str]]], int | None]
) -> Source:
    """Read every visible sheet that has headings; raise Refused for bombs, damage or no heading at all."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(raw))
        _check_size(archive, len(raw), options)
        book, sheets = _open_book(archive)
        return _read_sheets(book, sheets, heading_row)
    except (zipfile.BadZipFile, Xml.ParseError, KeyError, ValueError, IndexError, EOFError, OSError) as error:
        raise Refused("unreadable", kind="XLSX", detail=type(error).__name__) from error
    except (
        NotImplementedError,
        RuntimeError,
        zlib.error,
    ) as error:  # compression or encryption that zipfile does not do
        raise Refused("unreadable", kind="XLSX", detail=str(error)) from error


def _check_size(archive: zipfile.ZipFile, packed: int, options: Options) -> None:
    size = sum(member.file_size for member in archive.infolist())
    limit = min(options.unpacked_bytes_max, max(packed * options.unpack_ratio_max, 1 << 24))
    if size > limit:
        raise Refused("archive_too_large", size=size, limit=limit)


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _parse(archive: zipfile.ZipFile, name: str) -> Xml.Element:
    content = archive.read(name)
    if b"<!DOCTYPE" in content[:1024]:
        raise ValueError("a workbook part declares a document type")
    return Xml.fromstring(content)  # noqa: S314 - see the import


def _open_book(archive: zipfile.ZipFile) -> tuple[_Book, list[tuple[str, str, bool]]]:
    """Return the book and its sheets as (name, path, hidden)."""
    book = _parse(archive, "xl/workbook.xml")
    names = set(archive.namelist())
    targets = {
        one.get("Id", ""): one.get("Target", "") for one in _parse(archive, "xl/_rels/workbook.xml.rels")
    }
    epoch = any(
        _local(one.tag) == "workbookPr" and one.get("date1904", "0") in ("1", "true") for one in book.iter()
    )
    sheets = []
    for one in book.iter():
        if _local(one.tag) == "sheet":
            target = targets.get(one.get(_RELATION) or _strict_id(one), "")
            path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            if path in names:
                sheets.append((one.get("name", ""), path, one.get("state", "visible") != "visible"))
    strings = _shared_strings(archive) if "xl/sharedStrings.xml" in names else []
    styles = _date_styles(archive) if "xl/styles.xml" in names else frozenset()
    return _Book(archive, strings, styles, epoch), sheets


def _strict_id(one: Xml.Element) -> str:
    return next((value for key, value in one.attrib.items() if _local(key) == "id"), "")


def _shared_strings(archive: zipfile.ZipFile) -> list[str]:
    found = []
    for item in _parse(archive, "xl/sharedStrings.xml"):
        found.append(_rich_text(item))
    return found


def _rich_text(item: Xml.Element) -> str:
    """Join the runs of a text, leaving out phonetic readings."""
    parts = []
    for child in item:
        tag = _local(child.tag)
        if tag == "t":
            parts.append(child.text or "")
        elif tag == "r":
            parts.extend(run.text or "" for run in child if _local(run.tag) == "t")
    return "".join(parts)


def _date_styles(archive: zipfile.ZipFile) -> frozenset[int]:
    """Return the cell styles that show a number as a date."""
    root = _parse(archive, "xl/styles.xml")
    own = set()
    for one in root.iter():
        if _local(one.tag) == "numFmt":
            pattern = re.sub(r'"[^"]*"|\[[^\]]*\]|\\.', "", one.get("formatCode", "")).lower()
            if re.search(r"[yd]", pattern) or ("m" in pattern and "#" not in pattern and "0" not in pattern):
                own.add(int(one.get("numFmtId", "-1")))
    for group in root:
        if _local(group.tag) == "cellXfs":
            dated = _DATE_FORMATS | own
            return frozenset(at for at, one in enumerate(group) if int(one.get("numFmtId", "0")) in dated)
    return frozenset()


def _read_sheets(
    book: _Book, sheets: list[tuple[str, str, bool]], heading_row: Callable[[list[list[str]]], int | None]
) -> Source:
    found: list[RawSheet] = []
    unread: list[tuple[str, str]] = []
    for name, path, hidden in sheets:
        grid = _grid(book, path)
        if hidden:
            if grid.rows:
                unread.append(("hidden_sheet", name))
            continue
        sheet = _sheet(name, grid, heading_row)
        if sheet is not None:
            found.append(sheet)
        elif grid.rows:
            unread.append(("sheet_skipped", name))
    if not found:
        raise Refused("no_headings", searched=HEAD_ROWS_MAX)
    remarks: tuple[tuple[str, dict[str, str]], ...] = (("date_system_1904", {}),) if book.epoch_1904 else ()
    return Source("xlsx", tuple(found), None, remarks, tuple(unread))


def _grid(book: _Book, path: str) -> _Grid:
    rows: list[tuple[int, list[str]]] = []
    merged: list[tuple[int, int, int, int]] = []
    hidden, last, held = 0, 0, 0
    with book.archive.open(path) as stream:
        for _, element in Xml.iterparse(stream):  # noqa: S314 - see the import
            tag = _local(element.tag)
            if tag == "row":
                last = int(element.get("r") or last + 1)
                if last > _ROWS_MAX:
                    raise ValueError("row number beyond the format's limit")
                cells = _row_cells(book, element)
                held += len(cells)
                if held > _CELLS_MAX:
                    raise ValueError("more cells than any real sheet")
                if cells:
                    rows.append((last, cells))
                    hidden += element.get("hidden") in ("1", "true")
                element.clear()
            elif tag == "mergeCell":
                merged.append(_span(element.get("ref", "A1")))
    return _Grid(rows, hidden, merged)


def _row_cells(book: _Book, row: Xml.Element) -> list[str]:
    cells: list[str] = []
    for cell in row:
        if _local(cell.tag) != "c":
            continue
        reference = cell.get("r")
        at = _column(reference) if reference else len(cells)
        if at >= _COLUMNS_MAX:
            raise ValueError("column beyond the format's limit")
        text = _cell_text(book, cell)
        if text:
            cells.extend([""] * (at + 1 - len(cells)))
            cells[at] = text
        elif not reference:
            cells.append("")
    return cells if any(cells) else []


def _column(reference: str) -> int:
    at = 0
    for char in reference:
        if not char.isalpha():
            break
        at = at * 26 + ord(char.upper()) - 64
    return at - 1


def _span(reference: str) -> tuple[int, int, int, int]:
    first, _, last = reference.partition(":")
    last = last or first
    return _row_of(first), _column(first), _row_of(last), _column(last)


def _row_of(reference: str) -> int:
    return int(re.sub(r"\D", "", reference) or 0)


def _cell_text(book: _Book, cell: Xml.Element) -> str:
    """Return a cell as text: dates as ISO, numbers with the digits a spreadsheet keeps."""
    kind = cell.get("t", "n")
    value, formula = None, ""
    for child in cell:
        tag = _local(child.tag)
        if tag == "v":
            value = child.text
        elif tag == "f":
            formula = f"={child.text or ''}"
        elif tag == "is":
            return _rich_text(child)
    if value is None:
        return formula  # never computed: its result is not in the file
    if kind == "s":
        return book.strings[int(value)]
    if kind != "n":
        return {"1": "TRUE", "0": "FALSE"}.get(value, value) if kind == "b" else value
    if int(cell.get("s", "0")) in book.date_styles:
        return _date_text(value, book.epoch_1904)
    return number_text(value)


def _date_text(value: str, epoch_1904: bool) -> str:
    try:
        return (_EPOCHS[epoch_1904] + timedelta(days=int(float(value)))).isoformat()
    except (ValueError, OverflowError):
        return value


def number_text(value: str) -> str:
    """Write a stored number as a spreadsheet shows it: at most 15 digits, then a power of ten."""
    if value.isdigit() and len(value) <= _SHOWN_DIGITS:
        return value
    try:
        number = float(value)
    except ValueError:
        return value
    text = f"{number:.{_SHOWN_DIGITS}g}"
    if "e" not in text or abs(number) >= 10**_SHOWN_DIGITS:
        return text.upper() if "e" in text else text
    return f"{number:.20f}".rstrip("0").rstrip(".")


def _sheet(name: str, grid: _Grid, heading_row: Callable[[list[list[str]]], int | None]) -> RawSheet | None:
    first = [cells for _, cells in grid.rows[:HEAD_ROWS_MAX]]
    found, headings, body_from = _headings(first, grid, heading_row)
    if found is None:
        return None
    width = len(headings)
    body = grid.rows[body_from:]
    remarks: list[tuple[str, dict[str, str]]] = []
    tail: list[tuple[str, ...]] = []
    while body and len(tail) < 3 and is_end_mark(body[-1][1], width):
        tail.insert(0, tuple(body.pop()[1]))
    if found:
        remarks.append(("title_rows_skipped", {"count": str(found)}))
    if grid.hidden:
        remarks.append(("hidden_rows", {"count": str(grid.hidden), "sheet": name}))
    blank = (body[-1][0] - body[0][0] + 1 - len(body)) if body else 0
    if blank:
        remarks.append(("blank_rows_skipped", {"count": str(blank)}))
    beyond = sum(1 for _, cells in body if any(cells[width:]))
    if beyond:
        remarks.append(("cells_without_heading", {"count": str(beyond)}))
    columns = [
        pa.array([cells[at] if at < len(cells) else "" for _, cells in body], pa.string())
        for at in range(width)
    ]
    return RawSheet(
        name=name,
        headings=tuple(headings),
        cells=text_table(columns),
        row_no=np.array([number for number, _ in body], np.int64),
        head=tuple(tuple(cells) for _, cells in grid.rows[:found]),
        tail=tuple(tail),
        remarks=tuple(remarks),
        skipped=found + len(tail) + blank,
    )


def _headings(
    first: list[list[str]], grid: _Grid, heading_row: Callable[[list[list[str]]], int | None]
) -> tuple[int | None, list[str], int]:
    """Find the heading row; a second heading row under merged cells is joined to it (联系人1 + 姓名)."""
    found = heading_row(first)
    joined = [_two_rows(first, at, grid) for at in range(min(len(first) - 1, 6))]
    as_one = [row for row in joined if row is not None]
    if as_one:
        best = heading_row([*([first[found]] if found is not None else [[]]), *as_one])
        if best is not None and best > 0:
            chosen = as_one[best - 1]
            at = joined.index(chosen)
            return at, chosen, at + 2
    return (None, [], 0) if found is None else (found, first[found], found + 1)


def _two_rows(first: list[list[str]], at: int, grid: _Grid) -> list[str] | None:
    """Join row `at` and the next where merged cells lie over them, else None."""
    row_no = grid.rows[at][0]
    spans = [span for span in grid.merged if span[0] == row_no and (span[2] > row_no or span[3] > span[1])]
    if not spans or grid.rows[at + 1][0] != row_no + 1:
        return None
    width = max(len(first[at]), len(first[at + 1]))
    upper = first[at] + [""] * (width - len(first[at]))
    lower = first[at + 1] + [""] * (width - len(first[at + 1]))
    for top, left, bottom, right in spans:
        for column in range(left, min(right, width - 1) + 1):
            upper[column] = first[at][left] if left < len(first[at]) else ""
            if bottom > top:
                lower[column] = ""
    return [above + below for above, below in zip(upper, lower, strict=True)]
