"""The state machines of domain dossier 3.4 as tables, and the one way to move in them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from forbear.web.agreements.models import Change, MatterState, PlanState, WaiverState
from forbear.web.cases.timeline import append_event, refuse_floats

if TYPE_CHECKING:
    from forbear.web.agreements.models import Matter, Plan, Waiver
    from forbear.web.people.models import User

P, W, M = PlanState, WaiverState, MatterState
PLAN: Mapping[str, frozenset[str]] = {
    "": frozenset({P.PROPOSED}),
    P.PROPOSED: frozenset({P.DOCS_PENDING, P.UNDER_REVIEW, P.DECLINED}),
    P.DOCS_PENDING: frozenset({P.UNDER_REVIEW, P.DECLINED}),
    P.UNDER_REVIEW: frozenset({P.APPROVED, P.DECLINED}),
    P.APPROVED: frozenset({P.OFFERED, P.DECLINED}),
    P.OFFERED: frozenset({P.SIGNED, P.EXPIRED, P.DECLINED}),
    P.SIGNED: frozenset({P.ACTIVE}),
    P.ACTIVE: frozenset({P.COMPLETED, P.LATE}),
    P.LATE: frozenset({P.ACTIVE, P.BREACH_NOTICE, P.COMPLETED}),
    P.BREACH_NOTICE: frozenset({P.ACTIVE, P.BREACHED, P.COMPLETED}),
}
WAIVER: Mapping[str, frozenset[str]] = {
    "": frozenset({W.REQUESTED}),
    W.REQUESTED: frozenset({W.APPROVED, W.REJECTED}),
    W.APPROVED: frozenset({W.PAID, W.EXPIRED}),
    W.PAID: frozenset({W.EXECUTED}),
}
HARDSHIP: Mapping[str, frozenset[str]] = {
    "": frozenset({M.REQUESTED}),
    M.REQUESTED: frozenset({M.DOCS_PENDING}),
    M.DOCS_PENDING: frozenset({M.UNDER_REVIEW, M.REJECTED}),
    M.UNDER_REVIEW: frozenset({M.APPROVED, M.REJECTED, M.DOCS_PENDING}),
    M.APPROVED: frozenset({M.ENDED}),
}
DISPUTE: Mapping[str, frozenset[str]] = {
    "": frozenset({M.RAISED}),
    M.RAISED: frozenset({M.HOLD}),
    M.HOLD: frozenset({M.INVESTIGATING}),
    M.INVESTIGATING: frozenset({M.UPHELD, M.REJECTED, M.NEEDS_INFO}),
    M.NEEDS_INFO: frozenset({M.INVESTIGATING}),
    M.UPHELD: frozenset({M.CORRECTED}),
    M.REJECTED: frozenset({M.ANSWERED}),
}
STATUS: Mapping[str, frozenset[str]] = {
    "": frozenset({M.REPORTED}),
    M.REPORTED: frozenset({M.PROOF_PENDING}),
    M.PROOF_PENDING: frozenset({M.PROVED, M.NOT_PROVED}),
    M.PROVED: frozenset({M.ENDED}),
}
BEFORE_SIGNING = (P.PROPOSED, P.DOCS_PENDING, P.UNDER_REVIEW, P.APPROVED, P.OFFERED)
LIVE = (P.SIGNED, P.ACTIVE, P.LATE, P.BREACH_NOTICE)  # signed and neither kept to the end nor broken
OVER = (P.BREACHED, P.COMPLETED, P.EXPIRED, P.DECLINED)
MACHINES = {"plan": PLAN, "waiver": WAIVER, "hardship": HARDSHIP, "dispute": DISPUTE, "status": STATUS}


class AgreementRefused(ValueError):
    """The house says no: `missing` names the conditions and `reasons` the rules; `field` what to change."""

    def __init__(
        self, message: str, *, missing: tuple[str, ...] = (), reasons: tuple[Any, ...] = (), field: str = ""
    ) -> None:
        super().__init__(message)
        self.missing, self.reasons, self.field = missing, reasons, field


def move(
    subject: Plan | Waiver | Matter,
    machine: str,
    to: str,
    *,
    at: datetime,
    by: User | None,
    why: str,
    **facts: Any,
) -> None:
    """Move a subject whose case the caller has locked, and append the change; raises AgreementRefused.

    A subject that is new has no old state yet: its first change is from nothing.
    """
    first = not Change.objects.filter(machine=machine, subject=subject.pk).exists()
    was = "" if first else type(subject).objects.values_list("state", flat=True).get(pk=subject.pk)
    if to not in MACHINES[machine].get(was, frozenset()):
        raise AgreementRefused(
            _("It cannot go from “%(was)s” to “%(to)s”.") % {"was": was or "—", "to": to}, field="state"
        )
    subject.state = to
    subject.save()
    Change.objects.create(
        machine=machine, subject=subject.pk, case_id=subject.case_id, at=at, by=by, old_state=was, new_state=to,
        why=why[:300], facts=refuse_floats(facts),
    )  # fmt: skip
    said = {"machine": machine, "subject": subject.pk, "from": was, "to": str(to), "why": why[:300]}
    append_event(subject.case, kind=f"{machine}_{to}"[:30], at=at, by=by, payload=said)


def ends(machine: str, state: str) -> bool:
    """Return whether a state has no way out."""
    return state not in MACHINES[machine]
