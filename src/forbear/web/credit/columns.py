"""The book of a month as columns: five queries for any number of accounts, or the same for some."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection
from numpy.typing import NDArray

from forbear.ledger import Book, Marks, book_from_tables
from forbear.web.credit.models import CreditCorrection, CreditRun
from forbear.web.law.current import packs_now
from forbear.web.ledger.book import copied, parts_of
from forbear.web.runs.portfolios import portfolio

SQL = Path(__file__).with_name("sql") / "month.sql"
LENGTH = 60  # letters of a stored history; `house/credit/months` names the ones that are told
EMPTY = b"#" * LENGTH
NEVER_RUN = 0
BOOK = "bank"  # books of other owners are not ours to report
DAY, WHOLE, TEXT = pa.date32(), pa.int64(), pa.string()
TYPES: Mapping[str, pa.DataType] = {
    **dict.fromkeys(("account", "customer", "account_no", "notice", "disputed", "not_theirs", "balance_minor", "minimum_due_minor", "amount_minor"), WHOLE),
    **dict.fromkeys(("opened_on", "settled_on", "passed_on", "written_off_on", "told_on", "statement_on", "due_on", "value_on", "booked_on"), DAY),
    **dict.fromkeys(("history", "entry_no", "kind", "reverses_no"), TEXT),
}  # fmt: skip
Days = NDArray[np.datetime64]
Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Accounts:
    """Accounts in the order of their ids; all columns of shape (n,)."""

    ids: Whole
    marks: Marks
    balance_minor: Whole
    told_on: Days
    notice: Whole  # 0 where there is none
    disputed: NDArray[np.bool_]
    not_theirs: NDArray[np.bool_]
    cells: NDArray[
        np.bytes_
    ]  # letters shown after the run before, corrections since included; shape (n, LENGTH)


@cache
def queries() -> Mapping[str, str]:
    """Return the queries of sql/month.sql by name."""
    return parts_of(SQL)


def latest_run() -> CreditRun | None:
    """Return the newest month that was reported."""
    return CreditRun.objects.filter(finished_at__isnull=False).order_by("-month").first()


def chosen(ids: Sequence[int] | None, on: date) -> str:
    """Return the SQL condition for the bank's own accounts, or for some of them."""
    mine = portfolio(packs_now(), BOOK, on).condition("a")
    return (
        mine
        if ids is None
        else f"{mine} AND a.id = ANY(ARRAY[{','.join(str(int(each)) for each in ids)}]::bigint[])"
    )


def load(
    month: date, known_on: date, before: CreditRun | None, ids: Sequence[int] | None = None
) -> tuple[Accounts, Book]:
    """Return accounts and their book for a month as known on a day, with what was shown after the run before."""
    asked = {"month": month, "known": known_on, "before": before.pk if before else NEVER_RUN}
    mine, found = chosen(ids, known_on), queries()
    table = copied(found["accounts"].format(told=found["told"], mine=mine), asked, TYPES)
    statements = copied(found["statements"].format(mine=mine), asked, TYPES)
    entries = copied(found["entries"].format(mine=mine), asked, TYPES)
    book = book_from_tables(pa.table({"account_no": table["account"]}), statements, entries).book
    return _accounts(table, before), book


def _accounts(table: pa.Table, before: CreditRun | None) -> Accounts:
    ids = _whole(table["account"])
    histories = pc.fill_null(table["history"], EMPTY.decode()).to_pylist()
    cells = (
        np.array([each.encode() for each in histories], dtype=f"S{LENGTH}")
        .view("S1")
        .reshape(-1, LENGTH)
        .copy()
    )
    if before is not None:
        correct(ids, cells, before)
    marks = Marks(
        *(_days(table[name]) for name in ("opened_on", "settled_on", "written_off_on", "passed_on"))
    )
    return Accounts(
        ids, marks, _whole(table["balance_minor"]), _days(table["told_on"]), _whole(table["notice"]),
        _whole(table["disputed"]) > 0, _whole(table["not_theirs"]) > 0, cells,
    )  # fmt: skip


def correct(ids: Whole, cells: NDArray[np.bytes_], before: CreditRun) -> None:
    """Write the corrections made since a run into the letters it left, in place."""
    rows = CreditCorrection.objects.filter(at__gt=before.at).order_by("pk")
    for account, month, new in rows.values_list("account_id", "month", "new"):
        place = int(np.searchsorted(ids, account))
        column = LENGTH - 1 - months_between(month, before.month)
        if place < ids.size and ids[place] == account and 0 <= column < LENGTH:
            cells[place, column] = new.encode()


def months_between(first: date, last: date) -> int:
    """Return how many months lie between two days' months."""
    return (last.year - first.year) * 12 + last.month - first.month


def touched(since: datetime, before_month: date) -> list[int]:
    """Return the accounts of which something reported may be different now."""
    with connection.cursor() as cursor:
        cursor.execute(queries()["touched"], {"since": since, "before_month": before_month})
        return [row[0] for row in cursor.fetchall()]


def _days(column: Any) -> Days:
    return np.asarray(column.to_numpy(), dtype="datetime64[D]")


def _whole(column: Any) -> Whole:
    return np.asarray(pc.fill_null(column, 0).to_numpy(), dtype=np.int64)
