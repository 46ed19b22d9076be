"""The chain of a visit: appended by office and phone, never changed; one place writes it and one verifies it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from forbear.web import evidence
from forbear.web.cases.timeline import append_event
from forbear.web.visits.models import PhoneDay, Visit, VisitRecord

if TYPE_CHECKING:
    from forbear.web.people.models import User


@dataclass(frozen=True, slots=True)
class FromPhone:
    """What a phone adds to a record: its name for it, its place in the phone's own chain, its clock."""

    client_id: UUID
    day: PhoneDay
    seq: int
    at: datetime
    hash: bytes
    previous: bytes


def locked(visit_id: int) -> Visit:
    """Return a visit under its row lock, so that its records and state move one at a time."""
    return (
        Visit.objects.select_for_update(of=("self",))
        .select_related("case__customer", "point")
        .get(pk=visit_id)
    )


def append(
    visit: Visit,
    kind: str,
    *,
    at: datetime,
    received_at: datetime | None = None,
    by: User | None = None,
    data: Mapping[str, Any] | None = None,
    phone: FromPhone | None = None,
) -> VisitRecord:
    """Append one record to a locked visit."""
    last = visit.records.order_by("-sequence").values_list("sequence", "hash").first()
    sequence, previous = (last[0] + 1, bytes(last[1])) if last else (1, evidence.GENESIS)
    row = VisitRecord(
        visit=visit, sequence=sequence, kind=kind, at=at, by=by, data=dict(data or {}), received_at=received_at or at,
        previous_hash=previous,
    )  # fmt: skip
    if phone is not None:
        row.client_id, row.day, row.phone_seq = phone.client_id, phone.day, phone.seq
        row.phone_at, row.phone_hash, row.phone_previous = phone.at, phone.hash, phone.previous
    row.hash = evidence.link(previous, chained(row))
    row.save(force_insert=True)
    return row


def chained(row: VisitRecord) -> dict[str, Any]:
    """Return what the hash of a record covers."""
    return {
        "visit": row.visit_id, "sequence": row.sequence, "kind": row.kind, "at": row.at, "by": row.by_id, "data": row.data,
        "client": str(row.client_id or ""), "day": str(row.day_id or ""), "phone_seq": row.phone_seq,
        "phone_at": evidence.plain(row.phone_at) if row.phone_at else "", "received_at": row.received_at,
        "phone_hash": bytes(row.phone_hash or b""), "phone_previous": bytes(row.phone_previous or b""),
    }  # fmt: skip


def broken(visit: Visit) -> int | None:
    """Recompute the chain; return the sequence of the first record that does not follow, or None."""
    previous = evidence.GENESIS
    for expected, row in enumerate(visit.records.order_by("sequence"), start=1):
        follows = row.sequence == expected and bytes(row.previous_hash) == previous
        if not follows or bytes(row.hash) != evidence.link(previous, chained(row)):
            return expected
        previous = bytes(row.hash)
    return None


def tell(visit: Visit, kind: str, *, at: datetime, by: User | None, **said: Any) -> None:
    """Write one line on the timeline of the case."""
    append_event(visit.case, kind=kind, at=at, by=by, payload={"visit": visit.number, **said})
