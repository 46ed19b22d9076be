"""What a person of the field or of the legal team reviews without calling anybody."""

from __future__ import annotations

from forbear.web.cases.models import Case
from forbear.web.desk.queue import SHARED
from forbear.web.people.models import User
from forbear.web.runs.models import DayRun, QueueItem, RunState


def reviewed(case: Case, user: User) -> QueueItem | None:
    """Return the latest run's item of a case that this person's role reviews, done or not; one query, or none."""
    queues = SHARED.get(user.role, ())
    if not queues:
        return None
    latest = DayRun.objects.filter(state=RunState.COMMITTED, portfolio="bank").order_by("-as_of", "-pk")
    return QueueItem.objects.filter(
        case=case, queue__in=queues, owner__isnull=True, run=latest.values("pk")[:1]
    ).first()
