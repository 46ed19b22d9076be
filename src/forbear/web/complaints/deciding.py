"""How a complaint ends: found, answered, closed or reviewed, and its root cause named."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from forbear.web.cases.holds import release_hold
from forbear.web.complaints import policy
from forbear.web.complaints.bars import lift
from forbear.web.complaints.conflict import has_conflict
from forbear.web.complaints.machine import OPEN, ComplaintRefused, locked, move
from forbear.web.complaints.models import Bar, Complaint, State
from forbear.web.complaints.services import SEAL, refuse_unless_handling, review_until
from forbear.web.people.permissions import may
from forbear.web.portfolio.vault import vault

if TYPE_CHECKING:
    from forbear.web.people.models import User

UPHELD, NOT_UPHELD = "upheld", "not_upheld"


@transaction.atomic
def resolve(complaint: Complaint, finding: str, *, reason: str, at: datetime, by: User) -> None:
    """Decide a complaint; upheld zero tolerance ends sign-ins, not upheld lets the people named back."""
    complaint = locked(complaint.pk)
    refuse_unless_handling(complaint, by)
    if finding not in policy.table("findings", at.date()):
        raise ComplaintRefused(_("Choose one of the list."), "finding")
    if not reason.strip():
        raise ComplaintRefused(_("Say what was found."), "reason")
    complaint.finding = finding
    move(complaint, State.RESOLVED, at=at, by=by, why=reason, finding=finding)
    take_effect(complaint, at)


def take_effect(complaint: Complaint, at: datetime) -> None:
    """Do at once what a finding means for the people named."""
    zero_tolerance = policy.table("kinds", at.date()).get(complaint.kind, {}).get("zero_tolerance", False)
    if complaint.finding == UPHELD and zero_tolerance:
        for each in Bar.objects.filter(complaint=complaint).select_related("user"):
            each.user.is_active = False  # every request and token of theirs is refused from now on
            each.user.save(update_fields=["is_active"])
    if complaint.finding == NOT_UPHELD:
        lift(complaint, at)


@transaction.atomic
def answer(complaint: Complaint, text: str, *, at: datetime, by: User) -> None:
    """Answer in writing; the hold ends with the last open complaint of the case."""
    complaint = locked(complaint.pk)
    refuse_unless_handling(complaint, by)
    if not text.strip():
        raise ComplaintRefused(_("Write the answer."), "answer")
    complaint.answer_cipher = vault().seal(text.strip(), SEAL).cipher
    complaint.answered_at = at
    late = (at.date() - complaint.respond_by).days
    move(complaint, State.ANSWERED, at=at, by=by, days_late=max(late, 0))
    free(complaint, at)


def free(complaint: Complaint, at: datetime) -> None:
    """Lift the hold where no other complaint of the case is open."""
    others = Complaint.objects.filter(case_id=complaint.case_id, state__in=OPEN).exclude(pk=complaint.pk)
    if complaint.hold is not None and not others.exists():
        release_hold(complaint.hold, at=at, by=None, reason=f"{complaint.number} answered")


@transaction.atomic
def ask_review(complaint: Complaint, *, at: datetime, by: User | None = None) -> None:
    """Ask for a review of the answer, within the house's days; raises ComplaintRefused."""
    complaint = locked(complaint.pk)
    until = review_until(complaint)
    if until is None or at.date() > until:
        raise ComplaintRefused(
            _("A review can be asked for until %(day)s.") % {"day": until or "—"}, "review"
        )
    move(complaint, State.REVIEW_REQUESTED, at=at, by=by)


@transaction.atomic
def review(complaint: Complaint, finding: str, text: str, *, at: datetime, by: User) -> None:
    """Review an answer: by somebody else than who gave it, and without a part in it."""
    complaint = locked(complaint.pk)
    if complaint.handler_id == by.pk or not may(by, "handle_complaints"):
        raise ComplaintRefused(_("A review is done by somebody else who deals with complaints."), "handler")
    if why := has_conflict(by, complaint, at):
        raise ComplaintRefused(_("Conflict of interest: %(why)s") % {"why": why}, "handler")
    if finding not in policy.table("findings", at.date()) or not text.strip():
        raise ComplaintRefused(_("A review needs its finding and its answer."), "finding")
    complaint.finding = finding
    complaint.answer_cipher = vault().seal(text.strip(), SEAL).cipher
    move(complaint, State.REVIEWED, at=at, by=by, finding=finding)
    take_effect(complaint, at)


@transaction.atomic
def close(complaint: Complaint, *, at: datetime, by: User) -> None:
    """Close an answered complaint once nobody can ask for a review any more, or the debtor is content."""
    move(locked(complaint.pk), State.CLOSED, at=at, by=by)


@transaction.atomic
def name_root_cause(complaint: Complaint, cause: str, *, note: str, at: datetime, by: User) -> None:
    """Name why it happened, so that the same is not complained about again."""
    complaint = locked(complaint.pk)
    if cause not in policy.table("root_causes", at.date()):
        raise ComplaintRefused(_("Choose one of the list."), "root_cause")
    complaint.root_cause = cause
    move(complaint, State.ROOT_CAUSE, at=at, by=by, why=note, cause=cause)
