"""When a payment comes to light late, every past day it changes is named, and no other."""

from __future__ import annotations

import random
from datetime import date, timedelta

import numpy as np
import pytest
from tests.ledger.portfolios import RULE, START, book_of, random_account
from tests.ledger.simulator import Payment, Statement, late

from forbear.ledger import CLASSES, arrears, what_was_wrong, wrong_days
from forbear.packs import NoLawInForce, load_packs

APRIL = Statement(date(2026, 4, 5), date(2026, 4, 23), 10000)
DAYS = [date(2026, 4, 20) + timedelta(days=n) for n in range(14)]


def test_a_payment_of_23_april_booked_on_the_28th_made_four_days_wrong():
    # 24, 25, 26 and 27 April were reported as 1 to 4 days past due
    payment = Payment(10000, date(2026, 4, 23), date(2026, 4, 23), date(2026, 4, 28))
    book = book_of([([APRIL], []), ([APRIL], [payment])])

    wrong = wrong_days(book, DAYS, known_on=date(2026, 5, 3), rule=RULE)

    assert wrong.account.tolist() == [1, 1, 1, 1]
    assert [str(day) for day in wrong.as_of] == ["2026-04-24", "2026-04-25", "2026-04-26", "2026-04-27"]
    assert wrong.dpd_then.tolist() == [1, 2, 3, 4]
    assert wrong.dpd_now.tolist() == [0, 0, 0, 0]
    assert wrong.bucket_then.tolist() == [1, 1, 1, 1]
    assert wrong.past_due_minor_then.tolist() == [10000] * 4


def test_with_packs_the_class_that_was_wrong_is_listed_too():
    # due 04-23: on 07-23 day 91, substandard; the payment had value 07-22
    payment = Payment(10000, date(2026, 7, 22), date(2026, 7, 22), date(2026, 7, 25))
    book = book_of([([APRIL], [payment])])

    wrong = wrong_days(book, [date(2026, 7, 23)], known_on=date(2026, 7, 25), rule=RULE, packs=load_packs())

    assert [CLASSES[code] for code in wrong.class_then] == ["substandard"]
    assert [CLASSES[code] for code in wrong.class_now] == ["normal"]


def test_a_back_dated_reversal_makes_days_wrong_the_other_way():
    paid, back = date(2026, 4, 20), date(2026, 4, 25)
    rows = [Payment(10000, paid, paid, paid), Payment(-10000, paid, back, date(2026, 4, 29))]

    wrong = wrong_days(book_of([([APRIL], rows)]), DAYS, known_on=date(2026, 5, 3), rule=RULE)

    assert [str(day) for day in wrong.as_of] == ["2026-04-25", "2026-04-26", "2026-04-27", "2026-04-28"]
    assert wrong.dpd_then.tolist() == [0, 0, 0, 0]
    assert wrong.dpd_now.tolist() == [2, 3, 4, 5]


def test_nothing_is_wrong_where_nothing_was_late_to_be_known():
    rng = random.Random(5)
    book = book_of([random_account(rng, messy=False) for _ in range(50)])

    wrong = wrong_days(book, DAYS, known_on=date(2027, 1, 1), rule=RULE)

    assert wrong.account.size == 0
    assert wrong.class_then is None


@pytest.mark.parametrize("seed", range(3))
def test_the_list_is_what_two_diaries_differ_in(seed):
    rng = random.Random(seed)
    accounts = [random_account(rng) for _ in range(80)]
    days = [START + timedelta(days=n) for n in range(10, 200, 17)]
    known = days[-1]

    wrong = wrong_days(book_of(accounts, rng), days, known_on=known, rule=RULE)

    expected = set()
    for i, (statements, payments) in enumerate(accounts):
        for day in days:
            then = late(statements, payments, as_of=day)
            now = late(statements, payments, as_of=day, known_on=known)
            if (then.dpd, min(then.cycles, 7)) != (now.dpd, min(now.cycles, 7)):
                expected.add((i, day, then.dpd, now.dpd))
    found = zip(
        wrong.account.tolist(),
        wrong.as_of.tolist(),
        wrong.dpd_then.tolist(),
        wrong.dpd_now.tolist(),
        strict=True,
    )
    assert set(found) == expected
    assert expected


def test_two_different_days_are_not_compared():
    book = book_of([([APRIL], [])])
    one, other = (arrears(book, as_of=day, rule=RULE) for day in DAYS[:2])
    with pytest.raises(ValueError, match="same days"):
        what_was_wrong(one, other)


def test_no_class_is_invented_before_the_law():
    old = Statement(date(2010, 1, 5), date(2010, 1, 23), 10000)
    payment = Payment(10000, date(2010, 1, 23), date(2010, 1, 23), date(2010, 2, 1))
    book = book_of([([old], [payment])])
    with pytest.raises(NoLawInForce):
        wrong_days(book, [date(2010, 1, 25)], known_on=date(2010, 2, 1), rule=RULE, packs=load_packs())


def test_a_book_of_some_accounts_ages_like_the_whole():
    rng = random.Random(9)
    book = book_of([random_account(rng) for _ in range(60)], rng)
    some = np.array([3, 17, 42, 59])
    for day in DAYS[::5]:
        whole, part = (arrears(b, as_of=day, rule=RULE) for b in (book, book.take(some)))
        assert (whole.dpd[some] == part.dpd).all()
        assert (whole.past_due_minor[some] == part.past_due_minor).all()
