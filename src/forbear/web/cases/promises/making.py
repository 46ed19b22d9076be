"""Makes promises to pay on terms of policy, and supersedes the one that was open."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import transaction

from forbear.web.cases.models import Case, Promise, PromiseChange, PromiseState
from forbear.web.cases.policy import promise_policy
from forbear.web.cases.promises.terms import refuse_beyond_authority, refuse_one_too_many, refuse_terms
from forbear.web.cases.states import settle
from forbear.web.cases.timeline import append_event, locked_case

if TYPE_CHECKING:
    from forbear.web.contact.models import ContactAttempt
    from forbear.web.people.models import User


@transaction.atomic
def make_promise(
    case: Case,
    *,
    amount_minor: int,
    due_on: date,
    pay_channel: str,
    at: datetime,
    by: User | None,
    speaker: str = "debtor",
    approved_by: User | None = None,
    attempt: ContactAttempt | None = None,
    account_id: int | None = None,
    agreed: bool = False,
) -> Promise:
    """Record a promise on the house's terms, superseding the open one; raises PromiseRefused with words.

    `agreed`: those whom the matrix of authority names for it have said yes.
    """
    case = locked_case(case.pk)
    on = at.date()
    policy = promise_policy(on)
    refuse_terms(
        case, amount_minor=amount_minor, due_on=due_on, pay_channel=pay_channel, on=on, policy=policy
    )
    refuse_one_too_many(case, amount_minor=amount_minor, on=on, policy=policy, approved_by=approved_by)
    if not agreed:
        refuse_beyond_authority(amount_minor, at=at, by=by, approved_by=approved_by)
    promise = Promise(
        case=case,
        account_id=account_id,
        amount_minor=amount_minor,
        due_on=due_on,
        grace_days=policy.grace_days,
        tolerance_minor=policy.tolerance_minor,
        pay_channel=pay_channel,
        speaker=speaker,
        made_on=on,
        made_at=at,
        made_by=by,
        approved_by=approved_by,
        attempt=attempt,
    )
    promise.save()
    supersede_open(case, promise, at=at, by=by)
    append_event(case, kind="promise_made", at=at, by=by, payload=told(promise))
    settle(case, at=at, by=by, why="promise made")
    return promise


def told(promise: Promise) -> dict[str, object]:
    """Return what the timeline says about a new promise."""
    return {
        "promise": promise.pk,
        "amount_minor": promise.amount_minor,
        "due_on": promise.due_on.isoformat(),
        "channel": promise.pay_channel,
        "speaker": promise.speaker,
        "approved_by": promise.approved_by_id,
    }


def supersede_open(case: Case, promise: Promise, *, at: datetime, by: User | None) -> None:
    """Replace the promise that was open on the same account; a promise on the whole case replaces all.

    One whose date has passed is failing: it stays, to be judged beside the new one.
    """
    still = Promise.objects.filter(case=case, state=PromiseState.OPEN, due_on__gte=at.date()).exclude(
        pk=promise.pk
    )
    for old in still if promise.account_id is None else still.filter(account_id=promise.account_id):
        old.state, old.superseded_by = PromiseState.SUPERSEDED, promise
        old.save(update_fields=["state", "superseded_by"])
        note_change(old, PromiseState.OPEN, at=at, as_of=at.date(), reason="superseded")
        append_event(
            case, kind="promise_superseded", at=at, by=by, payload={"promise": old.pk, "by": promise.pk}
        )


def note_change(promise: Promise, old_state: str, *, at: datetime, as_of: date, reason: str) -> None:
    """Append the audit row of one move."""
    PromiseChange.objects.create(
        promise=promise,
        at=at,
        as_of=as_of,
        old_state=old_state,
        new_state=promise.state,
        reason=reason,
        received_minor=promise.received_minor,
    )
