"""The notice of assignment, its service on paper and its taking back: a document of the case, a message that says so."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from forbear.documents import render
from forbear.money import Money
from forbear.web.agreements.policy import bank
from forbear.web.agreements.words import in_language, listed
from forbear.web.cases.owed import composition
from forbear.web.cases.timeline import append_event
from forbear.web.disposal import policy
from forbear.web.disposal.machine import DisposalRefused
from forbear.web.documents.store import store
from forbear.web.outbox.body import Body
from forbear.web.outbox.enqueue import Draft, enqueue

if TYPE_CHECKING:
    from forbear.web.cases.models import Case
    from forbear.web.disposal.models import Transfer, TransferItem
    from forbear.web.documents.models import StoredDocument
    from forbear.web.outbox.models import OutboxMessage
    from forbear.web.people.models import User

TEMPLATE, BACK, CHANNEL, VERSION = "assignment_notice", "assignment_withdrawn", "sms", "1"


def tell_debtor(
    case: Case, held: Transfer, *, at: datetime, by: User
) -> tuple[StoredDocument, OutboxMessage]:
    """Store the notice and plan the message that tells of it; the gate is asked as it goes out."""
    rows = [row for row in composition(case, at.date()) if row.total_minor > 0]
    with in_language("zh"):
        accounts = listed([f"****{row.card_tail}" for row in rows])
    data = {
        "number": f"{held.number}-{case.pk}", "bank": bank("bank", at), "hotline": bank("hotline", at), "debtor": case.customer.name,
        "identity_tail": case.customer.id_no_tail or "—", "accounts": accounts, "total": Money(sum(row.total_minor for row in rows)),
        "as_of": at.date(), "buyer": held.buyer, "buyer_code": held.buyer_code, "buyer_phone": held.buyer_phone,
        "buyer_address": held.buyer_address, "assigned_on": at.date(), "data_fields": policy.value("transfer_consent", at.date())["where"],
    }  # fmt: skip
    kept = store(render(TEMPLATE, data, lang="zh"), case, number=f"{held.number}-{case.pk}", at=at, by=by)
    words = policy.value("transfer_text", at.date())[0]["zh-hans"]
    text = words.format(
        bank=data["bank"],
        hotline=data["hotline"],
        card_tail=rows[0].card_tail,
        on=at.date().isoformat(),
        buyer=held.buyer,
        phone=held.buyer_phone,
    )
    draft = Draft(case, CHANNEL, Body(text), TEMPLATE, VERSION, purpose="service")
    return kept, enqueue(draft, key=f"assignment:{held.pk}:{case.pk}", cause=held.number, at=at)


def tell_back(case: Case, held: Transfer, *, at: datetime, by: User) -> StoredDocument:
    """Store the letter that takes a notice of assignment back."""
    data = {
        "number": f"{held.number}-{case.pk}R", "bank": bank("bank", at), "hotline": bank("hotline", at), "debtor": case.customer.name,
        "identity_tail": case.customer.id_no_tail or "—", "buyer": held.buyer, "told_on": (held.done_at or at).date(), "assigned_on": at.date(),
    }  # fmt: skip
    return store(render(BACK, data, lang="zh"), case, number=f"{held.number}-{case.pk}R", at=at, by=by)


def note_served(row: TransferItem, served_on: date, *, at: datetime, by: User) -> None:
    """Write down that the notice of assignment was served on paper; raises DisposalRefused."""
    if served_on > at.date() or row.transfer.done_at is None or served_on < row.transfer.done_at.date():
        raise DisposalRefused(_("It was served between the transfer and today."), "served_on")
    row.served_on = served_on
    row.save(update_fields=["served_on"])
    payload: dict[str, Any] = {"number": row.transfer.number, "served_on": served_on.isoformat()}
    append_event(row.case, kind="assignment_notice", at=at, by=by, payload=payload)
