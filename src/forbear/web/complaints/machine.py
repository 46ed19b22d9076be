"""The states of a complaint (domain dossier 3.4) as a table, and the one way to move: appended and chained."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from forbear.web import evidence
from forbear.web.cases.timeline import append_event, refuse_floats
from forbear.web.complaints.models import Complaint, ComplaintChange, State

if TYPE_CHECKING:
    from forbear.web.people.models import User

S = State
MOVES: Mapping[str, frozenset[str]] = {
    "": frozenset({S.RECEIVED}),
    S.RECEIVED: frozenset({S.REGISTERED}),
    S.REGISTERED: frozenset({S.ASSIGNED}),
    S.ASSIGNED: frozenset({S.ASSIGNED, S.INVESTIGATING}),
    S.INVESTIGATING: frozenset({S.ASSIGNED, S.EXTENDED, S.RESOLVED}),
    S.EXTENDED: frozenset({S.ASSIGNED, S.EXTENDED, S.RESOLVED}),
    S.RESOLVED: frozenset({S.ANSWERED}),
    S.ANSWERED: frozenset({S.CLOSED, S.REVIEW_REQUESTED}),
    S.REVIEW_REQUESTED: frozenset({S.REVIEWED}),
    S.CLOSED: frozenset({S.ROOT_CAUSE}),
    S.REVIEWED: frozenset({S.ROOT_CAUSE}),
}
OPEN = (S.RECEIVED, S.REGISTERED, S.ASSIGNED, S.INVESTIGATING, S.EXTENDED, S.RESOLVED, S.REVIEW_REQUESTED)
UNDECIDED = (S.RECEIVED, S.REGISTERED, S.ASSIGNED, S.INVESTIGATING, S.EXTENDED)


class ComplaintRefused(ValueError):
    """A complaint can't be dealt with like this; the message says why, `field` what to change."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


def locked(complaint_id: int) -> Complaint:
    """Return a complaint under its row lock."""
    return Complaint.objects.select_for_update(of=("self",)).select_related("case").get(pk=complaint_id)


def move(
    complaint: Complaint, to: State, *, at: datetime, by: User | None, why: str = "", **facts: Any
) -> None:
    """Move a locked complaint, write the change on its own chain and one line on the case; raises ComplaintRefused.

    The case's line names number and state only: what was said is nobody's business who works the case.
    """
    last = complaint.changes.order_by("-sequence").first()
    was = last.new_state if last else ""
    if to not in MOVES.get(was, frozenset()):
        labels = {"was": State(was).label if was else "—", "to": to.label}
        raise ComplaintRefused(_("It cannot go from “%(was)s” to “%(to)s”.") % labels, "state")
    append(complaint, last, was, to, at=at, by=by, why=why, facts=facts)
    complaint.state = to
    complaint.save()
    said = {"number": complaint.number, "state": to.value}
    append_event(complaint.case, kind="complaint", at=at, by=by, payload=said)


def append(
    complaint: Complaint, last: ComplaintChange | None, was: str, to: State, *, at: datetime, by: User | None, why: str,
    facts: Mapping[str, Any],
) -> None:  # fmt: skip
    """Append one change to the chain of a complaint."""
    change = ComplaintChange(
        complaint=complaint, sequence=(last.sequence if last else 0) + 1, at=at, by=by, old_state=was, new_state=to,
        why=why[:500], facts=refuse_floats(facts), previous_hash=bytes(last.hash) if last else evidence.GENESIS,
    )  # fmt: skip
    change.hash = evidence.link(bytes(change.previous_hash), chained(change))
    change.save()


def chained(change: ComplaintChange) -> dict[str, Any]:
    """Return what the hash of a change covers."""
    return {
        "complaint": change.complaint_id, "sequence": change.sequence, "at": change.at, "by": change.by_id,
        "from": change.old_state, "to": str(change.new_state), "why": change.why, "facts": change.facts,
    }  # fmt: skip


def broken_at(complaint: Complaint) -> int | None:
    """Recompute the chain of a complaint; return the first sequence that does not follow, or None."""
    previous = evidence.GENESIS
    for expected, change in enumerate(complaint.changes.order_by("sequence"), 1):
        follows = change.sequence == expected and bytes(change.previous_hash) == previous
        if not follows or bytes(change.hash) != evidence.link(previous, chained(change)):
            return expected
        previous = bytes(change.hash)
    return None
