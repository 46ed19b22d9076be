"""Rows written many at a time: one prepared statement with one parameter, the rows as JSON.

Django's bulk_create and bulk_update write a statement that grows with every value of every row, which the driver then
takes apart again, and arrays of texts are escaped value by value; more than half of a sender's time went there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

import msgspec
import numpy as np
import psycopg
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.db.models.expressions import DatabaseDefault
from django.utils.functional import Promise


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
    found = psycopg.Cursor(raw_in_transaction()).execute(sql, [rows_as_json(rows, fields)]).fetchall()
    if not ignore_conflicts:
        for row, (pk,) in zip(rows, sorted(found), strict=True):  # ids are drawn in the order of the rows
            row.pk = pk
    for row in rows:
        row._state.adding = False


@lru_cache(maxsize=64)
def insert_sql(model: type[models.Model], ignore_conflicts: bool) -> Any:
    """Return the statement that inserts rows of a model given as JSON, in their order."""
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    names = ", ".join(quoted(field) for field in fields)
    end = "ON CONFLICT DO NOTHING " if ignore_conflicts else ""
    return (
        f"INSERT INTO {model._meta.db_table} ({names}) SELECT {names}"  # noqa: S608  # names of our own models
        f" FROM {given_rows(map(typed, fields))} ORDER BY given.ordinality {end}RETURNING id"
    )


def update_rows(rows: Sequence[models.Model], names: Sequence[str]) -> None:
    """Write these fields of these rows."""
    if not rows:
        return
    meta = type(rows[0])._meta
    fields = [meta.pk, *(meta.get_field(name) for name in names)]
    sql = update_sql(type(rows[0]), tuple(names))
    psycopg.Cursor(raw_in_transaction()).execute(sql, [rows_as_json(rows, fields)])


@lru_cache(maxsize=64)
def update_sql(model: type[models.Model], names: tuple[str, ...]) -> Any:
    """Return the statement that writes some fields of rows given as JSON, each with its id."""
    fields = [model._meta.get_field(name) for name in names]
    assigned = ", ".join(f"{quoted(field)} = given.{quoted(field)}" for field in fields)
    return (
        f"UPDATE {model._meta.db_table} AS held SET {assigned}"  # noqa: S608  # names of our own models
        f" FROM {given_rows(['id bigint', *map(typed, fields)])} WHERE held.id = given.id"
    )


def given_rows(columns: Iterable[str]) -> str:
    """Return rows given as one JSON parameter as a table `given` with its `ordinality`; columns as name and type."""
    return f"ROWS FROM (json_to_recordset(%s::json) AS ({', '.join(columns)})) WITH ORDINALITY AS given"


def typed(field: Any) -> str:
    """Return name and type of a column, without a length so that nothing is cut silently."""
    if isinstance(field, ArrayField):
        return f"{quoted(field)} {unlimited(field.base_field)}[]"
    return f"{quoted(field)} {unlimited(field)}"


def unlimited(field: Any) -> str:
    """Return the type of a field without its length."""
    return str(field.rel_db_type(connection) if field.is_relation else field.db_type(connection)).split("(")[
        0
    ]


def quoted(field: Any) -> str:
    """Return the name of a field's column as SQL takes it: some are words of the language."""
    return str(connection.ops.quote_name(field.column))


def rows_as_json(rows: Sequence[models.Model], fields: Sequence[Any]) -> str:
    """Write these fields of rows as a JSON list of objects; raises TypeError for a value that JSON has no form for."""
    columns = [
        [read(getattr(row, field.attname)) for row in rows] for field in fields for read in [reader(field)]
    ]
    return as_json([field.column for field in fields], columns)


def as_json(names: Sequence[str], columns: Sequence[Sequence[Any]]) -> str:
    """Write columns as a JSON list of objects, as `given_rows` reads them."""
    return JSON.encode(
        [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]
    ).decode()


def reader(field: Any) -> Callable[[Any], Any]:
    """Return what turns a value of a field into one that JSON has a form for."""
    return hexadecimal if isinstance(field, models.BinaryField) else constant


def hexadecimal(value: Any) -> str | None:
    """Write octets as PostgreSQL reads them."""
    return None if value is None else "\\x" + bytes(value).hex()


def constant(value: Any) -> Any:
    """Return a value; of one that the database would fill in, the constant that it is."""
    return value.expression.value if value.__class__ is DatabaseDefault else value  # type: ignore[attr-defined]  # the stubs do not know it


def plain(value: Any) -> Any:
    """Return what JSON has a form for: a number of numpy as one of Python, a text that is translated late as text."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Promise):
        return str(value)
    raise TypeError(f"{type(value).__name__} is no value of a column")


JSON = msgspec.json.Encoder(enc_hook=plain)
