"""The one way to move a write-off or a transfer: its table, and a change appended to the subject's own chain."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils.translation import gettext as _

from forbear.web import evidence
from forbear.web.cases.opening import CaseRefused
from forbear.web.cases.timeline import refuse_floats
from forbear.web.disposal.models import DisposalChange, Transfer, TransferState, WriteOff, WriteOffState

if TYPE_CHECKING:
    from forbear.web.people.models import User

W, T = WriteOffState, TransferState
MOVES: Mapping[type[Any], Mapping[str, frozenset[str]]] = {
    WriteOff: {
        "": frozenset({W.CANDIDATE}), W.CANDIDATE: frozenset({W.ASKED}), W.ASKED: frozenset({W.POSTED, W.DECLINED}),
        W.POSTED: frozenset({W.UNDONE}),
    },
    Transfer: {
        "": frozenset({T.DRAFT}), T.DRAFT: frozenset({T.ASKED}), T.ASKED: frozenset({T.APPROVED, T.DECLINED}),
        T.APPROVED: frozenset({T.DONE}), T.DONE: frozenset({T.DONE}),
    },
}  # fmt: skip
NUMBER = "SELECT nextval('disposal_number')"


class DisposalRefused(CaseRefused):
    """What was asked cannot be done; the message says everything that speaks against it, `field` what to change."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


def new_number(prefix: str, at: datetime) -> str:
    """Return the next number of a year."""
    with connection.cursor() as cursor:
        cursor.execute(NUMBER)
        return f"{prefix}{at.year}-{cursor.fetchone()[0]:06d}"


def move(
    subject: WriteOff | Transfer, to: str, *, at: datetime, by: User | None, why: str = "", **facts: Any
) -> None:
    """Move a locked subject and append the change; raises DisposalRefused for a move that is not in the table."""
    last = DisposalChange.objects.filter(subject=subject.number).order_by("-sequence").first()
    was = last.state if last else ""
    if to not in MOVES[type(subject)].get(was, frozenset()):
        raise DisposalRefused(_("It cannot go from “%(was)s” to “%(to)s”.") % {"was": was or "—", "to": to})
    change = DisposalChange(
        subject=subject.number, sequence=(last.sequence if last else 0) + 1, at=at, by=by, state=to, why=why.strip()[:500],
        facts=refuse_floats(facts), previous_hash=bytes(last.hash) if last else evidence.GENESIS,
    )  # fmt: skip
    change.hash = evidence.link(bytes(change.previous_hash), chained(change))
    change.save()
    subject.state = to
    subject.save()


def chained(change: DisposalChange) -> dict[str, Any]:
    """Return what the hash of a change covers."""
    return {
        "subject": change.subject, "sequence": change.sequence, "at": change.at, "by": change.by_id, "state": str(change.state),
        "why": change.why, "facts": change.facts,
    }  # fmt: skip


def broken_at(subject: WriteOff | Transfer) -> int | None:
    """Recompute the chain of a subject; return the first sequence that does not follow, or None."""
    previous = evidence.GENESIS
    for expected, change in enumerate(
        DisposalChange.objects.filter(subject=subject.number).order_by("sequence"), 1
    ):
        follows = change.sequence == expected and bytes(change.previous_hash) == previous
        if not follows or bytes(change.hash) != evidence.link(previous, chained(change)):
            return expected
        previous = bytes(change.hash)
    return None
