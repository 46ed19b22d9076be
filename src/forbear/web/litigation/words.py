"""The facts and terms of matters in words."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

PAPERS = {
    "complaint": _("Statement of claim"),
    "calculation_annex": _("Calculation annex"),
    "evidence_list": _("List of evidence"),
    "power_of_attorney": _("Power of attorney"),
    "payment_order_application": _("Application for a payment order"),
    "preservation_application": _("Application for preservation of property"),
    "enforcement_application": _("Application for enforcement"),
    "lawyer_letter": _("Lawyer's letter"),
}
STAGES = {
    "screening": _("Screening"),
    "mediation": _("Mediation"),
    "payment_order": _("Payment order"),
    "suit": _("Suit"),
    "enforcement": _("Enforcement"),
}
# What a paper can lack, by the variable of its template.
MISSING = {
    "court": _("the court"),
    "contract": _("the signed card agreement"),
    "principal": _("the bank's breakdown of the debt"),
    "interest": _("the bank's breakdown of the debt"),
    "accounts": _("the bank's breakdown of the debt"),
    "claim": _("anything owed"),
    "ledger_digest": _("agreement of our ledger with the bank's figures (see Reconciliation)"),
    "agent": _("an agent whose mandate holds"),
    "agent_firm": _("an agent whose mandate holds"),
    "licence_no": _("an agent whose mandate holds"),
    "debtor": _("the debtor's name"),
    "debtor_identity": _("the debtor's identity number"),
    "debtor_address": _("the debtor's address"),
    "evidence": _("the evidence"),
    "rows": _("the signed card agreement"),
    "assets": _("assets or a lead on them"),
    "urgency": _("why preservation is urgent"),
    "security": _("the security offered"),
    "fee": _("anything owed"),
    "mandate": _("the bank's mandate to the firm"),
    "firm_phone": _("the firm's telephone number"),
    "court_case_no": _("the court's case number"),
    "awarded": _("the amount awarded"),
    "unpaid": _("the amount awarded"),
    "total": _("the amount awarded"),
    "days_late": _("the last day for performance"),
    "perform_by": _("the last day for performance"),
    "apply_by": _("the last day for performance"),
    "doubled_base": _("the amount awarded"),
    "doubled_interest": _("the amount awarded"),
}
FACTS = {
    "route": _("the route"),
    "reason": _("the reason"),
    "documents_complete": _("complete documents"),
    "balance_on": _("the day of the balance"),
    "approver": _("a second person's approval"),
    "mediator": _("the mediator"),
    "agreement": _("the agreement"),
    "court_case_no": _("the court's case number"),
    "documents": _("the papers for the court"),
    "payment_order_open": _("the finding that a payment order is open"),
    "objection_valid": _("a written objection to the debt itself"),
    "fee": _("the fee"),
    "hearing_on": _("the day of the hearing"),
    "amount_awarded": _("the amount awarded"),
    "perform_by": _("the last day for performance"),
    "asset_lead": _("the lead on assets"),
    "search_exhausted": _("the finding that the search for assets is exhausted"),
    "consumption_limited": _("the order limiting consumption"),
}
TERMS = {
    "payment_order_accept": _("acceptance of the payment order"),
    "payment_order_issue": _("issue of the payment order"),
    "payment_order_service": _("service of the payment order"),
    "payment_order_objection": _("the debtor's time to object"),
    "payment_order_suit_refusal": _("our time to refuse the suit"),
    "case_filing": _("filing by the court"),
    "court_fee_prepay": _("our time to pay the court fee"),
    "defence": _("the debtor's time to answer"),
    "appeal_judgment": _("the time to appeal"),
    "enforcement_application": _("our time to apply for enforcement"),
}


def missing_words(codes: Iterable[str]) -> str:
    """Return in words what is missing, each once."""
    return str(_("; ")).join(dict.fromkeys(str(MISSING.get(code, code)) for code in codes))
