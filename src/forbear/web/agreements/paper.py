"""The agreement of a plan as a document: that of art. 70, or of ordinary instalments with their charges."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from forbear.documents import render
from forbear.money import Money
from forbear.web.agreements.models import Plan
from forbear.web.agreements.policy import bank, house, words
from forbear.web.agreements.terms import PERSONALISED
from forbear.web.agreements.words import in_language, listed
from forbear.web.cases.owed import composition


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
