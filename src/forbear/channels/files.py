"""Parse, recognise and replay the files of every outside system, by layout name."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping as Dict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path, PurePath
from typing import Any

import pyarrow as pa

from forbear.channels import agency_handover, core_banking
from forbear.channels.intake.container import open_source
from forbear.channels.intake.envelope import read_name
from forbear.channels.intake.headings import heading_row, layout_score
from forbear.channels.intake.mapping import BUILT_IN, Layout, Mapping, lay_over
from forbear.channels.intake.model import Options, ParsedFile, Refused
from forbear.channels.intake.parse import Channel, parse
from forbear.privacy import Vault

CHANNELS: Dict[str, Channel] = {**core_banking.CHANNELS, **agency_handover.CHANNELS}
LAYOUTS: Dict[str, Layout] = {name: channel.layout for name, channel in CHANNELS.items()}
_NO_OPTIONS = Options()


def parse_file(
    data: Path | bytes,
    *,
    layout: str,
    vault: Vault,
    received_name: str,
    mapping: Mapping | None = None,
    options: Options = _NO_OPTIONS,
) -> ParsedFile:
    """Parse one received file by its layout; a whole-file refusal is a value in `refused`, never an exception.

    Raises KeyError for an unknown layout, CountsDisagree if rows were lost (our bug).
    """
    return parse(
        data,
        layout=layout,
        channels=CHANNELS,
        mapping=mapping or BUILT_IN,
        vault=vault,
        received_name=received_name,
        options=options,
    )


def detect_layout(
    data: Path | bytes, received_name: str, *, mapping: Mapping | None = None, options: Options = _NO_OPTIONS
) -> str | None:
    """Name the layout of a file: by its headings, its name deciding between equals; None when none fits."""
    raw = data if isinstance(data, bytes) else data.read_bytes()
    layouts = {name: lay_over(one, mapping or BUILT_IN) for name, one in LAYOUTS.items()}
    by_name = _layout_by_name(received_name)
    known = {word for one in layouts.values() for word in one.by_heading()}
    try:
        source = open_source(
            raw, received_name, options, heading_row=lambda rows: heading_row(rows, known), knows=lambda _: 0
        )
    except Refused:
        return by_name
    scores = {
        name: max(layout_score(sheet.headings, one) for sheet in source.sheets)
        for name, one in layouts.items()
    }
    fitting = {name: count for name, (complete, count) in scores.items() if complete}
    if not fitting:
        return by_name
    return max(fitting, key=lambda name: (fitting[name], name == by_name))


def write_layout(layout: str, columns: Dict[str, Sequence[Any] | pa.Array], **how: Any) -> bytes:
    """Write a file of one of the core-banking layouts; see `core_banking.writer.write_file` for `how`."""
    return core_banking.write_file(LAYOUTS[layout], columns, **how)


def _layout_by_name(received_name: str) -> str | None:
    prefix = read_name(received_name).prefix.upper()
    matches = [
        (len(one), name) for name, layout in LAYOUTS.items() for one in layout.file_prefixes
        if prefix.startswith(one.upper())
    ]  # fmt: skip
    return max(matches)[1] if matches else None


def replay_row(
    layout: str,
    corrected: Dict[str, str],
    *,
    vault: Vault,
    received_name: str,
    row_no: int,
    data_on: date | None = None,
    mapping: Mapping | None = None,
    options: Options = _NO_OPTIONS,
) -> ParsedFile:
    """Parse one corrected row by the same validators; keys are headings (or field names), values the cells.

    `row_no` is the row of the original file and stands in the result's tables and findings.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([heading.rstrip("+") for heading in corrected])
    writer.writerow([value.replace("\r", " ") for value in corrected.values()])
    once = replace(
        options,
        data_on=data_on or options.data_on or read_name(received_name).data_on,
        declared_rows=None,
        declared_sum_minor=None,
        declared_sha256=None,
        declared_encoding=None,
        require_trailer=False,
    )
    name = f"{PurePath(received_name).stem}.csv"
    parsed = parse_file(
        text.getvalue().encode(),
        layout=layout,
        vault=vault,
        received_name=name,
        mapping=mapping,
        options=once,
    )
    return replace(
        parsed,
        received_name=received_name,
        tables={name: _renumber(table, row_no) for name, table in parsed.tables.items()},
        quarantined=_renumber(parsed.quarantined, row_no),
        warnings=_renumber(parsed.warnings, row_no),
    )


def _renumber(table: pa.Table, row_no: int) -> pa.Table:
    """Put the original row number in place of the replayed one; 0 (the file as a whole) stays."""
    at = table.schema.get_field_index("row_no")
    numbers = pa.array([row_no if number else 0 for number in table["row_no"].to_pylist()], pa.int64())
    return table.set_column(at, table.schema.field(at), numbers)
