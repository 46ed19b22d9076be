"""A written-off debt is pursued on: what is left of it keeps its case from ending, whatever the bank's files say."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import connection

from forbear.questions import ask
from forbear.web.law.current import packs_at
from forbear.web.reading import reading_lang

if TYPE_CHECKING:
    from forbear.web.cases.models import Case

WRITTEN_OFF = (
    "SELECT DISTINCT account_id FROM standing_write_offs WHERE undone_on IS NULL AND account_id = ANY(%s)"
)
# Batches are numbered in time: what came in since is what stands in a later one. Our waivers of a settlement lower it too.
LEFT = """
SELECT c.id, sum(w.amount_minor - coalesce(came.minor, 0))::bigint
FROM cases_case c
JOIN portfolio_account a ON a.customer_id = c.customer_id AND a.product = c.product
JOIN LATERAL (SELECT max(w.amount_minor) AS amount_minor, min(w.batch_id) AS batch_id FROM standing_write_offs w
              WHERE w.account_id = a.id AND w.undone_on IS NULL HAVING count(*) > 0) w ON true
LEFT JOIN LATERAL (
    SELECT sum(e.amount_minor) AS minor FROM standing_entries e
    LEFT JOIN standing_entries o ON e.kind = 'reversal' AND o.account_id = e.account_id AND o.entry_no = e.reverses_no
    WHERE e.account_id = a.id AND e.batch_id > w.batch_id
      AND coalesce(o.kind, e.kind) IN ('payment', 'recovery', 'refund', 'waiver')) came ON true
WHERE c.id = ANY(%s) GROUP BY c.id
"""


def written_off(accounts: Collection[int]) -> set[int]:
    """Return those of some accounts whose write-off was posted and not taken back."""
    with connection.cursor() as cursor:
        cursor.execute(WRITTEN_OFF, [list(accounts)])
        return {row[0] for row in cursor.fetchall()}


def left_of_write_offs(cases: Collection[int]) -> dict[int, int]:
    """Return by case what was written off and has neither come in nor been waived since, minor units; one query."""
    if not cases:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(LEFT, [list(cases)])
        return {case: left for case, left in cursor.fetchall() if left > 0}


def against_ending(case: Case, at: datetime) -> str:
    """Return in the words of the law why a written-off case may not be ended; empty where it may."""
    if case.pk not in left_of_write_offs([case.pk]):
        return ""
    asked = {"act": "stop_pursuing_written_off_debt", "as_of": at.date().isoformat(), "detail": "other"}
    lang = reading_lang()
    said = ask("conduct", asked, packs=packs_at(at), lang=lang)
    if said["answer"] != "unlawful":
        return ""
    return " ".join(str(reason["text"]) for reason in said["reasons"] if reason["effect"] == "refuse")
