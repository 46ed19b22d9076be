"""What a claim is made of on a day, per account and to the cent, with the entries that lie between."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import connection

from forbear.money import format_minor, parse_minor
from forbear.packs import Packs
from forbear.questions import ask
from forbear.web import evidence
from forbear.web.cases.owed import AccountOwed, composition, sum_owed
from forbear.web.ledger.models import Difference

if TYPE_CHECKING:
    from forbear.web.cases.models import Case
    from forbear.web.litigation.models import LegalMatter

ENTRIES = """
SELECT a.account_no, e.booked_on, e.value_on, e.entry_no, e.amount_minor
FROM standing_entries e JOIN portfolio_account a ON a.id = e.account_id
WHERE e.account_id = %s AND e.booked_on > %s AND e.booked_on <= %s ORDER BY e.booked_on, e.entry_no
"""
BROKEN_DOWN = (
    "SELECT DISTINCT account_id FROM standing_positions WHERE account_id = ANY(%s) AND data_on <= %s"
)
# Each line counts from the day of the payment it goes back to, so that taking back an older payment lowers nothing here.
PAID = """
SELECT coalesce(sum(r.amount_minor), 0)::bigint FROM standing_receipts r JOIN portfolio_account a ON a.id = r.account_id
WHERE a.customer_id = %s AND a.product = %s AND r.paid_on > %s AND r.booked_on <= %s
"""
# A payment, or one taken back, that became known after a paper was drafted; also where its file was reversed since.
STALE = """
SELECT DISTINCT p.id FROM litigation_matterpaper p
JOIN litigation_legalmatter m ON m.id = p.matter_id JOIN cases_case c ON c.id = m.case_id
JOIN portfolio_account a ON a.customer_id = c.customer_id AND a.product = c.product
JOIN portfolio_ledgerentry e ON e.account_id = a.id AND (e.amount_minor > 0 OR e.kind = 'reversal')
JOIN intake_importbatch b ON b.id = e.batch_id
WHERE p.id = ANY(%s) AND (b.reversed_at > p.made_at OR (b.applied_at > p.made_at AND b.reversed_at IS NULL))
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One posted line after the bank's own figures; a positive amount lowers the debt."""

    account_no: str
    booked_on: date
    value_on: date
    entry_no: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Figures:
    """A claim as of a day. `broken_down` says whether the bank gave principal, interest and fees for every account."""

    counted_on: date
    accounts: tuple[AccountOwed, ...]
    entries: tuple[Entry, ...]
    broken_down: bool

    @property
    def total(self) -> AccountOwed:
        """Return the sums over the accounts."""
        return sum_owed(self.accounts)

    @property
    def digest(self) -> str:
        """Return the first digits of a digest over every figure, so that two annexes can be compared by eye."""
        rows = {
            "accounts": [asdict(row) for row in self.accounts],
            "entries": [asdict(row) for row in self.entries],
        }
        return evidence.link(evidence.GENESIS, rows).hex()[:16]


def figures(case: Case, on: date) -> Figures:
    """Return what a case's accounts owe on a day, those that owe or owed something."""
    rows = [row for row in composition(case, on) if row.total_minor or row.posted_since_minor]
    with connection.cursor() as cursor:
        cursor.execute(BROKEN_DOWN, [[row.account_id for row in rows], on])
        known = {account for (account,) in cursor.fetchall()}
        entries = []
        for row in rows:
            if row.posted_since_minor:
                cursor.execute(ENTRIES, [row.account_id, row.data_on, on])
                entries += [Entry(*each) for each in cursor.fetchall()]
    return Figures(on, tuple(rows), tuple(entries), bool(rows) and known == {row.account_id for row in rows})


def excess(matter: LegalMatter, on: date, packs: Packs) -> dict[str, Any] | None:
    """Return the line that courts draw under interest and fees together, and by how much this claim is above it (W13).

    None where nothing is above a line; a warning for legal review, no cap of the law.
    """
    case = matter.case
    total = figures(case, on).total
    charges = (
        total.interest_minor
        + total.compound_minor
        + total.late_fee_minor
        + total.fee_minor
        + total.other_minor
    )
    if total.principal_minor <= 0 or charges <= 0 or case.dpd <= 0:
        return None
    asked = {
        "kind": "total", "principal": format_minor(total.principal_minor), "total_charges": format_minor(charges), "days": case.dpd,
        "on": on.isoformat(),
    }  # fmt: skip
    over = ask("charges_lawful", asked, packs=packs)["over"]
    return dict(over[0]) if over and parse_minor(over[0]["excess"]) > 0 else None


def differs(accounts: Iterable[AccountOwed]) -> bool:
    """Return whether our ledger and the bank's own figures differ on some of these accounts and nobody has settled it."""
    return Difference.objects.filter(
        account_id__in=[row.account_id for row in accounts], closed_at__isnull=True, absolute_minor__gt=0
    ).exists()


def paid_since(case: Case, after: date, until: date) -> int:
    """Return what was paid on a case after a day, less what was taken back of just that; minor units."""
    with connection.cursor() as cursor:
        cursor.execute(PAID, [case.customer_id, case.product, after, until])
        return int(cursor.fetchone()[0])


def stale_papers(papers: Iterable[int]) -> set[int]:
    """Return those papers (ids) after whose drafting a payment became known or was taken back; one query."""
    wanted = list(papers)
    if not wanted:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(STALE, [wanted])
        return {paper for (paper,) in cursor.fetchall()}
