"""The columnar ledger beside a day loop in plain Python, and what must hold of every ledger."""

from __future__ import annotations

import copy
import random
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.ledger.accounts import columns_of, random_account
from tests.ledger.accrual_simulator import Account, Entry

from forbear.ledger.accrual import RESULT, accrue, accrue_traced
from forbear.ledger.derivation import derive
from forbear.ledger.terms import Terms
from forbear.packs import NoLawInForce, load_packs

PACKS = load_packs()
COMPARED = (
    "purchases", "cash", "interest", "compound", "late_fee", "fee", "cost", "credit", "accrued",
    "accrued_compound", "pending_late_fee", "written_off",
)  # fmt: skip
SIMPLE = Terms(starts_on=date(2000, 1, 1), purchase_rate=Decimal("0.0005"), cash_rate=Decimal("0.0005"))


def last_day(account):
    _, entries, statements = account
    return max([e.on for e in entries] + [s[0] for s in statements]) + timedelta(days=11)


def owed(accounts, to):
    """Return the components of accounts by the columnar ledger, one mapping each."""
    held = accrue(*columns_of(accounts, PACKS), to=np.array(to, dtype="M8[D]")).held
    return [dict(zip(RESULT, row.tolist(), strict=True)) for row in held]


@pytest.mark.parametrize("seed", range(200))
def test_a_day_loop_in_plain_python_and_the_columns_agree_to_the_cent(seed):
    rng = random.Random(seed)
    accounts = [random_account(rng) for _ in range(5)]
    days = [last_day(each) for each in accounts]

    columnar = owed(accounts, days)

    for account, day, found in zip(accounts, days, columnar, strict=True):
        expected = Account(*copy.deepcopy(account)).live(day).balance()
        assert {name: found[name] for name in COMPARED} == {name: expected[name] for name in COMPARED}


RAISES = ("opening", "purchase", "cash", "interest", "compound", "late_fee", "fee", "cost")


def signed(entry):
    """Return what a row does to the debt: its amount, negative where it lowers; a write-off moves nothing."""
    if entry.kind == "reversal":
        return (
            -signed(entry.reverses) * entry.amount / entry.reverses.amount
            if entry.reverses.amount
            else Decimal(0)
        )
    if entry.kind == "write_off":
        return Decimal(0)
    return entry.amount if entry.kind in RAISES else -entry.amount


@pytest.mark.parametrize("seed", range(40))
def test_parts_sum_to_the_whole_and_none_is_negative(seed):
    rng = random.Random(1000 + seed)
    accounts = [random_account(rng) for _ in range(5)]
    days = [last_day(each) for each in accounts]
    for (_, entries, _), found in zip(accounts, owed(accounts, days), strict=True):
        parts = ("purchases", "cash", "interest", "compound", "late_fee", "fee", "cost")
        assert min(found[name] for name in (*parts, "credit", "accrued", "conditional")) >= 0
        owing = sum(found[name] for name in parts)
        assert owing == 0 or found["credit"] == 0
        posted = sum((signed(e) for e in entries), Decimal(0)) * 100
        assert owing - found["credit"] == posted + found["charged"]


@pytest.mark.parametrize("seed", range(40))
def test_the_order_in_which_rows_are_given_does_not_matter(seed):
    rng = random.Random(2000 + seed)
    terms, entries, statements = random_account(rng)
    one_day = [Entry(entries[0].on, *rest, entries[0].on) for rest in (("payment", Decimal("10.00")), ("purchase", Decimal("7.00")), ("payment", Decimal("20.00")))]  # fmt: skip
    account = (terms, entries + one_day, statements)
    to = last_day(account)
    copies = [copy.deepcopy(account[1]) for _ in range(4)]
    shuffled = [(terms, rng.sample(each, len(each)), statements) for each in copies]

    first, *others = owed([account, *shuffled], [to] * 5)

    assert all(each == first for each in others)


@pytest.mark.parametrize("seed", range(40))
def test_a_payment_reversed_from_its_own_day_never_was(seed):
    rng = random.Random(3000 + seed)
    terms, entries, statements = random_account(rng)
    day = rng.choice(entries).on
    paid = Entry(day, "payment", Decimal("321.09"), day)
    back = Entry(day, "reversal", Decimal("321.09"), day + timedelta(days=9), paid)
    to = last_day((terms, entries, statements))

    without, undone = owed(
        [(terms, copy.deepcopy(entries), statements), (terms, [*entries, paid, back], statements)], [to] * 2
    )

    assert undone == without


