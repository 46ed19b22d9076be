"""Questions to those with more authority: asked once, answered by others, and done on the last yes.

A kind registers what a yes does (`on_approved`) and what ends with a no or with time (`on_refused`); the promise
beyond the house's own terms is the first of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from forbear.web.cases.authority import Ask, BeyondAuthority, lent_by, needed
from forbear.web.cases.holds import end_of_business_days
from forbear.web.cases.models import Approval, ApprovalAnswer, ApprovalState, Case, CaseState, Promise, Task
from forbear.web.cases.opening import CaseRefused, add_task, finish_task
from forbear.web.cases.policy import promise_policy
from forbear.web.cases.promises.making import make_promise
from forbear.web.cases.said import Said, both, told
from forbear.web.cases.timeline import append_event, locked_case
from forbear.web.cases.words import money
from forbear.web.law.current import packs_at

if TYPE_CHECKING:
    from forbear.web.people.models import User

TODAY = 0  # business days: the debtor waits for the word on a promise
Done = Callable[[Approval, datetime, "User | None"], Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """What follows when a question of a kind is answered."""

    on_approved: Done
    on_refused: Done = lambda _approval, _at, _by: None


KINDS: dict[str, Kind] = {}


def register(name: str, kind: Kind) -> None:
    """Say what follows from the answers to questions of a kind."""
    KINDS[name] = kind


@transaction.atomic
def ask(
    case: Case,
    *,
    kind: str,
    terms: Mapping[str, Any],
    amount_minor: int,
    roles: Sequence[str],
    persons: int,
    reason: Said,
    changes: Sequence[tuple[Said, Said, Said]],
    at: datetime,
    by: User | None,
    business_days: int | None = None,
) -> Approval:
    """Ask, `by` none being the debtor on the own page; one open question of a kind per case. Raises CaseRefused.

    What the program words itself in `reason` and `changes` comes in both languages, see `said.both`.
    """
    case = locked_case(case.pk)
    if by is None and not told(reason).strip():
        reason = both(lazy("Asked on the debtor's own page"))
    if not told(reason).strip():
        raise CaseRefused(_("Say why it should be approved."))
    expire(case, at=at)
    if waiting(case, kind) is not None:
        raise CaseRefused(_("A lead has this question already."))
    if business_days is None:
        business_days = int(packs_at(at).value("house/authority/answer_business_days", at.date()))
    until = end_of_business_days(at, business_days)
    task = add_task(case, kind="approval", due_at=until, at=at, by=by, note=by.display_name if by else "")
    # The day's queue lists questions by the amount in the task's detail.
    task.detail = {**terms, "kind": kind, "amount_minor": amount_minor, "asked_by": by.pk if by else None}
    task.save(update_fields=["detail"])
    return Approval.objects.create(
        case=case, kind=kind, terms=dict(terms), changes=[list(row) for row in changes],
        reason=told(reason).strip(), reason_words={} if isinstance(reason, str) else dict(reason),
        amount_minor=amount_minor, roles=list(roles), persons=persons, asked_by=by, self_service=by is None, asked_at=at, expires_at=until,
        task=task,
    )  # fmt: skip


def waiting(case: Case, kind: str) -> Approval | None:
    """Return the open question of a kind on a case."""
    found: Approval | None = Approval.objects.filter(
        case=case, kind=kind, state=ApprovalState.WAITING
    ).first()
    return found


def answerable(user: User, at: datetime) -> list[Approval]:
    """Return the open questions a person may answer now, the oldest first."""
    open_now = Approval.objects.filter(state=ApprovalState.WAITING, expires_at__gt=at).exclude(asked_by=user)
    open_now = open_now.exclude(case__state=CaseState.TRANSFERRED)  # another creditor decides there
    found = (
        open_now.exclude(answers__by=user)
        .select_related("case__customer", "asked_by")
        .order_by("expires_at", "pk")
    )
    return [each for each in found if voice(each, user, at=at) is not None]


def voice(approval: Approval, user: User, *, at: datetime) -> User | None:
    """Return with whose authority a person would answer: their own, a colleague's, or nobody's.

    Nobody answers their own question, not even with what a colleague lent them, nor lends a voice back to the asker.
    """
    if not user.is_active or user.pk == approval.asked_by_id:
        return None
    spoken = set(approval.answers.values_list("by_id", "on_behalf_of_id"))
    used = {person for pair in spoken for person in pair if person}
    if user.role in approval.roles:
        return None if user.pk in used else user
    lenders = [each for each in lent_by(user, approval.roles, at=at) if each.pk != approval.asked_by_id]
    return next((each for each in lenders if each.pk not in used), None)


@transaction.atomic
def answer(approval: Approval, *, yes: bool, at: datetime, by: User, reason: str = "") -> Approval:
    """Say yes or no; the last yes needed does what was asked, in the same transaction. Raises CaseRefused."""
    case = locked_case(approval.case_id)
    approval = Approval.objects.select_for_update().get(pk=approval.pk)
    if approval.state != ApprovalState.WAITING or approval.expires_at <= at:
        raise CaseRefused(_("This question is no longer open."))
    if case.state == CaseState.TRANSFERRED:
        raise CaseRefused(_("The debt was passed on to another creditor; nothing is decided on it here."))
    refuse_answer(approval, at=at, by=by)
    if not yes and not reason.strip():
        raise CaseRefused(_("Say why it is declined."))
    speaking = voice(approval, by, at=at)
    ApprovalAnswer.objects.create(
        approval=approval, by=by, on_behalf_of=speaking if speaking and speaking.pk != by.pk else None, at=at,
        yes=yes, reason=reason.strip(),
    )  # fmt: skip
    given = {
        "approval": approval.pk,
        "kind": approval.kind,
        "reason": reason.strip(),
        "task": approval.task_id,
    }
    append_event(case, kind="approval_given" if yes else "approval_declined", at=at, by=by, payload=given)
    if not yes:
        close(approval, ApprovalState.DECLINED, at=at, by=by)
        KINDS[approval.kind].on_refused(approval, at, by)
    elif approval.answers.filter(yes=True).count() >= approval.persons:
        close(approval, ApprovalState.APPROVED, at=at, by=by)
        KINDS[approval.kind].on_approved(approval, at, by)
    return approval


def refuse_answer(approval: Approval, *, at: datetime, by: User) -> None:
    """Raise CaseRefused when the person may not answer: the one who asked, without authority, or a second time."""
    if by.pk == approval.asked_by_id:
        raise CaseRefused(_("Nobody approves their own question."))
    if approval.answers.filter(by=by).exists():
        raise CaseRefused(_("You have answered this already; another person has to."))
    if voice(approval, by, at=at) is None:
        raise CaseRefused(_("Only a lead may answer this."))


def close(approval: Approval, state: ApprovalState, *, at: datetime, by: User | None) -> None:
    """Write how a question ended and tick its task off."""
    approval.state, approval.closed_at = state, at
    approval.save(update_fields=["state", "closed_at"])
    finish_task(approval.task, at=at, by=by)


@transaction.atomic
def withdraw(approval: Approval, *, at: datetime, by: User | None) -> None:
    """End a question whose matter fell away; one that was answered stays as it is."""
    locked_case(approval.case_id)
    approval.refresh_from_db()
    if approval.state == ApprovalState.WAITING:
        close(approval, ApprovalState.WITHDRAWN, at=at, by=by)


def expire(case: Case, *, at: datetime) -> int:
    """End the questions of a case that nobody answered in time; return how many."""
    over = list(
        Approval.objects.select_for_update().filter(
            case=case, state=ApprovalState.WAITING, expires_at__lte=at
        )
    )
    for approval in over:
        close(approval, ApprovalState.EXPIRED, at=at, by=None)
        append_event(
            case, kind="approval_expired", at=at, payload={"approval": approval.pk, "kind": approval.kind}
        )
        KINDS[approval.kind].on_refused(approval, at, None)
    return len(over)


# ---- one promise more than the house takes by itself ----
def ask_approval(
    case: Case, *, amount_minor: int, due_on: date, pay_channel: str, at: datetime, by: User | None
) -> Task:
    """Ask those who may let a promise be made that its taker may not take alone; return the task that carries the question.

    Who that is says the matrix of authority by the amount; within the taker's own authority it is a lead, who lets one
    promise more be made. `by` none: the debtor. Raises CaseRefused where nobody may.
    """
    try:
        need = needed(Ask("promise", amount_minor), by=by, at=at)
    except BeyondAuthority as beyond:
        raise CaseRefused(str(beyond)) from beyond
    roles = promise_policy(at.date()).approver_roles if need.alone else (need.role,)
    reason = lazy("One promise more") if need.alone else lazy("A promise beyond one's own authority")
    terms = {"due_on": due_on.isoformat(), "pay_channel": pay_channel, "amount_minor": amount_minor}
    asked = ask(
        case, kind="promise", terms=terms, amount_minor=amount_minor, roles=roles,
        persons=max(need.persons, 1), reason=both(reason), changes=[(both(lazy("Promise")), "", f"{money(amount_minor)} · {due_on}")],
        at=at, by=by, business_days=TODAY,
    )  # fmt: skip
    return asked.task


def waiting_approval(case: Case) -> Task | None:
    """Return the task of the promise that waits for a lead, if there is one."""
    found = waiting(case, "promise")
    return found.task if found else None


def approve(task: Task, *, at: datetime, by: User) -> Promise:
    """Make the promise that was asked for; raises PromiseRefused when its terms no longer hold."""
    answer(task.approval, yes=True, at=at, by=by)
    return Promise.objects.filter(case=task.case_id).latest("pk")


def decline(task: Task, *, at: datetime, by: User, reason: str) -> None:
    """Say no, with a reason the collector can pass on."""
    answer(task.approval, yes=False, at=at, by=by, reason=reason)


def promise_it(approval: Approval, at: datetime, by: User | None) -> Promise:
    """Make the promise a lead approved."""
    said = approval.answers.select_related("by", "on_behalf_of").filter(yes=True).latest("pk")
    return make_promise(
        approval.case,
        amount_minor=approval.amount_minor,
        due_on=date.fromisoformat(approval.terms["due_on"]),
        pay_channel=approval.terms["pay_channel"],
        at=at,
        by=None if approval.self_service else by or said.by,
        approved_by=said.on_behalf_of or said.by,
        agreed=True,
    )


register("promise", Kind(promise_it))
