"""Compile the ledger's loop ahead of the first request and keep it on disk: `python -m forbear.ledger.warm`."""

from __future__ import annotations

from datetime import date

import numpy as np

from forbear.ledger.accrual import Billing, Contracts, accrue, accrue_traced, payment_orders
from forbear.ledger.rows import make_rows
from forbear.ledger.terms import product_terms, terms_table
from forbear.packs import shared_packs

DAY = date(2026, 1, 5)


def warm_up() -> None:
    """Accrue one account of no bank once in each way that screens and nights do."""
    packs = shared_packs()
    day = np.array([DAY], dtype="datetime64[D]")
    rows = make_rows(1, account=[0], kind=["opening"], amount_minor=[100], value_on=day)
    none = day[:0]
    billing = Billing(np.array([0, 0]), none, none, np.array([], dtype=np.int64))
    contracts = Contracts.stacked([terms_table(product_terms(packs, "credit_card"), packs)], np.array([0]))
    orders = payment_orders(rows, packs)
    for ask in (accrue, accrue_traced):
        ask(rows, billing, contracts, orders, to=DAY)


if __name__ == "__main__":
    warm_up()