@pytest.mark.parametrize("seed", range(40))
def test_a_payment_reversed_on_a_later_day_leaves_the_same_parts_owed_again(seed):
    rng = random.Random(4000 + seed)
    terms, entries, statements = random_account(rng)
    statements, entries = (
        [],
        [e for e in entries if e.kind != "reversal"],
    )  # no posting and no test in between
    to = last_day((terms, entries, [(e.on,) for e in entries]))
    paid = Entry(to, "payment", Decimal("321.09"), to)
    back = Entry(to + timedelta(days=1), "reversal", Decimal("321.09"), to + timedelta(days=1), paid)
    later = to + timedelta(days=1)

    without, undone = owed(
        [(terms, copy.deepcopy(entries), statements), (terms, [*entries, paid, back], statements)],
        [later] * 2,
    )

    parts = ("purchases", "cash", "interest", "compound", "late_fee", "fee", "cost", "credit")
    assert {name: undone[name] for name in parts} == {name: without[name] for name in parts}


@pytest.mark.parametrize("seed", range(40))
def test_back_dating_equals_having_known(seed):
    """Booked late, a row counts from its value day; only the order of payment looks at the booking day."""
    rng = random.Random(5000 + seed)
    terms, entries, statements = random_account(rng)
    late = copy.deepcopy(entries)
    for entry in late:
        if entry.kind not in ("payment", "recovery"):
            entry.booked_on = entry.on + timedelta(days=40)
    to = last_day((terms, entries, statements))

    then, now = owed([(terms, entries, statements), (terms, late, statements)], [to] * 2)

    assert now == then


