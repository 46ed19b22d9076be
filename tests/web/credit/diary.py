"""Days in the life of a record: bills, payments, notices, months told."""

from __future__ import annotations

from datetime import date

from tests.web.cases.bank import Bank, day, moment

from forbear.web.cases.models import Case
from forbear.web.credit import notices, running, selectors
from forbear.web.credit.models import CreditCorrection, CreditLine, CreditRun
from forbear.web.people.models import User
from forbear.web.portfolio.models import Account

MONTHS = ("2026-04-30", "2026-05-31", "2026-06-30", "2026-07-31", "2026-08-31", "2026-09-30")
PROOF = b"%PDF-1.7 served"


def tells(month: str, on: str, by: User | None = None) -> CreditRun:
    """Tell a month on a day."""
    return running.run_month(running.begin(day(month), at=moment(on), by=by))


def bills(
    bank: Bank, account: Account, *, first: str = "2026-04-05", months: int = 6, minimum: int = 100_000
) -> None:
    """Bill an account each month; what was not paid stands in the next minimum."""
    start = day(first)
    for i in range(months):
        month = start.month - 1 + i
        on = date(start.year + month // 12, month % 12 + 1, 5)
        due = on.replace(day=23)
        bank.statement(account, on.isoformat(), due.isoformat(), minimum * (i + 1), 2_000_000)


def told(bank: Bank, case: Case, on: str, by: User, content: bytes = PROOF) -> None:
    """Serve a paper notice on a day."""
    notices.note_served(case, served_on=day(on), content=content, at=moment(on, "18:00:00"), by=by)


def letter(account: Account, run: CreditRun) -> tuple[str, bool, str]:
    """Return what the ledger says, whether it was reported and why not."""
    line = CreditLine.objects.get(account=account, run=run)
    return line.letter, line.reported, line.why


def shown(account: Account, *months: str) -> str:
    """Return the letters the register shows of some months."""
    letters = selectors.shown_letters(account.pk)
    return "".join(letters[day(month)] for month in months)


def corrections(account: Account) -> list[tuple[str, str, str, str]]:
    """Return the corrections of an account in order."""
    rows = CreditCorrection.objects.filter(account=account).order_by("pk")
    return [(row.month.isoformat(), row.old, row.new, row.cause) for row in rows]
