"""Many permits in one transaction: the same locks, facts, question and chain as one, a few statements for all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.rows import namedtuple_row

from forbear import questions
from forbear.web.bulk import as_json, given_rows, hexadecimal, raw_in_transaction
from forbear.web.contact import facts as gate_facts
from forbear.web.contact import store
from forbear.web.contact.gate import GateReply, request_of
from forbear.web.law.current import packs_at

if TYPE_CHECKING:
    from forbear.web.cases.models import Case
    from forbear.web.portfolio.models import ContactPoint


@dataclass(frozen=True, slots=True)
class Wanted:
    """One contact of a batch that a machine wants to make."""

    case: Case
    contact_point: ContactPoint | None
    channel: str
    purpose: str
    party: str
    extra_facts: Mapping[str, Any] = field(default_factory=dict)


def lock_all(wanted: Sequence[Wanted]) -> None:
    """Take the locks of every debtor and number, in the gate's order; held until the transaction ends."""
    numbers = [bytes(w.contact_point.value_index) if w.contact_point else None for w in wanted]
    raw_in_transaction().execute(
        "SELECT gate_lock_many(%s, %s)", [[w.case.customer_id for w in wanted], numbers]
    )


def request_permits(wanted: Sequence[Wanted], *, at: datetime) -> list[GateReply]:
    """Ask for many contacts at `at`; each granted one has its slot reserved, as with a single request.

    Works inside the caller's transaction. Two requests for one debtor or one number are judged one after the other,
    each seeing the one before. Raises BadFact, NoLawInForce.
    """
    lock_all(wanted)
    replies: dict[int, GateReply] = {}
    for wave in waves(wanted):
        for place, reply in zip(wave, judge_wave([wanted[n] for n in wave], at), strict=True):
            replies[place] = reply
    return [replies[place] for place in range(len(wanted))]


def waves(wanted: Sequence[Wanted]) -> Iterator[list[int]]:
    """Yield places in rounds in which no debtor and no number comes twice."""
    left = list(range(len(wanted)))
    while left:
        seen: set[object] = set()
        wave: list[int] = []
        later: list[int] = []
        for place in left:
            keys = keys_of(wanted[place])
            (later if seen & keys else wave).append(place)
            seen |= keys
        yield wave
        left = later


def keys_of(one: Wanted) -> set[object]:
    """Return what must not be judged twice in one round."""
    number = bytes(one.contact_point.value_index) if one.contact_point else None
    return {one.case.customer_id} | ({number} if number else set())


def judge_wave(wanted: Sequence[Wanted], at: datetime) -> list[GateReply]:
    """Read, judge and write one round."""
    asked = [request_of(w.case, w.contact_point, w.channel, w.purpose, w.party, at) for w in wanted]
    facts = []
    for one, request, read in zip(wanted, asked, read_all(asked), strict=True):
        gate_facts.refuse_replaced_facts(one.extra_facts)
        facts.append((read, gate_facts.assemble(request, read, one.case.product, one.extra_facts)))
    replies = questions.ask_many("may_contact", [each for _, each in facts], packs=packs_at(at))
    rows = [
        store.decision_row(request, read, each, reply)
        for request, (read, each), reply in zip(asked, facts, replies, strict=True)
    ]
    return [
        reply_of(request, row, written)
        for request, row, written in zip(asked, rows, write_all(rows), strict=True)
    ]


# Whose a claim is, is read after the locks as well: they were taken in a statement of its own.
FACTS_MANY = """
SELECT f.*, EXISTS (
    SELECT 1 FROM cases_case c WHERE c.id = (%s::bigint[])[f.place] AND c.state = 'transferred') AS passed_on
FROM gate_facts_many(%s, %s, %s, %s, %s) f
"""


