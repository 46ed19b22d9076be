"""The lock under which the book is changed by files."""

from __future__ import annotations

from django.db import connection

from forbear.web.intake.queries import queries


def take_lock() -> None:
    """Wait until no other import or reversal is at work; released when the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(queries("batch")["lock"])
