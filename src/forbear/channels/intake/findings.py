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
    sheets: pa.Array
    row_no: Rows
    heading: Callable[[str], str]
    raw_values: Callable[[str, Rows], pa.Array]
    cells: Callable[[int], dict[str, str]]
    original: Callable[[int], bytes | None]


def findings_tables(
    found: Findings, origin: Origin, broken: Sequence[tuple[str | None, BrokenRow]], vault: Vault
) -> tuple[pa.Table, pa.Table]:
    """Write the (quarantine, warnings) tables. Warnings of quarantined rows stay with the warnings."""
    remarks = [_remark(origin.file, rule, params, sheet) for rule, sheet, params in found.remarks]
    warnings = remarks + [_entry_table(one, origin, None) for one in found.entries if one.severity == "warn"]
    errors = [one for one in found.entries if one.severity == "error"]
    rows = np.unique(np.concatenate([one.rows for one in errors])) if errors else np.array([], np.int64)
    ciphers = [seal_row(origin.cells(at), origin.original(at), vault) for at in rows.tolist()]
    sealed = (rows, pa.array(ciphers, pa.binary()))
    quarantined = [_entry_table(one, origin, sealed) for one in errors]
    for sheet, row in broken:
        cipher = pa.array([seal_row({}, row.raw, vault)], pa.binary())
        quarantined.append(
            _table(origin.file, row.rule, "error", [sheet], [row.row_no], None, None, row.params, cipher)
        )
    return _sorted(quarantined), _sorted(warnings)


def with_remark(warnings: pa.Table, file: str, rule: str, params: Dict[str, str]) -> pa.Table:
    """Add one remark on the file as a whole to its warnings."""
    return _sorted([warnings, _remark(file, rule, params, None)])


def _remark(file: str, rule: str, params: Dict[str, str], sheet: str | None) -> pa.Table:
    return _table(file, rule, "warn", [sheet], [0], None, None, params, None)


def _entry_table(entry: _Entry, origin: Origin, sealed: tuple[Rows, pa.Array] | None) -> pa.Table:
    """Write one entry, a column at a time: a file may be warned of on each of its million rows."""
    heading = origin.heading(entry.field) if entry.field else None
    values = origin.raw_values(entry.field, entry.rows) if entry.field else None
    cipher = None
    if sealed is not None:
        cipher = sealed[1].take(pa.array(np.searchsorted(sealed[0], entry.rows)))
    sheets = origin.sheets.take(pa.array(entry.rows))
    return _table(
        origin.file, entry.rule, entry.severity, sheets, origin.row_no[entry.rows], heading, values, entry.params, cipher
    )  # fmt: skip


def _table(
    file: str,
    rule: str,
    severity: str,
    sheets: pa.Array | list[str | None],
    row_no: Rows | list[int],
    heading: str | None,
    values: pa.Array | None,
    params: Sequence[Dict[str, str]] | Dict[str, str],
    ciphers: pa.Array | None,
) -> pa.Table:
    text, count = rules()[rule], len(row_no)

    def every(value: str | None) -> pa.Array:
        return pa.repeat(pa.scalar(value, pa.string()), count)

    if isinstance(params, Dict):
        told = every(_params(heading, params))
    else:
        told = pa.array([_params(heading, one) for one in params], pa.string())
    columns = [
        every(file), pa.array(sheets, pa.string()), pa.array(row_no, pa.int64()), every(heading),
        every(None) if values is None else values, every(rule), every(severity), every(text.message),
        every(text.message_zh), told, every(text.suggestion), every(text.suggestion_zh),
        pa.nulls(count, pa.binary()) if ciphers is None else ciphers,
    ]  # fmt: skip
    return pa.table(columns, schema=FINDINGS)


def _params(heading: str | None, params: Dict[str, str]) -> str:
    return json.dumps({"column": heading or "", **params}, ensure_ascii=False, sort_keys=True)


def _sorted(tables: list[pa.Table]) -> pa.Table:
    """Lay tables under each other by row, rule and column."""
    whole = pa.concat_tables([FINDINGS.empty_table(), *tables])
    return whole.sort_by(
        [("row_no", "ascending"), ("rule", "ascending"), ("column", "ascending")]
    ).combine_chunks()


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
