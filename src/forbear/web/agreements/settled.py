"""The certificate of settlement: made once everything is paid or waived and posted, never before."""

from __future__ import annotations

from datetime import datetime

from forbear.documents import render
from forbear.money import Money
from forbear.web.agreements.policy import bank
from forbear.web.agreements.words import in_language, listed
from forbear.web.cases.models import Case
from forbear.web.cases.owed import composition, sum_owed
from forbear.web.cases.timeline import append_event
from forbear.web.documents.models import StoredDocument
from forbear.web.documents.store import store


def certify(
    case: Case, *, paid_minor: int, waived_minor: int, at: datetime, lang: str = "zh"
) -> StoredDocument | None:
    """Store the certificate of a case on which nothing is left; none while something is, and the timeline says so."""
    rows = composition(case, at.date())
    left = sum_owed(rows).total_minor
    if left > 0:
        append_event(case, kind="not_settled", at=at, payload={"left_minor": left})
        return None
    currency = rows[0].currency if rows else "CNY"
    customer = case.customer
    number = f"JQ{case.pk:08d}"
    with in_language(lang):
        accounts = listed([f"****{row.card_tail}" for row in rows])
    data = {
        "certificate_no": number, "bank": bank("bank", at), "hotline": bank("hotline", at),
        "debtor": customer.name, "identity_tail": customer.id_no_tail or "—",
        "accounts": accounts, "settled_on": at.date(),
        "debt": Money(paid_minor + waived_minor, currency), "paid": Money(paid_minor, currency),
        "waived": Money(waived_minor, currency) if waived_minor else None, "issued_on": at.date(),
    }  # fmt: skip
    made = render("settlement_certificate", data, lang=lang)
    return store(made, case, number=number, at=at, by=None)
