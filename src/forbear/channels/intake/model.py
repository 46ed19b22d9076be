"""What a parsed file is: tables, quarantine, warnings, counts and control totals, or a refusal."""

from __future__ import annotations

from collections.abc import Mapping as Dict
from dataclasses import dataclass, field
from datetime import date

import pyarrow as pa

from forbear.channels.intake.rules import rules

# One row per finding. `raw_row_cipher` (the sealed original row) is set on errors only: see `open_raw_row`.
FINDINGS = pa.schema(
    [
        pa.field("file", pa.string(), nullable=False),
        pa.field("sheet", pa.string()),
        pa.field("row_no", pa.int64(), nullable=False),  # 0 = the file as a whole
        pa.field("column", pa.string()),
        pa.field("raw_value", pa.string()),  # masked where the column is sensitive
        pa.field("rule", pa.string(), nullable=False),
        pa.field("severity", pa.string(), nullable=False),  # error, warn
        pa.field("message", pa.string(), nullable=False),  # English message id with %(name)s parameters
        pa.field("message_zh", pa.string(), nullable=False),
        pa.field("params", pa.string(), nullable=False),  # JSON object of the parameters
        pa.field("suggestion", pa.string(), nullable=False),
        pa.field("suggestion_zh", pa.string(), nullable=False),
        pa.field("raw_row_cipher", pa.binary()),
    ]
)


class CountsDisagree(RuntimeError):
    """A parsed file's counts do not tie: rows read are not rows accepted plus rows quarantined."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the receiver knows beyond the bytes; every default means "not known" or "as on a live system"."""

    data_on: date | None = None  # the business date expected or declared
    declared_encoding: str | None = None
    declared_rows: int | None = None  # from a companion control file
    declared_sum_minor: int | None = None
    declared_sha256: str | None = None
    require_trailer: bool = False
    allow_test_ids: bool = False  # region 9999xx, cards 999999..., phones 100xxxxxxxx
    unpacked_bytes_max: int = 2 << 30
    unpack_ratio_max: int = 200


@dataclass(frozen=True, slots=True)
class FileRefusal:
    """Why a whole file was refused and what to do next; nothing of it may be applied."""

    rule: str
    params: Dict[str, str] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """The English message id, with %(name)s parameters."""
        return rules()[self.rule].message

    @property
    def message_zh(self) -> str:
        """The Chinese message, with %(name)s parameters."""
        return rules()[self.rule].message_zh

    @property
    def suggestion(self) -> str:
        """What to do next, in English."""
        return rules()[self.rule].suggestion

    @property
    def suggestion_zh(self) -> str:
        """What to do next, in Chinese."""
        return rules()[self.rule].suggestion_zh

    def __str__(self) -> str:
        return f"{self.message % self.params} {self.suggestion}"


class Refused(Exception):
    """A whole file is refused; carries the refusal."""

    def __init__(self, rule: str, **params: object) -> None:
        self.refusal = FileRefusal(rule, {name: str(value) for name, value in params.items()})
        super().__init__(str(self.refusal))


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows of the file: read = accepted + quarantined; warned and collapsed are among the accepted."""

    rows_read: int = 0
    rows_accepted: int = 0
    rows_warned: int = 0
    rows_quarantined: int = 0
    rows_collapsed: int = 0  # exact repeats, counted once in the tables
    rows_skipped: int = 0  # titles, blanks, totals, control lines: never data


@dataclass(frozen=True, slots=True)
class ControlTotals:
    """What the file or its companion declared, beside what was found; None = not declared or not summable."""

    column: str | None = None
    declared_rows: int | None = None
    found_rows: int = 0
    declared_sum_minor: int | None = None
    found_sum_minor: int | None = None


@dataclass(frozen=True, slots=True)
class ColumnUse:
    """What became of one heading: the field it was read as, or that it was ignored or withheld."""

    heading: str
    field: str | None
    use: str  # used, ignored, withheld


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """One received file as canonical tables, each with `row_no`, beside everything that was wrong with it."""

    layout: str
    received_name: str
    sha256: str
    data_on: date | None
    sequence: int | None
    tables: Dict[str, pa.Table]
    quarantined: pa.Table
    warnings: pa.Table
    counts: Counts
    totals: ControlTotals
    columns: tuple[ColumnUse, ...] = ()
    encoding: str | None = None
    refused: FileRefusal | None = None


def check_counts(counts: Counts) -> None:
    """Raise CountsDisagree unless read = accepted + quarantined."""
    if counts.rows_read != counts.rows_accepted + counts.rows_quarantined:
        raise CountsDisagree(
            f"read {counts.rows_read} is not accepted {counts.rows_accepted} + quarantined {counts.rows_quarantined}"
        )
