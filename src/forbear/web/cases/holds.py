"""Holds: pauses on a case. Placing one is quick; lifting one is for the roles that policy names."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from forbear import days
from forbear.web.cases.models import Case, CaseState, Hold, HoldKind, Promise, PromiseChange, PromiseState
from forbear.web.cases.policy import freezing_kinds, hold_policy
from forbear.web.cases.states import ACTIVE, ENDED, move, resting_state
from forbear.web.cases.timeline import append_event, locked_case

if TYPE_CHECKING:
    from forbear.web.people.models import User


Placed = Callable[[Hold], None]
PLACED: list[Placed] = []  # what other rooms do when a case is held, in the same transaction


class HoldRefused(ValueError):
    """A hold cannot be placed or lifted; the message says why and who can."""


@transaction.atomic
def place_hold(
    case: Case, *, kind: str, at: datetime, by: User | None, reason: str = "", until: datetime | None = None
) -> Hold:
    """Pause a case; a hold of the same kind that is open already is returned as it is."""
    case = locked_case(case.pk)
    if CaseState(case.state) in ENDED:
        raise HoldRefused(_("The case is closed; there is nothing to pause."))
    policy = hold_policy(HoldKind(kind), at.date())
    standing: Hold | None = open_holds(case, at).filter(kind=kind).first()
    if standing is not None:
        return standing
    if until is None and policy.business_days is not None:
        until = end_of_business_days(at, policy.business_days)
    hold = Hold.objects.create(case=case, kind=kind, since=at, until=until, by=by, reason=reason)
    payload = {"kind": kind, "until": until.isoformat() if until else None, "reason": reason}
    append_event(case, kind="hold", at=at, by=by, payload=payload)
    if policy.cancels_promises:
        cancel_promises(case, at=at, by=by)
    if CaseState(case.state) in ACTIVE:
        move(case, CaseState.HOLD, at=at, by=by, why=kind)
    for follow in PLACED:
        follow(hold)
    return hold


@transaction.atomic
def release_hold(hold: Hold, *, at: datetime, by: User | None, reason: str) -> None:
    """Lift a hold and let the case go back to where it belongs; `by` none is the system, on a fact.

    Raises HoldRefused when the person's role may not lift this kind, or without a reason.
    """
    case = locked_case(hold.case_id)
    hold.refresh_from_db()
    if hold.released_at is not None:
        return
    policy = hold_policy(hold.kind, at.date())
    if by is not None and by.role not in policy.roles:
        raise HoldRefused(
            _("“%(kind)s” may be lifted only by: %(roles)s.")
            % {"kind": HoldKind(hold.kind).label, "roles": ", ".join(policy.roles)}
        )
    if not reason.strip():
        raise HoldRefused(_("Say why the hold is lifted."))
    hold.released_at, hold.released_by, hold.release_reason = at, by, reason
    hold.save(update_fields=["released_at", "released_by", "release_reason"])
    append_event(case, kind="hold_released", at=at, by=by, payload={"kind": hold.kind, "reason": reason})
    resume(case, at=at, by=by, why=f"{hold.kind} released")


def resume(case: Case, *, at: datetime, by: User | None, why: str) -> None:
    """Bring a held case back once no hold is left but that of a plan, under which it rests."""
    standing = open_holds(case, at)
    if case.state != CaseState.HOLD or standing.exclude(kind=HoldKind.PLAN).exists():
        return
    planned = standing.filter(kind=HoldKind.PLAN).exists()
    if case.held_state == CaseState.PLAN and not planned:
        case.held_state = ""  # the plan ended while something else held the case
    move(case, CaseState.PLAN if planned else resting_state(case), at=at, by=by, why=why)


def release_expired(case: Case, *, at: datetime) -> int:
    """Write the end of holds whose time has passed; return how many."""
    ended = list(Hold.objects.filter(case=case, released_at__isnull=True, until__lte=at))
    for hold in ended:
        release_hold(hold, at=at, by=None, reason="its time has passed")
    return len(ended)


def open_holds(case: Case, at: datetime) -> Any:
    """Return the holds of a case that stand at a moment."""
    return Hold.objects.filter(case=case, since__lte=at, released_at__isnull=True).exclude(until__lte=at)


def frozen_by(case: Case, at: datetime) -> Hold | None:
    """Return the hold under which only care codes may close a call, if there is one."""
    found: Hold | None = open_holds(case, at).filter(kind__in=freezing_kinds(at.date())).first()
    return found


def cancel_promises(case: Case, *, at: datetime, by: User | None) -> None:
    """End the open promises of a case that is paused for a reason that makes them unfair to hold."""
    for promise in Promise.objects.filter(case=case, state=PromiseState.OPEN):
        promise.state = PromiseState.CANCELLED_BY_HOLD
        promise.save(update_fields=["state"])
        PromiseChange.objects.create(
            promise=promise,
            at=at,
            as_of=at.date(),
            old_state=PromiseState.OPEN,
            new_state=PromiseState.CANCELLED_BY_HOLD,
            reason="hold",
            received_minor=promise.received_minor,
        )
        append_event(case, kind="promise_cancelled", at=at, by=by, payload={"promise": promise.pk})


def end_of_business_days(at: datetime, count: int) -> datetime:
    """Return the last moment of the count-th business day after `at`; 0 is the end of the day itself."""
    day = days.add_business_days(at.date(), count)
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=at.tzinfo)
