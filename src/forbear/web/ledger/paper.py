"""The printable statement of one account: the same figures as the screen, as a document of the house."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from forbear.documents import Document, render
from forbear.ledger.formula import percent
from forbear.money import Money
from forbear.privacy import mask_name
from forbear.web.law.current import packs_now
from forbear.web.ledger.selectors import Why
from forbear.web.ledger.words import KINDS


def statement_of_account(found: Why, *, lang: str) -> Document:
    """Return the statement of an account as PDF; the name is masked, for the sheet may lie on a desk."""
    currency = found.account.currency
    held = found.balance

    def money(minor: int) -> Money:
        return Money(minor, currency)

    data: dict[str, Any] = {
        "bank": packs_now().value("house/messages/bank", found.as_of),
        "debtor": mask_name(found.account.customer.name),
        "card": f"****{found.account.card_no_tail}",
        "as_of": found.as_of,
        "principal": money(held["principal"]),
        "interest": money(held["interest"] + held["compound"]),
        "late_fee": money(held["late_fee"]),
        "fees": money(held["fee"]),
        "costs": money(held["cost"]),
        "accrued": money(held["accrued"] + held["accrued_compound"] + held["pending_late_fee"]),
        "credit": money(-held["credit"]),
        "total": money(found.total_minor),
        "rate": percent(found.terms.purchase_rate),
        "unverified": not found.verified,
        "entries_alone": found.anchored_on is None,
        "rows": [
            {"day": step.on, "what": str(KINDS[step.kind]), "amount": money(-step.amount_minor), "owed": money(step.owed_minor)}
            for step in found.steps
        ],
        "lines": [
            {"posted": line.posted_on.isoformat() if line.posted_on else _("not posted yet"), "what": line.name, "how": line.formula, "amount": money(line.amount_minor)}
            for line in (*found.lines, *found.open_lines)
        ],
    }  # fmt: skip
    return render("statement_of_account", data, lang=lang)
