"""My day: the cases one person works today, in order, each with the reason it is there. One query."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any

from django.db import connection

from forbear.web.desk.policy import Band, bands, broken_days
from forbear.web.people.models import Role, User
from forbear.web.people.permissions import may
from forbear.web.reach.best_time import best_times, is_weekend

AT_MOST = 300
CALLBACK = "callback"
# Visits and legal reviews wait for whoever does them, while the case stays with its collector.
SHARED: Mapping[str, tuple[str, ...]] = {Role.FIELD: ("visit",), Role.LEGAL: ("legal",)}
EARLY = timedelta(minutes=1)  # the dossier: a call back at 15:00 pops at 15:00, give or take a minute

# Live bands come from tasks and promises as they stand now; the others from the latest committed run, in its own
# rank. A case appears once, in its first band; whoever was tried today comes after those not yet tried.
MY_DAY = """
WITH run AS (
    SELECT id FROM runs_dayrun WHERE state = 'committed' AND portfolio = 'bank' ORDER BY as_of DESC, id DESC LIMIT 1
), listed AS (
    SELECT t.case_id, 'approval' AS band, 0 AS place, extract(epoch FROM t.due_at) AS rank, t.due_at AS at, NULL::date AS day, true AS shared
    FROM cases_task t WHERE %(approves)s AND t.kind = 'approval' AND t.done_at IS NULL
      AND t.detail ? 'amount_minor'
    UNION ALL
    SELECT t.case_id, 'callback', 1, extract(epoch FROM t.due_at), t.due_at, NULL, false
    FROM cases_task t JOIN cases_case c ON c.id = t.case_id
    WHERE t.kind = 'callback' AND t.done_at IS NULL AND t.due_at < %(tomorrow)s
      AND coalesce(t.owner_id, c.owner_id) = %(me)s
    UNION ALL
    SELECT p.case_id, 'promise_due', 2, -p.amount_minor, NULL, p.due_on, false
    FROM cases_promise p JOIN cases_case c ON c.id = p.case_id
    WHERE c.owner_id = %(me)s AND p.state = 'open' AND p.due_on <= %(today)s
    UNION ALL
    SELECT p.case_id, 'broken_promise', 3, -p.amount_minor, NULL, p.due_on, false
    FROM cases_promise p JOIN cases_case c ON c.id = p.case_id
    WHERE c.owner_id = %(me)s AND p.state IN ('broken', 'partial') AND p.due_on >= %(broken_since)s
      AND NOT EXISTS (SELECT 1 FROM cases_promise later WHERE later.case_id = p.case_id AND later.made_at > p.made_at)
    UNION ALL
    SELECT v.case_id, 'visit', 2, extract(epoch FROM v.begins_at), v.begins_at, NULL, true
    FROM visits_visit v JOIN visits_teammember m ON m.team_id = v.team_id
    WHERE m.user_id = %(me)s AND m.on = %(today)s AND v.state IN ('scheduled', 'checked_in')
    UNION ALL
    SELECT q.case_id, CASE WHEN q.queue = ANY(%(shared)s) THEN q.queue ELSE q.band END, 4, q.rank, NULL, NULL,
           q.queue = ANY(%(shared)s)
    FROM runs_queueitem q JOIN run ON run.id = q.run_id
    WHERE q.done_at IS NULL AND (q.owner_id = %(me)s OR (q.owner_id IS NULL AND q.queue = ANY(%(queues)s)))
    UNION ALL
    SELECT c.id, 'mine', 5, -c.dpd, NULL, NULL, false FROM cases_case c
    WHERE c.owner_id = %(me)s AND NOT EXISTS (SELECT 1 FROM runs_queueitem q JOIN run ON run.id = q.run_id WHERE q.owner_id = %(me)s)
), first_band AS (
    SELECT DISTINCT ON (case_id) * FROM listed ORDER BY case_id, place, rank
)
SELECT f.case_id, f.band, f.at, f.day, u.name, u.city, c.bucket, c.dpd, c.state,
       (SELECT a.card_no_tail FROM portfolio_account a WHERE a.customer_id = c.customer_id AND a.product = c.product
        ORDER BY a.account_no LIMIT 1),
       today.tried, count(*) OVER (), c.customer_id, f.place
