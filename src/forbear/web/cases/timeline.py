"""The timeline of a case: appended, never changed, each row chained to the one before it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import psycopg
from django.db import transaction

from forbear.web import evidence
from forbear.web.bulk import insert_rows, raw_in_transaction
from forbear.web.cases.models import Case, CaseEvent

if TYPE_CHECKING:
    from forbear.web.people.models import User


@dataclass(frozen=True, slots=True)
class NewEvent:
    """What to append: case id, kind, payload (plain JSON: texts, whole numbers, lists, mappings)."""

    case_id: int
    kind: str
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChainBreak:
    """The first row of a timeline that does not follow from the one before it."""

    sequence: int
    event_id: int | None
    why: str


def locked_case(case_id: int) -> Case:
    """Return a case under its row lock, so that its state, holds and timeline move one at a time."""
    return Case.objects.select_for_update(of=("self",)).select_related("customer").get(pk=case_id)


def append_event(
    case: Case, *, kind: str, at: datetime, by: User | None = None, payload: Mapping[str, Any] | None = None
) -> CaseEvent:
    """Append one line to the timeline of a case."""
    return append_events([NewEvent(case.pk, kind, payload or {})], at=at, by=by)[0]


@transaction.atomic
def append_events(new: Sequence[NewEvent], *, at: datetime, by: User | None = None) -> list[CaseEvent]:
    """Append many lines to many timelines in four statements, in the order given.

    The cases' rows are locked in id order, so that two writers never wait for each other. Raises LookupError
    for a case that does not exist and TypeError for a payload without one canonical form.
    """
    ids = sorted({event.case_id for event in new})
    if missing := set(ids) - lock_cases(ids):
        raise LookupError(f"case {min(missing)} does not exist; nothing was written")
    last = last_links(ids)
    rows = []
    for event in new:
        sequence, previous = last.get(event.case_id, (0, evidence.GENESIS))
        row = CaseEvent(
            case_id=event.case_id,
            sequence=sequence + 1,
            at=at,
            by=by,
            kind=event.kind,
            payload=refuse_floats(event.payload),
            previous_hash=previous,
        )
        row.hash = evidence.link(previous, chained(row))
        last[event.case_id] = (row.sequence, row.hash)
        rows.append(row)
    insert_rows(rows)
    return rows


LOCK = "SELECT id FROM cases_case WHERE id = ANY(%s) ORDER BY id FOR UPDATE"


def lock_cases(case_ids: Iterable[int]) -> set[int]:
    """Lock the rows of cases in id order; return those that there are."""
    found = psycopg.Cursor(raw_in_transaction()).execute(LOCK, [sorted(set(case_ids))]).fetchall()
    return {row[0] for row in found}


# One look at the end of each timeline, however long it is.
LAST = """
SELECT asked.case_id, last.sequence, last.hash FROM unnest(%s::bigint[]) AS asked(case_id)
CROSS JOIN LATERAL (
    SELECT e.sequence, e.hash FROM cases_caseevent e WHERE e.case_id = asked.case_id ORDER BY e.sequence DESC LIMIT 1
) last
"""


def last_links(case_ids: Iterable[int]) -> dict[int, tuple[int, bytes]]:
    """Return the last sequence and hash by case, for those that have a timeline."""
    rows = psycopg.Cursor(raw_in_transaction()).execute(LAST, [list(case_ids)])
    return {case_id: (sequence, bytes(digest)) for case_id, sequence, digest in rows}


def chained(event: CaseEvent) -> dict[str, Any]:
    """Return what the hash of a line covers."""
    return {
        "case": event.case_id,
        "sequence": event.sequence,
        "at": event.at,
        "by": event.by_id,
        "kind": event.kind,
        "payload": event.payload,
    }


def verify_chain(case: Case) -> ChainBreak | None:
    """Recompute every hash of a timeline; return the first broken row, or None when it is whole."""
    previous = evidence.GENESIS
    expected = 1
    for event in CaseEvent.objects.filter(case=case).order_by("sequence"):
        if event.sequence != expected:
            return ChainBreak(expected, None, f"line {expected} is missing")
        if bytes(event.previous_hash) != previous:
            return ChainBreak(event.sequence, event.pk, "it does not follow from the line before it")
        if bytes(event.hash) != evidence.link(previous, chained(event)):
            return ChainBreak(event.sequence, event.pk, "its content was changed after it was written")
        previous = bytes(event.hash)
        expected += 1
    return None


def refuse_floats(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return the payload; raise TypeError for a float, which has no exact form and never stands for money."""
    for value in walk(payload):
        if isinstance(value, float):
            raise TypeError(f"a timeline holds no float ({value}): write whole minor units or a text")
    return dict(payload)


def walk(value: Any) -> Iterable[Any]:
    """Yield every plain value inside nested lists and mappings."""
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from walk(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from walk(inner)
    else:
        yield value
