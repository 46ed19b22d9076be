"""The approval of a settlement as a document."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from forbear.documents import render
from forbear.money import Money
from forbear.web.agreements.models import Waiver
from forbear.web.agreements.policy import bank
from forbear.web.agreements.waiver_parts import PARTS
from forbear.web.agreements.words import PART_WORDS, in_language, listed
from forbear.web.cases.owed import composition


def number_of(waiver: Waiver) -> str:
    """Return the number that stands on the offer."""
    return f"ST{waiver.pk:08d}"


def offer(waiver: Waiver, *, at: datetime) -> Any:
    """Return the approval of a settlement as a document."""
    customer, lang = waiver.case.customer, waiver.lang
    sums = {part: [0, 0] for part in PARTS}
    for row in waiver.parts:
        sums[row["part"]][0] += row["owed_minor"]
        sums[row["part"]][1] += row["waived_minor"]
    answers = waiver.approval.answers.filter(yes=True).select_related("by") if waiver.approval else []
    owed_on = [row for row in composition(waiver.case, waiver.as_of) if row.total_minor]
    with in_language(lang):
        said = {
            "accounts": listed([f"****{row.card_tail}" for row in owed_on]),
            "parts": [
                {"part": str(PART_WORDS[part]), "owed": Money(owed), "waived": Money(less), "pay": Money(owed - less)}
                for part, (owed, less) in sums.items() if owed
            ],
            "approvals": [{"role": str(each.by.get_role_display()), "at": each.at.astimezone(at.tzinfo)} for each in answers],
        }  # fmt: skip
    data = {
        "offer_no": number_of(waiver), "bank": bank("bank", at), "hotline": bank("hotline", at), "debtor": customer.name,
        "identity_tail": customer.id_no_tail or "—", "as_of": waiver.as_of, "currency": "CNY",
        "total": Money(waiver.total_minor), "pay": Money(waiver.pay_minor), "waived": Money(waiver.waived_minor),
        "waived_share": Decimal(waiver.waived_minor) / Decimal(waiver.total_minor), "valid_until": waiver.valid_until,
        "offered_on": at.date(), "stages": stages_of(waiver), "waives": waiver.waived_minor > 0,
    }  # fmt: skip
    return render("waiver_approval", data | said, lang=lang)


def stages_of(waiver: Waiver) -> list[dict[str, Any]]:
    """Return the payments of a settlement: the one by its valid day, or its stages."""
    if not waiver.stages:
        return [{"number": 1, "due_on": waiver.valid_until, "amount": Money(waiver.pay_minor)}]
    return [
        {"number": number, "due_on": date.fromisoformat(row["due_on"]), "amount": Money(row["amount_minor"])}
        for number, row in enumerate(waiver.stages, 1)
    ]
