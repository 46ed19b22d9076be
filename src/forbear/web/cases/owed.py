"""What is owed on a case, per account and to the cent, from what the bank delivered and what it posted since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.db import connection

if TYPE_CHECKING:
    from forbear.web.cases.models import Case


@dataclass(frozen=True, slots=True)
class AccountOwed:
    """The composition of one account's debt; minor units. Parts less what was received since make the total."""

    account_id: int
    account_no: str
    card_tail: str
    currency: str
    data_on: date | None  # the bank's own figures are of this day
    principal_minor: int
    interest_minor: int
    compound_minor: int
    late_fee_minor: int
    fee_minor: int
    other_minor: int
    posted_since_minor: int  # repayments and refunds booked after data_on, less what was taken back of them

    @property
    def total_minor(self) -> int:
        """Return what is owed now."""
        parts = self.principal_minor + self.interest_minor + self.compound_minor
        fees = self.late_fee_minor + self.fee_minor + self.other_minor
        return parts + fees - self.posted_since_minor


# What was charged after the bank's own figures, and our waivers of a part (memo), are in their part; so is what was taken
# back of them. A write-off moves nothing that is owed. Without a position of its own an account owes its latest statement's balance, all shown as principal.
OWED = """
SELECT a.id, a.account_no, a.card_no_tail, a.currency, coalesce(p.data_on, s.statement_on),
       coalesce(p.principal_minor, s.balance_minor, 0) + since.principal, coalesce(p.interest_minor, 0) + since.interest,
       coalesce(p.compound_minor, 0) + since.compound, coalesce(p.late_fee_minor, 0) + since.late_fee,
       coalesce(p.fee_minor, 0) + since.fee, coalesce(p.other_minor, 0) + since.cost, since.posted
FROM portfolio_account a
LEFT JOIN LATERAL (SELECT * FROM standing_positions p WHERE p.account_id = a.id AND p.data_on <= %(as_of)s
                   ORDER BY p.data_on DESC LIMIT 1) p ON true
LEFT JOIN LATERAL (SELECT * FROM standing_statements s WHERE s.account_id = a.id AND s.statement_on <= %(as_of)s
                   ORDER BY s.statement_on DESC LIMIT 1) s ON true
CROSS JOIN LATERAL (
    SELECT coalesce(-sum(minor) FILTER (WHERE part IN ('purchase', 'cash', 'principal')), 0) AS principal,
           coalesce(-sum(minor) FILTER (WHERE part = 'interest'), 0) AS interest,
           coalesce(-sum(minor) FILTER (WHERE part = 'compound'), 0) AS compound,
           coalesce(-sum(minor) FILTER (WHERE part = 'late_fee'), 0) AS late_fee,
           coalesce(-sum(minor) FILTER (WHERE part = 'fee'), 0) AS fee,
           coalesce(-sum(minor) FILTER (WHERE part IN ('cost', 'other')), 0) AS cost,
           coalesce(sum(minor) FILTER (WHERE part IN ('payment', 'recovery', 'refund', 'waiver', 'reversal')), 0) AS posted
    FROM (SELECT e.amount_minor AS minor, CASE
              WHEN coalesce(o.kind, e.kind) <> 'waiver' THEN coalesce(o.kind, e.kind)
              WHEN coalesce(o.memo, e.memo) IN ('principal', 'interest', 'compound', 'late_fee', 'fee', 'other')
                  THEN coalesce(o.memo, e.memo)
              ELSE 'waiver' END AS part
          FROM standing_entries e
          LEFT JOIN standing_entries o ON e.kind = 'reversal' AND o.account_id = e.account_id AND o.entry_no = e.reverses_no
          WHERE e.account_id = a.id AND e.booked_on <= %(as_of)s AND e.booked_on > coalesce(p.data_on, s.statement_on)) e
) since
WHERE a.customer_id = %(customer)s AND a.product = %(product)s
ORDER BY a.account_no
"""


def composition(case: Case, as_of: date) -> list[AccountOwed]:
    """Return what each account of a case owes as of a date; one query."""
    with connection.cursor() as cursor:
        cursor.execute(OWED, {"as_of": as_of, "customer": case.customer_id, "product": case.product})
        return [AccountOwed(*row[:5], *map(int, row[5:])) for row in cursor.fetchall()]


def total_owed_minor(case: Case, as_of: date) -> int:
    """Return the whole debt of a case as of a date."""
    return sum_owed(composition(case, as_of)).total_minor


def sum_owed(rows: Sequence[AccountOwed]) -> AccountOwed:
    """Return the sum row of a composition; its date is the oldest, so that nothing looks fresher than it is."""
    days = [row.data_on for row in rows if row.data_on and row.total_minor]
    return AccountOwed(
        account_id=0,
        account_no="",
        card_tail="",
        currency=rows[0].currency if rows else "CNY",
        data_on=min(days, default=None),
        principal_minor=sum(row.principal_minor for row in rows),
        interest_minor=sum(row.interest_minor for row in rows),
        compound_minor=sum(row.compound_minor for row in rows),
        late_fee_minor=sum(row.late_fee_minor for row in rows),
        fee_minor=sum(row.fee_minor for row in rows),
        other_minor=sum(row.other_minor for row in rows),
        posted_since_minor=sum(row.posted_since_minor for row in rows),
    )
