"""Does what policy forces for a reply, and remembers what it made so that it can be undone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction

from forbear.web.cases.holds import end_of_business_days
from forbear.web.cases.models import Task
from forbear.web.cases.services import add_task, place_hold
from forbear.web.contact.store import lock as gate_lock
from forbear.web.outbox.services import withdraw_for_customer
from forbear.web.reach import contact_points, wishes
from forbear.web.reach.reserved_permits import release_reserved
from forbear.web.replies import policy
from forbear.web.replies.models import Page
from forbear.web.replies.paging import page

if TYPE_CHECKING:
    from forbear.web.cases.models import Case
    from forbear.web.people.models import User
    from forbear.web.replies.models import Reply

WORD_ACTIONS: Mapping[str, list[dict[str, Any]]] = {
    "stop": [{"channel_off": "same"}],
    "callback": [{"task": "callback", "business_days": 1}],
    "not_me": [{"point": "quarantined"}, {"task": "review", "business_days": 1}],
}
EMERGENCY = "emergency"


def act(reply: Reply, case: Case) -> list[dict[str, Any]]:
    """Do everything a reply forces, each thing once; return what was done."""
    on = reply.at.date()
    forced = list(WORD_ACTIONS.get(reply.word, ()))
    for one in reply.signals if not reply.word else ():
        forced += policy.actions_of(one["signal"], one["kind"], on)
    done: list[dict[str, Any]] = []
    for action in forced:
        if action not in [past["forced"] for past in done]:
            done.append({"forced": action, **_do(reply, case, action)})
    if any(policy.freezes(one["signal"], one["kind"], on) for one in reply.signals):
        withdrawn = withdraw_for_customer(case.customer, why="reply: emergency", at=reply.at)
        release_reserved(case.customer_id, None)
        done.append({"forced": {"withdraw": "all"}, "messages": withdrawn})
    return done


@transaction.atomic
def emergency(case: Case, *, at: datetime, by: User | None, why: str) -> Task:
    """Freeze a case now and call people to it, whoever noticed: desk, reception or a call's result; once a case.

    What was to go out is withdrawn, permits not yet used are taken back; while nobody answers, `escalate` goes on.
    """
    gate_lock(case.customer_id, None)
    place_hold(case, kind=EMERGENCY, at=at, by=by, reason=why)
    task = Task.objects.filter(case=case, kind=EMERGENCY, done_at__isnull=True).first()
    if task is None:
        task = add_task(case, kind=EMERGENCY, due_at=at, at=at, by=by, note=why)
    if not Page.objects.filter(task=task).exists():
        page(task, at=at)
    withdraw_for_customer(case.customer, why="emergency", at=at)
    release_reserved(case.customer_id, None)
    return task


def _do(reply: Reply, case: Case, action: Mapping[str, Any]) -> dict[str, Any]:
    """Do one thing; return by its number what it made."""
    why = f"reply {reply.pk}"
    if kind := action.get("hold"):
        hold = place_hold(case, kind=kind, at=reply.at, by=None, reason=why)
        case.refresh_from_db()
        return {"hold": hold.pk}
    if kind := action.get("task"):
        task = add_task(case, kind=kind, due_at=_due(reply.at, action), at=reply.at, by=None, note=why)
        if kind == EMERGENCY:
            page(task, at=reply.at)
        return {"task": task.pk}
    if action.get("channel_off") and reply.channel != "page":
        wishes.close_channel(case.customer_id, reply.channel, at=reply.at, by=None, case=case)
        return {"channel": reply.channel}
    if reply.point is not None and action.get("point") == "quarantined":
        changed = contact_points.quarantine(reply.point, at=reply.at, by=None, why=why, case=case)
        return {"point": reply.point.pk if changed else None}
    return {}


def _due(at: datetime, action: Mapping[str, Any]) -> datetime:
    if "minutes" in action:
        return at + timedelta(minutes=action["minutes"])
    return end_of_business_days(at, action["business_days"])
