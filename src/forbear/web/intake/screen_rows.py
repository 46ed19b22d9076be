"""Find rows that the database could not hold: text beyond its room, characters PostgreSQL refuses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from forbear.web.intake.bulk_tables import text_rooms


class Unfit(NamedTuple):
    """One row that does not fit: where, which rule, which column, and the room it has."""

    row_no: int
    table: str
    rule: str
    field: str
    room: int


def unfit_rows(tables: Mapping[str, pa.Table]) -> list[Unfit]:
    """Return the first fault of each row that cannot be stored as it is."""
    found: dict[int, Unfit] = {}
    for name, table in tables.items():
        for fault in _faults(name, table):
            found.setdefault(fault.row_no, fault)
    return list(found.values())


def _faults(name: str, table: pa.Table) -> Iterator[Unfit]:
    for column, room in text_rooms(name).items():
        cells = table[column]
        long = pc.greater(pc.utf8_length(cells), room)
        for rule, mask in (("too_long", long), ("bad_character", pc.match_substring(cells, "\x00"))):
            if pc.any(mask).as_py():
                rows = table["row_no"].filter(pc.fill_null(mask, False)).to_pylist()
                yield from (Unfit(row, name, rule, column, room) for row in rows)
