"""Plans: proposed under law and authority, offered as a document, signed, and then kept or not by what was posted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from forbear.web.agreements.judging import Judged, conditions, judge, refuse_case, refuse_stale
from forbear.web.agreements.machine import BEFORE_SIGNING, AgreementRefused, move
from forbear.web.agreements.means import latest
from forbear.web.agreements.models import Means, Plan, PlanRow, PlanState
from forbear.web.agreements.paper import agreement, number_of
from forbear.web.agreements.policy import house
from forbear.web.agreements.stopping import stop_collection
from forbear.web.agreements.terms import KINDS, Row, Terms, months_of, owed_now, parts, schedule
from forbear.web.agreements.words import WHY_WORDS
from forbear.web.cases import approvals, authority
from forbear.web.cases.holds import end_of_business_days
from forbear.web.cases.models import Approval, Case
from forbear.web.cases.opening import add_task
from forbear.web.cases.owed import AccountOwed
from forbear.web.cases.said import Said, both
from forbear.web.cases.timeline import locked_case
from forbear.web.cases.words import money
from forbear.web.documents.store import store

if TYPE_CHECKING:
    from forbear.web.documents.models import Signature
    from forbear.web.people.models import User


@transaction.atomic
def propose(
    case: Case, terms: Terms, *, reason: str, at: datetime, by: User | None, lang: str = "zh"
) -> Plan:
    """Propose a plan; with everything proved and within one's authority it is offered at once, else it waits.

    `by` none is the debtor on the own page, whose authority is that of `self_service`. Raises AgreementRefused with the
    missing conditions and the rules, or BeyondAuthority.
    """
    case = locked_case(case.pk)
    refuse_case(case, at=at)
    if terms.kind not in KINDS:
        raise AgreementRefused(_("There is no plan of this kind."), field="kind")
    if terms.first_due_on <= at.date():
        raise AgreementRefused(_("The first instalment lies ahead."), field="first_due_on")
    owed, means = owed_now(case, at.date()), latest(case)
    rows = schedule(owed.total_minor, terms)
    judged = judge(case, terms, rows, means, at=at, lang=lang)
    if not judged.only_proofs:
        refuse_missing(judged)
    needed = authority.needed(asked_for(terms, owed.total_minor, at), by=by, at=at)
    plan = created(case, terms, owed, means, rows, at=at, by=by)
    move(plan, "plan", PlanState.PROPOSED, at=at, by=by, why=reason or "proposed")
    if judged.only_proofs:
        move(plan, "plan", PlanState.DOCS_PENDING, at=at, by=by, why="proofs of means are missing")
        due = end_of_business_days(at, house("task_business_days", at))
        add_task(case, kind="proof", due_at=due, at=at, by=by, note="means")
        return plan
    return review(plan, needed, reason=reason, at=at, by=by)


def refuse_missing(judged: Judged) -> None:
    """Raise AgreementRefused where a condition is missing or still open, with the rules that ask for it."""
    if missing := tuple(dict.fromkeys((*judged.missing, *judged.needs))):
        raise AgreementRefused(
            _("This plan cannot be agreed: %(missing)s.") % {"missing": conditions(missing)},
            missing=missing, reasons=judged.reasons,
        )  # fmt: skip


def asked_for(terms: Terms, total_minor: int, at: datetime) -> authority.Ask:
    """Return what authority is asked for."""
    return authority.Ask(terms.kind, total_minor, months=months_of(terms, at))


def created(
    case: Case, terms: Terms, owed: AccountOwed, means: Means | None, rows: Sequence[Row], *, at: datetime, by: User | None,
) -> Plan:  # fmt: skip
    """Write the plan and its rows; what was posted since the bank's figures lowers principal last (fees first)."""
    owing = parts(owed)
    plan = Plan.objects.create(
        case=case, kind=terms.kind, as_of=at.date(), currency=owed.currency, **owing, total_minor=owed.total_minor, charges_minor=terms.charges_minor,
        down_payment_minor=terms.down_payment_minor, instalments=terms.instalments, first_due_on=terms.first_due_on, grace_days=house("plan_grace_days", at),
        cure_days=house("cure_days", at), revive_forborne=house("revive_forborne", at), means=means, proposed_at=at,
        proposed_by=by, self_service=by is None, lang=terms.lang,
    )  # fmt: skip
    PlanRow.objects.bulk_create(
        PlanRow(plan=plan, number=r.number, due_on=r.due_on, amount_minor=r.amount_minor) for r in rows
    )
    return plan


