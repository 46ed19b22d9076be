"""Rows of the outbox written back many at a time: one prepared statement, one round trip."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
from django.db import connection

from forbear.web.contact.many import raw_in_transaction
from forbear.web.outbox.models import OutboxMessage


def save_columns(rows: Sequence[OutboxMessage], names: Sequence[str]) -> None:
    """Write these fields of these rows, inside the caller's transaction.

    Django's bulk_update writes one CASE of all rows for each field, which grows with their product; half of a
    sender's time went there.
    """
    if not rows:
        return
    by_name = {field.name: field for field in OutboxMessage._meta.concrete_fields}
    fields = [by_name[name] for name in names]
    assigned = ", ".join(f"{field.column} = %s" for field in fields)
    psycopg.Cursor(raw_in_transaction()).executemany(
        f"UPDATE {OutboxMessage._meta.db_table} SET {assigned} WHERE id = %s",  # noqa: S608  # names of our own model
        [
            (*(field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields), row.pk)
            for row in rows
        ],
    )