@given(
    balance=st.integers(1, 10**9), n=st.integers(1, 400), m=st.integers(1, 400),
    rate=st.decimals(Decimal("0.0001"), Decimal("0.001"), places=6),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_interest_of_n_and_m_days_is_interest_of_n_plus_m_days(balance, n, m, rate):
    terms = [Terms(starts_on=date(2000, 1, 1), purchase_rate=rate, cash_rate=rate)]
    first = date(2026, 1, 1)
    entries = [Entry(first, "cash", Decimal(balance) / 100, first)]
    columns = columns_of([(terms, entries, [])], PACKS)

    def exact(days):
        result, trace = accrue_traced(*columns, to=first + timedelta(days=days - 1))
        return derive(trace, result.held[0]).open_lines[0].exact_minor

    assert exact(n) + balance * rate * m == exact(n + m) == balance * rate * (n + m)


@pytest.mark.parametrize("seed", range(60))
def test_every_posted_cent_is_derived_from_its_days(seed):
    rng = random.Random(6000 + seed)
    account = random_account(rng)
    terms = account[0]
    result, trace = accrue_traced(*columns_of([account], PACKS), to=last_day(account))
    made = derive(trace, result.held[0])

    assert sum(line.amount_minor for line in made.lines) == result.column("charged")[0]
    for line in made.lines:
        if line.late_fees:
            assert line.amount_minor == sum(fee.amount_minor for fee in line.late_fees)
        elif terms[-1].granularity == "statement":
            assert abs(line.exact_minor - line.amount_minor) < 1
        else:  # a line for each purchase or day: each is off by less than a cent
            assert abs(line.exact_minor - line.amount_minor) < 1000
    still_open = sum(line.amount_minor for line in made.open_lines)
    assert still_open == sum(
        int(result.column(name)[0]) for name in ("accrued", "accrued_compound", "pending_late_fee")
    )


def test_one_account_of_many_is_that_account_alone():
    rng = random.Random(7)
    accounts = [random_account(rng) for _ in range(30)]
    days = [last_day(each) for each in accounts]

    together = owed(accounts, days)

    assert together == [owed([account], [day])[0] for account, day in zip(accounts, days, strict=True)]


def test_no_fee_bears_interest_from_2017_on_whatever_was_agreed():
    fee = Entry(date(2016, 12, 1), "fee", Decimal("1000.00"), date(2016, 12, 1))
    agreed = [
        Terms(
            starts_on=date(2000, 1, 1),
            purchase_rate=Decimal("0.0005"),
            cash_rate=Decimal(0),
            interest_on_fees=True,
        )
    ]
    statements = [(date(2017, 3, 1), date(2017, 3, 20), Decimal(0))]

    # 2016-12-01 to 2016-12-31 is 31 days: 1,000.00 x 0.05 % x 31 = 15.50, and nothing after
    assert owed([(agreed, [fee], statements)], [date(2017, 3, 1)])[0]["interest"] == 1550


def test_a_refund_lowers_the_newest_purchase_and_meets_no_minimum():
    day = date(2026, 3, 1)
    entries = [
        Entry(day, "purchase", Decimal("1000.00"), day),
        Entry(date(2026, 4, 10), "refund", Decimal("1000.00"), day),
    ]
    statements = [
        (date(2026, 4, 5), date(2026, 4, 23), Decimal("100.00")),
        (date(2026, 5, 5), date(2026, 5, 23), Decimal(0)),
    ]
    terms = [
        Terms(
            starts_on=date(2000, 1, 1),
            purchase_rate=Decimal("0.0005"),
            cash_rate=Decimal(0),
            late_fee_ratio=Decimal("0.05"),
        )
    ]

    found = owed([(terms, entries, statements)], [date(2026, 5, 5)])[0]

    assert found["purchases"] == 0
    assert found["late_fee"] == 500  # 5 % of 100.00: a refund is no repayment


def test_a_write_off_leaves_the_debt_and_a_recovery_pays_it():
    day = date(2026, 3, 1)
    entries = [
        Entry(day, "opening", Decimal("1000.00"), day),
        Entry(day, "write_off", Decimal("1000.00"), day),
    ]
    recovered = [*entries, Entry(date(2026, 3, 2), "recovery", Decimal("400.00"), day)]

    before, after = owed([([SIMPLE], entries, []), ([SIMPLE], recovered, [])], [date(2026, 3, 3)] * 2)

    assert (before["purchases"], before["written_off"]) == (100000, 100000)
    assert (after["purchases"], after["written_off"]) == (60000, 100000)


@pytest.mark.parametrize(
    ("faulty", "reason"),
    [
        (lambda d, p: Entry(d, "reversal", Decimal("1.00"), d, Entry(d, "payment", Decimal("1.00"), d)), "reversal_without_row"),
        (lambda d, p: Entry(d, "reversal", Decimal("100.01"), d, p), "reversed_more_than_posted"),
        (lambda d, p: Entry(d, "gift", Decimal("1.00"), d), "unknown_kind"),
        (lambda d, p: Entry(d, "payment", Decimal("-1.00"), d), "negative_amount"),
    ],
)  # fmt: skip
def test_an_account_with_a_row_that_cannot_be_is_marked_and_the_others_are_not(faulty, reason):
    day = date(2026, 3, 1)
    paid = Entry(day, "payment", Decimal("100.00"), day)
    wrong = faulty(day, paid)
    entries = [paid, wrong]
    if wrong.kind == "reversal" and wrong.reverses is not paid:
        wrong.reverses.reverses = None
    rows, *_ = columns_of_loose([([SIMPLE], entries, []), ([SIMPLE], [copy.copy(paid)], [])])

    assert rows.faults[reason].tolist() == [True, False]
    assert rows.faulty.tolist() == [True, False]
    assert rows.account.tolist() == [1]


def columns_of_loose(accounts):
    """Lay out accounts whose reversals may name rows that are not there."""
    known = {id(e) for _, entries, _ in accounts for e in entries}
    for _, entries, _ in accounts:
        for entry in entries:
            if entry.reverses is not None and id(entry.reverses) not in known:
                entry.reverses = None
    return columns_of(accounts, PACKS)


def test_a_payment_before_any_law_on_its_order_is_refused():
    day = date(2010, 3, 1)
    with pytest.raises(NoLawInForce):
        columns_of([([SIMPLE], [Entry(day, "payment", Decimal("1.00"), day)], [])], PACKS)


def test_amounts_beyond_64_bits_are_refused():
    day = date(2000, 1, 1)
    huge = Entry(day, "cash", Decimal("9999999999999.00"), day)
    with pytest.raises(OverflowError, match="beyond the ledger"):
        owed([([SIMPLE], [huge], [])], [date(2100, 1, 1)])
