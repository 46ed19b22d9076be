"""Random accounts for the ledger, as entries for the simulator and as rows for the columns."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
from tests.ledger.accrual_simulator import Entry

from forbear.ledger.accrual import Billing, Contracts, payment_orders
from forbear.ledger.owed import OWED
from forbear.ledger.rows import NOTHING, make_rows
from forbear.ledger.terms import Terms, terms_table

RAISES = ("purchase", "purchase", "purchase", "cash", "fee", "cost", "opening")
LOWERS = ("payment", "payment", "payment", "payment", "recovery", "refund", "waiver", "write_off")


def random_terms(rng: random.Random, first: date) -> list[Terms]:
    """Draw the terms of a product, with a change of rate on the way in one of two."""
    base = Terms(
        starts_on=date(2000, 1, 1),
        purchase_rate=Decimal(rng.choice(["0.0005", "0.00035", "0.00042", "0.0006"])),
        cash_rate=Decimal(rng.choice(["0.0005", "0.00045"])),
        method=rng.choice(["full_amount", "unpaid_part"]),
        count_statement_day=rng.random() < 0.5,
        capitalise=rng.random() < 0.7,
        interest_on_fees=rng.random() < 0.3,
        granularity=rng.choice(["statement", "purchase", "day"]),
        rounding=rng.choice(["half_up", "half_even", "down", "up"]),
        late_fee_ratio=Decimal(rng.choice(["0", "0.05"])),
        late_fee_floor_minor=rng.choice([0, 1000]),
        grace_days=rng.choice([0, 3]),
        grace_minor=rng.choice([0, 1000]),
    )
    if rng.random() < 0.5:
        return [base]
    later = {name: getattr(base, name) for name in base.__dataclass_fields__} | {
        "starts_on": first + timedelta(days=rng.randint(20, 150)),
        "purchase_rate": Decimal("0.0004"),
    }
    return [base, Terms(**later)]


def random_account(rng: random.Random):
    """Draw terms, entries and statements of one account over half a year to a year."""
    first = date(2016, 6, 1) + timedelta(days=rng.randint(0, 3000))
    months, bill_day, gap = rng.randint(3, 9), rng.randint(1, 28), rng.randint(10, 27)
    statements = []
    for n in range(months):
        year, month = divmod(first.year * 12 + first.month + n, 12)
        on = date(year, month + 1, bill_day)
        statements.append((on, on + timedelta(days=gap), Decimal(rng.choice([0, 5000, 12345, 100000])) / 100))
    span = (statements[-1][0] - first).days + 20
    entries = [
        random_entry(rng, first + timedelta(days=rng.randint(0, span))) for _ in range(rng.randint(1, 14))
    ]
    for origin in rng.sample(entries, min(len(entries), rng.randint(0, 3))):
        part = origin.amount if rng.random() < 0.6 else (origin.amount / 2).quantize(Decimal("0.01"))
        on = origin.on + timedelta(days=rng.choice([0, 0, 1, 30, 70]))
        if part:
            entries.append(Entry(on, "reversal", part, on, origin))
    rng.shuffle(entries)
    return random_terms(rng, first), entries, statements


def random_entry(rng: random.Random, on: date) -> Entry:
    kind = rng.choice(RAISES) if rng.random() < 0.55 else rng.choice(LOWERS)
    amount = Decimal(rng.choice([1, 999, 10000, 33333, 123456, rng.randint(1, 2_000_000)])) / 100
    component = rng.choice([None, "interest", "late_fee", "principal"]) if kind == "waiver" else None
    return Entry(on, kind, amount, on + timedelta(days=rng.choice([0, 0, 0, 1, 9])), None, component)


def columns_of(accounts, packs):
    """Lay out accounts (terms, entries, statements) as rows, billing, contracts and payment orders."""
    entries = [(i, e) for i, (_, held, _) in enumerate(accounts) for e in held]
    place = {id(e): at for at, (_, e) in enumerate(entries)}
    rows = make_rows(
        len(accounts),
        account=[i for i, _ in entries],
        kind=[e.kind for _, e in entries],
        amount_minor=[int(e.amount * 100) for _, e in entries],
        value_on=np.array([e.on for _, e in entries], dtype="M8[D]"),
        booked_on=np.array([e.booked_on for _, e in entries], dtype="M8[D]"),
        reverses=[NOTHING if e.reverses is None else place[id(e.reverses)] for _, e in entries],
        component=[NOTHING if e.component is None else OWED.index(e.component) for _, e in entries],
    )
    statements = [s for _, _, held in accounts for s in held]
    billing = Billing(
        np.cumsum([0, *(len(held) for _, _, held in accounts)]).astype(np.int64),
        np.array([s[0] for s in statements], dtype="M8[D]"),
        np.array([s[1] for s in statements], dtype="M8[D]"),
        np.array([int(s[2] * 100) for s in statements], dtype=np.int64),
    )
    tables = [terms_table(terms, packs) for terms, _, _ in accounts]
    return rows, billing, Contracts.stacked(tables, np.arange(len(accounts))), payment_orders(rows, packs)