def read_all(asked: Sequence[store.Request]) -> list[store.Read]:
    """Read the durable facts of many requests under their locks."""
    cursor: psycopg.Cursor[Any] = psycopg.Cursor(raw_in_transaction(), row_factory=namedtuple_row)
    cursor.execute(
        FACTS_MANY,
        [
            [r.case_id for r in asked],
            [r.customer_id for r in asked],
            [r.number_index for r in asked],
            asked[0].at,
            [r.local_day for r in asked],
            [r.channel for r in asked],
        ],
    )
    return [store.read_of(row) for row in cursor]


# As store.WRITE, for many; a wave holds each debtor once, so debtor and sequence name a decision.
COLUMNS = {
    "at": "timestamptz", "customer_id": "bigint", "case_id": "bigint", "number_index": "bytea", "channel": "text",
    "purpose": "text", "party": "text", "user_id": "bigint", "agency": "text", "answer": "text", "rules": "jsonb",
    "reply": "jsonb", "facts": "jsonb", "sequence": "bigint", "previous_hash": "bytea", "hash": "bytea",
    "local_day": "date", "expires_at": "timestamptz", "granted": "boolean",
}  # fmt: skip
READERS: Mapping[str, Callable[[Any], Any]] = {"bytea": hexadecimal, "jsonb": attrgetter("obj")}
WRITE_MANY = f"""
WITH asked AS (
    SELECT *, ordinality AS place FROM {given_rows(f"{name} {kind}" for name, kind in COLUMNS.items())}
), decision AS (
    INSERT INTO contact_gatedecision
        (at, customer_id, case_id, number_index, channel, purpose, party, asked_by_id, agency,
         answer, rules, reply, facts, sequence, previous_hash, hash)
    SELECT at, customer_id, case_id, number_index, channel, purpose, party, user_id, agency,
           answer, rules, reply, facts, sequence, previous_hash, hash
    FROM asked ORDER BY place
    RETURNING id, customer_id, sequence
), named AS (
    SELECT asked.*, decision.id AS decision_id FROM asked JOIN decision USING (customer_id, sequence)
), permit AS (
    INSERT INTO contact_permit (decision_id, customer_id, number_index, channel, local_day, expires_at, state)
    SELECT decision_id, customer_id, number_index, channel, local_day, expires_at, 'reserved'
    FROM named WHERE granted ORDER BY place
    RETURNING id, decision_id
)
SELECT named.decision_id, permit.id FROM named LEFT JOIN permit USING (decision_id) ORDER BY named.place
"""  # noqa: S608  # names of our own columns


def write_all(rows: Sequence[Mapping[str, Any]]) -> list[tuple[int, int | None]]:
    """Append the decisions and permits of one round, one statement; return the ids of each, in order."""
    columns = [
        [read(row[name]) for row in rows]
        for name, kind in COLUMNS.items()
        for read in [READERS.get(kind, as_it_is)]
    ]
    found: list[tuple[int, int | None]] = (
        psycopg.Cursor(raw_in_transaction()).execute(WRITE_MANY, [as_json(list(COLUMNS), columns)]).fetchall()
    )
    return found


def as_it_is(value: Any) -> Any:
    """Return a value that JSON has a form for."""
    return value


def reply_of(request: store.Request, row: Mapping[str, Any], written: tuple[int, int | None]) -> GateReply:
    """Return what the gate said to one request."""
    decision_id, permit_id = written
    permit = store.permit_of(request, decision_id, permit_id) if permit_id else None
    return GateReply(row["reply"].obj["answer"], row["reply"].obj, decision_id, permit)


# As gate.start, for many: used once or not at all, and never after it expired.
START = """
UPDATE contact_permit SET state = 'used' WHERE id = ANY(%s) AND state = 'reserved' AND expires_at > %s RETURNING id
"""


def start_many(permit_ids: Sequence[int], *, at: datetime) -> set[int]:
    """Use permits, because their contacts begin now; return those that could still be used."""
    found = raw_in_transaction().execute(START, [list(permit_ids), at]).fetchall()
    return {row[0] for row in found}
