"""Asks those whose authority covers a transfer, and says what follows from their answer."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from forbear.money import format_minor
from forbear.web.cases import approvals
from forbear.web.cases.approvals import Kind, register
from forbear.web.cases.models import Approval
from forbear.web.cases.opening import CaseRefused
from forbear.web.cases.said import both
from forbear.web.disposal import policy
from forbear.web.disposal.machine import DisposalRefused, move
from forbear.web.disposal.models import Transfer, TransferState
from forbear.web.disposal.transfers import eligible
from forbear.web.disposal.transfers.preparation import locked, sold
from forbear.web.reading import reading_lang

if TYPE_CHECKING:
    from forbear.web.people.models import User

KIND = "transfer"


@transaction.atomic
def ask(held: Transfer, *, reason: str, at: datetime, by: User) -> Approval:
    """Ask those whose authority covers the sum; the question stands on the first case. Raises DisposalRefused."""
    held = locked(held.pk)
    refuse_unlawful(at)
    rows = sold(held)
    if not rows:
        raise DisposalRefused(_("Nothing in this transfer may be sold."))
    total = sum(row.total_minor for row in rows)
    row = policy.approval(total, at.date())
    try:
        asked = approvals.ask(
            rows[0].case, kind=KIND, terms={"transfer": held.pk}, amount_minor=total, roles=row["roles"], persons=row["persons"],
            reason=reason, changes=[(both(lazy("Creditor")), both(lazy("our bank")), held.buyer), (both(lazy("Cases")), str(len(rows)), "0"), (both(lazy("Owed to us")), format_minor(total), "0.00")],
            at=at, by=by,
        )  # fmt: skip
    except CaseRefused as refused:
        raise DisposalRefused(str(refused), "reason") from refused
    held.approval, held.reason = asked, reason.strip()
    move(
        held,
        TransferState.ASKED,
        at=at,
        by=by,
        why=reason,
        approval=asked.pk,
        cases=len(rows),
        total_minor=total,
    )
    return asked


def refuse_unlawful(at: datetime) -> None:
    """Raise DisposalRefused where the law of the day does not let such debts be sold, or their data be given."""
    said = eligible.law(at, reading_lang())
    if not said["allowed"]:
        texts = [str(reason.get("text", "")) for reason in said["reasons"] if reason["effect"] == "refuse"]
        raise DisposalRefused(
            " ".join([_("The law of today does not let this be sold."), said["why"], *texts])
        )


def on_approved(approval: Approval, at: datetime, by: User | None) -> None:
    """Let a transfer be done; it is done at its own moment."""
    move(locked(approval.terms["transfer"]), TransferState.APPROVED, at=at, by=by, why="approved")


def on_refused(approval: Approval, at: datetime, by: User | None) -> None:
    """End a transfer that was not approved."""
    move(locked(approval.terms["transfer"]), TransferState.DECLINED, at=at, by=by, why="not approved")


def register_kinds() -> None:
    """Say what follows from the answers of those who approve."""
    register(KIND, Kind(on_approved, on_refused))
