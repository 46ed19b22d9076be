"""Promises to pay: made on terms of policy, judged from what the bank posted, changed only with an audit row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from forbear.web.cases.authority import Ask, BeyondAuthority, alone_minor, needed
from forbear.web.cases.judging import judge_promises
from forbear.web.cases.models import Case, CaseState, Promise, PromiseChange, PromiseState
from forbear.web.cases.owed import total_owed_minor
from forbear.web.cases.policy import PromisePolicy, pay_channels, promise_policy
from forbear.web.cases.states import ENDED, settle, settle_many
from forbear.web.cases.timeline import NewEvent, append_event, append_events, locked_case
from forbear.web.people.models import Role

if TYPE_CHECKING:
    from forbear.web.contact.models import ContactAttempt
    from forbear.web.people.models import User

FAILED = (PromiseState.BROKEN, PromiseState.PARTIAL)


class PromiseRefused(ValueError):
    """A promise on terms the house does not take; `field` names what to change."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class PromiseRecord:
    """How a debtor's earlier promises went, and what one more needs."""

    failed: int  # broken or partly kept within the window
    window_days: int
    latest_made_on: date | None
    received_since_minor: int  # value-dated since the latest promise was made
    needs_approval: bool  # unless a down payment stands for it

    def down_payment_minor(self, amount_minor: int, policy: PromisePolicy) -> int:
        """Return what must have arrived since the latest promise to stand for approval, whole fen rounded up."""
        return -int(-policy.down_payment_ratio * amount_minor // 1)


def promise_record(case: Case, on: date) -> PromiseRecord:
    """Return the record of a case's promises within the policy's window."""
    policy = promise_policy(on)
    made = list(
        Promise.objects.filter(
            case=case, made_on__gte=on - timedelta(days=policy.window_days), made_on__lte=on
        )
        .exclude(state__in=[PromiseState.SUPERSEDED, PromiseState.CANCELLED_BY_HOLD])
        .order_by("made_on", "pk")
    )
    # An open promise whose date has passed is failing: replacing it does not wash it away.
    failed = sum(
        1 for each in made if each.state in FAILED or (each.state == PromiseState.OPEN and each.due_on < on)
    )
    latest = made[-1].made_on if made else None
    return PromiseRecord(
        failed=failed,
        window_days=policy.window_days,
        latest_made_on=latest,
        received_since_minor=received_minor(case, since=latest, as_of=on) if latest else 0,
        needs_approval=failed >= policy.failed_before_approval,
    )


RECEIVED = """
SELECT coalesce(sum(r.amount_minor), 0)
FROM standing_receipts r JOIN portfolio_account a ON a.id = r.account_id
WHERE a.customer_id = %s AND a.product = %s AND r.paid_on BETWEEN %s AND %s AND r.booked_on <= %s
"""


def received_minor(case: Case, *, since: date, as_of: date) -> int:
    """Return repayments value-dated from `since` to `as_of` on a case's accounts, less what was taken back of these."""
    with connection.cursor() as cursor:
        cursor.execute(RECEIVED, [case.customer_id, case.product, since, as_of, as_of])
        return int(cursor.fetchone()[0])


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


def refuse_terms(
    case: Case, *, amount_minor: int, due_on: date, pay_channel: str, on: date, policy: PromisePolicy
) -> None:
    """Raise PromiseRefused for an amount, date or channel that cannot be promised."""
    if CaseState(case.state) in ENDED or case.state == CaseState.PLAN:
        raise PromiseRefused(
            _("No promise can be taken while the case is: %(s)s.") % {"s": case.get_state_display()}, ""
        )
    if amount_minor <= 0:
        raise PromiseRefused(_("The amount must be more than zero."), "amount")
    owed = total_owed_minor(case, on)
    if amount_minor > owed:
        words = {"amount": money(amount_minor), "owed": money(owed)}
        raise PromiseRefused(_("%(amount)s is more than the whole debt of %(owed)s.") % words, "amount")
    if due_on < on:
        raise PromiseRefused(_("The date has passed."), "due_on")
    if due_on > on + timedelta(days=policy.days_ahead_max):
        last = on + timedelta(days=policy.days_ahead_max)
        reach: dict[str, object] = {"days": policy.days_ahead_max, "last": last.isoformat()}
        raise PromiseRefused(
            _("A promise reaches at most %(days)d days ahead, to %(last)s.") % reach, "due_on"
        )
    if pay_channel not in pay_channels(on):
        raise PromiseRefused(_("Say how the money will come."), "pay_channel")


def refuse_one_too_many(
    case: Case, *, amount_minor: int, on: date, policy: PromisePolicy, approved_by: User | None
) -> None:
    """Raise PromiseRefused when too many promises failed and neither a lead nor a down payment vouches for this one."""
    record = promise_record(case, on)
    if not record.needs_approval:
        return
    needed = record.down_payment_minor(amount_minor, policy)
    if record.received_since_minor >= needed:
        return
    if approved_by is not None and approved_by.role in policy.approver_roles and approved_by.is_active:
        return
    words = {"failed": record.failed, "days": record.window_days, "needed": money(needed)}
    raise PromiseRefused(
        _(
            "%(failed)d promises failed in %(days)d days. One more needs a lead's approval or a down payment of %(needed)s."
        )
        % words,
        "approved_by",
    )


def refuse_beyond_authority(
    amount_minor: int, *, at: datetime, by: User | None, approved_by: User | None
) -> None:
    """Raise PromiseRefused for an amount that whoever takes the promise may not take alone; the words say who may say yes."""
    try:
        need = needed(Ask("promise", amount_minor), by=by, at=at)
    except BeyondAuthority as beyond:
        raise PromiseRefused(str(beyond), "amount") from beyond
    if need.alone or (need.persons == 1 and vouches(approved_by, need.role, by)):
        return
    words = {
        "amount": money(amount_minor), "own": money(alone_minor("promise", by=by, at=at)), "persons": need.persons,
        "role": Role(need.role).label,
    }  # fmt: skip
    raise PromiseRefused(
        ngettext(
            "%(amount)s is more than the %(own)s that need nobody: %(persons)d person has to agree (%(role)s). Ask for it.",
            "%(amount)s is more than the %(own)s that need nobody: %(persons)d people have to agree (%(role)s). Ask for it.",
            need.persons,
        )
        % words,
        "approved_by",
    )


def vouches(approver: User | None, role: str, by: User | None) -> bool:
    """Return whether somebody else, of the role, said yes."""
    return approver is not None and approver.is_active and approver.role == role and approver != by


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


@transaction.atomic
def evaluate_promises(
    *, as_of: date, at: datetime, case_ids: Sequence[int] | None = None, why: str = "judged"
) -> list[PromiseChange]:
    """Judge promises and write what changed: the promise, its audit row, the timeline, the case's state.

    First looks without locks, then judges the few that differ again under the locks of their cases.
    """
    differing = changed_cases(as_of, case_ids)
    if not differing:
        return []
    list(
        Case.objects.select_for_update().filter(pk__in=differing).order_by("pk").values_list("pk", flat=True)
    )
    judged = judge_promises(as_of, differing)
    stored = Promise.objects.in_bulk(judged.id.tolist())
    moved, changes, events = [], [], []
    for promise_id, state, received in zip(
        judged.id.tolist(), judged.states, judged.received.tolist(), strict=True
    ):
        promise = stored[promise_id]
        if (promise.state, promise.received_minor) == (state, received):
            continue
        old, promise.state, promise.received_minor = promise.state, state, received
        moved.append(promise)
        if old != state:
            changes.append(change_of(promise, old, at=at, as_of=as_of, why=why))
            events.append(NewEvent(promise.case_id, f"promise_{state}", told_change(promise, old)))
    store_judged(moved)
    PromiseChange.objects.bulk_create(changes, batch_size=2000)
    append_events(events, at=at)
    settle_many(sorted({change.promise.case_id for change in changes}), at=at, by=None, why="promise judged")
    return changes


# One statement over columns: Django's bulk_update writes a CASE arm per row, which took most of two minutes at 50,000 promises.
STORE = """
UPDATE cases_promise p SET state = v.state, received_minor = v.received
FROM unnest(%s::bigint[], %s::text[], %s::bigint[]) AS v(id, state, received) WHERE p.id = v.id
"""


def store_judged(moved: Sequence[Promise]) -> None:
    """Write state and money received of promises that were judged anew."""
    ids, states = [each.pk for each in moved], [str(each.state) for each in moved]
    received = [each.received_minor for each in moved]
    with connection.cursor() as cursor:
        cursor.execute(STORE, [ids, states, received])


def changed_cases(as_of: date, case_ids: Sequence[int] | None) -> list[int]:
    """Return the cases with a promise whose state or money differs from what is stored."""
    judged = judge_promises(as_of, case_ids)
    rows = Promise.objects.filter(made_on__lte=as_of).exclude(
        state__in=[PromiseState.SUPERSEDED, PromiseState.CANCELLED_BY_HOLD]
    )
    if case_ids is not None:
        rows = rows.filter(case_id__in=list(case_ids))
    stored = {
        pk: (state, received) for pk, state, received in rows.values_list("pk", "state", "received_minor")
    }
    differing = {
        case
        for pk, case, state, received in zip(
            judged.id.tolist(), judged.case.tolist(), judged.states, judged.received.tolist(), strict=True
        )
        if stored.get(pk) != (state, received)
    }
    return sorted(differing)


def change_of(promise: Promise, old: str, *, at: datetime, as_of: date, why: str) -> PromiseChange:
    """Return the audit row of one judged move; a move out of a final state names the late or undone posting."""
    reason = why
    if old in FAILED and promise.state == PromiseState.KEPT:
        reason = "late_posting_by_value_date"
    elif old == PromiseState.KEPT:
        reason = "payment_taken_back"
    return PromiseChange(
        promise=promise, at=at, as_of=as_of, old_state=old, new_state=promise.state, reason=reason,
        received_minor=promise.received_minor,
    )  # fmt: skip


def told_change(promise: Promise, old: str) -> dict[str, object]:
    """Return what the timeline says about a judged promise."""
    return {
        "promise": promise.pk,
        "from": str(old),
        "amount_minor": promise.amount_minor,
        "received_minor": promise.received_minor,
        "due_on": promise.due_on.isoformat(),
    }


def money(minor: int) -> str:
    """Write minor units with two decimals and separators, for a message."""
    return f"{minor // 100:,}.{minor % 100:02d}"
