"""Stopping and resuming collection: the hold, the case, and every message that waits anywhere."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from forbear.web.cases.holds import open_holds, place_hold, release_hold
from forbear.web.cases.models import Case, CaseState
from forbear.web.cases.states import move
from forbear.web.cases.timeline import append_event
from forbear.web.outbox.services import withdraw_for_customer
from forbear.web.runs.models import Message, QueueItem

if TYPE_CHECKING:
    from forbear.web.agreements.models import Plan
    from forbear.web.people.models import User


def withdraw_everywhere(case: Case, *, why: str, at: datetime, by: User | None) -> int:
    """Withdraw what the day planned and what the outbox holds for a customer; return how many messages."""
    planned = Message.objects.filter(case__customer_id=case.customer_id, state="planned").update(
        state="withdrawn"
    )
    queued = withdraw_for_customer(case.customer, why=why, at=at, by=by)
    QueueItem.objects.filter(case__customer_id=case.customer_id, done_at__isnull=True).update(done_at=at)
    if planned + queued:
        append_event(case, kind="withdrawn", at=at, by=by, payload={"messages": planned + queued, "why": why})
    return planned + queued


def stop_collection(case: Case, plan: Plan, *, at: datetime, by: User | None) -> int:
    """Hold the case under its plan, which the gate reads, and withdraw what waits; return how many messages."""
    place_hold(case, kind="plan", at=at, by=by, reason=f"plan {plan.pk}")
    case.refresh_from_db()
    if case.state == CaseState.HOLD and not open_holds(case, at).exclude(kind="plan").exists():
        move(case, CaseState.PLAN, at=at, by=by, why="plan signed")
    return withdraw_everywhere(case, why="plan signed", at=at, by=by)


def resume_collection(case: Case, *, to: CaseState, at: datetime, by: User | None, why: str) -> None:
    """Lift the hold of a plan that ended and let the case go on, or end it as settled."""
    for hold in open_holds(case, at).filter(kind="plan"):
        release_hold(hold, at=at, by=by, reason=why)
    case.refresh_from_db()
    if case.state == CaseState.PLAN:
        move(case, to, at=at, by=by, why=why)
