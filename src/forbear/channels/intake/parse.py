"""From bytes to a ParsedFile: open, match headings, read cells, check, build tables, count."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from collections.abc import Mapping as Dict
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from forbear.channels.intake import checks
from forbear.channels.intake.amounts import amount_text
from forbear.channels.intake.container import open_source
from forbear.channels.intake.envelope import Control, FileName, is_head_mark, merge, read_control, read_name
from forbear.channels.intake.findings import Findings, Origin, findings_tables
from forbear.channels.intake.frame import Frame, Work, join_remarks, read_all
from forbear.channels.intake.headings import Matched, heading_row, match_headings
from forbear.channels.intake.mapping import Layout, Mapping, lay_over
from forbear.channels.intake.model import (
    FINDINGS,
    ColumnUse,
    ControlTotals,
    Counts,
    FileRefusal,
    Options,
    ParsedFile,
    Refused,
    check_counts,
)
from forbear.channels.intake.sheet import BrokenRow, RawSheet, Rows, Source
from forbear.channels.intake.text import normalise_heading
from forbear.ledger.tables import SCHEMAS
from forbear.privacy import Vault

Builder = Callable[[Work], dict[str, pa.Table]]


@dataclass(frozen=True, slots=True)
class Channel:
    """A layout with the function that builds its canonical tables; `_at` in them is the row of the frame."""

    layout: Layout
    build: Builder


def parse(
    data: Path | bytes,
    *,
    layout: str,
    channels: Dict[str, Channel],
    mapping: Mapping,
    vault: Vault,
    received_name: str,
    options: Options,
) -> ParsedFile:
    """Parse one file; a whole-file refusal is a value in `refused`, with empty tables."""
    raw = data if isinstance(data, bytes) else data.read_bytes()
    digest = hashlib.sha256(raw).hexdigest()
    named = read_name(received_name)
    layouts = {name: lay_over(channel.layout, mapping) for name, channel in channels.items()}
    try:
        if options.declared_sha256 and options.declared_sha256.lower() != digest:
            raise Refused("digest_mismatch")
        source = _open(raw, received_name, options, layouts)
        return _parse_source(
            source, layouts[layout], channels[layout].build, list(layouts.values()),
            mapping, vault, received_name, options, named, digest,
        )  # fmt: skip
    except Refused as refused:
        return refused_file(layout, received_name, digest, named, refused.refusal)


def refused_file(layout: str, name: str, digest: str, named: FileName, refusal: FileRefusal) -> ParsedFile:
    """Return the parsed file of a refusal: no rows, no tables."""
    return ParsedFile(
        layout, name, digest, named.data_on, named.sequence, {}, FINDINGS.empty_table(), FINDINGS.empty_table(),
        Counts(), ControlTotals(), refused=refusal,
    )  # fmt: skip


def _open(raw: bytes, name: str, options: Options, layouts: Dict[str, Layout]) -> Source:
    known = {word for one in layouts.values() for word in one.by_heading()}
    return open_source(
        raw,
        name,
        options,
        heading_row=lambda rows: heading_row(rows, known),
        knows=lambda text: _known_words(text, known),
    )


def _known_words(text: str, known: set[str]) -> int:
    words = text[:4096]
    for separator in '\x01\t|;\r\n"':
        words = words.replace(separator, ",")
    return sum(1 for word in words.split(",") if normalise_heading(word) in known)


def _parse_source(
    source: Source,
    layout: Layout,
    build: Builder,
    others: list[Layout],
    mapping: Mapping,
    vault: Vault,
    name: str,
    options: Options,
    named: FileName,
    digest: str,
) -> ParsedFile:
    findings = Findings(mapping)
    frame, matched, sheets = _frame(source, layout, others, findings)
    work = Work(layout, mapping, options, vault, frame, findings)
    broken = [(sheet.name, row) for sheet in sheets for row in sheet.broken]
    read_all(work)
    controls = _controls(sheets, matched, layout)
    control = merge(controls)
    work.data_on = _file_day(work, named, options, control)
    totals = _check_totals(work, control, broken, options, has_trailer=any(sheet.tail for sheet in sheets))
    checks.check_data_dates(work, work.data_on)
    collapsed = checks.check_duplicates(work, [key for key in layout.key if key in work.typed])
    built = build(work)
    uses = tuple(dict.fromkeys(use for one in matched for use in one.uses))
    _remarks(source, sheets, uses, findings, frame.count + len(broken))
    tables, counts = _finish(work, built, collapsed, broken, sum(sheet.skipped for sheet in sheets))
    origin = Origin(
        name, frame.sheets, frame.row_no, lambda field: frame.labels.get(field, field), work.raw_values,
        frame.all_cells, frame.original,
    )  # fmt: skip
    quarantined, warnings = findings_tables(findings, origin, broken, vault)
    return ParsedFile(
        layout.name, name, digest, work.data_on, named.sequence, tables, quarantined, warnings, counts, totals,
        uses, source.encoding,
    )  # fmt: skip


def _frame(
    source: Source, layout: Layout, others: list[Layout], findings: Findings
) -> tuple[Frame, list[Matched], list[RawSheet]]:
    """Match each sheet's headings and lay all rows under each other by field."""
    sheets: list[RawSheet] = []
    matched: list[Matched] = []
    failure: Refused | None = None
    for sheet in source.sheets:
        try:
            matched.append(match_headings(sheet.headings, layout, others))
            sheets.append(sheet)
        except Refused as refused:
            failure = failure or refused
            if len(source.sheets) > 1:
                findings.remark("sheet_skipped", {"sheet": str(sheet.name)}, sheet=sheet.name)
    if not sheets and failure is not None:
        raise failure
    return _stack(sheets, matched), matched, sheets


