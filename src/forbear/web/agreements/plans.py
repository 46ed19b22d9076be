"""Plans: proposed under law and authority, offered as a document, signed, and then kept or not by what was posted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from forbear import days, questions
from forbear.documents import render, template
from forbear.ledger.schedules import instalments
from forbear.money import Money, format_minor
from forbear.web.agreements.machine import AgreementRefused, move
from forbear.web.agreements.means import affordability, latest, opened
from forbear.web.agreements.models import Means, Plan, PlanRow, PlanState
from forbear.web.agreements.policy import bank, house, words
from forbear.web.agreements.words import in_language, listed
from forbear.web.cases import approvals, authority
from forbear.web.cases.models import Approval, Case, CaseState
from forbear.web.cases.owed import AccountOwed, composition, sum_owed
from forbear.web.cases.states import ENDED
from forbear.web.cases.timeline import locked_case
from forbear.web.documents.store import store
from forbear.web.law.current import packs_at

if TYPE_CHECKING:
    from forbear.web.documents.models import Signature
    from forbear.web.people.models import User

PERSONALISED = "personalised_instalment"
KINDS = {PERSONALISED: "personalised", "ordinary_instalment": "ordinary", "deferral": "ordinary"}
LIVE = (PlanState.SIGNED, PlanState.ACTIVE, PlanState.LATE, PlanState.BREACH_NOTICE)
BEFORE_SIGNING = (
    PlanState.PROPOSED,
    PlanState.DOCS_PENDING,
    PlanState.UNDER_REVIEW,
    PlanState.APPROVED,
    PlanState.OFFERED,
)
FROM_EVIDENCE = ("exceeds_ability",)  # conditions that proofs may still meet


@dataclass(frozen=True, slots=True)
class Row:
    """One payment of a schedule."""

    number: int
    due_on: date
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Terms:
    """What a plan would be: over the whole debt of the case, in equal months."""

    kind: str
    instalments: int
    first_due_on: date
    down_payment_minor: int = 0
    already_instalment: bool | None = None  # asked of an ordinary plan
    charges_minor: int = 0
    rows: tuple[Row, ...] = ()  # of an option the solver found; else equal months
    lang: str = "zh"  # of the document, as the debtor reads


def owed_now(case: Case, on: date) -> AccountOwed:
    """Return what the case owes by part; raises AgreementRefused where one plan can't hold it."""
    rows = [row for row in composition(case, on) if row.total_minor > 0]
    if not rows:
        raise AgreementRefused(_("Nothing is owed; there is nothing to agree."))
    if len({row.currency for row in rows}) > 1:
        raise AgreementRefused(_("Accounts in several currencies need a plan each; agree on one at a time."))
    return sum_owed(rows)


def schedule(total_minor: int, terms: Terms) -> list[Row]:
    """Return the rows of a plan: the original day, business days, the last row takes what does not divide."""
    if not 0 <= terms.down_payment_minor < total_minor:
        raise AgreementRefused(_("The first payment is less than the debt."), field="down_payment")
    if terms.instalments < 1:
        raise AgreementRefused(_("A plan has at least one instalment."), field="instalments")
    if terms.rows:
        return list(terms.rows)
    due, amounts = instalments(
        total_minor - terms.down_payment_minor, terms.instalments, terms.first_due_on,
        original_day=terms.first_due_on.day, calendar=days.on_or_after,  # nobody is late for a bank holiday
    )  # fmt: skip
    return [
        Row(number, day.astype(object), int(amount))
        for number, (day, amount) in enumerate(zip(due, amounts, strict=True), 1)
    ]


@dataclass(frozen=True, slots=True)
class Judged:
    """Whether a plan may be agreed: the conditions missing, those still open, and the rules that say so."""

    missing: tuple[str, ...]
    needs: tuple[str, ...]
    reasons: tuple[Mapping[str, Any], ...]

    @property
    def only_proofs(self) -> bool:
        """Return whether nothing but proofs stands in the way."""
        return not self.missing and bool(self.needs) and set(self.needs) <= set(FROM_EVIDENCE)


