"""Fill a table in bulk: build indexes after the first load instead of during it, and let the planner know the rows.

Into an empty table a million keys go several times faster when its indexes are built from the finished rows.
Only an empty table is treated so, inside the transaction of the batch: nobody can be reading rows there, and a
killed load leaves every index and constraint as it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from forbear.web.intake.queries import queries

MANY_ROWS = 20_000
ANALYSE_ROWS = 2_000  # fewer are looked up one by one quickly enough


@contextmanager
def first_load(cursor: Any, table: str, rows: int) -> Iterator[bool]:
    """Fill `table` in the block; when it is empty, sparing the indexes until its rows are there. Yields whether it is locked.

    The planner takes an empty table for one that stays empty, and would scan it once per row while it grows: so it
    may not, and the table is analysed before the next step of the same transaction reads it. A table that has rows
    is analysed too: of a day that no statistics know the planner expects one row, and a corrected file of 100,000
    would be compared with it row by row.
    """
    steps = queries("first_load")
    if not _is_empty(cursor, table):
        yield False
        if rows >= ANALYSE_ROWS:
            cursor.execute(steps["analyze"].format(table=table))
        return
    makers: list[str] = []
    cursor.execute(steps["nested_loops_off"])
    if rows >= MANY_ROWS:
        cursor.execute(steps["dependents"], [table, table])
        found = cursor.fetchall()
        for drop, _ in found:
            cursor.execute(drop)
        makers = [make for _, make in found]
    yield bool(makers)  # dropping an index locked the table until the end of the transaction
    for make in makers:
        cursor.execute(make)
    cursor.execute(steps["analyze"].format(table=table))
    cursor.execute(steps["nested_loops_on"])


def _is_empty(cursor: Any, table: str) -> bool:
    cursor.execute(queries("first_load")["any_row"].format(table=table))
    return cursor.fetchone() is None
