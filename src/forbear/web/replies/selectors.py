"""Reads on replies: the inbox, gravest first, each with its words marked, what was done and who was called."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Case, IntegerField, QuerySet, Value, When

from forbear.web.complaints.bars import cut_cases
from forbear.web.replies import words
from forbear.web.replies.models import Page, Reply
from forbear.web.replies.services import text_of

if TYPE_CHECKING:
    from forbear.web.people.models import User

SHOWN = 50
GRAVITY = Case(
    *(When(severity=name, then=Value(rank)) for rank, name in enumerate(words.URGENCY)),
    default=Value(len(words.URGENCY)), output_field=IntegerField(),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shown:
    """One reply as the inbox shows it; `pieces` are its words in order, each with the signal it is, or none."""

    reply: Reply
    pieces: list[tuple[str, str]]
    done: list[str]
    pages: list[Page]


def waiting(user: User) -> QuerySet[Reply]:
    """Return the replies a person may read and nobody has handled."""
    return readable(user).filter(handled_at__isnull=True)


def readable(user: User) -> QuerySet[Reply]:
    """Return the replies a person may read: none on a case that was passed on."""
    return Reply.objects.exclude(case__in=cut_cases(user))


def inbox(user: User, *, handled: bool) -> list[Shown]:
    """Return the replies to show: those not handled gravest first, then newest; or those handled, newest first."""
    done = readable(user).filter(handled_at__isnull=False).order_by("-at")
    found = done if handled else by_gravity(user)
    rows = list(found.select_related("case", "customer", "undone_by", "handled_by")[:SHOWN])
    called = calls_of(rows)
    return [
        Shown(
            row, pieces(text_of(row), row.signals), [words.done(each) for each in row.actions], called[row.pk]
        )
        for row in rows
    ]


def by_gravity(user: User) -> QuerySet[Reply]:
    """Return what waits, gravest first, then newest."""
    return waiting(user).order_by(GRAVITY, "-at")


def calls_of(rows: Iterable[Reply]) -> dict[int, list[Page]]:
    """Return by reply who was called for the emergency it made; one query."""
    of_task = {done["task"]: row.pk for row in rows for done in row.actions if "task" in done}
    found: dict[int, list[Page]] = defaultdict(list)
    for page in Page.objects.filter(task__in=of_task).select_related("user").order_by("at", "pk"):
        found[of_task[page.task_id]].append(page)
    return found


def pieces(text: str, signals: Sequence[dict[str, Any]]) -> list[tuple[str, str]]:
    """Cut a text at its signals; of two that overlap the first is marked."""
    cut, at = [], 0
    for one in sorted(signals, key=lambda each: (each["start"], -each["end"])):
        if one["start"] < at or one["end"] <= one["start"]:
            continue
        cut += [(text[at : one["start"]], ""), (text[one["start"] : one["end"]], words.signal(one["signal"]))]
        at = one["end"]
    return [piece for piece in [*cut, (text[at:], "")] if piece[0]]


def open_calls(user: User) -> list[Page]:
    """Return the emergencies to which a person is called and nobody has answered; one query."""
    mine = Page.objects.filter(user=user, task__done_at__isnull=True).select_related("task")
    taken = Page.objects.filter(answered_at__isnull=False).values("task")
    return list(mine.exclude(task__in=taken).order_by("at"))
