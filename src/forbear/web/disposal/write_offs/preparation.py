"""Begins a write-off: who may, which case, and what each account owes by part."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from forbear.web.cases.models import Case, CaseState
from forbear.web.cases.owed import AccountOwed, composition
from forbear.web.cases.states import ENDED
from forbear.web.cases.timeline import append_event, locked_case
from forbear.web.disposal import policy
from forbear.web.disposal.machine import DisposalRefused, move, new_number
from forbear.web.disposal.models import WriteOff, WriteOffState
from forbear.web.people.permissions import may

if TYPE_CHECKING:
    from forbear.web.people.models import User

PARTS = ("principal", "interest", "compound", "late_fee", "fee", "other")


@transaction.atomic
def prepare(case: Case, criterion: str, *, at: datetime, by: User) -> WriteOff:
    """Begin a write-off of all a case owes; raises DisposalRefused."""
    case = locked_case(case.pk)
    refuse_case(case, by)
    if criterion not in policy.criteria(at.date()):
        raise DisposalRefused(_("Choose one of the list."), "criterion")
    rows = [row for row in composition(case, at.date()) if row.total_minor > 0]
    if not rows:
        raise DisposalRefused(_("Nothing is owed on this case."))
    made = WriteOff(
        number=new_number("HX", at), case=case, criterion=criterion, as_of=at.date(), parts=[part_of(row) for row in rows],
        total_minor=sum(row.total_minor for row in rows), prepared_at=at, prepared_by=by,
    )  # fmt: skip
    move(made, WriteOffState.CANDIDATE, at=at, by=by, criterion=criterion, total_minor=made.total_minor)
    append_event(case, kind="write_off", at=at, by=by, payload={"number": made.number, "state": "candidate"})
    return made


def refuse_case(case: Case, by: User) -> None:
    """Raise DisposalRefused where a case cannot be written off at all, or not by this person."""
    if not may(by, "work_disposal"):
        raise DisposalRefused(_("Write-offs are prepared by the legal desk."))
    if CaseState(case.state) in ENDED:
        raise DisposalRefused(_("The case has ended; there is nothing to write off."))
    if CaseState(case.state) == CaseState.PLAN or case.held_state == CaseState.PLAN:
        raise DisposalRefused(_("A plan is in force; it is kept or ended first."))
    if case.write_offs.filter(
        state__in=[WriteOffState.CANDIDATE, WriteOffState.ASKED, WriteOffState.POSTED]
    ).exists():
        raise DisposalRefused(_("This case has a write-off already."))


def part_of(row: AccountOwed) -> dict[str, Any]:
    """Return what one account owes by part."""
    parts = {part: int(getattr(row, f"{part}_minor")) for part in PARTS}
    return {
        "account": row.account_id,
        "account_no": row.account_no,
        **parts,
        "since": -row.posted_since_minor,
        "owed": row.total_minor,
    }


def locked(pk: int) -> WriteOff:
    """Return a write-off under its row lock."""
    held: WriteOff = (
        WriteOff.objects.select_for_update(of=("self",)).select_related("case__customer").get(pk=pk)
    )
    return held
