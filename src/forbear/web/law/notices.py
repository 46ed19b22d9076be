"""Who must read what before the next contact. The gate asks here, so nobody gets around it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import psycopg
from django.db import connection
from psycopg.rows import scalar_row

from forbear.web.law import current

if TYPE_CHECKING:
    from forbear.web.people.models import User

_read: dict[int, frozenset[int]] = {}  # by person: publications this process knows to be acknowledged
READ = "SELECT publication_id FROM law_acknowledgement WHERE user_id = %s"


class NoticesUnread(RuntimeError):
    """A rule of contact has changed and this person has not acknowledged it; `ids` are the publications."""

    def __init__(self, ids: tuple[int, ...]) -> None:
        super().__init__(f"read and acknowledge the changed rules first: notice {', '.join(map(str, ids))}")
        self.ids = ids


def unread_notices(user: User, at: datetime) -> tuple[int, ...]:
    """Return the publications in force that this person has still to acknowledge, oldest first.

    Once read is read for good (acknowledgements are append only), so only somebody with something unread costs a query.
    """
    due = [each.id for each in current.effective(at) if each.must_acknowledge]
    if _read.get(user.pk, frozenset()).issuperset(due):
        return ()
    cursor = psycopg.Cursor(current.raw_connection(), row_factory=scalar_row)
    read = frozenset(cursor.execute(READ, [user.pk]).fetchall())
    if not connection.in_atomic_block:  # what is read within a transaction may yet be undone
        _read[user.pk] = read
    return tuple(each for each in due if each not in read)


def require_notices_read(user: User | None, at: datetime) -> None:
    """Raise NoticesUnread while a person has something to acknowledge; a machine (None) reads nothing."""
    if user is not None and (unread := unread_notices(user, at)):
        raise NoticesUnread(unread)
