"""What the screens of runs read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings
from django.db import connection
from django.db.models import Count, QuerySet

from forbear.ledger import CLASSES, Wrong, arrears_rule, book_from_tables, wrong_days
from forbear.nightly import Folder, read_table
from forbear.web.law.current import packs_now
from forbear.web.portfolio.models import Account
from forbear.web.runs.models import DayRun, Message, Outcome, RunState

RUNS_SHOWN = 60
SAMPLE = 3
DAYS_BACK = 7


def recent_runs() -> QuerySet[DayRun]:
    """Return the newest runs with their steps."""
    return DayRun.objects.order_by("-as_of", "-pk").prefetch_related("steps")[:RUNS_SHOWN]


def folder_of(run: DayRun) -> Folder | None:
    """Return the folder of a run, or None where it was cleared away."""
    name = run.summary.get("folder", "")
    root = Path(settings.HOME) / "runs" / name
    return Folder(root) if name and root.is_dir() else None


@dataclass(frozen=True, slots=True)
class WrongRow:
    """One account and day that was judged by facts that later turned out otherwise."""

    account_no: str
    as_of: date
    dpd_then: int
    dpd_now: int
    past_due_minor_then: int
    past_due_minor_now: int
    class_then: str
    class_now: str


def what_was_wrong(run: DayRun, *, days: int = DAYS_BACK) -> list[WrongRow]:
    """List the accounts whose lateness on the days up to the run was believed otherwise before this run's facts.

    A day counts as believed by what had been booked on it; the run knows everything booked up to its own day. For
    the run's own day the run it replaced says what was believed.
    """
    folder = folder_of(run)
    if folder is None:
        return []
    names = {"account_id": "account_no", "entry_id": "entry_no", "reverses_id": "reverses_no"}
    tables = [read_table(folder.input_path(name)) for name in ("statements", "entries")]
    accounts = read_table(folder.input_path("accounts"), ["account_id"]).rename_columns(["account_no"])
    statements, entries = (t.rename_columns([names.get(c, c) for c in t.column_names]) for t in tables)
    made = book_from_tables(accounts, statements, entries)
    past = [run.as_of - timedelta(days=back) for back in range(1, days + 1)]
    rule = arrears_rule(packs_now(), run.as_of)
    wrong = wrong_days(made.book, past, known_on=run.as_of, rule=rule)
    return [*_replaced(run), *_rows(wrong, made.account_no)]


def _replaced(run: DayRun) -> list[WrongRow]:
    """Compare with the newest run of the same day that this one replaced."""
    older = (
        DayRun.objects.filter(
            as_of=run.as_of, portfolio=run.portfolio, state=RunState.SUPERSEDED, pk__lt=run.pk
        )
        .order_by("-pk")
        .first()
    )
    if older is None:
        return []
    columns = ("account_id", "account__account_no", "dpd", "past_due_minor", "risk_class")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n.account_id FROM runs_outcome n"
            " JOIN runs_outcome o ON o.account_id = n.account_id AND o.run_id = %s"
            " WHERE n.run_id = %s AND (o.dpd, o.past_due_minor) <> (n.dpd, n.past_due_minor)"
            " ORDER BY n.account_id",
            [older.pk, run.pk],
        )
        ids = [account for (account,) in cursor.fetchall()]
    then = {
        row[0]: row for row in Outcome.objects.filter(run=older, account_id__in=ids).values_list(*columns)
    }
    now = {row[0]: row for row in Outcome.objects.filter(run=run, account_id__in=ids).values_list(*columns)}
    return [
        WrongRow(now[i][1], run.as_of, then[i][2], now[i][2], then[i][3], now[i][3], then[i][4], now[i][4])
        for i in ids
    ]


def _rows(wrong: Wrong, account_id: pa.Array) -> list[WrongRow]:
    ids = [account_id[int(i)].as_py() for i in wrong.account]
    names = dict(Account.objects.filter(pk__in=set(ids)).values_list("pk", "account_no"))
    none = np.full(len(ids), -1)
    then, now = (none if c is None else c for c in (wrong.class_then, wrong.class_now))
    return [
        WrongRow(
            names[account], wrong.as_of[n].astype(object), int(wrong.dpd_then[n]), int(wrong.dpd_now[n]),
            int(wrong.past_due_minor_then[n]), int(wrong.past_due_minor_now[n]),
            CLASSES[then[n]] if then[n] >= 0 else "", CLASSES[now[n]] if now[n] >= 0 else "",
        )
        for n, account in enumerate(ids)
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Batch:
    """The messages of one channel and template, with a few texts as they would go out today."""

    channel: str
    template: str
    level: int
    messages: int
    texts: Sequence[str]


def message_batches(run: DayRun) -> list[Batch]:
    """Return the message batches of a run, each with a sample of its texts where the run's folder still holds them."""
    counted = (
        Message.objects.filter(run=run)
        .values_list("channel", "template", "level")
        .annotate(messages=Count("pk"))
        .order_by("channel", "level", "template")
    )
    folder = folder_of(run)
    path = folder.step_path("queues", "messages") if folder else None
    texts = read_table(path, ["channel", "template", "text"]) if path and path.exists() else None
    return [
        Batch(channel, template, level, messages, _sample(texts, channel, template))
        for channel, template, level, messages in counted
    ]


def _sample(texts: pa.Table | None, channel: str, template: str) -> Sequence[str]:
    if texts is None:
        return []
    mine = pc.and_(
        pc.equal(texts["channel"].cast(pa.string()), channel),
        pc.equal(texts["template"].cast(pa.string()), template),
    )
    found: list[str] = texts.filter(mine)["text"].slice(0, SAMPLE).to_pylist()
    return found


def outcome_of(run: DayRun, account_no: str) -> Outcome | None:
    """Return the outcome of an account in a run."""
    account = Account.objects.filter(account_no=account_no).first()
    if account is None:
        return None
    return Outcome.objects.filter(run=run, account=account).select_related("account").first()
