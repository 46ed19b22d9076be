"""Cases opened, handed to a person, noted; what else is due on them as tasks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from forbear.web.cases.models import Case, CaseState, Task
from forbear.web.cases.pursuit import against_ending
from forbear.web.cases.states import ENDED, move, settle_many
from forbear.web.cases.timeline import NewEvent, append_event, append_events, locked_case

if TYPE_CHECKING:
    from forbear.web.people.models import User
    from forbear.web.portfolio.models import Customer


class CaseRefused(ValueError):
    """What was asked of a case cannot be done; the message says why and what can."""


def open_case(
    customer: Customer, *, at: datetime, by: User | None = None, product: str = "credit_card", why: str = ""
) -> Case:
    """Open the case of one customer and product; see open_cases."""
    opened = open_cases([customer.pk], at=at, by=by, product=product, why=why)
    if not opened:
        raise CaseRefused(_("This customer already has an open case."))
    return opened[0]


@transaction.atomic
def open_cases(
    customer_ids: Sequence[int],
    *,
    at: datetime,
    by: User | None = None,
    product: str = "credit_card",
    why: str = "",
) -> list[Case]:
    """Open one case for each customer that has none open, linked to the case before it, in a few statements.

    Two writers cannot open the same case twice: the database holds one open case per customer and product.
    """
    wanted = list(dict.fromkeys(customer_ids))
    mine = Case.objects.filter(customer_id__in=wanted, product=product)
    having = set(mine.filter(closed_on__isnull=True).values_list("customer_id", flat=True))
    earlier = dict(mine.filter(closed_on__isnull=False).order_by("pk").values_list("customer_id", "pk"))
    new = [
        Case(customer_id=each, product=product, opened_on=at.date(), previous_id=earlier.get(each))
        for each in wanted
        if each not in having
    ]
    try:
        with transaction.atomic():
            made = Case.objects.bulk_create(new, batch_size=5000)
    except IntegrityError as error:
        raise CaseRefused(_("Somebody opened one of these cases at the same moment; read again.")) from error
    append_events(
        [NewEvent(case.pk, "opened", {"previous": case.previous_id, "why": why}) for case in made],
        at=at,
        by=by,
    )
    return made


@transaction.atomic
def assign_cases(case_ids: Sequence[int], *, owner: User, at: datetime, by: User | None) -> int:
    """Hand cases to a person; return how many changed hands. Raises CaseRefused for ended cases."""
    cases = list(Case.objects.select_for_update().filter(pk__in=case_ids).order_by("pk"))
    if ended := [case.pk for case in cases if CaseState(case.state) in ENDED]:
        raise CaseRefused(_("Case %(case)d has ended and cannot be handed over.") % {"case": ended[0]})
    changed = [case for case in cases if case.owner_id != owner.pk]
    events = [NewEvent(each.pk, "assigned", {"owner": owner.pk, "from": each.owner_id}) for each in changed]
    Case.objects.filter(pk__in=[case.pk for case in changed]).update(owner=owner)
    append_events(events, at=at, by=by)
    settle_many([case.pk for case in changed], at=at, by=by, why="assigned")
    return len(changed)


def assign(case: Case, *, owner: User, at: datetime, by: User | None) -> None:
    """Hand one case to a person; the object given is refreshed."""
    assign_cases([case.pk], owner=owner, at=at, by=by)
    case.refresh_from_db()


@transaction.atomic
def close_case(case: Case, *, to: CaseState, at: datetime, by: User, why: str) -> None:
    """End a case for good: settled, closed or transferred. Raises IllegalMove, or CaseRefused.

    Refused without a reason, and where what was written off is still to be pursued.
    """
    if to not in ENDED or to == CaseState.CURED:
        raise CaseRefused(
            _("A case is closed as settled, closed or transferred; a cure follows from the ledger.")
        )
    if not why.strip():
        raise CaseRefused(_("Say why the case is closed."))
    held = locked_case(case.pk)
    if to != CaseState.TRANSFERRED and (law := against_ending(held, at)):
        raise CaseRefused(_("Written off is not forgiven; this case goes on. %(law)s") % {"law": law})
    move(held, to, at=at, by=by, why=why)
    case.refresh_from_db()


@transaction.atomic
def add_note(case: Case, *, text: str, at: datetime, by: User) -> None:
    """Write a note on the timeline."""
    text = text.strip()
    if not text:
        raise CaseRefused(_("An empty note says nothing."))
    append_event(case, kind="note", at=at, by=by, payload={"text": text})


@transaction.atomic
def add_task(
    case: Case,
    *,
    kind: str,
    due_at: datetime,
    at: datetime,
    by: User | None,
    owner: User | None = None,
    note: str = "",
) -> Task:
    """Put something to do at a time on a case. Raises CaseRefused for a time that has passed."""
    if due_at < at:
        raise CaseRefused(_("The time has passed."))
    task = Task.objects.create(case=case, kind=kind, due_at=due_at, owner=owner, note=note, made_at=at)
    payload = {"task": task.pk, "kind": kind, "due_at": due_at.isoformat(), "note": note}
    append_event(case, kind="task", at=at, by=by, payload=payload)
    return task


@transaction.atomic
def finish_task(task: Task, *, at: datetime, by: User | None) -> None:
    """Tick a task off; the second tick changes nothing."""
    if not Task.objects.filter(pk=task.pk, done_at__isnull=True).update(done_at=at, done_by=by):
        return
    append_event(task.case, kind="task_done", at=at, by=by, payload={"task": task.pk, "kind": task.kind})