def _stack(sheets: list[RawSheet], matched: list[Matched]) -> Frame:
    sizes = [sheet.cells.num_rows for sheet in sheets]
    starts = np.concatenate([[0], np.cumsum(sizes)])
    names = [name for one in matched for name in one.columns]
    raw: dict[str, pa.Array] = {}
    for name in dict.fromkeys(names):
        parts = [
            join_remarks([sheet.cells.column(at).combine_chunks() for at in one.columns[name]])
            if name in one.columns
            else pa.array([""] * size, pa.string())
            for sheet, one, size in zip(sheets, matched, sizes, strict=True)
        ]
        flat = [
            chunk
            for part in parts
            for chunk in (part.chunks if isinstance(part, pa.ChunkedArray) else [part])
        ]
        raw[name] = (
            flat[0] if len(flat) == 1 else pa.concat_arrays(flat) if flat else pa.array([], pa.string())
        )

    def place(at: int) -> tuple[RawSheet, int]:
        number = int(np.searchsorted(starts, at, side="right")) - 1
        return sheets[number], at - int(starts[number])

    def all_cells(at: int) -> dict[str, str]:
        sheet, row = place(at)
        return _cells_of(sheet, row)

    def original(at: int) -> bytes | None:
        sheet, row = place(at)
        return sheet.original(row) if sheet.original else None

    labels = {name: label for one in reversed(matched) for name, label in one.labels.items()}
    names_of_sheets = [
        pa.repeat(pa.scalar(sheet.name, pa.string()), size) for sheet, size in zip(sheets, sizes, strict=True)
    ]
    where_from = pa.concat_arrays([pa.array([], pa.string()), *names_of_sheets])
    row_no = np.concatenate([sheet.row_no for sheet in sheets]) if sheets else np.array([], np.int64)
    return Frame(int(starts[-1]), raw, row_no, where_from, labels, all_cells, original)


def _cells_of(sheet: RawSheet, row: int) -> dict[str, str]:
    """Return a row's cells by heading; equal headings are told apart by a number."""
    found: dict[str, str] = {}
    for at, heading in enumerate(sheet.headings):
        label = heading.strip() or f"({at + 1})"
        while label in found:
            label += "+"
        found[label] = sheet.cells.column(at)[row].as_py() or ""
    return found


def _controls(sheets: list[RawSheet], matched: list[Matched], layout: Layout) -> list[Control]:
    unit = layout.fields[layout.control_sum].unit if layout.control_sum else "yuan"
    found = []
    for sheet, one in zip(sheets, matched, strict=True):
        at = one.columns.get(layout.control_sum or "", (None,))[0]
        found += [read_control(cells, unit, None) for cells in sheet.head if is_head_mark(cells)]
        found += [read_control(cells, unit, at) for cells in sheet.tail]
    return found


def _file_day(work: Work, named: FileName, options: Options, control: Control) -> date | None:
    """Settle the file's business date; raise Refused when its name and all its rows disagree."""
    expected = options.data_on or named.data_on or control.data_on
    said = [day for day in (options.data_on, named.data_on, control.data_on) if day is not None]
    if len(set(said)) > 1:
        raise Refused("date_mismatch", named=expected, found=", ".join(str(day) for day in said[1:]))
    if not work.frame.has("data_on") or work.typed["data_on"].null_count == work.frame.count:
        return expected
    counts = pc.value_counts(pc.drop_null(work.typed["data_on"])).to_pylist()
    most: date = max(counts, key=lambda one: one["counts"])["values"]
    if expected is None:
        return most
    if all(one["values"] != expected for one in counts):
        raise Refused("date_mismatch", named=expected, found=most)
    return expected


