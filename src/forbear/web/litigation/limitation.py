"""When limitation ends for many cases at once: events gathered set-wise, counted by the question `limitation`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from django.db import connection

from forbear.litigation import limitation_level
from forbear.packs import Packs
from forbear.questions import question

STARTS = """
SELECT c.id, coalesce(c.aged_on - c.dpd,
    (SELECT min(s.due_on) FROM standing_statements s JOIN portfolio_account a ON a.id = s.account_id
     WHERE a.customer_id = c.customer_id AND a.product = c.product
       AND s.due_on > coalesce((SELECT o.closed_on FROM cases_case o WHERE o.id = c.previous_id), '-infinity')),
    c.opened_on)
FROM cases_case c WHERE c.id = ANY(%(cases)s)
"""
# What interrupts, as the system can prove it. A payment that was taken back proves nothing.
EVENTS = """
SELECT c.id, e.value_on, 'part_payment', NULL::boolean, NULL::boolean, e.amount_minor FROM cases_case c
JOIN portfolio_account a ON a.customer_id = c.customer_id AND a.product = c.product
JOIN standing_entries e ON e.account_id = a.id AND e.kind = 'payment' AND e.amount_minor > 0
WHERE c.id = ANY(%(cases)s) AND e.value_on <= %(as_of)s
  AND NOT EXISTS (SELECT 1 FROM standing_entries r WHERE r.account_id = a.id AND r.reverses_no = e.entry_no)
UNION ALL
SELECT m.case_id, coalesce(m.reached_on, (coalesce(m.handed_over_at, m.planned_at) AT TIME ZONE 'Asia/Shanghai')::date),
       CASE m.channel WHEN 'sms' THEN 'sms' WHEN 'email' THEN 'email' ELSE 'letter' END, m.reserved, m.state = 'delivered', NULL
FROM outbox_outboxmessage m
WHERE m.case_id = ANY(%(cases)s) AND m.channel IN ('sms', 'email', 'letter') AND m.purpose = 'collect'
  AND m.state IN ('sent', 'delivered', 'uncertain')
UNION ALL
SELECT t.case_id, t.local_day, 'demand', NULL, true, NULL FROM contact_contactattempt t
WHERE t.case_id = ANY(%(cases)s) AND t.effective AND t.channel IN ('voice', 'visit')
UNION ALL
SELECT p.case_id, p.made_on, 'promise', NULL, NULL, NULL FROM cases_promise p
WHERE p.case_id = ANY(%(cases)s) AND p.speaker = 'debtor'
UNION ALL
SELECT l.case_id, v.on, CASE v.move WHEN 'hand_in' THEN 'suit' ELSE 'payment_order' END, NULL, NULL, NULL
FROM litigation_mattermove v JOIN litigation_legalmatter l ON l.id = v.matter_id
WHERE l.case_id = ANY(%(cases)s) AND v.move IN ('hand_in', 'apply_payment_order')
"""


@dataclass(frozen=True, slots=True)
class Limit:
    """When the limitation of a case ends, as the system can prove it."""

    case_id: int
    last_day: date | None  # None while a procedure keeps it open
    barred: bool
    level: int  # of forbear.litigation.limitation_level
    starts_on: date
    events: int


def limits(case_ids: Sequence[int], as_of: date, packs: Packs) -> dict[int, Limit]:
    """Return when limitation ends by case; two queries and one columnar question."""
    starts, events = known(case_ids, as_of)
    if not starts:
        return {}
    order = sorted(starts)
    asked = question("limitation")
    rows = [asked.checked(given(starts[case], as_of, events[case])) for case in order]
    answer = asked.answer(asked.columns(rows), packs=packs, n=len(rows))
    levels = limitation_level(packs, answer.last_day, as_of)
    days = answer.last_day.astype(object)
    return {
        case: Limit(
            case, None if np.isnat(answer.last_day[i]) else days[i], int(answer.barred[i]) == 1, int(levels[i]),
            starts[case], len(events[case]),
        )
        for i, case in enumerate(order)
    }  # fmt: skip


def known(case_ids: Sequence[int], as_of: date) -> tuple[dict[int, date], Mapping[int, list[dict[str, Any]]]]:
    """Return by case when limitation began and what interrupted it since, as the question takes it; two queries."""
    asked: dict[str, Any] = {"cases": list(case_ids), "as_of": as_of}
    events = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(STARTS, asked)
        starts = {case: min(on, as_of) for case, on in cursor.fetchall()}
        cursor.execute(EVENTS, asked)
        for case, on, kind, reserved, delivered, amount in cursor.fetchall():
            if starts[case] < on <= as_of:
                events[case].append(event(on, kind, reserved, delivered, amount))
    return starts, events


def given(starts_on: date, as_of: date, events: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the facts of one case as the question takes them."""
    return {"starts_on": starts_on.isoformat(), "as_of": as_of.isoformat(), "events": list(events)}


def event(
    on: date, kind: str, reserved: bool | None, delivered: bool | None, amount: int | None
) -> dict[str, Any]:
    """Return one event as the question takes it; what is not known is left out and proves nothing."""
    told = {"on": on.isoformat(), "kind": kind}
    proofs = {"to_reserved_contact": reserved, "delivered": delivered}
    if kind == "promise":
        proofs["promises_payment"] = True
    if amount is not None:
        whole, part = divmod(amount, 100)
        told["amount"] = f"{whole}.{part:02d}"
    return told | {name: value for name, value in proofs.items() if value is not None}
