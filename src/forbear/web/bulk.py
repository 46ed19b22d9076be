"""Rows written many at a time: one prepared statement whose few parameters are columns as arrays.

Django's bulk_create and bulk_update write a statement that grows with every value of every row, which the driver then
takes apart again; half of a sender's time went there.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import psycopg
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.db.models.expressions import DatabaseDefault


def raw_in_transaction() -> psycopg.Connection[Any]:
    """Return the driver's own connection; raises RuntimeError outside a transaction, whose locks such writes rely on."""
    if not connection.in_atomic_block:
        raise RuntimeError("rows are written in numbers inside the transaction that locked them")
    raw: psycopg.Connection[Any] = connection.connection
    return raw


def insert_rows(rows: Sequence[models.Model], *, ignore_conflicts: bool = False) -> None:
    """Insert rows of one model, each with the id it gets; with `ignore_conflicts` those that are there stay, without id."""
    if not rows:
        return
    model = type(rows[0])
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    sql = insert_sql(model, ignore_conflicts)
    found = psycopg.Cursor(raw_in_transaction()).execute(sql, columns_of(rows, fields)).fetchall()
    if not ignore_conflicts:
        for row, (pk,) in zip(rows, sorted(found), strict=True):  # ids are drawn in the order of the rows
            row.pk = pk
    for row in rows:
        row._state.adding = False


@lru_cache(maxsize=64)
def insert_sql(model: type[models.Model], ignore_conflicts: bool) -> Any:
    """Return the statement that inserts rows of a model given as arrays, in their order."""
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    names = ", ".join(quoted(field) for field in fields)
    arrays = ", ".join(array_of(field) for field in fields)
    shown = ", ".join(read_as(field) for field in fields)
    end = "ON CONFLICT DO NOTHING " if ignore_conflicts else ""
    return (
        f"INSERT INTO {model._meta.db_table} ({names}) SELECT {shown}"  # noqa: S608  # names of our own models
        f" FROM unnest({arrays}) WITH ORDINALITY AS given({names}, place) ORDER BY place {end}RETURNING id"
    )


def update_rows(rows: Sequence[models.Model], names: Sequence[str]) -> None:
    """Write these fields of these rows."""
    if not rows:
        return
    by_name = {field.name: field for field in type(rows[0])._meta.concrete_fields}
    fields = [by_name[name] for name in names]
    sql = update_sql(type(rows[0]), tuple(names))
    psycopg.Cursor(raw_in_transaction()).execute(sql, [[row.pk for row in rows], *columns_of(rows, fields)])


@lru_cache(maxsize=64)
def update_sql(model: type[models.Model], names: tuple[str, ...]) -> Any:
    """Return the statement that writes some fields of rows given as arrays, the ids first."""
    by_name = {field.name: field for field in model._meta.concrete_fields}
    fields = [by_name[name] for name in names]
    arrays = ", ".join(array_of(field) for field in fields)
    columns = ", ".join(quoted(field) for field in fields)
    assigned = ", ".join(f"{quoted(field)} = {read_as(field, 'given.')}" for field in fields)
    return (
        f"UPDATE {model._meta.db_table} AS held SET {assigned}"  # noqa: S608  # names of our own models
        f" FROM unnest(%s::bigint[], {arrays}) AS given(given_id, {columns}) WHERE held.id = given.given_id"
    )


def array_of(field: Any) -> str:
    """Return the parameter for a column: an array of its type, without a length so that nothing is cut silently."""
    kind = "text" if isinstance(field, ArrayField) else str(field.db_type(connection)).split("(")[0]
    return f"%s::{kind}[]"


def read_as(field: Any, table: str = "") -> str:
    """Return how a column is read from its array; an array in an array goes as its text."""
    if not isinstance(field, ArrayField):
        return f"{table}{quoted(field)}"
    return f"{table}{quoted(field)}::{str(field.base_field.db_type(connection)).split('(')[0]}[]"


def quoted(field: Any) -> str:
    """Return the name of a field's column as SQL takes it: some are words of the language."""
    return str(connection.ops.quote_name(field.column))


def columns_of(rows: Sequence[models.Model], fields: Sequence[Any]) -> list[list[Any]]:
    """Return the values of rows, column by column, as the driver takes them."""
    return [[value_of(field, getattr(row, field.attname)) for row in rows] for field in fields]


def value_of(field: Any, value: Any) -> Any:
    """Return one value as the driver takes it; what the database would fill in must be a constant."""
    if isinstance(value, DatabaseDefault):
        value = value.expression.value  # type: ignore[attr-defined]  # the stubs do not know it
    if isinstance(field, ArrayField):
        return None if value is None else literal(value)
    if isinstance(field, models.BinaryField):
        return None if value is None else bytes(value)
    return field.get_db_prep_save(value, connection)


def literal(words: Sequence[str]) -> str:
    """Write a list of texts as PostgreSQL writes an array."""
    quoted = (word.replace("\\", "\\\\").replace('"', '\\"') for word in words)
    return "{" + ",".join(f'"{word}"' for word in quoted) + "}"
