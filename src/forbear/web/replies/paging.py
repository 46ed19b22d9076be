"""Calls people to an emergency, and the next in line while nobody answers."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from forbear.web.cases.models import Task
from forbear.web.cases.services import append_event
from forbear.web.people.models import User
from forbear.web.replies import policy
from forbear.web.replies.models import Page

if TYPE_CHECKING:
    from collections.abc import Iterable


def page(task: Task, *, at: datetime, rank: int = 0) -> list[Page]:
    """Call everyone of the first role in line, from `rank` on, that has anyone; return the calls made."""
    roles = policy.paged_roles(at.date())
    for place in range(rank, len(roles)):
        people = User.objects.filter(role=roles[place], is_active=True, agency="").order_by("pk")
        called = _call(task, people, at=at, rank=place)
        if called:
            return called
    return []


def _call(task: Task, people: Iterable[User], *, at: datetime, rank: int) -> list[Page]:
    known = set(Page.objects.filter(task=task).values_list("user_id", flat=True))
    made = [Page(task=task, user=user, at=at, rank=rank) for user in people if user.pk not in known]
    Page.objects.bulk_create(made)
    for one in made:
        append_event(
            task.case,
            kind="paged",
            at=at,
            payload={"task": task.pk, "user": one.user_id, "to": one.user.display_name},
        )
    return made


@transaction.atomic
def escalate(at: datetime) -> list[Page]:
    """Call the next role for every open emergency to which nobody answered in time; return the calls made."""
    made: list[Page] = []
    waiting = Task.objects.select_for_update(skip_locked=True).filter(kind="emergency", done_at__isnull=True)
    for task in waiting:
        pages = list(Page.objects.filter(task=task))
        if not pages or any(one.answered_at for one in pages):
            continue
        if max(one.at for one in pages) + policy.answer_within(at.date()) <= at:
            made += page(task, at=at, rank=max(one.rank for one in pages) + 1)
    return made


@transaction.atomic
def answer(page: Page, *, at: datetime, by: User) -> None:
    """Note that a person who was called takes the emergency; nobody further is called."""
    if by.pk != page.user_id or page.answered_at is not None:
        return
    page.answered_at = at
    page.save(update_fields=["answered_at"])
    Task.objects.filter(pk=page.task_id, owner__isnull=True).update(owner=by)
    append_event(page.task.case, kind="page_answered", at=at, by=by, payload={"task": page.task_id})
