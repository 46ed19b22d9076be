"""Canonical tables become a book: which entries move arrears, and what a reversal reverses."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest
from tests.ledger.portfolios import RULE

from forbear.ledger import arrears, book_from_tables
from forbear.ledger.tables import ACCOUNTS, ENTRIES, STATEMENTS

D = date


def table(schema: pa.Schema, rows: list[dict]) -> pa.Table:
    return pa.Table.from_pylist(
        [{name: row.get(name) for name in schema.names} for row in rows], schema=schema
    )


def accounts(*numbers):
    return table(
        ACCOUNTS,
        [{"account_no": n, "customer_no": "C", "product": "credit_card", "currency": "CNY"} for n in numbers],
    )


def entry(no, account, kind, amount, value_on, booked_on=None, reverses=None):
    return {
        "entry_no": no, "account_no": account, "kind": kind, "amount_minor": amount, "currency": "CNY",
        "value_on": value_on, "booked_on": booked_on or value_on, "reverses_no": reverses,
    }  # fmt: skip


STATEMENT_ROWS = [
    {"account_no": n, "statement_on": D(2026, 4, 5), "due_on": D(2026, 4, 23), "balance_minor": 90000, "minimum_due_minor": 10000}
    for n in ("A1", "A2")
]  # fmt: skip


def dpd(entries, as_of, known_on=None):
    """Days past due of A1 and A2."""
    made = book_from_tables(accounts("A2", "A1"), table(STATEMENTS, STATEMENT_ROWS), table(ENTRIES, entries))
    found = arrears(made.book, as_of=as_of, rule=RULE, known_on=known_on)
    by_number = dict(zip(made.account_no.to_pylist(), found.dpd.tolist(), strict=True))
    return by_number["A1"], by_number["A2"]


def test_a_payment_reaches_its_own_account():
    assert dpd([entry("1", "A1", "payment", 10000, D(2026, 4, 20))], D(2026, 4, 24)) == (0, 1)


@pytest.mark.parametrize("kind", ["refund", "purchase", "interest", "fee", "cash"])
def test_what_is_no_payment_does_not_meet_a_minimum(kind):
    assert dpd([entry("1", "A1", kind, 10000, D(2026, 4, 20))], D(2026, 4, 24)) == (1, 1)


def test_a_reversal_counts_from_its_value_day_against_the_payment_it_names():
    entries = [
        entry("1", "A1", "payment", 10000, D(2026, 4, 20)),
        entry("2", "A1", "reversal", -10000, D(2026, 4, 27), reverses="1"),
    ]

    assert dpd(entries, D(2026, 4, 26))[0] == 0
    assert dpd(entries, D(2026, 4, 27))[0] == 4


def test_a_reversal_of_a_reversal_brings_the_payment_back():
    entries = [
        entry("3", "A1", "reversal", 10000, D(2026, 4, 29), reverses="2"),
        entry("2", "A1", "reversal", -10000, D(2026, 4, 27), reverses="1"),
        entry("1", "A1", "payment", 10000, D(2026, 4, 20)),
    ]

    assert dpd(entries, D(2026, 4, 28))[0] == 5
    assert dpd(entries, D(2026, 4, 29))[0] == 0


def test_reversals_that_name_each_other_in_a_circle_are_left_out():
    circle = [
        entry("2", "A1", "reversal", 10000, D(2026, 4, 20), reverses="3"),
        entry("3", "A1", "reversal", 10000, D(2026, 4, 20), reverses="2"),
    ]

    assert dpd(circle, D(2026, 4, 24))[0] == 1


def test_a_partial_reversal_leaves_the_rest_paid():
    entries = [
        entry("1", "A1", "payment", 10000, D(2026, 4, 20)),
        entry("2", "A1", "reversal", -1, D(2026, 4, 21), reverses="1"),
    ]

    assert dpd(entries, D(2026, 4, 24))[0] == 1


def test_a_reversal_of_a_fee_or_a_purchase_moves_no_arrears():
    entries = [
        entry("1", "A1", "payment", 10000, D(2026, 4, 20)),
        entry("2", "A1", "fee", -500, D(2026, 4, 20)),
        entry("3", "A1", "reversal", 500, D(2026, 4, 21), reverses="2"),
        entry("4", "A1", "reversal", -500, D(2026, 4, 22), reverses="3"),
    ]

    assert dpd(entries, D(2026, 4, 24))[0] == 0


def test_a_reversal_whose_payment_is_missing_counts_and_is_reported():
    entries = [
        entry("1", "A1", "payment", 10000, D(2026, 4, 20)),
        entry("9", "A1", "reversal", -10000, D(2026, 4, 22), reverses="unknown"),
    ]
    made = book_from_tables(accounts("A1", "A2"), table(STATEMENTS, STATEMENT_ROWS), table(ENTRIES, entries))

    assert made.unmatched_reversals == 1
    assert dpd(entries, D(2026, 4, 24))[0] == 1


def test_an_entry_booked_later_is_not_known_before():
    entries = [entry("1", "A1", "payment", 10000, D(2026, 4, 23), booked_on=D(2026, 4, 28))]

    assert dpd(entries, D(2026, 4, 25))[0] == 2
    assert dpd(entries, D(2026, 4, 25), known_on=D(2026, 4, 28))[0] == 0


def test_an_account_outside_the_book_is_refused_by_name():
    with pytest.raises(ValueError, match="A7"):
        dpd([entry("1", "A7", "payment", 10000, D(2026, 4, 20))], D(2026, 4, 24))


def test_empty_tables_make_an_empty_book():
    made = book_from_tables(accounts(), table(STATEMENTS, []), table(ENTRIES, []))

    assert made.book.accounts == 0
    assert arrears(made.book, as_of=D(2026, 4, 24), rule=RULE).dpd.size == 0
    assert dpd([], D(2026, 4, 24)) == (1, 1)
