"""Whether a plan may be agreed: what law and policy ask, what the case allows, and the conditions in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from forbear import questions
from forbear.documents import template
from forbear.money import format_minor
from forbear.web.agreements.machine import OVER, AgreementRefused
from forbear.web.agreements.means import affordability, opened
from forbear.web.agreements.models import Means, Plan
from forbear.web.agreements.terms import KINDS, PERSONALISED, Row, Terms, months_of, owed_now
from forbear.web.cases.holds import open_holds
from forbear.web.cases.models import Case, CaseState
from forbear.web.cases.states import ENDED
from forbear.web.law.current import packs_at

FROM_EVIDENCE = ("exceeds_ability",)  # conditions that proofs may still meet


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
    "debts[].minimum_due": lambda: _("the minimum due each month"),
    "debts[].daily_rate": lambda: _("the rate of interest"),
    "debts[].dpd": lambda: _("the days past due"),
    "hardship": lambda: _("whether there is a hardship"),
    "failed_promises": lambda: _("how many promises failed"),
    "role": lambda: _("the role of whoever offers it"),
    "down_payment": lambda: _("what can be paid at once"),
    "capacity": lambda: _("a monthly payment that can be afforded"),
}


def conditions(names: Sequence[str]) -> str:
    """Return conditions in the reader's words, each once."""
    return "; ".join(dict.fromkeys(CONDITIONS[name]() if name in CONDITIONS else name for name in names))


def refuse_case(case: Case, *, at: datetime) -> None:
    """Raise AgreementRefused where the case itself stands in the way of an agreement."""
    if CaseState(case.state) in ENDED:
        raise AgreementRefused(_("The case is closed; there is nothing to agree."))
    if case.plans.exclude(state__in=OVER).exists():
        raise AgreementRefused(_("There is a plan on this case already."))
    in_the_way = open_holds(case, at).exclude(kind__in=["hardship", "claimed_paid", "complaint"])
    if held := in_the_way.first():
        raise AgreementRefused(
            _("No agreement while the case is on hold: %(kind)s.") % {"kind": held.get_kind_display()}
        )


def refuse_stale(plan: Plan, on: date) -> None:
    """Raise AgreementRefused when the debt is no longer what the plan says: nobody signs yesterday's figure."""
    now = owed_now(plan.case, on).total_minor
    if now != plan.total_minor:
        said = {"then": format_minor(plan.total_minor), "now": format_minor(now)}
        raise AgreementRefused(
            _("The debt is %(now)s now and the plan says %(then)s; make a new offer.") % said, field="total"
        )