def _check_totals(
    work: Work,
    control: Control,
    broken: list[tuple[str | None, BrokenRow]],
    options: Options,
    *,
    has_trailer: bool,
) -> ControlTotals:
    """Compare what was declared with what was found; raise Refused when they differ."""
    if options.require_trailer and not has_trailer:
        raise Refused("trailer_missing")
    rows = options.declared_rows if options.declared_rows is not None else control.rows
    amount = options.declared_sum_minor if options.declared_sum_minor is not None else control.sum_minor
    found_rows = work.frame.count + len(broken)
    column = work.layout.control_sum
    found_sum, unread = None, 0
    if column is not None and work.frame.has(column):
        values = work.typed[column]
        found_sum = pc.sum(values).as_py() or 0
        unread = values.null_count + len(broken)
    if rows is not None and rows != found_rows:
        raise Refused("control_count", declared=rows, found=found_rows)
    if amount is not None and found_sum is not None and amount != found_sum:
        if not unread:
            raise Refused("control_sum", declared=amount_text(amount), found=amount_text(found_sum))
        work.findings.remark(
            "control_sum_unchecked", {"declared": amount_text(amount), "unread": str(unread)}
        )
    return ControlTotals(column, rows, found_rows, amount, found_sum)


def _remarks(
    source: Source, sheets: list[RawSheet], uses: tuple[ColumnUse, ...], findings: Findings, rows: int
) -> None:
    for rule, params in source.remarks:
        findings.remark(rule, params)
    for rule, sheet in source.unread_sheets:
        findings.remark(rule, {"sheet": sheet}, sheet=sheet)
    for one in sheets:
        for rule, params in one.remarks:
            findings.remark(rule, params, sheet=one.name)
        unheaded = _without_heading(one)
        if unheaded:
            findings.remark("cells_without_heading", {"count": str(unheaded)}, sheet=one.name)
        if one.tail and source.kind == "xlsx":
            findings.remark("total_row_skipped", sheet=one.name)
    for use in ("withheld", "ignored"):
        words = [one.heading.strip() for one in uses if one.use == use]
        if words:
            findings.remark(f"columns_{use}", {"columns": ", ".join(words)})
    if not rows:
        findings.remark("zero_rows")


def _without_heading(sheet: RawSheet) -> int:
    """Count rows with a value in a column whose heading is blank."""
    filled = np.zeros(sheet.cells.num_rows, bool)
    for at, heading in enumerate(sheet.headings):
        if not heading.strip():
            cells = pc.utf8_trim_whitespace(sheet.cells.column(at))
            filled |= pc.not_equal(cells, "").to_numpy()
    return int(filled.sum())


def _finish(
    work: Work,
    built: dict[str, pa.Table],
    collapsed: Rows,
    broken: list[tuple[str | None, BrokenRow]],
    skipped: int,
) -> tuple[dict[str, pa.Table], Counts]:
    """Drop quarantined and collapsed rows from the tables, give the others their row numbers, and count."""
    count = work.frame.count
    bad = work.findings.rows("error", count)
    warned = work.findings.rows("warn", count) & ~bad
    folded = np.zeros(count, bool)
    folded[collapsed] = True
    keep = pa.array(~bad & ~folded)
    row_no = pa.array(work.frame.row_no)
    tables = {}
    for name, table in built.items():
        at = table["_at"].combine_chunks()
        kept = table.filter(keep.take(at))
        kept = kept.append_column("row_no", row_no.take(kept["_at"])).drop_columns(["_at"])
        tables[name] = _conform(name, kept.combine_chunks())
    counts = Counts(
        rows_read=count + len(broken),
        rows_accepted=int((~bad).sum()),
        rows_warned=int(warned.sum()),
        rows_quarantined=int(bad.sum()) + len(broken),
        rows_collapsed=int((folded & ~bad).sum()),
        rows_skipped=skipped,
    )
    check_counts(counts)
    return tables, counts


def _conform(name: str, table: pa.Table) -> pa.Table:
    """Bring a table to its canonical schema plus row_no; a missing or null required column raises."""
    if name == "flag_proposals":
        return table.select(checks.FLAG_PROPOSALS.names).cast(checks.FLAG_PROPOSALS)
    schema = SCHEMAS[name].append(pa.field("row_no", pa.int64(), nullable=False))
    return table.select(schema.names).cast(schema)
