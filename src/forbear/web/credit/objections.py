"""Objections to what was reported: marked at once, checked, corrected or confirmed, answered within the term of the law."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from forbear import questions
from forbear.documents import render
from forbear.web import evidence
from forbear.web.agreements.policy import bank
from forbear.web.cases.models import Case
from forbear.web.cases.timeline import append_event, locked_case, refuse_floats
from forbear.web.credit import policy
from forbear.web.credit.models import (
    Cause,
    CreditCorrection,
    CreditObjection,
    CreditRun,
    ObjectionChange,
    ObjectionState,
)
from forbear.web.credit.running import CreditRefused, renew_spells
from forbear.web.credit.selectors import shown_letters
from forbear.web.documents.store import store
from forbear.web.law.current import packs_now
from forbear.web.people.permissions import may
from forbear.web.portfolio.models import Account
from forbear.web.portfolio.vault import vault

if TYPE_CHECKING:
    from forbear.web.people.models import User

SEAL, TERM, LETTER = "credit_objection", "credit_objection_reply", "credit_objection_answer"
TEXT_MAX = 4000
ALPHABET, NUMBER_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ", 8
NO_RECORD = "*"
S = ObjectionState
OPEN = (S.RECEIVED, S.CHECKING)
MOVES: Mapping[str, frozenset[str]] = {
    "": frozenset({S.RECEIVED}), S.RECEIVED: frozenset({S.CHECKING}),
    S.CHECKING: frozenset({S.CORRECTED, S.CONFIRMED}), S.CORRECTED: frozenset({S.ANSWERED}),
    S.CONFIRMED: frozenset({S.ANSWERED}),
}  # fmt: skip


@transaction.atomic
def take_in(
    account: Account,
    months: Sequence[date],
    *,
    ground: str,
    text: str,
    received_on: date,
    at: datetime,
    by: User | None,
) -> CreditObjection:
    """Take in an objection: the account is marked as disputed from now on and the term runs. Raises CreditRefused."""
    newest = (
        Case.objects.filter(customer_id=account.customer_id, product=account.product).order_by("pk").last()
    )
    if newest is None:
        raise CreditRefused(
            _("There is no case on this account, so nothing bad can have been reported."), "months"
        )
    case = locked_case(newest.pk)
    refuse_objection(account, months, ground=ground, text=text, received_on=received_on, at=at)
    number = f"ZX{at:%y%m%d}-" + "".join(secrets.choice(ALPHABET) for _each in range(NUMBER_LETTERS))
    made = CreditObjection.objects.create(
        number=number, case=case, account=account, months=sorted(set(months)), ground=ground,
        text_cipher=vault().seal(text.strip(), SEAL).cipher, received_on=received_on, respond_by=last_day(received_on),
    )  # fmt: skip
    digest = hashlib.sha256(text.strip().encode()).hexdigest()
    move(made, S.RECEIVED, at=at, by=by, text_sha256=digest, respond_by=made.respond_by.isoformat())
    return made


def refuse_objection(
    account: Account, months: Sequence[date], *, ground: str, text: str, received_on: date, at: datetime
) -> None:
    """Raise CreditRefused for what cannot be objected to, or not like this."""
    if ground not in policy.grounds(at.date()):
        raise CreditRefused(_("Choose one of the list."), "ground")
    if not text.strip() or len(text) > TEXT_MAX:
        raise CreditRefused(_("Say in a few words what is wrong."), "text")
    if received_on > at.date():
        raise CreditRefused(_("It cannot have come in later than now."), "received_on")
    told = set(CreditRun.objects.filter(finished_at__isnull=False).values_list("month", flat=True))
    if not months or not set(months) <= told:
        raise CreditRefused(_("Choose months that were reported."), "months")
    if CreditObjection.objects.filter(account=account, state__in=OPEN).exists():
        raise CreditRefused(_("An objection on this account is being dealt with already."), "months")


def last_day(received_on: date) -> date:
    """Return the last day for the answer, asked of the question `deadline`."""
    asked = {"kind": TERM, "event_on": received_on.isoformat()}
    return date.fromisoformat(questions.ask("deadline", asked, packs=packs_now())["answer"]["last_day"])


@transaction.atomic
def check(objection: CreditObjection, *, at: datetime, by: User) -> None:
    """Take an objection over and begin to check it."""
    held = locked(objection.pk, by)
    held.handler = by
    move(held, S.CHECKING, at=at, by=by)


@transaction.atomic
def uphold(
    objection: CreditObjection, letters: Mapping[date, str], *, why: str, at: datetime, by: User
) -> int:
    """Correct the record; return how many months changed. On grounds that withdraw, the disputed months go altogether."""
    held = locked(objection.pk, by)
    if policy.grounds(at.date())[held.ground]["withdraws"]:
        letters = dict.fromkeys(held.months, NO_RECORD)
    known = policy.letters(at.date())
    if not why.strip():
        raise CreditRefused(_("Say what was found."), "why")
    if not letters or not set(letters) <= set(held.months) or not set(letters.values()) <= set(known):
        raise CreditRefused(_("Name the right letter for the disputed months."), "letters")
    shown = shown_letters(held.account_id)
    changed = {month: letter for month, letter in letters.items() if shown.get(month) != letter}
    if not changed:
        raise CreditRefused(
            _("These months say so already; an objection that changes nothing is confirmed, not upheld."),
            "letters",
        )
    CreditCorrection.objects.bulk_create(
        CreditCorrection(
            account_id=held.account_id, month=month, old=shown.get(month, "#"), new=letter, cause=Cause.OBJECTION,
            objection=held, at=at, by=by,
        )
        for month, letter in sorted(changed.items())
    )  # fmt: skip
    move(
        held,
        S.CORRECTED,
        at=at,
        by=by,
        why=why,
        letters={month.isoformat(): letter for month, letter in changed.items()},
    )
    renew_spells([held.account_id], at=at)
    return len(changed)


@transaction.atomic
def confirm(objection: CreditObjection, *, why: str, at: datetime, by: User) -> None:
    """Leave the record as it is, with what was found."""
    if not why.strip():
        raise CreditRefused(_("Say what was found."), "why")
    move(locked(objection.pk, by), S.CONFIRMED, at=at, by=by, why=why)


@transaction.atomic
def answer(
    objection: CreditObjection, text: str, *, at: datetime, by: User, lang: str = "zh"
) -> CreditObjection:
    """Answer in writing: a letter with what was found and changed, kept with the case."""
    held = locked(objection.pk, by)
    if not text.strip() or len(text) > TEXT_MAX:
        raise CreditRefused(_("Write the answer."), "text")
    outcome = S.CORRECTED if held.state == S.CORRECTED else S.CONFIRMED
    held.letter = store(
        letter(held, text, outcome, at=at, lang=lang), held.case, number=held.number, at=at, by=by
    )
    late = max((at.date() - held.respond_by).days, 0)
    move(held, S.ANSWERED, at=at, by=by, days_late=late, document=held.letter.sha256)
    return held


def letter(held: CreditObjection, text: str, outcome: str, *, at: datetime, lang: str) -> Any:
    """Return the letter of an answer as a document."""
    known = policy.letters(at.date())
    changes = [
        {
            "month": f"{each.month:%Y-%m}",
            "was": f"{each.old} {known[each.old][lang]}",
            "now": f"{each.new} {known[each.new][lang]}",
        }
        for each in held.corrections.order_by("month")
    ]
    months = [f"{each:%Y-%m}" for each in held.months]
    data = {
        "number": held.number, "bank": bank("bank", at), "hotline": bank("hotline", at), "debtor": held.case.customer.name,
        "identity_tail": held.case.customer.id_no_tail or "—", "card_tail": held.account.card_no_tail or "—",
        "months": ", ".join(months), "ground": policy.grounds(at.date())[held.ground][lang], "received_on": held.received_on,
        "answer": text.strip(), "corrected": outcome == S.CORRECTED, "changes": changes, "answered_on": at.date(),
    }  # fmt: skip
    return render(LETTER, data, lang=lang)


# ---- the machine ----
def locked(pk: int, by: User) -> CreditObjection:
    """Return an objection under its row lock, for whoever may deal with it; raises CreditRefused."""
    held: CreditObjection = (
        CreditObjection.objects.select_for_update(of=("self",))
        .select_related("case__customer", "account")
        .get(pk=pk)
    )
    if not may(by, "work_credit"):
        raise CreditRefused(_("Objections are dealt with by those who keep the credit record."))
    if held.handler_id not in (None, by.pk):
        raise CreditRefused(_("Whoever has this objection goes on from here."))
    return held


def move(
    held: CreditObjection, to: ObjectionState, *, at: datetime, by: User | None, why: str = "", **facts: Any
) -> None:
    """Move an objection, append the change to its chain and a line to the case; raises CreditRefused."""
    last = held.changes.order_by("-sequence").first()
    was = last.state if last else ""
    if to not in MOVES.get(was, frozenset()):
        labels = {"was": S(was).label if was else "—", "to": to.label}
        raise CreditRefused(_("It cannot go from “%(was)s” to “%(to)s”.") % labels)
    change = ObjectionChange(
        objection=held, sequence=(last.sequence if last else 0) + 1, at=at, by=by, state=to, why=why.strip()[:500],
        facts=refuse_floats(facts), previous_hash=bytes(last.hash) if last else evidence.GENESIS,
    )  # fmt: skip
    change.hash = evidence.link(bytes(change.previous_hash), chained(change))
    change.save()
    held.state = to
    held.save()
    append_event(
        held.case, kind="credit_objection", at=at, by=by, payload={"number": held.number, "state": to.value}
    )


def chained(change: ObjectionChange) -> dict[str, Any]:
    """Return what the hash of a change covers."""
    return {
        "objection": change.objection_id, "sequence": change.sequence, "at": change.at, "by": change.by_id,
        "state": str(change.state), "why": change.why, "facts": change.facts,
    }  # fmt: skip


def broken_at(held: CreditObjection) -> int | None:
    """Recompute the chain of an objection; return the first sequence that does not follow, or None."""
    previous = evidence.GENESIS
    for expected, change in enumerate(held.changes.order_by("sequence"), 1):
        follows = change.sequence == expected and bytes(change.previous_hash) == previous
        if not follows or bytes(change.hash) != evidence.link(previous, chained(change)):
            return expected
        previous = bytes(change.hash)
    return None


def text_of(held: CreditObjection) -> str:
    """Return what the person said."""
    return vault().open(bytes(held.text_cipher), SEAL)
