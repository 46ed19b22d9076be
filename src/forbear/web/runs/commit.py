"""Commit a proved day in one transaction: outcomes, queues, messages, roll rates, and the cases' own columns.

Killed at any moment it leaves nothing; run again it does the whole.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection, transaction
from procrastinate.contrib.django import app

from forbear.nightly import Folder, read_table
from forbear.web.cases.changes import CURABLE, after_facts_changed, end_cured
from forbear.web.cases.models import Case
from forbear.web.cases.services import assign_cases, evaluate_promises
from forbear.web.intake.stage import copy_table
from forbear.web.people.models import User
from forbear.web.runs.models import DayRun, RollRate, RunState
from forbear.web.runs.snapshot import queries

TAKE_MESSAGES = "forbear.web.outbox.tasks.take_messages"
OUTCOME_COLUMNS = (
    "run_id", "account_id", "customer_id", "outcome", "reason", "rules", "dpd", "bucket", "bucket_cycles",
    "risk_class", "segment", "past_due_minor", "total_minor", "p_pay", "value",
)  # fmt: skip


class LostRows(RuntimeError):
    """Fewer or more rows were stored than the day made; the transaction is rolled back."""


def commit_day(run: DayRun, folder: Folder, *, at: datetime) -> dict[str, int]:
    """Store the day's tables and mark the run committed, all or nothing; return the rows by kind.

    The cases are brought up to date only by the newest day: a past day run again tells what should have been,
    it does not undo what has happened since.
    """
    counts: dict[str, int] = {}
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        locked = DayRun.objects.select_for_update().get(pk=run.pk)
        if locked.state == RunState.COMMITTED:
            return counts
        steps = queries("commit")
        cursor.execute(steps["settings"])
        asked = {
            "run": run.pk,
            "as_of": run.as_of,
            "portfolio": run.portfolio,
            "curable": [str(s.value) for s in CURABLE],
        }
        cursor.execute(steps["later"], asked)  # type: ignore[arg-type]  # dates and numbers
        newest = not cursor.fetchone()[0]
        cursor.execute(steps["supersede"], asked)  # type: ignore[arg-type]  # dates and numbers
        asked["older"] = [row[0] for row in cursor.fetchall()]
        cursor.execute(steps["withdraw"], asked)  # type: ignore[arg-type]  # dates and numbers
        counts["messages_withdrawn"] = cursor.rowcount
        _stage(cursor, folder)
        counts |= _cases(cursor, asked, run=run, at=at, newest=newest)
        counts |= _store(cursor, asked, folder)
        counts["assigned"] = _assign(cursor, asked, at=at) if newest else 0
        if newest:  # its messages go out; a past day run again sends nothing
            app.configure_task(TAKE_MESSAGES, queue="files").defer(run_id=run.pk)
        DayRun.objects.filter(pk=run.pk).update(
            state=RunState.COMMITTED, finished_at=at, summary={**run.summary, "stored": counts}, error=""
        )
    return counts


def _stage(cursor: Any, folder: Folder) -> None:
    for name in ("units", "queue", "messages"):
        cursor.execute(f"DROP TABLE IF EXISTS pg_temp.day_{name}")
        cursor.execute(queries("commit")[f"stage_{name}"])
    copy_table(cursor, "day_units", unit_table(folder), step="units")
    copy_table(cursor, "day_queue", queue_table(folder), step="queue")
    messages = read_table(folder.step_path("queues", "messages"))
    wanted = ["customer_id", "product", "channel", "template", "level", "language"]
    copy_table(cursor, "day_messages", plain(messages.select(wanted)), step="messages")
    for name in ("units", "queue", "messages"):
        cursor.execute(f"ANALYZE day_{name}")


def plain(table: pa.Table) -> pa.Table:
    """Return the table with dictionaries written out, as COPY wants it."""
    columns = [
        column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
        for column in table.columns
    ]
    return pa.table(columns, names=table.column_names)


def unit_table(folder: Folder) -> pa.Table:
    """Return what each customer and product comes to on the day, overdue or not: the latest account decides."""
    outcomes = read_table(
        folder.step_path("queues", "outcomes"),
        ["dpd", "bucket", "risk_class", "past_due_minor", "total_minor"],
    )
    unit = np.asarray(read_table(folder.step_path("intake", "book"), ["unit"])["unit"])
    accounts = read_table(folder.input_path("accounts"), ["account_id", "customer_id", "product"])
    billed = pc.unique(read_table(folder.input_path("statements"), ["account_id"])["account_id"])
    dpd = np.asarray(outcomes["dpd"])
    order = np.lexsort((-dpd, unit))
    first = order[np.flatnonzero(np.append(True, unit[order][1:] != unit[order][:-1])[: unit.size])]
    n = first.size
    known = np.asarray(pc.is_in(accounts["account_id"], value_set=billed))
    latest = pa.array(first)
    return plain(
        pa.table(
            {
                "customer_id": accounts["customer_id"].take(latest),
                "product": accounts["product"].take(latest),
                "dpd": outcomes["dpd"].take(latest),
                "bucket": outcomes["bucket"].take(latest),
                "risk_class": outcomes["risk_class"].take(latest),
                "past_due_minor": summed(unit, np.asarray(outcomes["past_due_minor"]), n),
                "total_minor": summed(unit, np.asarray(outcomes["total_minor"]), n),
                "statements": summed(unit, known.astype(np.int64), n) > 0,
            }
        )
    )


def summed(group: Any, values: Any, n: int) -> Any:
    """Add up whole numbers by group, exactly."""
    total = np.zeros(n, np.int64)
    np.add.at(total, group, values)
    return total


def queue_table(folder: Folder) -> pa.Table:
    """Return the queue with the facts behind each place as JSON."""
    queue = plain(read_table(folder.step_path("queues", "queue")))
    numbers = {name: pc.cast(queue[name], pa.string()) for name in ("dpd", "past_due_minor", "waited_days")}
    rounded = {
        name: pc.cast(pc.round(queue[name], digits), pa.string())
        for name, digits in (("p_pay", 4), ("value", 2))
    }
    parts: list[Any] = []
    for name, column in {**numbers, **rounded}.items():
        parts += [f'{"," if parts else "{"}"{name}":', column]
    reason = pc.binary_join_element_wise(*parts, "}", "")
    table = queue.select(["customer_id", "product", "queue", "rank", "user_id", "band"])
    return table.append_column("reason", reason)


def _cases(cursor: Any, asked: dict[str, Any], *, run: DayRun, at: datetime, newest: bool) -> dict[str, int]:
    """Open what is missing; on the newest day also age, cure and uncure."""
    steps = queries("commit")
    counts = {}
    if newest:
        counts["promises_moved"] = len(evaluate_promises(as_of=run.as_of, at=at))
        cursor.execute(steps["uncured"])
        uncured = [row[0] for row in cursor.fetchall()]
        if uncured:
            counts["uncured"] = after_facts_changed(as_of=run.as_of, at=at, case_ids=uncured).uncured
    cursor.execute(steps["open_cases"], asked)
    counts["cases_opened"] = cursor.rowcount
    if newest:
        cursor.execute(steps["age_cases"], asked)
        counts["cases_aged"] = cursor.rowcount
        cursor.execute(steps["cured"], asked)
        ids = [row[0] for row in cursor.fetchall()]
        cases = list(Case.objects.select_for_update().filter(pk__in=ids).order_by("pk"))
        counts["cured"] = end_cured(cases, as_of=run.as_of, at=at) if cases else 0
    return counts


def _store(cursor: Any, asked: dict[str, Any], folder: Folder) -> dict[str, int]:
    steps = queries("commit")
    outcomes = plain(read_table(folder.step_path("queues", "outcomes")))
    outcomes = outcomes.append_column("run_id", pa.array(np.full(outcomes.num_rows, asked["run"], np.int64)))
    copy_table(cursor, "runs_outcome", outcomes.select(OUTCOME_COLUMNS), step="outcomes")
    counts = {"outcomes": outcomes.num_rows}
    for name in ("queue", "messages"):
        cursor.execute(steps[name], asked)
        counts[name] = cursor.rowcount
        made = read_table(folder.step_path("queues", name)).num_rows
        if counts[name] != made:
            raise LostRows(f"{name}: the day made {made} rows, {counts[name]} found their case")
    rolls = read_table(folder.step_path("queues", "rolls")).to_pylist()
    RollRate.objects.bulk_create([RollRate(run_id=asked["run"], **row) for row in rolls])
    counts["rolls"] = len(rolls)
    return counts


def _assign(cursor: Any, asked: dict[str, Any], *, at: datetime) -> int:
    """Hand the cases of the queues to their collectors."""
    cursor.execute(queries("commit")["hands"], asked)
    hands = cursor.fetchall()
    owners = User.objects.in_bulk([owner for owner, _ in hands])
    return sum(assign_cases(cases, owner=owners[owner], at=at, by=None) for owner, cases in hands)
