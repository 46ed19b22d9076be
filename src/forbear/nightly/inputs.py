"""What the day starts from: the tables of one snapshot, exported by `web` or made by hand, as Parquet in a run folder.

Facts count up to the day they describe: touches, notices and the previous run lie before `as_of`, so that running a
day again after it was committed reads the same inputs. `owners` says who holds a case now; it decides who gets a queue
item but never what happens to an account, so it is no part of the digest of the inputs.
"""

from __future__ import annotations

import pyarrow as pa

ID = pa.int64()
TEXT = pa.string()
DAY = pa.date32()
FLAG = pa.bool_()
MINOR = pa.int64()


def _schema(*fields: tuple[str, pa.DataType] | tuple[str, pa.DataType, bool]) -> pa.Schema:
    return pa.schema([pa.field(f[0], f[1], nullable=len(f) == 3) for f in fields])


ACCOUNTS = _schema(
    ("account_id", ID),
    ("account_no", TEXT),
    ("customer_id", ID),
    ("product", TEXT),
    ("currency", TEXT),
    ("card_tail", TEXT),
    ("block_code", TEXT),
    ("written_off", FLAG),  # by an entry of the ledger, or by the bank's own mark
    ("credit_limit_minor", MINOR, True),
    ("opened_on", DAY, True),
)
CUSTOMERS = _schema(
    ("customer_id", ID),
    ("city", TEXT),
    ("timezone", TEXT),
    ("phone", FLAG),  # some number of the debtor's own that may be dialled
    ("mobile", FLAG),
    ("email", FLAG),
    ("address", FLAG),
    ("app", FLAG),
    ("consented_hours", TEXT),  # JSON such as [["22:00", "23:00"]]; empty: none on file
    ("channels_off", TEXT),  # channels the debtor declined, comma-separated
    ("failed_in_a_row", pa.int32()),  # attempts since the debtor was last reached
    ("attempts_30", pa.int32()),
    ("reached_30", pa.int32()),
)
STATEMENTS = _schema(
    ("account_id", ID),
    ("statement_on", DAY),
    ("due_on", DAY),
    ("balance_minor", MINOR),
    ("minimum_due_minor", MINOR),
)
ENTRIES = _schema(
    ("entry_id", ID),
    ("account_id", ID),
    ("kind", TEXT),
    ("amount_minor", MINOR),
    ("value_on", DAY),
    ("booked_on", DAY),
    ("reverses_id", ID, True),
)
POSITIONS = _schema(
    ("account_id", ID),
    ("data_on", DAY),
    ("total_minor", MINOR),
    ("flags", TEXT),  # marks of the overdue list, comma-separated
)
TOUCHES = _schema(("customer_id", ID), ("channel", TEXT), ("last_on", DAY))
HOLDS = _schema(("customer_id", ID), ("product", TEXT), ("kind", TEXT))
PROMISES = _schema(
    ("customer_id", ID),
    ("product", TEXT),
    ("made_on", DAY),
    ("due_on", DAY),
    ("state", TEXT),  # as judged on the day: open, kept, partial, broken
)
PLACEMENTS = _schema(("account_id", ID), ("agency", TEXT))
MARKS = _schema(("customer_id", ID), ("product", TEXT), ("mark", TEXT))  # legal, transferred
NOTICES = _schema(("customer_id", ID), ("product", TEXT), ("level", pa.int32()), ("last_on", DAY))
PREVIOUS = _schema(("account_id", ID), ("bucket", TEXT), ("total_minor", MINOR))
STAFF = _schema(("user_id", ID), ("skill_group", TEXT))
OWNERS = _schema(("customer_id", ID), ("product", TEXT), ("user_id", ID))

SNAPSHOT = {
    "accounts": ACCOUNTS,
    "customers": CUSTOMERS,
    "statements": STATEMENTS,
    "entries": ENTRIES,
    "positions": POSITIONS,
    "touches": TOUCHES,
    "holds": HOLDS,
    "promises": PROMISES,
    "placements": PLACEMENTS,
    "marks": MARKS,
    "notices": NOTICES,
    "previous": PREVIOUS,
    "staff": STAFF,
    "owners": OWNERS,
}
# Rows of each table stand in this order, so that equal facts give equal bytes.
ORDER = {
    "accounts": ("account_id",),
    "customers": ("customer_id",),
    "statements": ("account_id", "statement_on"),
    "entries": ("account_id", "entry_id"),
    "positions": ("account_id",),
    "touches": ("customer_id", "channel"),
    "holds": ("customer_id", "product", "kind"),
    "promises": ("customer_id", "product", "due_on", "made_on", "state"),
    "placements": ("account_id",),
    "marks": ("customer_id", "product", "mark"),
    "notices": ("customer_id", "product"),
    "previous": ("account_id",),
    "staff": ("user_id",),
    "owners": ("customer_id", "product"),
}
OUTSIDE_DIGEST = frozenset({"owners"})


class BadSnapshot(ValueError):
    """A table of the snapshot lacks a column, has a wrong type, or holds a row that points nowhere."""


def empty(name: str) -> pa.Table:
    """Return an empty table of the snapshot."""
    return SNAPSHOT[name].empty_table()


def checked(name: str, table: pa.Table) -> pa.Table:
    """Return the table with exactly the columns of its schema, in order; raises BadSnapshot."""
    schema = SNAPSHOT[name]
    if missing := [field.name for field in schema if field.name not in table.column_names]:
        raise BadSnapshot(f"{name}: column {missing[0]} is missing")
    try:
        typed = table.select(schema.names).cast(schema)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise BadSnapshot(f"{name}: {error}") from error
    for field in schema:
        if not field.nullable and typed[field.name].null_count:
            raise BadSnapshot(f"{name}: {field.name} is empty in {typed[field.name].null_count} rows")
    return typed
