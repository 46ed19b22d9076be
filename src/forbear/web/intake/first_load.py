"""Build indexes after the first load instead of during it.

Into an empty table a million keys go several times faster when its indexes are built from the finished rows.
Only an empty table is treated so, inside the transaction of the batch: nobody can be reading rows there, and a
killed load leaves every index and constraint as it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from forbear.web.intake.queries import queries

WORTH_IT_ROWS = 20_000


@contextmanager
def indexes_built_after(cursor: Any, table: str, rows: int) -> Iterator[None]:
    """Drop the unique constraints and indexes of an empty `table` for the block, and build them again after it."""
    steps = queries("first_load")
    makers: list[str] = []
    if rows >= WORTH_IT_ROWS and _is_empty(cursor, table):
        cursor.execute(steps["dependents"], [table, table])
        found = cursor.fetchall()
        for drop, _ in found:
            cursor.execute(drop)
        makers = [make for _, make in found]
    yield
    for make in makers:
        cursor.execute(make)


def _is_empty(cursor: Any, table: str) -> bool:
    cursor.execute(queries("first_load")["any_row"].format(table=table))
    return cursor.fetchone() is None
