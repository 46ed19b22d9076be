"""The gate's two round trips to PostgreSQL: lock and read; write and commit."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

import psycopg
from django.db import connection as django_connection
from django.db import transaction as django_transaction
from psycopg.pq import TransactionStatus
from psycopg.rows import namedtuple_row
from psycopg.types.json import Jsonb

from forbear.web import evidence
from forbear.web.contact.models import Permit, PermitState


class PermitLost(RuntimeError):
    """The permit can no longer be used: it expired, was released, or was used before. Ask for a new one."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request to contact someone."""

    customer_id: int
    case_id: int | None
    number_index: bytes | None
    channel: str
    purpose: str
    party: str
    user_id: int | None
    agency: str
    at: datetime
    local_day: date
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Read:
    """What the database knew under the locks; names follow sql/gate_facts.sql."""

    effective_calls: int
    number_unanswered: int
    failed_in_a_row: int
    last_failed_at: datetime | None
    number_blocked: bool
    own_numbers_dead: bool
    hold_kinds: tuple[str, ...]
    consented_hours: list[list[str]] | None
    quiet_hours: list[list[str]] | None
    workplace_off: bool
    at_workplace: bool
    time_zone: str
    last_sequence: int
    last_hash: bytes | None
    passed_on: bool  # the claim belongs to another creditor


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision as it was written."""

    decision_id: int
    reply: Mapping[str, Any]
    permit: Permit | None


Judged = tuple[Mapping[str, Any], Mapping[str, Any]]  # the facts of the question, and its reply


def decide(asked: Request, judge: Callable[[Read], Judged]) -> Decided:
    """Lock and read, let `judge` answer, write and commit: one transaction in two round trips.

    Inside a caller's transaction it is a savepoint of that one, and the locks last until the caller commits.
    """
    django_connection.ensure_connection()
    raw = django_connection.connection
    if django_connection.in_atomic_block:
        with django_transaction.atomic():
            return decision_of(asked, *decide_open(raw, asked, judge))
    with raw.pipeline():  # BEGIN travels with the read and COMMIT with the write
        try:
            raw.execute("BEGIN")
            row, written = decide_open(raw, asked, judge)
            raw.execute("COMMIT")
            return decision_of(asked, row, written)
        except BaseException:
            if raw.info.transaction_status != TransactionStatus.IDLE:
                raw.execute("ROLLBACK")
            raise


def decide_open(
    connection: psycopg.Connection[Any], asked: Request, judge: Callable[[Read], Judged]
) -> tuple[Mapping[str, Any], psycopg.Cursor[Any]]:
    """Read, judge and write inside an open transaction; the written row is still to be fetched."""
    read = read_facts(connection, asked)
    row = decision_row(asked, read, *judge(read))
    return row, psycopg.Cursor(connection).execute(WRITE, row)


# Whose the claim is, is read after the locks too: a transfer takes them before it cuts access.
FACTS = "SELECT f.*, gate_passed_on(%s) AS passed_on FROM gate_facts(%s, %s, %s, %s, %s, %s) f"


def read_now(asked: Request) -> Read:
    """Read the facts for the screen; the locks last for this statement only."""
    django_connection.ensure_connection()
    return read_facts(django_connection.connection, asked)


def read_facts(connection: psycopg.Connection[Any], asked: Request, permit_id: int | None = None) -> Read:
    """Lock debtor and number, then read the durable facts; a permit that is judged again does not count itself."""
    cursor: psycopg.Cursor[Any] = psycopg.Cursor(connection, row_factory=namedtuple_row)
    row = cursor.execute(
        FACTS,
        [
            asked.case_id,
            asked.customer_id,
            asked.number_index,
            asked.at,
            asked.local_day,
            asked.channel,
            permit_id,
        ],
    ).fetchone()
    return read_of(row)


def read_of(row: Any) -> Read:
    """Return a row of facts; raise LookupError for a customer who is not in the book."""
    if row is None or row.time_zone is None:
        raise LookupError("the customer is not in the book; no contact can be judged")
    named = {name: value for name, value in row._asdict().items() if name != "place"}
    hours = {name: plain_json(named[name]) for name in ("consented_hours", "quiet_hours")}
    return Read(**{**named, **hours, "hold_kinds": tuple(row.hold_kinds)})


def plain_json(value: Any) -> Any:
    """Return JSON as Python: Django's connections hand it over as text, plain ones read."""
    return json.loads(value) if isinstance(value, str) else value


