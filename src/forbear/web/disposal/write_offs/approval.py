"""Asks those whose authority covers a write-off or its taking back, and says what follows from their answer."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from forbear.money import format_minor
from forbear.questions import ask as ask_question
from forbear.web.cases import approvals
from forbear.web.cases.approvals import Kind, register
from forbear.web.cases.models import Approval
from forbear.web.cases.opening import CaseRefused
from forbear.web.cases.owed import composition
from forbear.web.cases.said import both
from forbear.web.disposal import policy
from forbear.web.disposal.machine import DisposalRefused, move
from forbear.web.disposal.models import WriteOff, WriteOffState
from forbear.web.disposal.write_offs.posting import post, reverse
from forbear.web.disposal.write_offs.preparation import locked
from forbear.web.disposal.write_offs.proofs import missing
from forbear.web.law.current import packs_at
from forbear.web.people.permissions import may
from forbear.web.reading import reading_lang

if TYPE_CHECKING:
    from forbear.web.people.models import User

KIND, UNDO = "write_off", "write_off_undo"


def lawful(held: WriteOff, at: datetime, *, met: bool) -> dict[str, Any]:
    """Ask the law whether it may be written off, given whether the ground is met."""
    asked = {
        "act": "write_off_card_debt",
        "as_of": at.date().isoformat(),
        "detail": "other" if met else "no_criterion_met",
    }
    return ask_question("conduct", asked, packs=packs_at(at), lang=reading_lang())


@transaction.atomic
def ask(held: WriteOff, *, reason: str, at: datetime, by: User) -> Approval:
    """Ask those whose authority covers it; raises DisposalRefused naming everything that is missing."""
    held = locked(held.pk)
    refuse_case_state(held, at)
    row = policy.approval(held.total_minor, at.date())
    try:
        asked = approvals.ask(
            held.case, kind=KIND, terms={"write_off": held.pk}, amount_minor=held.total_minor, roles=row["roles"],
            persons=row["persons"], reason=reason, changes=[(both(lazy("Balance sheet")), format_minor(held.total_minor), "0.00"), (both(lazy("Owed")), format_minor(held.total_minor), format_minor(held.total_minor))],
            at=at, by=by,
        )  # fmt: skip
    except CaseRefused as refused:
        raise DisposalRefused(str(refused), "reason") from refused
    held.approval, held.reason = asked, reason.strip()
    move(held, WriteOffState.ASKED, at=at, by=by, why=reason, approval=asked.pk)
    return asked


def refuse_case_state(held: WriteOff, at: datetime) -> None:
    """Raise DisposalRefused where figures have changed, something is missing or the law says no."""
    if total_now(held, at.date()) != held.total_minor:
        raise DisposalRefused(
            _("The debt has changed since this was prepared; prepare it again with today's figures.")
        )
    lacks = missing(held, at)
    if lacks:
        raise DisposalRefused(_("Missing: %(items)s") % {"items": " ".join(lacks)})
    if lawful(held, at, met=True)["answer"] == "unlawful":
        raise DisposalRefused(_("The law does not let this be written off."))


def total_now(held: WriteOff, on: date) -> int:
    """Return what the case owes today."""
    return sum(row.total_minor for row in composition(held.case, on) if row.total_minor > 0)


def on_approved(approval: Approval, at: datetime, by: User | None) -> None:
    """Post the write-off with the last yes; what speaks against it by now is looked at anew."""
    held = locked(approval.terms["write_off"])
    refuse_case_state(held, at)
    post(held, at=at)


def on_refused(approval: Approval, at: datetime, by: User | None) -> None:
    """End a write-off that was not approved."""
    move(locked(approval.terms["write_off"]), WriteOffState.DECLINED, at=at, by=by, why="not approved")


@transaction.atomic
def ask_undo(held: WriteOff, *, reason: str, at: datetime, by: User) -> Approval:
    """Ask to take a write-off back that was posted by mistake; raises DisposalRefused."""
    held = locked(held.pk)
    if held.state != WriteOffState.POSTED or not may(by, "work_disposal"):
        raise DisposalRefused(_("Only a posted write-off is taken back, by the legal desk."))
    row = policy.approval(held.total_minor, at.date())
    try:
        return approvals.ask(
            held.case, kind=UNDO, terms={"write_off": held.pk}, amount_minor=held.total_minor, roles=row["roles"], persons=row["persons"],
            reason=reason, changes=[(both(lazy("Balance sheet")), "0.00", format_minor(held.total_minor))], at=at, by=by,
        )  # fmt: skip
    except CaseRefused as refused:
        raise DisposalRefused(str(refused), "reason") from refused


def on_undo(approval: Approval, at: datetime, by: User | None) -> None:
    """Take a write-off back with the last yes."""
    reverse(locked(approval.terms["write_off"]), why=approval.reason, at=at, by=by)


def register_kinds() -> None:
    """Say what follows from the answers of those who approve."""
    register(KIND, Kind(on_approved, on_refused))
    register(UNDO, Kind(on_undo))
