"""One promise more than the house takes by itself: asked for by a collector, answered by a lead."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from forbear.web.cases.holds import end_of_business_days
from forbear.web.cases.models import Case, Promise, Task
from forbear.web.cases.opening import CaseRefused, add_task, finish_task
from forbear.web.cases.policy import promise_policy
from forbear.web.cases.promises import make_promise
from forbear.web.cases.timeline import append_event

if TYPE_CHECKING:
    from forbear.web.people.models import User

ANSWER_BUSINESS_DAYS = 0  # by the end of the day: the debtor waits for the word


@transaction.atomic
def ask_approval(
    case: Case, *, amount_minor: int, due_on: date, pay_channel: str, at: datetime, by: User
) -> Task:
    """Ask a lead to let one promise more be made; one open question per case."""
    standing = waiting_approval(case)
    if standing is not None:
        raise CaseRefused(_("A lead has this question already."))
    task = add_task(
        case,
        kind="approval",
        due_at=end_of_business_days(at, ANSWER_BUSINESS_DAYS),
        at=at,
        by=by,
        note=by.display_name,
    )
    task.detail = {
        "amount_minor": amount_minor,
        "due_on": due_on.isoformat(),
        "pay_channel": pay_channel,
        "asked_by": by.pk,
    }
    task.save(update_fields=["detail"])
    return task


def waiting_approval(case: Case) -> Task | None:
    """Return the promise that waits for a lead, if there is one."""
    return Task.objects.filter(
        case=case, kind="approval", done_at__isnull=True, detail__has_key="amount_minor"
    ).first()


@transaction.atomic
def approve(task: Task, *, at: datetime, by: User) -> Promise:
    """Make the promise that was asked for; raises PromiseRefused when its terms no longer hold."""
    refuse_own(task, at=at, by=by)
    promise = make_promise(
        task.case,
        amount_minor=int(task.detail["amount_minor"]),
        due_on=date.fromisoformat(task.detail["due_on"]),
        pay_channel=task.detail["pay_channel"],
        at=at,
        by=by,
        approved_by=by,
    )
    finish_task(task, at=at, by=by)
    return promise


@transaction.atomic
def decline(task: Task, *, at: datetime, by: User, reason: str) -> None:
    """Say no, with a reason the collector can pass on."""
    refuse_own(task, at=at, by=by)
    if not reason.strip():
        raise CaseRefused(_("Say why it is declined."))
    finish_task(task, at=at, by=by)
    append_event(
        task.case, kind="approval_declined", at=at, by=by, payload={"task": task.pk, "reason": reason}
    )


def refuse_own(task: Task, *, at: datetime, by: User) -> None:
    """Raise CaseRefused when the person may not answer: not a lead, or the one who asked."""
    if by.role not in promise_policy(at.date()).approver_roles:
        raise CaseRefused(_("Only a lead may answer this."))
    if task.detail.get("asked_by") == by.pk:
        raise CaseRefused(_("Nobody approves their own question."))
