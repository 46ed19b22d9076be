"""Reads of the credit record: what the register shows of an account, and why; the same for staff and debtor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from forbear.ledger import month_ends
from forbear.web.complaints.bars import cut_cases
from forbear.web.credit import policy
from forbear.web.credit.columns import LENGTH, latest_run, months_between
from forbear.web.credit.models import (
    CreditCorrection,
    CreditLine,
    CreditNotice,
    CreditObjection,
    CreditRun,
    CreditSpell,
    ObjectionState,
    Why,
)
from forbear.web.outbox.models import MessageState
from forbear.web.portfolio.models import Account

if TYPE_CHECKING:
    from forbear.web.people.models import User
    from forbear.web.portfolio.models import Customer

OPEN = (ObjectionState.RECEIVED, ObjectionState.CHECKING, ObjectionState.CORRECTED, ObjectionState.CONFIRMED)
NO_RECORD, UNTOLD = "*", "#"
SHOWN = 500


@dataclass(frozen=True, slots=True)
class Cell:
    """One month of the picture."""

    month: date
    letter: str
    bad: bool
    corrected: bool
    words: str


@dataclass(frozen=True)
class Record:
    """Everything the register holds of one account."""

    account: Account
    cells: list[Cell]  # oldest first
    line: CreditLine | None
    lines: list[CreditLine]
    corrections: list[CreditCorrection]
    spells: list[CreditSpell]
    notices: list[CreditNotice]
    objections: list[CreditObjection]

    @property
    def years(self) -> list[tuple[int, list[Cell | None]]]:
        """Return the picture: for each year twelve places, the newest year first."""
        by_month = {(cell.month.year, cell.month.month): cell for cell in self.cells}
        years = sorted({cell.month.year for cell in self.cells}, reverse=True)
        return [(year, [by_month.get((year, month)) for month in range(1, 13)]) for year in years]


def shown_letters(account_id: int) -> dict[date, str]:
    """Return the letters that the register shows of an account now: its newest line with the corrections since."""
    return dict(_shown(account_id)[0])


def _shown(account_id: int) -> tuple[dict[date, str], set[date]]:
    line = (
        CreditLine.objects.filter(account_id=account_id).select_related("run").order_by("-run__month").first()
    )
    if line is None:
        return {}, set()
    ends = month_ends(line.run.month, LENGTH)
    letters = dict(zip(ends, line.history, strict=True))
    rows = CreditCorrection.objects.filter(account_id=account_id).order_by("pk")
    since = [each for each in rows if each.at > line.run.at]
    letters |= {each.month: each.new for each in since if each.month in letters}
    return letters, {each.month for each in rows}


def record(account: Account, on: date) -> Record:
    """Return the record of one account; eight queries."""
    letters, corrected = _shown(account.pk)
    known = policy.letters(on)
    told = {month for month, letter in letters.items() if letter not in (UNTOLD, NO_RECORD)} | corrected
    first = min(told, default=None)
    cells = [
        Cell(month, letter, bool(known[letter]["bad"]), month in corrected, policy.word(known[letter]))
        for month, letter in letters.items()
        if first is not None and month >= first
    ]
    lines = list(
        CreditLine.objects.filter(account=account).select_related("run").order_by("-run__month")[:LENGTH]
    )
    return Record(
        account, cells, lines[0] if lines else None, lines,
        list(CreditCorrection.objects.filter(account=account).select_related("objection", "by").order_by("-pk")[:SHOWN]),
        list(CreditSpell.objects.filter(account=account).order_by("-first_month")),
        list(CreditNotice.objects.filter(accounts__contains=[account.pk]).select_related("message", "document").order_by("-pk")[:SHOWN]),
        list(CreditObjection.objects.filter(account=account).select_related("handler").order_by("-pk")),
    )  # fmt: skip


def proved_on(notice: CreditNotice) -> date | None:
    """Return the day on which a notice is proved to have reached the debtor."""
    if notice.served_on is not None:
        return notice.served_on
    message = notice.message
    if message is not None and message.state == MessageState.DELIVERED and message.settled_at:
        from forbear.web.clock import bank_zone

        return message.settled_at.astimezone(bank_zone()).date()
    return None


# ---- for the debtor ----
@dataclass(frozen=True, slots=True)
class Sentence:
    """One line in plain words."""

    month: date
    text: str
    bad: bool


@dataclass(frozen=True, slots=True)
class Told:
    """What is reported of one account, in plain words; `gone` are those months' texts that are no longer shown."""

    card_tail: str
    as_of: date | None
    sentences: list[Sentence]
    shown_until: list[tuple[CreditSpell, date | None]]
    disputed: bool


