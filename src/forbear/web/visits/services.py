"""Visits asked for, approved, called off and reviewed. What happens at the door comes through `sync`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from forbear.web.cases import approvals
from forbear.web.cases.models import Approval, ApprovalState, Case
from forbear.web.cases.opening import CaseRefused
from forbear.web.cases.said import both
from forbear.web.cases.timeline import locked_case
from forbear.web.complaints.bars import is_barred
from forbear.web.contact import gate
from forbear.web.portfolio.models import ContactPoint
from forbear.web.runs.models import QueueItem
from forbear.web.visits import policy
from forbear.web.visits.models import DAY_PLAN, FieldIncident, Verdict, Visit, VisitState
from forbear.web.visits.records import append, locked, tell
from forbear.web.visits.risk import Checked, Wish, check

if TYPE_CHECKING:
    from forbear.web.people.models import User

KIND = "visit"
NUMBER = "SELECT nextval('visits_number')"
BEFORE_THE_DOOR = (VisitState.REQUESTED, VisitState.APPROVED, VisitState.SCHEDULED)
OPEN = (*BEFORE_THE_DOOR, VisitState.CHECKED_IN)


class VisitRefused(ValueError):
    """What was asked of a visit cannot be done; the message says why."""


@transaction.atomic
def ask_for(
    case: Case, point: ContactPoint, wish: Wish, *, reason: str, at: datetime, by: User, source: str = "case"
) -> Visit:
    """Ask for a visit: check the risks, then ask whoever may approve it.

    A visit that the check stops is kept as refused with what stopped it. Raises VisitRefused where one is open already.
    """
    case = locked_case(case.pk)
    if not reason.strip():
        raise VisitRefused(_("Say what the visit is for."))
    if is_barred(by, case.customer_id):
        raise VisitRefused(_("A complaint keeps you away from this debtor."))
    if Visit.objects.filter(case=case, state__in=OPEN).exists():
        raise VisitRefused(_("A visit to this debtor is under way already."))
    checked = check(case, point, wish, at)
    visit = Visit.objects.create(
        number=next_number(at), case=case, point=point, asked_by=by, asked_at=at, reason=reason.strip(), source=source,
        wanted_on=wish.on, window_from=wish.window[0], window_to=wish.window[1], minutes=policy.value("minutes", at),
        language=wish.language, facts=dict(checked.facts), findings=list(checked.findings), roles=list(checked.roles),
        advice=checked.advice, state=VisitState.REFUSED if checked.stopped else VisitState.REQUESTED,
        closed_at=at if checked.stopped else None,
    )  # fmt: skip
    append(visit, "requested", at=at, by=by, data={"reason": reason.strip()})
    append(
        visit, "risk_checked", at=at, data={"findings": list(checked.findings), "roles": list(checked.roles)}
    )
    tell(visit, "visit_refused" if checked.stopped else "visit_requested", at=at, by=by)
    if not checked.stopped:
        visit.approval = ask_approval(visit, checked, reason=reason, at=at, by=by)
        visit.save(update_fields=["approval"])
    return visit


def next_number(at: datetime) -> str:
    """Return the next number of ours."""
    with connection.cursor() as cursor:
        cursor.execute(NUMBER)
        return f"V{at.year}-{cursor.fetchone()[0]:06d}"


def ask_approval(visit: Visit, checked: Checked, *, reason: str, at: datetime, by: User) -> Approval:
    """Ask whoever the house lets decide, by the advice of visit_team."""
    row = next(row for row in policy.value("approvers", at) if row["advice"] == checked.advice)
    when = f"{visit.wanted_on} {visit.window_from:%H:%M}–{visit.window_to:%H:%M}"
    try:
        return approvals.ask(
            visit.case, kind=KIND, terms={"visit": visit.pk}, amount_minor=visit.case.total_minor,
            roles=row["roles"], persons=row["persons"], reason=both(DAY_PLAN) if visit.source == "day" else reason,
            changes=[(both(lazy("Visit")), "", f"{visit.number} · {when}"), (both(lazy("People")), "", str(len(checked.roles)))],
            at=at, by=by,
        )  # fmt: skip
    except CaseRefused as error:
        raise VisitRefused(str(error)) from error


def on_approved(approval: Approval, at: datetime, by: User | None) -> None:
    """Let an approved visit be planned; what was checked is checked once more, for a day may lie between."""
    visit = locked(approval.terms["visit"])
    if visit.state != VisitState.REQUESTED:
        return
    again = check(visit.case, visit.point, wish_of(visit), at)
    if again.stopped:
        visit.findings, visit.state, visit.closed_at = list(again.findings), VisitState.REFUSED, at
        visit.save(update_fields=["findings", "state", "closed_at"])
        append(visit, "refused", at=at, by=by, data={"findings": list(again.findings)})
        tell(visit, "visit_refused", at=at, by=by)
        return
    visit.state = VisitState.APPROVED
    visit.save(update_fields=["state"])
    append(visit, "approved", at=at, by=by, data={"approval": approval.pk})
    tell(visit, "visit_approved", at=at, by=by)


def on_refused(approval: Approval, at: datetime, by: User | None) -> None:
    """Close a visit that was declined or that nobody answered in time."""
    visit = locked(approval.terms["visit"])
    if visit.state != VisitState.REQUESTED:
        return
    visit.state, visit.closed_at = VisitState.DECLINED, at
    visit.save(update_fields=["state", "closed_at"])
    append(visit, "declined", at=at, by=by, data={"approval": approval.pk})
    tell(visit, "visit_declined", at=at, by=by)


def wish_of(visit: Visit) -> Wish:
    """Return what was asked for, as the check reads it."""
    return Wish(
        visit.wanted_on, (visit.window_from, visit.window_to), visit.facts["complexity"], visit.facts["risk"],
        visit.language,
    )  # fmt: skip


@transaction.atomic
def call_off(visit: Visit, *, why: str, at: datetime, by: User | None) -> Visit:
    """Call off a visit that has not reached the door. Raises VisitRefused."""
    if not why.strip():
        raise VisitRefused(_("Say why it is called off."))
    locked_case(visit.case_id)
    visit = locked(visit.pk)
    if visit.state not in BEFORE_THE_DOOR:
        raise VisitRefused(_("This visit can no longer be called off."))
    if visit.permit is not None:
        gate.release(visit.permit, at=at)
    was_asked = visit.state == VisitState.REQUESTED
    visit.state, visit.closed_at, visit.team, visit.place_in_route = VisitState.CALLED_OFF, at, None, None
    visit.save(update_fields=["state", "closed_at", "team", "place_in_route"])
    append(visit, "called_off", at=at, by=by, data={"why": why.strip()})
    tell(visit, "visit_called_off", at=at, by=by, reason=why.strip())
    if was_asked and visit.approval is not None and visit.approval.state == "waiting":
        approvals.close(visit.approval, ApprovalState.EXPIRED, at=at, by=by)
    return visit


def tick_off(case_id: int, at: datetime) -> int:
    """End the day's visit outcomes of a case."""
    return QueueItem.objects.filter(case_id=case_id, queue="visit", done_at__isnull=True).update(done_at=at)


