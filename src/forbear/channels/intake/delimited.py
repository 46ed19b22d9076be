"""Cut delimited text into cells: any separator, any line end, quotation marks that never close."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from forbear.channels.intake.decode import Decoded, unify_line_ends
from forbear.channels.intake.model import Refused
from forbear.channels.intake.sheet import HEAD_ROWS_MAX, BrokenRow, RawSheet, Rows, text_table

_LONG_SEPARATORS = {b"|+|": b"\x01", b"|@|": b"\x01", b"||": b"\x01", b"^|": b"\x01"}
_SEPARATORS = ("\x01", "\x1f", "\t", "|", ",", ";")
_JOINED_LINES_MAX = 50  # a cell with more line breaks than this is an unclosed quotation mark
_END_MARKS = (
    "t",
    "tr",
    "trl",
    "trailer",
    "eof",
    "end",
    "尾",
    "尾记录",
    "合计",
    "总计",
    "汇总",
    "总笔数",
    "共计",
    "总金额",
)


@dataclass(frozen=True, slots=True)
class _Records:
    """Byte spans of the records after the headings: starts, ends (without line end), physical line numbers."""

    starts: Rows
    ends: Rows
    line_no: Rows
    unbalanced: tuple[int, ...]  # positions among the records


def read_delimited(decoded: Decoded, *, heading_row: Callable[[list[list[str]]], int | None]) -> RawSheet:
    """Cut decoded text into one sheet; raise Refused when no row is a heading.

    `heading_row` is given the first rows and says which one is the heading.
    """
    content = unify_line_ends(decoded.content)
    content, separator = _separator(content, heading_row)
    head_rows = _head(content, separator)
    found = heading_row([cells for cells, _, _ in head_rows])
    if found is None:
        raise Refused("no_headings", searched=HEAD_ROWS_MAX)
    headings, _, body_at = head_rows[found]
    first_line = 1 + content.count(b"\n", 0, body_at)
    records = _records(content, body_at, first_line, separator, len(headings))
    records, blank = _drop_blank(content, records, decoded)
    records, tail = _split_tail(content, records, separator, len(headings))
    sheet = _cut(content, records, separator, headings, decoded)
    head = tuple(tuple(cells) for cells, _, _ in head_rows[:found])
    remarks = _remarks(content, head, blank, len(records.starts))
    return RawSheet(
        name=None,
        headings=tuple(headings),
        cells=sheet.cells,
        row_no=sheet.row_no,
        head=head,
        tail=tail,
        broken=sheet.broken,
        original=sheet.original,
        remarks=remarks,
        skipped=len(head) + blank + len(tail),
    )


def _remarks(
    content: bytes, head: tuple[tuple[str, ...], ...], blank: int, rows: int
) -> tuple[tuple[str, dict[str, str]], ...]:
    found: list[tuple[str, dict[str, str]]] = []
    if rows and not content.endswith(b"\n"):
        found.append(("no_final_newline", {}))
    titles = sum(1 for row in head if any(cell.strip() for cell in row))
    if titles:
        found.append(("title_rows_skipped", {"count": str(titles)}))
    if blank:
        found.append(("blank_rows_skipped", {"count": str(blank)}))
    return tuple(found)


def _separator(content: bytes, heading_row: Callable[[list[list[str]]], int | None]) -> tuple[bytes, str]:
    """Choose the separator under which a heading row is found with most cells; long ones are shortened first."""
    start = content[:65536]
    for long, short in _LONG_SEPARATORS.items():
        if (
            long in start
            and short not in start
            and start.count(long) >= 2
            and _most_cells(start, long, content)
        ):
            return content.replace(long, short), short.decode()
    best, width = None, 0
    for separator in _SEPARATORS:
        rows = [cells for cells, _, _ in _head(start, separator)]
        found = heading_row(rows)
        if found is not None and len(rows[found]) > width:
            best, width = separator, len(rows[found])
    if best is None:
        raise Refused("no_headings", searched=HEAD_ROWS_MAX)
    return content, best


def _most_cells(start: bytes, long: bytes, content: bytes) -> bool:
    """Say whether a long separator is meant: `||` may also be two empty cells, so the line must hold no single `|`."""
    line = max(start.split(b"\n")[:HEAD_ROWS_MAX], key=lambda one: one.count(long))
    return line.replace(long, b"").count(b"|") == 0 and b"\x01" not in content


def _head(content: bytes, separator: str) -> list[tuple[list[str], int, int]]:
    """Return the first records as (cells, start, end after the line break), quotation marks obeyed."""
    rows: list[tuple[list[str], int, int]] = []
    at = 0
    while at < len(content) and len(rows) < HEAD_ROWS_MAX:
        end = at
        for _ in range(4):  # a heading cell may hold a few line breaks
            stop = content.find(b"\n", end)
            end = len(content) if stop < 0 else stop + 1
            if content.count(b'"', at, end) % 2 == 0 or end == len(content):
                break
        else:
            stop = content.find(b"\n", at)
            end = len(content) if stop < 0 else stop + 1
        text = content[at:end].decode("utf-8", "replace").rstrip("\n").replace("\0", "")
        rows.append((_cells(text, separator), at, end))
        at = end
    return rows


def _cells(text: str, separator: str) -> list[str]:
    """Cut one record; a record the csv module refuses is one cell."""
    try:
        found = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error:
        return [text]
    return found[0] if found else [""]


def _records(content: bytes, at: int, first_line: int, separator: str, width: int) -> _Records:
    """Find the records: physical lines, joined where a quotation mark is open and the joined row has its width."""
    body = np.frombuffer(content, np.uint8)[at:]
    breaks = np.flatnonzero(body == 0x0A) + at
    ends = breaks if content.endswith(b"\n") or at >= len(content) else np.append(breaks, len(content))
    starts = np.concatenate([[at], ends[:-1] + 1]) if len(ends) else ends
    line_no = np.arange(first_line, first_line + len(ends))
    if b'"' not in content[at:]:
        return _Records(starts, ends, line_no, ())
    quotes = np.flatnonzero(body == 0x22) + at
    per_line = np.searchsorted(quotes, ends) - np.searchsorted(quotes, starts)
    suspect = np.flatnonzero(per_line > 0)
    suspect = suspect[_open_lines(content, starts[suspect], ends[suspect], per_line[suspect], separator)]
    return _join(content, _Records(starts, ends, line_no, ()), suspect, separator, width)


def _open_lines(content: bytes, starts: Rows, ends: Rows, count: Rows, separator: str) -> np.ndarray:
    """Say which lines leave a quotation mark open. Every mark at the edge of its cell: parity decides; else look."""
    data = np.frombuffer(content, np.uint8)
    opened: np.ndarray = count % 2 == 1
    marks = np.flatnonzero(data[starts[0] : ends[-1]] == 0x22) + starts[0]
    edge = np.zeros(256, bool)
    edge[[ord(separator), 0x22, 0x0A]] = True
    at_edge = (
        edge[data[marks - 1]] | edge[data[np.minimum(marks + 1, len(data) - 1)]] | (marks + 1 == len(data))
    )
    inner = np.concatenate([[0], np.cumsum(~at_edge)])
    inside = inner[np.searchsorted(marks, ends)] - inner[np.searchsorted(marks, starts)]
    for position in np.flatnonzero(~opened & (inside > 0)).tolist():
        opened[position] = _leaves_open(content[starts[position] : ends[position]].decode(), separator)
    return opened


def _leaves_open(line: str, separator: str) -> bool:
    """Walk one line as a reader would: a quotation mark counts at the start of a cell only."""
    inside, cell_start, at = False, True, 0
    while at < len(line):
        char = line[at]
        if inside:
            if char == '"':
                if line[at + 1 : at + 2] == '"':
                    at += 1
                else:
                    inside = False
        elif char == '"' and cell_start:
            inside = True
        cell_start = char == separator and not inside
        at += 1
    return inside


def _join(content: bytes, records: _Records, opened: np.ndarray, separator: str, width: int) -> _Records:
    """Join an open line with the lines after it until the row closes at its width; else leave it alone, named."""
    keep = np.ones(len(records.ends), bool)
    ends = records.ends.copy()
    unbalanced: list[int] = []
    next_free = 0
    for line in opened.tolist():
        if line < next_free:
            continue
        last = _closing_line(content, records, line, separator, width)
        if last is None:
            unbalanced.append(line)
            continue
        ends[line] = records.ends[last]
        keep[line + 1 : last + 1] = False
        next_free = last + 1
    position = np.cumsum(keep) - 1
    marked = tuple(int(position[line]) for line in unbalanced)
    return _Records(records.starts[keep], ends[keep], records.line_no[keep], marked)


def _closing_line(content: bytes, records: _Records, line: int, separator: str, width: int) -> int | None:
    for last in range(line + 1, min(line + _JOINED_LINES_MAX, len(records.ends))):
        if b'"' not in content[records.starts[last] : records.ends[last]]:
            continue
        text = content[records.starts[line] : records.ends[last]].decode("utf-8", "replace")
        if not _leaves_open(text, separator):
            return last if len(_cells(text, separator)) == width else None
    return None


def _take(records: _Records, keep: np.ndarray) -> _Records:
    position = np.cumsum(keep) - 1
    marked = tuple(int(position[one]) for one in records.unbalanced if keep[one])
    return _Records(records.starts[keep], records.ends[keep], records.line_no[keep], marked)


def _drop_blank(content: bytes, records: _Records, decoded: Decoded) -> tuple[_Records, int]:
    """Drop records without any visible character or only separators; lines that did not decode are kept."""
    length = records.ends - records.starts
    short = np.flatnonzero(length < 256)
    blank = np.zeros(len(length), bool)
    for position in short[length[short] < 3].tolist():
        blank[position] = not content[records.starts[position] : records.ends[position]].strip(
            b' \t,|;\x01"\x1a'
        )
    data = np.frombuffer(content, np.uint8)
    if len(short):
        first = data[np.minimum(records.starts[short], max(len(data) - 1, 0))]
        for position in short[np.isin(first, list(b' \t,|;\x01"\x1a'))].tolist():
            text = content[records.starts[position] : records.ends[position]]
            blank[position] = not text.strip(b' \t,|;\x01"\x1a\x1f')
    if decoded.bad_lines:
        blank &= ~np.isin(records.line_no, list(decoded.bad_lines))
    return _take(records, ~blank), int(blank.sum())


def _split_tail(
    content: bytes, records: _Records, separator: str, width: int
) -> tuple[_Records, tuple[tuple[str, ...], ...]]:
    """Take closing control rows (T|count|sum, 合计...) off the end."""
    count = len(records.starts)
    tail: list[tuple[str, ...]] = []
    while count and len(tail) < 3:
        text = content[records.starts[count - 1] : records.ends[count - 1]].decode("utf-8", "replace")
        cells = _cells(text.replace("\0", ""), separator)
        if not is_end_mark(cells, width):
            break
        tail.insert(0, tuple(cells))
        count -= 1
    keep = np.arange(len(records.starts)) < count
    return _take(records, keep), tuple(tail)


def is_end_mark(cells: list[str], width: int) -> bool:
    """Say whether a row closes the file: a mark in its first filled cell, few cells filled."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    if not filled:
        return False
    mark = filled[0].strip('"*#:： ').casefold()
    word = mark.split(":")[0].split("：")[0].split("=")[0].strip()
    if word in _END_MARKS[:6]:
        return len(cells) != width or len(filled) <= max(3, width // 2)
    return word in _END_MARKS or mark.startswith(("合计", "总计", "总笔数", "共计"))


@dataclass(frozen=True, slots=True)
class _Cut:
    cells: pa.Table
    row_no: Rows
    broken: tuple[BrokenRow, ...]
    original: Callable[[int], bytes]


def _cut(content: bytes, records: _Records, separator: str, headings: list[str], decoded: Decoded) -> _Cut:
    """Cut all good records at once with Arrow; rows of another width, open quotes and bad bytes are set aside."""
    total = len(records.starts)
    width = len(headings)
    good = np.ones(total, bool)
    broken: list[BrokenRow] = []

    def raw(position: int) -> bytes:
        line = int(records.line_no[position])
        found = content[records.starts[position] : records.ends[position]]
        return decoded.bad_lines.get(line) or _as_delivered(found, decoded.encoding)

    def set_aside(position: int, rule: str, **params: str) -> None:
        good[position] = False
        broken.append(BrokenRow(int(records.line_no[position]), rule, raw(position), params))

    for position in records.unbalanced:
        set_aside(position, "unbalanced_quote")
    for position in np.flatnonzero(np.isin(records.line_no, list(decoded.bad_lines))).tolist():
        if good[position]:
            set_aside(position, "undecodable_row", encoding=decoded.encoding)
    extra = _extra_empty_cell(content, records, separator, width)
    positions = np.flatnonzero(good)
    table, wrong = _arrow_cells(content, records, good, separator, width + extra)
    for at, found in wrong:
        set_aside(int(positions[at]), "column_count", found=str(found), expected=str(width))
    kept = np.flatnonzero(good)
    if table.num_rows != len(kept):  # the two views of the quotation marks differ: cut one by one
        table, kept = _slow_cells(content, records, kept, separator, width, set_aside)
    broken.sort(key=lambda one: one.row_no)
    columns = [table.column(position).combine_chunks() for position in range(width)]
    columns = [one if isinstance(one, pa.Array) else pa.concat_arrays(one.chunks) for one in columns]
    return _Cut(
        text_table(columns), records.line_no[kept], tuple(broken), lambda position: raw(int(kept[position]))
    )


def _as_delivered(row: bytes, encoding: str) -> bytes:
    """Spell a row again in the encoding in which it came."""
    return (
        row if encoding in ("utf-8", "ascii") else row.decode("utf-8", "replace").encode(encoding, "replace")
    )


def _extra_empty_cell(content: bytes, records: _Records, separator: str, width: int) -> int:
    """Return 1 when rows close with a separator that the headings lack."""
    if not len(records.starts):
        return 0
    first = content[records.starts[0] : records.ends[0]].decode("utf-8", "replace")
    return int(first.endswith(separator) and len(_cells(first, separator)) == width + 1)


def _arrow_cells(
    content: bytes, records: _Records, good: np.ndarray, separator: str, width: int
) -> tuple[pa.Table, list[tuple[int, int]]]:
    """Parse the good records; return the table and (position among them, width found) of rows set aside."""
    names = [f"c{position}" for position in range(width)]
    types = {name: pa.string() for name in names}
    if not good.any():
        return pa.table({name: pa.array([], pa.string()) for name in names}), []
    if good.all() and (np.diff(records.line_no) == 1).all():
        body = content[records.starts[0] : records.ends[-1]] + b"\n"
    else:
        spans = zip(records.starts[good].tolist(), records.ends[good].tolist(), strict=True)
        body = b"\n".join([content[start:end] for start, end in spans]) + b"\n"
    wrong: list[tuple[int, int]] = []

    def skip(row: pacsv.InvalidRow) -> str:
        wrong.append((row.number - 1, row.actual_columns))
        return "skip"

    longest = int((records.ends - records.starts).max())
    table = pacsv.read_csv(
        io.BytesIO(body),
        read_options=pacsv.ReadOptions(
            use_threads=False, column_names=names, block_size=max(8 << 20, 2 * longest + 4096)
        ),
        parse_options=pacsv.ParseOptions(
            delimiter=separator,
            newlines_in_values=b'"' in body,
            invalid_row_handler=skip,
            ignore_empty_lines=False,
        ),
        convert_options=pacsv.ConvertOptions(column_types=types, strings_can_be_null=False, check_utf8=False),
    )
    return table, wrong


def _slow_cells(
    content: bytes,
    records: _Records,
    kept: Rows,
    separator: str,
    width: int,
    set_aside: Callable[..., None],
) -> tuple[pa.Table, Rows]:
    rows: list[list[str]] = []
    good: list[int] = []
    for position in kept.tolist():
        text = content[records.starts[position] : records.ends[position]].decode("utf-8", "replace")
        cells = _cells(text.replace("\0", ""), separator)
        if len(cells) == width + 1 and not cells[-1]:
            cells = cells[:-1]
        if len(cells) != width:
            set_aside(position, "column_count", found=str(len(cells)), expected=str(width))
            continue
        rows.append(cells)
        good.append(position)
    columns = [pa.array([row[at] for row in rows], pa.string()) for at in range(width)]
    return text_table(columns), np.array(good, np.int64)
