"""The letter that confirms a promise to the debtor who made it: what was said, once, and nothing added."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from forbear.documents import render
from forbear.money import Money
from forbear.web.agreements.machine import AgreementRefused
from forbear.web.agreements.policy import bank
from forbear.web.agreements.words import in_language, listed
from forbear.web.cases.models import Case, Promise, PromiseState
from forbear.web.cases.owed import composition
from forbear.web.cases.policy import pay_channels
from forbear.web.cases.timeline import locked_case
from forbear.web.documents.models import StoredDocument
from forbear.web.documents.store import store

if TYPE_CHECKING:
    from forbear.web.people.models import User

KIND = "promise_letter"


def open_promise(case: Case) -> Promise | None:
    """Return the promise that stands on a case."""
    found: Promise | None = Promise.objects.filter(case=case, state=PromiseState.OPEN).order_by("-pk").first()
    return found


def promise_and_letter(case: Case) -> tuple[Promise, StoredDocument | None] | None:
    """Return the open promise of a case with its letter, if one was made."""
    promise = open_promise(case)
    return None if promise is None else (promise, letter_of(promise))


def letter_of(promise: Promise) -> StoredDocument | None:
    """Return the letter of a promise, if one was made."""
    made: StoredDocument | None = (
        StoredDocument.objects.filter(case=promise.case_id, kind=KIND, number=number_of(promise))
        .defer("cipher")
        .first()
    )
    return made


def number_of(promise: Promise) -> str:
    """Return the number that stands on the letter."""
    return f"PR{promise.pk:08d}"


@transaction.atomic
def confirm_promise(case: Case, *, lang: str, at: datetime, by: User) -> StoredDocument:
    """Make and keep the letter of the open promise; asked again it is the same letter. Raises AgreementRefused."""
    case = locked_case(case.pk)
    promise = open_promise(case)
    if promise is None:
        raise AgreementRefused(_("There is no open promise to confirm."))
    if made := letter_of(promise):
        return made
    rows = [row for row in composition(case, at.date()) if row.total_minor > 0]
    if promise.account_id is not None:
        rows = [row for row in rows if row.account_id == promise.account_id]
    currency = rows[0].currency if rows else "CNY"
    left = (case.past_due_minor or 0) - promise.amount_minor
    with in_language(lang):
        accounts = listed([f"****{row.card_tail}" for row in rows]) or "—"
    channel = pay_channels(promise.made_on).get(promise.pay_channel, {}).get(lang, promise.pay_channel)
    data = {
        "letter_no": number_of(promise), "bank": bank("bank", at), "hotline": bank("hotline", at), "debtor": case.customer.name,
        "accounts": accounts, "made_on": promise.made_on, "amount": Money(promise.amount_minor, currency),
        "due_on": promise.due_on, "channel": str(channel) or "—",
        "left_after": Money(left, currency) if left > 0 else None,
    }  # fmt: skip
    return store(render(KIND, data, lang=lang), case, number=number_of(promise), at=at, by=by)
