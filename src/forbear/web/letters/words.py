"""Letters in the reader's words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from forbear.web.letters import policy
from forbear.web.reading import reading_lang

ITEMS: Mapping[str, Promise] = {
    "cardholder_name": _("Cardholder's name"),
    "balance": _("Balance"),
    "collection_reason": _("Reason of the letter"),
    "legal_basis": _("Legal basis"),
    "rights_and_duties": _("Rights and duties"),
    "account_inquiry": _("How to look up the account"),
    "payment_method": _("How to pay"),
    "objection_channel": _("How to object"),
    "evidence_submission": _("How to give evidence"),
    "bank_contact": _("The bank's contact"),
    "seal": _("The bank's seal"),
    "debtor": _("Cardholder's name"),
    "claim": _("Amount"),
    "mandate": _("Mandate"),
    "firm_phone": _("The firm's telephone"),
    "accounts": _("Accounts"),
}
WHY: Mapping[str, Promise] = {
    "several_currencies": _("Its accounts are in several currencies"),
    "nothing_owed": _("Nothing is owed on that day"),
    "no_lawyer": _("No lawyer is named"),
    "incomplete": _("Something is missing"),
    "seven_items": _("The letter would not show all it must"),
    "ended": _("The case has ended"),
    "no_address": _("There is no usable address"),
    "wording": _("Its wording is not allowed"),
    "unprintable": _("It cannot be printed"),
}
KEPT_BACK: Mapping[str, Promise] = {"paid_since": _("The debtor paid since it was drafted")}


def kind(code: str, at: datetime) -> str:
    """Name a kind of letter."""
    row = policy.kinds(at).get(code)
    return str(row[reading_lang()]) if row else code


def result(code: str, at: datetime) -> str:
    """Name an answer of the post."""
    row = policy.result_rows(at).get(code)
    return str(row[reading_lang()]) if row else code


def why(row: Mapping[str, str]) -> str:
    """Say why a case was left out."""
    said = str(WHY.get(row["why"], row["why"]))
    return f"{said}: {row['detail']}" if row["detail"] else said


def items(codes: list[str]) -> str:
    """Name missing items, in one line."""
    return ", ".join(str(ITEMS.get(code, code)) for code in codes)
