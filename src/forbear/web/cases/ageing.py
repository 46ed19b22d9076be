"""How late the accounts of cases are as of a day: the same columnar arrears that the nightly run computes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from django.db import connection

from forbear.ledger import Arrears, Book, arrears, arrears_rule, make_book
from forbear.web.law.current import packs_now

ACCOUNTS = """
SELECT a.id, c.id FROM cases_case c
JOIN portfolio_account a ON a.customer_id = c.customer_id AND a.product = c.product
WHERE c.id = ANY(%(cases)s) ORDER BY a.id
"""
STATEMENTS = """
SELECT account_id, statement_on, due_on, minimum_due_minor FROM standing_statements
WHERE account_id = ANY(%(accounts)s)
"""
# A reversal pays back on the day of the payment it reverses, and counts from its own value day.
PAYMENTS = """
SELECT e.account_id, e.amount_minor, coalesce(o.value_on, e.value_on), e.value_on, e.booked_on
FROM standing_entries e
LEFT JOIN standing_entries o ON e.kind = 'reversal' AND o.account_id = e.account_id AND o.entry_no = e.reverses_no
WHERE e.account_id = ANY(%(accounts)s) AND e.kind IN ('payment', 'recovery', 'reversal')
"""


@dataclass(frozen=True, slots=True)
class AccountAge:
    """How late one account is."""

    account_id: int
    case_id: int
    dpd: int
    past_due_minor: int
    oldest_unpaid_due_on: date | None
    bucket: str


@dataclass(frozen=True, slots=True)
class CaseAge:
    """How late a case is: its latest account, the sum of what is past due, and from how many statements we know."""

    dpd: int
    past_due_minor: int
    bucket: str
    oldest_unpaid_due_on: date | None
    statements: int


NOT_LATE = CaseAge(0, 0, "M0", None, 0)


def age_accounts(case_ids: Sequence[int], as_of: date) -> tuple[list[AccountAge], Mapping[int, int]]:
    """Return the age of every account of these cases, and the number of statements known by case; three queries."""
    with connection.cursor() as cursor:
        cursor.execute(ACCOUNTS, {"cases": list(case_ids)})
        owners = cursor.fetchall()
        ids = [account for account, _ in owners]
        cursor.execute(STATEMENTS, {"accounts": ids})
        statements = cursor.fetchall()
        cursor.execute(PAYMENTS, {"accounts": ids})
        payments = cursor.fetchall()
    book = book_of(ids, statements, payments)
    found = arrears(book, as_of=as_of, rule=arrears_rule(packs_now(), as_of))
    known: dict[int, int] = dict.fromkeys(case_ids, 0)
    for (_, case), count in zip(owners, book.counts.tolist(), strict=True):
        known[case] += count
    return account_ages(owners, found), known


def book_of(
    ids: Sequence[int],
    statements: Sequence[tuple[int, date, date, int]],
    payments: Sequence[tuple[int, int, date, date, date]],
) -> Book:
    """Return the book of accounts, numbered in the order of ids."""
    number = {account: place for place, account in enumerate(ids)}
    return make_book(
        len(ids),
        statement_account=[number[row[0]] for row in statements],
        statement_on=[row[1] for row in statements],
        due_on=[row[2] for row in statements],
        minimum_due_minor=[row[3] for row in statements],
        payment_account=[number[row[0]] for row in payments],
        amount_minor=[row[1] for row in payments],
        paid_on=[row[2] for row in payments],
        counts_on=[row[3] for row in payments],
        booked_on=[row[4] for row in payments],
    )


def account_ages(owners: Sequence[tuple[int, int]], found: Arrears) -> list[AccountAge]:
    """Return arrears columns as one value per account."""
    oldest = found.oldest_unpaid_due_on
    return [
        AccountAge(
            account_id=account,
            case_id=case,
            dpd=int(found.dpd[place]),
            past_due_minor=int(found.past_due_minor[place]),
            oldest_unpaid_due_on=None if np.isnat(oldest[place]) else oldest[place].astype(object),
            bucket=found.buckets[found.bucket_by_dpd[place]],
        )
        for place, (account, case) in enumerate(owners)
    ]


def age_cases(case_ids: Sequence[int], as_of: date) -> dict[int, CaseAge]:
    """Return the age of cases: the oldest account decides how late, amounts add up."""
    accounts, known = age_accounts(case_ids, as_of)
    ages: dict[int, CaseAge] = {case: CaseAge(0, 0, "M0", None, known[case]) for case in case_ids}
    for each in accounts:
        was = ages[each.case_id]
        later = each.dpd > was.dpd
        ages[each.case_id] = CaseAge(
            dpd=max(was.dpd, each.dpd),
            past_due_minor=was.past_due_minor + each.past_due_minor,
            bucket=each.bucket if later else was.bucket,
            oldest_unpaid_due_on=each.oldest_unpaid_due_on if later else was.oldest_unpaid_due_on,
            statements=was.statements,
        )
    return ages