def record_of(customer: Customer, on: date) -> list[Told]:
    """Return what is reported of a person, account by account, the newest month first; in the reader's language.

    Months in which nothing happened are left out: a calm record is short.
    """
    accounts = Account.objects.filter(customer_id=customer.pk).order_by("account_no")
    return [_told(account, on) for account in accounts]


def _told(account: Account, on: date) -> Told:
    known = policy.letters(on)
    held = record(account, on)
    sentences = [
        Sentence(cell.month, policy.word(known[cell.letter], "plain_"), cell.bad)
        for cell in reversed(held.cells)
        if cell.bad or cell.letter == UNTOLD or cell.month == held.cells[-1].month
    ]
    spells = [(each, each.delete_after) for each in held.spells if each.gone_on is None]
    disputed = any(
        each.state in (ObjectionState.RECEIVED, ObjectionState.CHECKING) for each in held.objections
    )
    return Told(account.card_no_tail, held.line.run.month if held.line else None, sentences, spells, disputed)


# ---- for the desk ----
def figures(on: date) -> dict[str, Any]:
    """Return the figures of the desk."""
    run = latest_run()
    open_now = CreditObjection.objects.filter(state__in=OPEN)
    return {
        "run": run,
        "reported": sum(run.counts.get("reported", {}).values()) if run else 0,
        "withheld": sum(run.counts.get("withheld", {}).values()) if run else 0,
        "untold": run.counts.get("withheld", {}).get(Why.NO_NOTICE, 0) if run else 0,
        "objections": open_now.count(),
        "late": open_now.filter(respond_by__lt=on).count(),
        "unsent": unsent().count(),
    }


def unsent() -> QuerySet[CreditCorrection]:
    """Return the corrections that no file of corrections holds yet."""
    from forbear.web.credit.models import CreditDelta

    last = CreditDelta.objects.order_by("-pk").first()
    return CreditCorrection.objects.filter(pk__gt=last.until if last else 0)


def withheld(user: User, run: CreditRun, why: str) -> QuerySet[CreditLine]:
    """Return the accounts that were not reported and a person may look at, the longest past due first."""
    gone = cut_cases(user).filter(
        customer=OuterRef("account__customer"), product=OuterRef("account__product")
    )
    rows = CreditLine.objects.filter(~Exists(gone), run=run, reported=False).select_related(
        "account__customer"
    )
    return (rows.filter(why=why) if why else rows).order_by("-dpd", "pk")


def by_reason(run: CreditRun) -> list[tuple[str, str, int]]:
    """Return how many accounts were withheld, by reason."""
    counts = run.counts.get("withheld", {})
    return [(code, str(Why(code).label), counts[code]) for code in Why.values if code in counts]


def objections(user: User, view: str) -> QuerySet[CreditObjection]:
    """Return objections a person may look at, those whose last day is nearest first."""
    rows = CreditObjection.objects.exclude(case__in=cut_cases(user))
    rows = rows.select_related("account", "case__customer", "handler")
    open_first = rows.filter(state__in=OPEN) if view == "open" else rows.exclude(state__in=OPEN)
    return open_first.order_by("respond_by", "pk")


def notices(month: date) -> dict[str, int]:
    """Return what became of the notices of a month."""
    rows = CreditNotice.objects.filter(month=month)
    found: dict[str, int] = rows.aggregate(
        all=Count("pk"),
        delivered=Count("pk", filter=Q(served_on__isnull=False) | Q(message__state=MessageState.DELIVERED)),
        failed=Count(
            "pk",
            filter=Q(message__state__in=[MessageState.FAILED, MessageState.WITHDRAWN, MessageState.EXPIRED]),
        ),
    )
    return found


def account_found(text: str) -> Account | None:
    """Return the account of a number, or the only one whose card ends so."""
    exact = Account.objects.filter(account_no=text.strip()).first()
    if exact is not None:
        return exact
    some: Sequence[Account] = (
        list(Account.objects.filter(card_no_tail=text.strip())[:2]) if text.strip() else []
    )
    return some[0] if len(some) == 1 else None


__all__ = [
    "Cell", "Record", "Sentence", "Told", "account_found", "by_reason", "figures", "months_between", "notices", "objections",
    "proved_on", "record", "record_of", "shown_letters", "unsent", "withheld",
]  # fmt: skip