@transaction.atomic
def review(visit: Visit, *, verdict: str, reason: str, at: datetime, by: User) -> Visit:
    """Say what a visit with something missing came to; nobody who went reviews it. Raises VisitRefused."""
    if verdict not in Verdict.values or not reason.strip():
        raise VisitRefused(_("Choose what it came to and say why."))
    locked_case(visit.case_id)
    visit = locked(visit.pk)
    if visit.state != VisitState.REPORT_DUE:
        raise VisitRefused(_("This visit does not wait for a review."))
    if by.pk in people_of(visit) or by.pk == visit.asked_by_id:
        raise VisitRefused(_("Whoever asked for the visit or went does not review it."))
    visit.verdict, visit.reviewed_by, visit.reviewed_at = verdict, by, at
    visit.review_reason, visit.state = reason.strip(), VisitState.REVIEWED
    visit.save(update_fields=["verdict", "reviewed_by", "reviewed_at", "review_reason", "state"])
    append(visit, "reviewed", at=at, by=by, data={"verdict": verdict, "reason": reason.strip()})
    tell(visit, "visit_reviewed", at=at, by=by, verdict=verdict, reason=reason.strip())
    if verdict == Verdict.FAULT:
        note_incident(visit, people_of(visit), "fault", at)
    return visit


def note_incident(visit: Visit, people: Sequence[int], kind: str, at: datetime) -> None:
    """Count an incident with each person who went, once a visit."""
    rows = [FieldIncident(user_id=person, visit=visit, kind=kind, at=at) for person in people]
    FieldIncident.objects.bulk_create(rows, ignore_conflicts=True)


def people_of(visit: Visit) -> list[int]:
    """Return the ids of the people of the visit's team."""
    return list(visit.team.members.order_by("pk").values_list("user_id", flat=True)) if visit.team else []
