"""Write-offs of ours that the bank's file does not know, or still knows after they were taken back; shown at the desk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from forbear.web.ledger.models import Reason

# Of the accounts in today's figures, those of which our state and the bank's latest file disagree. A file of the day of the
# write-off itself cannot know it yet.
FOUND = """
SELECT o.account_id, a.block_code, o.state FROM (
    SELECT w.account_id, CASE WHEN bool_or(w.undone_on IS NULL) THEN 'written_off' ELSE 'taken_back' END AS state,
           max(coalesce(w.undone_on, w.booked_on)) AS since
    FROM standing_write_offs w WHERE w.ours AND w.account_id = ANY(%(accounts)s) GROUP BY w.account_id) o
JOIN portfolio_account a ON a.id = o.account_id
WHERE o.since < %(on)s AND (a.block_code = 'written_off') <> (o.state = 'written_off')
ORDER BY o.account_id
"""
# Raised once: a difference of the same states that waits, or that somebody has settled, is not raised again.
RAISE = """
INSERT INTO ledger_difference AS d (account_id, data_on, bank_minor, ours_minor, absolute_minor, suggested, found_at, closed_reason, bank_state, ours_state)
SELECT s.account, %(on)s, '{}', '{}', 0, %(reason)s, %(at)s, '', s.bank, s.ours
FROM unnest(%(accounts)s::bigint[], %(banks)s::text[], %(ours)s::text[]) AS s(account, bank, ours)
WHERE NOT EXISTS (SELECT 1 FROM ledger_difference k WHERE k.account_id = s.account AND (k.bank_state, k.ours_state) = (s.bank, s.ours)
                  AND k.closed_reason <> %(gone)s)
ON CONFLICT (account_id, data_on) DO UPDATE SET bank_state = excluded.bank_state, ours_state = excluded.ours_state,
    bank_minor = CASE d.closed_reason WHEN %(gone)s THEN '{}' ELSE d.bank_minor END,
    ours_minor = CASE d.closed_reason WHEN %(gone)s THEN '{}' ELSE d.ours_minor END,
    absolute_minor = CASE d.closed_reason WHEN %(gone)s THEN 0 ELSE d.absolute_minor END,
    found_at = excluded.found_at, closed_at = NULL, closed_by_id = NULL, closed_reason = ''
"""
CLOSE = """
UPDATE ledger_difference d SET closed_at = %(at)s, closed_reason = %(gone)s
WHERE d.closed_at IS NULL AND d.absolute_minor = 0 AND d.ours_state <> '' AND d.account_id = ANY(%(looked)s)
  AND NOT EXISTS (SELECT 1 FROM unnest(%(accounts)s::bigint[], %(banks)s::text[], %(ours)s::text[]) AS s(account, bank, ours)
                  WHERE (s.account, s.bank, s.ours) = (d.account_id, d.bank_state, d.ours_state))
"""


@dataclass(frozen=True, slots=True)
class StateGap:
    """One account of which the bank's file says something else than we."""

    account_id: int
    bank: str
    ours: str


def state_gaps(accounts: Sequence[int], on: date) -> list[StateGap]:
    """Return where the bank's latest file and our write-offs disagree; one query."""
    with connection.cursor() as cursor:
        cursor.execute(FOUND, {"accounts": list(accounts), "on": on})
        return [StateGap(*row) for row in cursor.fetchall()]


def store_gaps(looked: Sequence[int], gaps: Sequence[StateGap], on: date, at: datetime) -> None:
    """Put new gaps on the desk, and close those that are gone."""
    given: dict[str, Any] = {
        "looked": list(looked), "on": on, "at": at, "reason": Reason.STATE.value, "gone": Reason.EQUAL_NOW.value,
        "accounts": [gap.account_id for gap in gaps], "banks": [gap.bank for gap in gaps], "ours": [gap.ours for gap in gaps],
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(CLOSE, given)
        cursor.execute(RAISE, given)
