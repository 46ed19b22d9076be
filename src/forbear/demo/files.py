"""Write the book as the files of two mornings: a month ago, and today, with a few rows a clerk must look at."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forbear.channels import write_layout

if TYPE_CHECKING:
    from forbear.demo.book import Book, Rows

PREFIXES = {
    "customers": "CC_CUST",
    "accounts": "CC_ACCT",
    "contact_points": "CC_CONT",
    "statements": "CC_STMT",
    "transactions": "CC_TXN",
    "overdue_list": "CC_OVD",
    "handover": "CC_HAND",
}
# Rows of the kind that arrive every morning and must not be lost: what is wrong, and the value as it arrives.
DIRTY: tuple[dict[str, Any], ...] = (
    {"value": "1.00138E+10"},  # a spreadsheet turned the number into a power of ten
    {"value": "无"},
    {"value": "同上"},
    {"value": "12345"},
    {"source": None},  # where a number comes from must be known (PIPL art. 6)
    {"customer_no": ""},
    {"value": "138-0013-80"},
)


def write_files(book: Book, folder: Path) -> tuple[list[Path], list[Path]]:
    """Write both mornings into folder; return the paths of each in the order they are to be read."""
    folder.mkdir(parents=True, exist_ok=True)
    rows, then, now = book.rows, book.month_ago_on, book.as_of
    old = [day <= then for day in rows["statements"]["statement_on"]]
    first = [
        write(folder, "customers", rows["customers"], then, encoding="gb18030"),
        write(folder, "accounts", rows["accounts"], then),
        write(folder, "contact_points", rows["contact_points"], then, encoding="gb18030"),
        write(folder, "statements", kept(rows["statements"], old), then),
        write(folder, "transactions", book.payments_before, then),
        write(folder, "overdue_list", flagged(book.month_ago), then, encoding="gb18030"),
    ]
    second = [
        write(folder, "statements", kept(rows["statements"], [not one for one in old]), now),
        write(folder, "transactions", book.payments_since, now),
        write(folder, "overdue_list", flagged(rows["overdue_list"]), now, encoding="gb18030"),
        write(folder, "contact_points", updates(rows["contact_points"], now), now),
        write(folder, "handover", rows["handover"], now, form="xlsx"),
    ]
    return first, second


def write(
    folder: Path, layout: str, rows: Rows, on: date, *, form: str = "csv", encoding: str = "utf-8"
) -> Path:
    """Write one file under the bank's name for it."""
    path = folder / f"{PREFIXES[layout]}_{on:%Y%m%d}_001.{form}"
    path.write_bytes(write_layout(layout, rows, form=form, encoding=encoding))
    return path


def kept(rows: Rows, wanted: list[bool]) -> Rows:
    """Return the rows where wanted is true."""
    return {
        name: [value for value, keep in zip(column, wanted, strict=True) if keep]
        for name, column in rows.items()
    }


def flagged(rows: Rows) -> Rows:
    """Return positions with their special mark as the file writes it: a list, usually empty."""
    return {**rows, "flags": [[flag] if flag else [] for flag in rows["flags"]]}


def updates(contacts: Rows, on: date) -> Rows:
    """Return a morning's contact updates: two hundred numbers confirmed yesterday, and the dirty rows."""
    own = [
        i for i, kind in enumerate(contacts["kind"]) if kind == "mobile" and contacts["relation"][i] == "self"
    ][:200]
    rows: dict[str, list[Any]] = {name: [column[i] for i in own] for name, column in contacts.items()}
    rows["updated_on"] = [on - timedelta(days=1)] * len(own)
    for number, wrong in enumerate(DIRTY):
        for name, column in rows.items():
            column.append(wrong.get(name, column[number]))
    return rows