def judge(
    case: Case, terms: Terms, rows: Sequence[Row], means: Means | None, *, at: datetime, lang: str
) -> Judged:
    """Ask law and policy about a plan: conditions of art. 70, the term, and whether each month can be carried."""
    personal = terms.kind == PERSONALISED
    facts: dict[str, Any] = {
        "kind": KINDS[terms.kind], "months": months_of(terms, at), "content": list(template("plan_agreement").items),
        "as_of": at.date().isoformat(), "already_instalment": terms.already_instalment,
    }  # fmt: skip
    if personal:
        facts |= {
            "exceeds_ability": means.exceeds_ability if means else None,
            "willing": means.willing if means else None,
        }
    said = questions.ask("personalised_plan", facts, packs=packs_at(at), lang=lang)
    missing, needs, reasons = list(said["missing"]), list(said["needs"]), list(said["reasons"])
    if means is None or means.capacity_minor is None:
        needs.append("capacity")
    else:
        told = {**opened(means)["facts"], "plan_monthly": format_minor(max(row.amount_minor for row in rows))}
        carried = affordability(told, at=at, lang=lang)
        if carried["answer"]["plan"] == "exceeds":
            missing.append("capacity")
        reasons += [each for each in carried["reasons"] if each["effect"] in ("refuse", "discourage")]
    return Judged(tuple(missing), tuple(dict.fromkeys(needs)), tuple(reasons))


def months_of(terms: Terms, at: datetime) -> int:
    """Return the term in months from today to the last row, never less than the number of rows."""
    first = terms.first_due_on
    ahead = (first.year - at.year) * 12 + first.month - at.month
    return max(terms.instalments, ahead + terms.instalments - 1, 1)


@transaction.atomic
def propose(case: Case, terms: Terms, *, reason: str, at: datetime, by: User, lang: str = "zh") -> Plan:
    """Propose a plan; with everything proved and within one's authority it is offered at once, else it waits.

    Raises AgreementRefused with the missing conditions and the rules, or BeyondAuthority.
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
    if judged.missing or (judged.needs and not judged.only_proofs):
        missing = tuple(dict.fromkeys((*judged.missing, *judged.needs)))
        raise AgreementRefused(
            _("This plan cannot be agreed: %(missing)s.") % {"missing": conditions(missing)},
            missing=missing, reasons=judged.reasons,
        )  # fmt: skip
    needed = authority.needed(asked_for(terms, owed.total_minor, at), by=by, at=at)
    plan = created(case, terms, owed, means, rows, at=at, by=by)
    move(plan, "plan", PlanState.PROPOSED, at=at, by=by, why=reason or "proposed")
    if judged.only_proofs:
        move(plan, "plan", PlanState.DOCS_PENDING, at=at, by=by, why="proofs of means are missing")
        from forbear.web.cases.holds import end_of_business_days
        from forbear.web.cases.opening import add_task

        add_task(case, kind="proof", due_at=end_of_business_days(at, 5), at=at, by=by, note="means")
        return plan
    return review(plan, needed, reason=reason, at=at, by=by)


CONDITIONS = {
    "exceeds_ability": lambda: _("proof that the debt exceeds the ability to pay"),
    "willing": lambda: _("the debtor's wish to pay"),
    "content": lambda: _("the six items of the agreement"),
    "recorded": lambda: _("the recording of the spoken agreement"),
    "not_already_instalment": lambda: _("a balance that is not in instalments already"),
    "already_instalment": lambda: _("whether the balance is in instalments already"),
    "amount": lambda: _("an amount within the limit of cash advances"),
    "months": lambda: _("a term within the longest allowed"),
    "debts[].already_instalment": lambda: _("whether the balance is in instalments already"),
    "down_payment": lambda: _("what can be paid at once"),
    "capacity": lambda: _("a monthly payment that can be afforded"),
}


def conditions(names: Sequence[str]) -> str:
    """Return conditions in the reader's words."""
    return "; ".join(CONDITIONS[name]() if name in CONDITIONS else name for name in names)


def asked_for(terms: Terms, total_minor: int, at: datetime) -> authority.Ask:
    """Return what authority is asked for."""
    return authority.Ask(terms.kind, total_minor, months=months_of(terms, at))


def refuse_case(case: Case, *, at: datetime) -> None:
    """Raise AgreementRefused where the case itself stands in the way of an agreement."""
    from forbear.web.cases.holds import open_holds

    if CaseState(case.state) in ENDED:
        raise AgreementRefused(_("The case is closed; there is nothing to agree."))
    if case.plans.exclude(
        state__in=[PlanState.BREACHED, PlanState.COMPLETED, PlanState.EXPIRED, PlanState.DECLINED]
    ).exists():
        raise AgreementRefused(_("There is a plan on this case already."))
    in_the_way = open_holds(case, at).exclude(kind__in=["hardship", "claimed_paid", "complaint"])
    if held := in_the_way.first():
        raise AgreementRefused(
            _("No agreement while the case is on hold: %(kind)s.") % {"kind": held.get_kind_display()}
        )


