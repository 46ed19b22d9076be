"""The canonical tables as the database takes them: order, keys, money to reconcile, room in each text column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from django.apps import apps
from django.db import models

from forbear.ledger.tables import SCHEMAS


@dataclass(frozen=True, slots=True)
class BulkTable:
    """One canonical table: a `state` is what is so now and may change; a fact is dated and only added."""

    name: str
    model: str
    key: tuple[str, ...]
    state: bool
    money: str | None = None
    dated: str | None = None  # the day a fact is about, where its key has one

    @property
    def stored_in(self) -> str:
        """Name of the database table."""
        return f"portfolio_{self.model.lower()}"

    @property
    def columns(self) -> tuple[str, ...]:
        """Canonical columns in order, after `row_no`."""
        return tuple(SCHEMAS[self.name].names)


# In the order in which rows can refer to each other.
TABLES: tuple[BulkTable, ...] = (
    BulkTable("customers", "Customer", ("customer_no",), state=True),
    BulkTable("accounts", "Account", ("account_no",), state=True),
    BulkTable("contact_points", "ContactPoint", ("customer_no", "kind", "value_index"), state=True),
    BulkTable(
        "statements",
        "Statement",
        ("account_no", "statement_on"),
        state=False,
        money="balance_minor",
        dated="statement_on",
    ),
    BulkTable("entries", "LedgerEntry", ("entry_no",), state=False, money="amount_minor"),
    BulkTable(
        "positions", "Position", ("account_no", "data_on"), state=False, money="total_minor", dated="data_on"
    ),
    BulkTable("placements", "Placement", ("placement_no",), state=False, money="placed_minor"),
)
BY_NAME: Mapping[str, BulkTable] = {table.name: table for table in TABLES}


@cache
def text_rooms(table: str) -> Mapping[str, int]:
    """Return how many characters each text column of a canonical table may hold."""
    found = {"customer_no": 40, "account_no": 40}
    model = apps.get_model("portfolio", BY_NAME[table].model)
    for field in model._meta.get_fields():
        if isinstance(field, models.CharField) and field.max_length:
            found[field.name] = field.max_length
    return {name: found[name] for name in BY_NAME[table].columns if name in found}