FROM first_band f
JOIN cases_case c ON c.id = f.case_id
JOIN portfolio_customer u ON u.id = c.customer_id
CROSS JOIN LATERAL (
    SELECT count(*) AS tried FROM contact_contactattempt k WHERE k.case_id = c.id AND k.local_day = %(today)s
) today
WHERE c.state IN ('new', 'assigned', 'working', 'ptp') AND (c.owner_id IS NULL OR c.owner_id = %(me)s OR f.shared)
  AND NOT EXISTS (SELECT 1 FROM complaints_bar b WHERE b.user_id = %(me)s AND b.customer_id = c.customer_id AND b.lifted_at IS NULL)
ORDER BY today.tried > 0, f.place, f.rank, f.case_id
LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One case of the day; no amount, for nobody's identity is confirmed here."""

    case_id: int
    band: Band
    at: datetime | None
    day: date | None
    name: str
    city: str
    bucket: str
    dpd: int
    state: str
    card_tail: str
    tried: int
    best_now: bool = False  # the debtor's own habit: usually answers at this hour


@dataclass(frozen=True, slots=True)
class MyDay:
    """The queue of one person."""

    at: datetime
    rows: tuple[QueueRow, ...]
    total: int
    counts: Mapping[str, int]  # by band, of the rows shown

    def next_after(self, case_id: int | None = None) -> QueueRow | None:
        """Return the row to work next: the first in order, or the first behind a case, then from the top again.

        So two cases that are passed over do not send one back and forth; a call back waits for its time.
        """
        place = next((i + 1 for i, row in enumerate(self.rows) if row.case_id == case_id), 0)
        behind = (*self.rows[place:], *self.rows[:place])
        return next((row for row in behind if row.case_id != case_id and self.is_ready(row)), None)

    def is_ready(self, row: QueueRow) -> bool:
        """Return whether a row may be worked now: a debtor who asked for 15:00 is not called at noon."""
        return row.band.code != CALLBACK or row.at is None or row.at <= self.at + EARLY

    def holds(self, case_id: int) -> bool:
        """Return whether a case is in the queue."""
        return any(row.case_id == case_id for row in self.rows)

    def by_band(self) -> Sequence[tuple[Band, list[QueueRow]]]:
        """Return rows not yet tried, grouped by band in order."""
        groups: dict[str, tuple[Band, list[QueueRow]]] = {}
        for row in self.rows:
            groups.setdefault(row.band.code, (row.band, []))[1].append(row)
        return list(groups.values())


def my_day(user: User, at: datetime) -> MyDay:
    """Return what one person works today."""
    today = at.date()
    known = bands(today)
    shared = list(SHARED.get(user.role, ()))
    asked: dict[str, Any] = {
        "me": user.pk,
        "queues": [user.skill_group, *shared],
        "shared": shared,
        "approves": may(user, "approve"),
        "today": today,
        "tomorrow": datetime.combine(today + timedelta(days=1), time(), tzinfo=at.tzinfo),
        "broken_since": today - timedelta(days=broken_days(today)),
        "most": AT_MOST,
    }
    with connection.cursor() as cursor:
        cursor.execute(MY_DAY, asked)
        found = cursor.fetchall()
    answers_now = usually_answer_now([row[12] for row in found], at)
    found = good_hours_first(found, answers_now)
    rows = tuple(
        QueueRow(
            row[0], known.get(row[1]) or Band(row[1], row[1], ""), row[2], row[3],
            *(*row[4:11], row[12] in answers_now),
        )
        for row in found
    )  # fmt: skip
    return MyDay(at, rows, found[0][11] if found else 0, Counter(row.band.code for row in rows))


RUN_PLACE = 4  # from here on the order is the run's; above it are times and promises, which do not move


def good_hours_first(found: Sequence[tuple[Any, ...]], answers_now: set[int]) -> list[tuple[Any, ...]]:
    """Return the rows with whoever usually answers at this hour first in each band of the run; all else stays."""
    ordered: list[tuple[Any, ...]] = []
    for (_tried, place, _band), rows in groupby(found, key=lambda row: (row[10] > 0, row[13], row[1])):
        group = list(rows)
        ordered += sorted(group, key=lambda row: row[12] not in answers_now) if place >= RUN_PLACE else group
    return ordered


def usually_answer_now(customer_ids: Sequence[int], at: datetime) -> set[int]:
    """Return the debtors whose own logged calls say that this is their best hour; one query however many."""
    if not customer_ids:
        return set()
    found = best_times(customer_ids, at, weekend=is_weekend(at))
    return {
        customer_id
        for customer_id, best in found.items()
        if best.personal and best.best is not None and best.best.holds(at)
    }