def created(
    case: Case,
    terms: Terms,
    owed: AccountOwed,
    means: Means | None,
    rows: Sequence[Row],
    *,
    at: datetime,
    by: User,
) -> Plan:
    """Write the plan and its rows; what was posted since the bank's figures lowers principal last (fees first)."""
    owing = parts(owed)
    plan = Plan.objects.create(
        case=case, kind=terms.kind, as_of=at.date(), currency=owed.currency, **owing, total_minor=owed.total_minor, charges_minor=terms.charges_minor,
        down_payment_minor=terms.down_payment_minor, instalments=terms.instalments, first_due_on=terms.first_due_on, grace_days=house("plan_grace_days", at),
        cure_days=house("cure_days", at), revive_forborne=house("revive_forborne", at), means=means, proposed_at=at,
        proposed_by=by, lang=terms.lang,
    )  # fmt: skip
    PlanRow.objects.bulk_create(
        PlanRow(plan=plan, number=r.number, due_on=r.due_on, amount_minor=r.amount_minor) for r in rows
    )
    return plan


# By part of an agreement the bank's own figures that are in it; what the bank calls other is court and other costs.
PARTS = {
    "fees_minor": ("late_fee_minor", "fee_minor"), "costs_minor": ("other_minor",),
    "interest_minor": ("interest_minor", "compound_minor"), "principal_minor": ("principal_minor",),
}  # fmt: skip


def parts(owed: AccountOwed) -> dict[str, int]:
    """Return the parts of an agreement; they sum to the total. What came since is taken off in their order.

    What raised the debt since is of no known part and is shown as principal, which nobody waives.
    """
    left, found = owed.posted_since_minor, {}
    for name, held in PARTS.items():
        minor = sum(getattr(owed, each) for each in held)
        taken = left if name == "principal_minor" else max(min(left, minor), 0)
        found[name], left = minor - taken, left - taken
    return found


def review(plan: Plan, needed: authority.Needed, *, reason: str, at: datetime, by: User) -> Plan:
    """Put a plan before those with authority; within one's own it is approved and offered at once."""
    move(plan, "plan", PlanState.UNDER_REVIEW, at=at, by=by, why=reason or "complete")
    if needed.alone:
        approved(plan, at=at, by=by)
        return plan
    last = plan.rows.last()
    changes = [
        (_("Debt"), format_minor(plan.total_minor), format_minor(plan.total_minor)),
        (_("Collection"), _("goes on"), _("stops when signed")),
        (
            _("Term"),
            "—",
            f"{plan.instalments} × {format_minor(plan.rows.all()[0].amount_minor)} → {last.due_on if last else ''}",
        ),
    ]
    plan.approval = approvals.ask(
        plan.case, kind=plan.kind, terms={"plan": plan.pk}, amount_minor=plan.total_minor, roles=[needed.role],
        persons=needed.persons, reason=reason, changes=changes, at=at, by=by,
    )  # fmt: skip
    plan.save(update_fields=["approval"])
    return plan


@transaction.atomic
def proofs_complete(plan: Plan, *, at: datetime, by: User, lang: str = "zh") -> Plan:
    """Judge a plan again that waited for proofs, on the newest record of means; raises AgreementRefused."""
    case = locked_case(plan.case_id)
    plan.refresh_from_db()
    rows = [Row(row.number, row.due_on, row.amount_minor) for row in plan.rows.all()]
    terms = Terms(plan.kind, plan.instalments, plan.first_due_on, plan.down_payment_minor)
    means = latest(case)
    judged = judge(case, terms, rows, means, at=at, lang=lang)
    if judged.missing or judged.needs:
        missing = (*judged.missing, *judged.needs)
        raise AgreementRefused(
            _("This plan cannot be agreed: %(missing)s.") % {"missing": conditions(missing)},
            missing=missing, reasons=judged.reasons,
        )  # fmt: skip
    plan.means = means
    needed = authority.needed(asked_for(terms, plan.total_minor, at), by=by, at=at)
    return review(plan, needed, reason="proofs complete", at=at, by=by)


