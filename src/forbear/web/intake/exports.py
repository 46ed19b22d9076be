"""Quarantined rows for a clerk's spreadsheet: where, why, what to do, and the row as it came."""

from __future__ import annotations

import csv
import io
from contextlib import suppress
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from openpyxl import Workbook

from forbear.channels import RawRow, escape_for_export, open_raw_row
from forbear.web.intake.models import ImportBatch, RowIssue
from forbear.web.portfolio.vault import vault

ENCODING = "utf-8-sig"  # so that a spreadsheet on a Chinese desktop reads it
CELL_ROOM = 32_000  # a worksheet cell holds 32,767 characters


def headings() -> list[str]:
    """Return the column headings in the reader's language."""
    return [
        _("Row"), _("Sheet"), _("Column"), _("Rule"), _("Reason"), _("What to do"), pgettext("finding", "Settled"), _("Value"),
        _("Row as it came"),
    ]  # fmt: skip


@dataclass(slots=True)
class Export:
    """Lines for a spreadsheet, every cell harmless there, and the cells of the rows themselves."""

    lines: list[list[str]] = field(default_factory=list)
    cells: set[str] = field(default_factory=set)  # to find whose data was exported


def set_aside(batch: ImportBatch, language: str) -> Export:
    """Return one line per finding that set a row aside."""
    found = Export(lines=[headings()])
    for issue in batch.issues.filter(severity="error").order_by("row_no", "pk").iterator(chunk_size=2000):
        row = as_it_came(issue)
        found.cells |= set(row.cells.values())
        line = [
            str(issue.row_no), issue.sheet, issue.column, issue.rule, issue.message.get(language, ""),
            issue.suggestion.get(language, ""), issue.resolution, issue.raw_value, text_of(row),
        ]  # fmt: skip
        found.lines.append([escape_for_export(cell) for cell in line])
    return found


def as_it_came(issue: RowIssue) -> RawRow:
    """Return a row's cells and original bytes; of a row only the book refused, its canonical cells without seals."""
    if issue.raw_row_cipher is not None:
        return open_raw_row(bytes(issue.raw_row_cipher), vault())
    cells: dict[str, str] = {}
    for rows in (issue.held or {}).values():
        for row in rows:
            cells |= {
                name: str(value) for name, value in row.items() if value is not None and not _is_sealed(name)
            }
    return RawRow(cells, b"")


def _is_sealed(column: str) -> bool:
    return column.endswith(("_cipher", "_index"))


def text_of(row: RawRow) -> str:
    """Return the original bytes as text, whatever they were, else the cells."""
    if not row.original:
        return " | ".join(f"{heading}={cell}" for heading, cell in row.cells.items())
    for encoding in ("utf-8", "gb18030"):
        with suppress(UnicodeDecodeError):
            return row.original.decode(encoding)
    return row.original.decode("utf-8", errors="backslashreplace")


def as_csv(lines: list[list[str]]) -> bytes:
    """Return lines as CSV."""
    text = io.StringIO()
    csv.writer(text).writerows(lines)
    return text.getvalue().encode(ENCODING, errors="replace")


def as_xlsx(lines: list[list[str]]) -> bytes:
    """Return lines as a workbook; every cell is text, so nothing in it is run."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_("Rows set aside"))
    for line in lines:
        sheet.append([_printable(cell)[:CELL_ROOM] for cell in line])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _printable(cell: str) -> str:
    return "".join(sign for sign in cell if sign in "\t\n\r" or ord(sign) >= 32)
