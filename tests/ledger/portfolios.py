"""Random portfolios with everything that goes wrong: late bookings, reversals, lowered minimums, odd payments."""

from __future__ import annotations

import random
from datetime import date, timedelta

import numpy as np
from tests.ledger.simulator import Payment, Statement

from forbear.ledger import ArrearsRule, make_book
from forbear.packs import Ladder

LADDER = Ladder((0, 1, 31, 61, 91, 121, 151, 181), ("M0", "M1", "M2", "M3", "M4", "M5", "M6", "M7+"))
RULE = ArrearsRule(LADDER)
START = date(2026, 1, 5)


def random_account(rng: random.Random, messy: bool = True) -> tuple[list[Statement], list[Payment]]:
    """Return one account's statements and payments."""
    statements = []
    on = START + timedelta(days=rng.randrange(20))
    for _ in range(rng.randrange(5)):
        statements.append(
            Statement(on, on + timedelta(days=rng.choice([15, 18, 20, 25, 33])), rng.randrange(0, 400))
        )
        on += timedelta(days=rng.randrange(28, 35))
    payments = []
    for _ in range(rng.randrange(7)):
        paid = START + timedelta(days=rng.randrange(-5, 160))
        booked = paid + timedelta(days=rng.choice([0, 0, 0, 1, 5, 40, 90]) if messy else 0)
        amount = rng.choice([rng.randrange(1, 500), 5, 100])
        payments.append(Payment(amount, paid, paid, booked))
        if messy and rng.random() < 0.3:
            counts = paid + timedelta(days=rng.choice([0, 3, 35, 70]))
            back = rng.choice([amount, amount, amount // 2])
            payments.append(Payment(-back, paid, counts, max(counts, booked)))
        if messy and rng.random() < 0.05:  # a reversal without its original
            payments.append(Payment(-rng.randrange(1, 300), paid, paid, booked))
    return statements, payments


def book_of(accounts: list[tuple[list[Statement], list[Payment]]], rng: random.Random | None = None):
    """Put accounts into one book, rows shuffled."""
    statements = [(i, s) for i, (rows, _) in enumerate(accounts) for s in rows]
    payments = [(i, p) for i, (_, rows) in enumerate(accounts) for p in rows]
    if rng is not None:
        rng.shuffle(statements)
        rng.shuffle(payments)
    return make_book(
        len(accounts),
        statement_account=[i for i, _ in statements],
        statement_on=np.array([s.on for _, s in statements], dtype="datetime64[D]"),
        due_on=np.array([s.due_on for _, s in statements], dtype="datetime64[D]"),
        minimum_due_minor=[s.minimum for _, s in statements],
        payment_account=[i for i, _ in payments],
        amount_minor=[p.amount for _, p in payments],
        paid_on=np.array([p.paid_on for _, p in payments], dtype="datetime64[D]"),
        counts_on=np.array([p.counts_on for _, p in payments], dtype="datetime64[D]"),
        booked_on=np.array([p.booked_on for _, p in payments], dtype="datetime64[D]"),
    )