def on_approved(approval: Approval, at: datetime, by: User | None) -> None:
    """Offer the plan that was approved, if it still waits."""
    approved(Plan.objects.get(pk=approval.terms["plan"]), at=at, by=by)


def on_refused(approval: Approval, at: datetime, by: User | None) -> None:
    """End the plan that was not approved."""
    move(
        Plan.objects.get(pk=approval.terms["plan"]),
        "plan",
        PlanState.DECLINED,
        at=at,
        by=by,
        why="not approved",
    )


def approved(plan: Plan, *, at: datetime, by: User | None) -> None:
    """Approve and offer: the agreement is made as a document with its day of validity."""
    move(plan, "plan", PlanState.APPROVED, at=at, by=by, why="within authority")
    plan.valid_until = at.date() + timedelta(days=house("offer_valid_days", at))
    refuse_stale(plan, at.date())
    plan.document = store(agreement(plan, at=at), plan.case, number=number_of(plan), at=at, by=by)
    move(plan, "plan", PlanState.OFFERED, at=at, by=by, why="document made", document=plan.document.sha256)


def number_of(plan: Plan) -> str:
    """Return the number that stands on the agreement."""
    return f"PL{plan.pk:08d}"


def agreement(plan: Plan, *, at: datetime, spoken: bool = False) -> Any:
    """Return the agreement of a plan as a document: that of art. 70, or of ordinary instalments with their charges."""
    case, customer, lang, currency = plan.case, plan.case.customer, plan.lang, plan.currency
    choice = {row["choice"]: row[lang] for row in house("revival_words", at)}[plan.revive_forborne]
    tails = [f"****{row.card_tail}" for row in composition(case, plan.as_of) if row.total_minor]

    def money(minor: int) -> Money:
        return Money(minor, currency)

    with in_language(lang):
        accounts = listed(tails)
    data = {
        "agreement_no": number_of(plan), "bank": bank("bank", at), "hotline": bank("hotline", at), "debtor": customer.name,
        "identity_tail": customer.id_no_tail or "—", "accounts": accounts, "as_of": plan.as_of,
        "principal": money(plan.principal_minor), "interest": money(plan.interest_minor), "fees": money(plan.fees_minor),
        "costs": money(plan.costs_minor), "total": money(plan.total_minor), "currency": currency,
        "down_payment": money(plan.down_payment_minor) if plan.down_payment_minor else None,
        "plan_total": money(plan.payable_minor), "instalments": plan.instalments,
        "rows": [{"number": row.number, "due_on": row.due_on, "amount": money(row.amount_minor)} for row in plan.rows.all()],
        "pay_method": words("pay_method", at, lang), "cure_days": plan.cure_days, "notice_by": words("notice_by", at, lang),
        "revival": choice, "other": [words("other_matters", at, lang)], "offered_on": at.date(),
        "valid_until": plan.valid_until, "spoken": spoken,
    }  # fmt: skip
    if plan.kind == PERSONALISED:
        meanwhile = {"charges_meanwhile": words("charges_meanwhile", at, lang)}
        return render("plan_agreement", data | meanwhile, lang=lang)
    return render("instalment_agreement", data | {"charges": money(plan.charges_minor)}, lang=lang)


def refuse_stale(plan: Plan, on: date) -> None:
    """Raise AgreementRefused when the debt is no longer what the plan says: nobody signs yesterday's figure."""
    now = owed_now(plan.case, on).total_minor
    if now != plan.total_minor:
        said = {"then": format_minor(plan.total_minor), "now": format_minor(now)}
        raise AgreementRefused(
            _("The debt is %(now)s now and the plan says %(then)s; make a new offer.") % said, field="total"
        )


@transaction.atomic
def decline(plan: Plan, *, at: datetime, by: User, why: str) -> None:
    """End a plan that is not signed: the debtor does not want it, or it was a mistake."""
    locked_case(plan.case_id)
    plan.refresh_from_db()
    if plan.state not in BEFORE_SIGNING:
        raise AgreementRefused(_("Only a plan that is not signed is declined."))
    if not why.strip():
        raise AgreementRefused(_("Say why."), field="why")
    move(plan, "plan", PlanState.DECLINED, at=at, by=by, why=why)


def activate(plan: Plan, signature: Signature, *, at: datetime, by: User | None) -> None:
    """Put a signed plan in force, in the transaction of its signature: collection stops on every channel at once."""
    from forbear.web.agreements.stopping import stop_collection

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