ASKED = tuple(field.name for field in fields(Request))
WRITE = """
WITH decision AS (
    INSERT INTO contact_gatedecision
        (at, customer_id, case_id, number_index, channel, purpose, party, asked_by_id, agency,
         answer, rules, reply, facts, sequence, previous_hash, hash)
    VALUES (%(at)s, %(customer_id)s, %(case_id)s, %(number_index)s, %(channel)s, %(purpose)s, %(party)s,
            %(user_id)s, %(agency)s, %(answer)s, %(rules)s, %(reply)s, %(facts)s, %(sequence)s,
            %(previous_hash)s, %(hash)s)
    RETURNING id
), permit AS (
    INSERT INTO contact_permit (decision_id, customer_id, number_index, channel, local_day, expires_at, state)
    SELECT id, %(customer_id)s, %(number_index)s, %(channel)s, %(local_day)s, %(expires_at)s, 'reserved'
    FROM decision WHERE %(granted)s
    RETURNING id
)
SELECT decision.id, (SELECT id FROM permit) FROM decision
"""


def decision_row(
    asked: Request, read: Read, facts: Mapping[str, Any], reply: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the row that appends the decision to the debtor's chain and, unless refused, reserves the slot."""
    previous = bytes(read.last_hash) if read.last_hash else evidence.GENESIS
    sequence = read.last_sequence + 1
    return {
        **{name: getattr(asked, name) for name in ASKED},
        "answer": reply["answer"],
        "rules": Jsonb([reason["rule"] for reason in reply["reasons"]]),
        "reply": Jsonb(reply),
        "facts": Jsonb(facts),
        "sequence": sequence,
        "previous_hash": previous,
        "hash": evidence.link(previous, chained(sequence, asked.at, asked.customer_id, facts, reply)),
        "granted": reply["answer"] != "refused",
    }


def decision_of(asked: Request, row: Mapping[str, Any], written: psycopg.Cursor[Any]) -> Decided:
    """Return what was written, with the permit when there is one."""
    found = written.fetchone()
    if found is None:
        raise RuntimeError("PostgreSQL wrote no decision and raised no error")
    decision_id, permit_id = found
    return Decided(
        decision_id, row["reply"].obj, permit_of(asked, decision_id, permit_id) if permit_id else None
    )


def permit_of(asked: Request, decision_id: int, permit_id: int) -> Permit:
    """Return the permit as Django knows a stored row."""
    permit = Permit(
        id=permit_id,
        decision_id=decision_id,
        customer_id=asked.customer_id,
        number_index=asked.number_index,
        channel=asked.channel,
        local_day=asked.local_day,
        expires_at=asked.expires_at,
        state=PermitState.RESERVED,
    )
    permit._state.adding = False
    return permit


def chained(
    sequence: int, at: datetime, customer_id: int, facts: Mapping[str, Any], reply: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what a decision's hash covers."""
    return {"sequence": sequence, "at": at, "customer": customer_id, "facts": facts, "reply": reply}


@django_transaction.atomic
def confirm(asked: Request, permit: Permit, judge: Callable[[Read], Judged]) -> Decided:
    """Judge a reserved permit once more and use it; refused, it is released and the refusal is kept.

    Raises PermitLost when the permit was used, released or expired before.
    """
    django_connection.ensure_connection()
    raw = django_connection.connection
    read = read_facts(raw, asked, permit.pk)
    facts, reply = judge(read)
    if reply["answer"] != "refused":
        mark_used(permit, asked.at)
        return Decided(permit.decision_id, reply, permit)
    row = decision_row(asked, read, facts, reply)
    written = psycopg.Cursor(raw).execute(WRITE, row)
    mark_released(permit)
    return decision_of(asked, row, written)


def lock(customer_id: int, number_index: bytes | None) -> None:
    """Take the gate's locks until the caller's transaction ends: no permit is granted meanwhile."""
    with django_connection.cursor() as cursor:
        cursor.execute("SELECT gate_lock(%s, %s)", [customer_id, number_index])


def mark_used(permit: Permit, at: datetime) -> None:
    """Move reserved to used in one conditional statement, so that a permit is used once or not at all."""
    moved = Permit.objects.filter(pk=permit.pk, state=PermitState.RESERVED, expires_at__gt=at).update(
        state=PermitState.USED
    )
    if not moved:
        raise PermitLost(PermitLost.__doc__)
    permit.state = PermitState.USED


def mark_released(permit: Permit) -> None:
    """Move reserved to released; anything else stays."""
    Permit.objects.filter(pk=permit.pk, state=PermitState.RESERVED).update(state=PermitState.RELEASED)
