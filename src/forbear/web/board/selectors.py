"""What the board reads: each figure one set-based query, whatever the number of cases or people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.models import Count, Prefetch, Q, Sum
from django.db.models.functions import Coalesce

from forbear.web.cases.models import Promise, PromiseState
from forbear.web.people.days import day_end, day_start
from forbear.web.people.models import Role
from forbear.web.runs.models import DayRun, DayStep, QueueItem, RollRate, RunState

SQL = Path(__file__).with_name("sql")
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Span:
    """The days a page looks at, both included."""

    first: date
    last: date

    @property
    def start(self) -> datetime:
        """Return the first moment, in the bank's time."""
        return day_start(self.first)

    @property
    def end(self) -> datetime:
        """Return the first moment after."""
        return day_end(self.last)


def asked(name: str, parameters: dict[str, Any]) -> list[Row]:
    """Run sql/NAME.sql and return its rows as dictionaries."""
    with connection.cursor() as cursor:
        cursor.execute((SQL / f"{name}.sql").read_text(), parameters)
        columns = [column.name for column in cursor.description or ()]
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


def latest_run() -> DayRun | None:
    """Return the last committed run of the bank's portfolio."""
    return DayRun.objects.filter(state=RunState.COMMITTED, portfolio="bank").order_by("-as_of", "-pk").first()


def queue_ageing(run: DayRun, as_of: date) -> list[Row]:
    """Return per queue and days since the last try (or since the case opened): cases waiting and their past due."""
    return asked("queue_ageing", {"run": run.pk, "as_of": as_of})


def queue_progress(run: DayRun) -> Row:
    """Return how many places of the queues are done and how many wait."""
    return QueueItem.objects.filter(run=run).aggregate(
        waiting=Count("pk", filter=Q(done_at=None)), done=Count("pk", filter=~Q(done_at=None))
    )


def promises_by_day(span: Span) -> list[Row]:
    """Return per due day and state: promises, amount promised, amount received; superseded ones are left out."""
    rows = (
        Promise.objects.filter(due_on__range=(span.first, span.last))
        .exclude(state=PromiseState.SUPERSEDED)
        .values("due_on", "state")
        .annotate(
            promises=Count("pk"),
            promised_minor=Sum("amount_minor"),
            received_minor=Coalesce(Sum("received_minor"), 0),
        )
        .order_by("due_on", "state")
    )
    return [dict(row) for row in rows]


def flow(run: DayRun) -> list[RollRate]:
    """Return the movement between buckets that the run found."""
    return list(RollRate.objects.filter(run=run))


def latest_run_with_flow() -> DayRun | None:
    """Return the last committed run that had an earlier one to compare with."""
    runs = DayRun.objects.filter(state=RunState.COMMITTED, portfolio="bank", roll_rates__isnull=False)
    return runs.order_by("-as_of", "-pk").first()


def refusals_by_rule(span: Span) -> list[Row]:
    """Return per rule that refused: decisions, people, the last moment."""
    return asked("refusals_by_rule", {"start": span.start, "end": span.end})


def decisions(span: Span) -> Row:
    """Return how the gate answered: asked, allowed, discouraged, refused."""
    return asked("decisions", {"start": span.start, "end": span.end})[0]


def by_hour(span: Span) -> list[Row]:
    """Return per hour of the debtor's day: tries answered, tries not answered, refusals."""
    return asked("by_hour", {"start": span.start, "end": span.end})


def team_load(run: DayRun | None, today: date, span: Span) -> list[Row]:
    """Return per collector, by name: waiting, done, tries, promises made, promises matured and kept, refusals."""
    parameters = {
        "run": run.pk if run else None,
        "today": today,
        "start": Span(today, today).start,
        "end": Span(today, today).end,
        "first": span.first,
        "roles": [Role.COLLECTOR, Role.FIELD, Role.LEGAL],
    }
    return asked("team_load", parameters)


def runs(limit: int) -> list[DayRun]:
    """Return the newest runs with their steps; two queries."""
    steps = Prefetch("steps", DayStep.objects.order_by("ordinal"))
    return list(DayRun.objects.prefetch_related(steps).order_by("-as_of", "-pk")[:limit])
