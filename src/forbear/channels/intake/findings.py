"""Collect what is wrong, by rule and rows, and write it down as the quarantine and warning tables."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from collections.abc import Mapping as Dict
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from forbear.channels.intake.mapping import Mapping
from forbear.channels.intake.model import FINDINGS
from forbear.channels.intake.rules import rules
from forbear.channels.intake.sheet import BrokenRow, Rows
from forbear.privacy import Vault

RAW_ROW_KIND = "raw_row"
_NO_PARAMS: Dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class _Entry:
    rule: str
    severity: str
    column: str | None
    field: str | None
    rows: Rows
    params: Sequence[Dict[str, str]] | Dict[str, str]


@dataclass(slots=True)
class Findings:
    """Grows while one file is read; positions are rows of the frame, from 0."""

    mapping: Mapping
    entries: list[_Entry] = field(default_factory=list)
    remarks: list[tuple[str, str | None, dict[str, str]]] = field(default_factory=list)  # rule, sheet, params

    def add(
        self,
        rule: str,
        rows: Rows | list[int],
        *,
        field: str | None = None,
        params: Sequence[Dict[str, str]] | Dict[str, str] = _NO_PARAMS,
        severity: str | None = None,
    ) -> None:
        """Note a rule for rows; params is one mapping for all rows, or one for each."""
        at = np.asarray(rows, np.int64)
        if len(at):
            chosen = severity or self.mapping.severity(rule)
            self.entries.append(_Entry(rule, chosen, field, field, at, params))

    def remark(self, rule: str, params: Dict[str, str] = _NO_PARAMS, *, sheet: str | None = None) -> None:
        """Note a rule for the file as a whole, or for one of its sheets."""
        self.remarks.append((rule, sheet, dict(params)))

    def rows(self, severity: str, count: int) -> np.ndarray:
        """Say which of `count` rows have a finding of this severity."""
        mask = np.zeros(count, bool)
        for entry in self.entries:
            if entry.severity == severity:
                mask[entry.rows] = True
        return mask


@dataclass(frozen=True, slots=True)
class Origin:
    """Where findings are looked up: file name, sheets, row numbers, raw cells by field, original bytes."""

    file: str
    sheets: Sequence[str | None]
    row_no: Rows
    heading: Callable[[str], str]
    raw_value: Callable[[str, int], str]
    cells: Callable[[int], dict[str, str]]
    original: Callable[[int], bytes | None]


def findings_tables(
    found: Findings, origin: Origin, broken: Sequence[tuple[str | None, BrokenRow]], vault: Vault
) -> tuple[pa.Table, pa.Table]:
    """Write the (quarantine, warnings) tables. Warnings of quarantined rows stay with the warnings."""
    sealed: dict[int, bytes] = {}
    errors: list[tuple[object, ...]] = []
    warnings: list[tuple[object, ...]] = []
    for rule, sheet, params in found.remarks:
        warnings.append(_line(origin.file, sheet, 0, None, None, rule, "warn", params, None))
    for entry in found.entries:
        for at, position in enumerate(entry.rows.tolist()):
            given = entry.params if isinstance(entry.params, Dict) else entry.params[at]
            cipher = None
            if entry.severity == "error":
                if position not in sealed:
                    sealed[position] = seal_row(origin.cells(position), origin.original(position), vault)
                cipher = sealed[position]
            column = origin.heading(entry.field) if entry.field else None
            value = origin.raw_value(entry.field, position) if entry.field else None
            line = _line(
                origin.file, origin.sheets[position], int(origin.row_no[position]), column, value,
                entry.rule, entry.severity, {"column": column or "", **given}, cipher,
            )  # fmt: skip
            (errors if entry.severity == "error" else warnings).append(line)
    for sheet, row in broken:
        cipher = seal_row({}, row.raw, vault)
        errors.append(
            _line(origin.file, sheet, row.row_no, None, None, row.rule, "error", row.params, cipher)
        )
    return _table(errors), _table(warnings)


def with_remark(warnings: pa.Table, file: str, rule: str, params: Dict[str, str]) -> pa.Table:
    """Add one remark on the file as a whole to its warnings."""
    return pa.concat_tables(
        [_table([_line(file, None, 0, None, None, rule, "warn", params, None)]), warnings]
    )


def _line(
    file: str,
    sheet: str | None,
    row_no: int,
    column: str | None,
    value: str | None,
    rule: str,
    severity: str,
    params: Dict[str, str],
    cipher: bytes | None,
) -> tuple[object, ...]:
    text = rules()[rule]
    return (
        file, sheet, row_no, column, value, rule, severity, text.message, text.message_zh,
        json.dumps(params, ensure_ascii=False, sort_keys=True), text.suggestion, text.suggestion_zh, cipher,
    )  # fmt: skip


def _table(lines: list[tuple[object, ...]]) -> pa.Table:
    lines.sort(key=lambda line: (line[2], line[5]))
    columns = list(zip(*lines, strict=True)) if lines else [()] * len(FINDINGS)
    return pa.table(
        [pa.array(column, one.type) for column, one in zip(columns, FINDINGS, strict=True)], schema=FINDINGS
    )


@dataclass(frozen=True, slots=True)
class RawRow:
    """A quarantined row as it came: cells by heading (empty when it could not be cut), and its bytes if it had any."""

    cells: dict[str, str]
    original: bytes


def seal_row(cells: dict[str, str], original: bytes | None, vault: Vault) -> bytes:
    """Seal a row's cells and original bytes."""
    content = {"cells": cells, "bytes": base64.b64encode(original or b"").decode()}
    return vault.seal(json.dumps(content, ensure_ascii=False), RAW_ROW_KIND).cipher


def open_raw_row(cipher: bytes, vault: Vault) -> RawRow:
    """Open a sealed quarantined row; raise SealBroken under another key."""
    content = json.loads(vault.open(cipher, RAW_ROW_KIND))
    return RawRow(content["cells"], base64.b64decode(content["bytes"]))


def mask_raw(value: str) -> str:
    """Hide a sensitive raw value but for its last four characters; its shape stays to be seen."""
    if len(value) <= 4:
        return value
    hidden = "".join("*" if char.isalnum() else char for char in value[:-4])
    return hidden + value[-4:]


__all__ = [
    "FINDINGS",
    "Findings",
    "Origin",
    "RawRow",
    "findings_tables",
    "mask_raw",
    "open_raw_row",
    "seal_row",
]
