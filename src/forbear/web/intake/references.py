"""Look at a file by itself: does it name a thing twice, and does it bring what its rows refer to?"""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from forbear.web.intake.bulk_tables import BulkTable

REFERS_TO = {
    "accounts": ("customers", "customer_no"),
    "contact_points": ("customers", "customer_no"),
    "statements": ("accounts", "account_no"),
    "entries": ("accounts", "account_no"),
    "positions": ("accounts", "account_no"),
}


def has_repeats(table: BulkTable, data: pa.Table) -> bool:
    """Return whether two rows have the same key."""
    keys = data.select(list(table.key))
    return bool(keys.group_by(list(table.key)).aggregate([]).num_rows != data.num_rows)


def brings_what_it_names(table: str, tables: Mapping[str, pa.Table]) -> bool:
    """Return whether every row's customer or account is in the same file, so that the book need not be asked."""
    if table not in REFERS_TO:
        return False
    other, key = REFERS_TO[table]
    if other not in tables:
        return False
    return bool(pc.all(pc.is_in(tables[table][key], tables[other][key].combine_chunks())).as_py())
