"""The facts and terms of matters in words."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

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