def review(
    plan: Plan, needed: authority.Needed, *, reason: str, at: datetime, by: User | None, own: Mapping[str, str] | None = None
) -> Plan:  # fmt: skip
    """Put a plan before those with authority; within one's own it is approved and offered at once.

    `own` is the reason in both languages where nobody gave one and the program does.
    """
    move(plan, "plan", PlanState.UNDER_REVIEW, at=at, by=by, why=reason or "complete")
    if needed.alone:
        approved(plan, at=at, by=by)
        return plan
    rows = list(plan.rows.all())
    term = f"{plan.instalments} × {money(rows[0].amount_minor)} → {rows[-1].due_on}"
    changes: list[tuple[Said, Said, Said]] = [
        (both(lazy("Debt")), money(plan.total_minor), money(plan.payable_minor)),
        (both(lazy("Collection")), both(lazy("goes on")), both(lazy("stops when signed"))),
        (both(lazy("Term")), "—", term),
    ]
    plan.approval = approvals.ask(
        plan.case, kind=plan.kind, terms={"plan": plan.pk}, amount_minor=plan.total_minor, roles=[needed.role],
        persons=needed.persons, reason=own or reason, changes=changes, at=at, by=by,
    )  # fmt: skip
    plan.save(update_fields=["approval"])
    return plan


@transaction.atomic
def proofs_complete(plan: Plan, *, at: datetime, by: User | None, lang: str = "zh") -> Plan:
    """Judge a plan again that waited for proofs, on the newest record of means; raises AgreementRefused."""
    case = locked_case(plan.case_id)
    plan.refresh_from_db()
    rows = [Row(row.number, row.due_on, row.amount_minor) for row in plan.rows.all()]
    terms = Terms(plan.kind, plan.instalments, plan.first_due_on, plan.down_payment_minor)
    means = latest(case)
    judged = judge(case, terms, rows, means, at=at, lang=lang)
    refuse_missing(judged)
    plan.means = means
    needed = authority.needed(asked_for(terms, plan.total_minor, at), by=by, at=at)
    why = "proofs complete"
    return review(plan, needed, reason=why, own=both(WHY_WORDS[why]), at=at, by=by)


def on_approved(approval: Approval, at: datetime, by: User | None) -> None:
    """Offer the plan that was approved, if it still waits."""
    approved(Plan.objects.get(pk=approval.terms["plan"]), at=at, by=by)


def on_refused(approval: Approval, at: datetime, by: User | None) -> None:
    """End the plan that was not approved, unless it ended while the question stood."""
    plan = Plan.objects.get(pk=approval.terms["plan"])
    if plan.state in BEFORE_SIGNING:
        move(plan, "plan", PlanState.DECLINED, at=at, by=by, why="not approved")


def approved(plan: Plan, *, at: datetime, by: User | None) -> None:
    """Approve and offer: the agreement is made as a document with its day of validity."""
    move(plan, "plan", PlanState.APPROVED, at=at, by=by, why="within authority")
    plan.valid_until = at.date() + timedelta(days=house("offer_valid_days", at))
    refuse_stale(plan, at.date())
    plan.document = store(agreement(plan, at=at), plan.case, number=number_of(plan), at=at, by=by)
    move(plan, "plan", PlanState.OFFERED, at=at, by=by, why="document made", document=plan.document.sha256)


@transaction.atomic
def decline(plan: Plan, *, at: datetime, by: User | None, why: str) -> None:
    """End a plan that is not signed: the debtor (`by` none) does not want it, or it was a mistake."""
    locked_case(plan.case_id)
    plan.refresh_from_db()
    if plan.state not in BEFORE_SIGNING:
        raise AgreementRefused(_("Only a plan that is not signed is declined."))
    if not why.strip():
        raise AgreementRefused(_("Say why."), field="why")
    move(plan, "plan", PlanState.DECLINED, at=at, by=by, why=why)
    if plan.approval is not None:
        approvals.withdraw(plan.approval, at=at, by=by)


def activate(plan: Plan, signature: Signature, *, at: datetime, by: User | None) -> None:
    """Put a signed plan in force, in the transaction of its signature: collection stops on every channel at once."""
    case = locked_case(plan.case_id)
    plan.refresh_from_db()
    if plan.state != PlanState.OFFERED or plan.document_id != signature.document_id:
        raise AgreementRefused(_("There is no offer of this plan to sign."))
    if plan.valid_until is None or at.date() > plan.valid_until:
        raise AgreementRefused(_("The offer was valid until %(day)s.") % {"day": plan.valid_until})
    refuse_stale(plan, at.date())
    plan.signed_at = at
    move(plan, "plan", PlanState.SIGNED, at=at, by=by, why=str(signature.means), sha256=signature.sha256)
    stopped = stop_collection(case, plan, at=at, by=by)
    move(plan, "plan", PlanState.ACTIVE, at=at, by=by, why="collection stopped", messages_withdrawn=stopped)
