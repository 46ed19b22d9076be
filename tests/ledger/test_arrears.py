"""Days past due, as a collector would check them on a calendar."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from tests.ledger.portfolios import LADDER, RULE, START, book_of, random_account
from tests.ledger.simulator import Payment, Statement, late

from forbear.ledger import arrears
from forbear.ledger.rule import ArrearsRule

APRIL = Statement(date(2026, 4, 5), date(2026, 4, 23), 10000)
MAY = Statement(date(2026, 5, 5), date(2026, 5, 23), 20000)  # 100.00 past due and 100.00 new
JUNE = Statement(date(2026, 6, 5), date(2026, 6, 23), 30000)


def paid(amount, on, booked=None, counts=None):
    return Payment(amount, on, counts or on, booked or counts or on)


def one(statements, payments, as_of, rule=RULE, known_on=None):
    """Return (dpd, bucket, past due, oldest unpaid due day) of one account."""
    found = arrears(book_of([(statements, payments)]), as_of=as_of, rule=rule, known_on=known_on)
    oldest = found.oldest_unpaid_due_on[0].astype(object)
    return int(found.dpd[0]), found.buckets[found.bucket_by_dpd[0]], int(found.past_due_minor[0]), oldest


@pytest.mark.parametrize(
    ("as_of", "dpd", "bucket"),
    [
        (date(2026, 4, 22), 0, "M0"),
        (date(2026, 4, 23), 0, "M0"),  # due that day
        (date(2026, 4, 24), 1, "M1"),  # the day after is day 1
        (date(2026, 5, 23), 30, "M1"),
        (date(2026, 5, 24), 31, "M2"),
        (date(2026, 7, 22), 90, "M3"),  # 7 in April + 31 + 30 + 22
        (date(2026, 7, 23), 91, "M4"),
    ],
)
def test_due_on_23_april_the_count_runs_from_the_day_after(as_of, dpd, bucket):
    assert one([APRIL], [], as_of)[:2] == (dpd, bucket)


def test_the_minimum_paid_on_the_due_day_is_on_time():
    assert one([APRIL], [paid(10000, date(2026, 4, 23))], date(2026, 4, 24)) == (0, "M0", 0, None)


def test_a_fen_short_is_late_without_grace_amount():
    assert one([APRIL], [paid(9999, date(2026, 4, 23))], date(2026, 4, 24))[::2] == (1, 1)


@pytest.mark.parametrize(("short", "dpd"), [(1000, 0), (1001, 1)])
def test_a_remainder_within_the_grace_amount_counts_as_met(short, dpd):
    rule = replace(RULE, grace_amount_minor=1000)

    assert one([APRIL], [paid(10000 - short, date(2026, 4, 20))], date(2026, 4, 24), rule)[0] == dpd


@pytest.mark.parametrize(
    ("as_of", "from_due", "from_end"),
    [(date(2026, 4, 26), 0, 0), (date(2026, 4, 27), 4, 1), (date(2026, 7, 22), 90, 87)],
)
def test_after_three_grace_days_the_count_starts_where_policy_says(as_of, from_due, from_end):
    assert one([APRIL], [], as_of, ArrearsRule(LADDER, 3))[0] == from_due
    assert one([APRIL], [], as_of, ArrearsRule(LADDER, 3, 0, "grace_end"))[0] == from_end


def test_a_payment_on_the_last_grace_day_is_on_time_and_a_day_later_ends_the_delay():
    rule = ArrearsRule(LADDER, 3)

    assert one([APRIL], [paid(10000, date(2026, 4, 26))], date(2026, 4, 27), rule)[0] == 0
    assert one([APRIL], [paid(10000, date(2026, 4, 28))], date(2026, 4, 27), rule)[0] == 4
    assert one([APRIL], [paid(10000, date(2026, 4, 28))], date(2026, 4, 28), rule)[0] == 0


def test_a_payment_pays_the_oldest_part_first():
    # 200.00 due, 100.00 of it from April: paying 100.00 leaves May's own 100.00
    statements = [APRIL, MAY]

    assert one(statements, [paid(10000, date(2026, 5, 20))], date(2026, 5, 24)) == (
        1,
        "M1",
        10000,
        date(2026, 5, 23),
    )
    assert one(statements, [paid(9999, date(2026, 5, 20))], date(2026, 5, 24))[:3] == (31, "M2", 10001)


def test_what_is_not_yet_due_is_not_past_due():
    assert one([APRIL, MAY], [], date(2026, 5, 23)) == (30, "M1", 10000, date(2026, 4, 23))
    assert one([APRIL, MAY], [paid(10000, date(2026, 5, 10))], date(2026, 5, 23)) == (0, "M0", 0, None)


def test_an_excess_does_not_carry_over_the_next_statement():
    # 150.00 paid on a minimum of 100.00; May asks for 100.00 on the lower balance and gets nothing
    may = replace(MAY, minimum=10000)

    assert one([APRIL, may], [paid(15000, date(2026, 4, 20))], date(2026, 5, 24))[:3] == (1, "M1", 10000)


def test_a_payment_on_statement_day_pays_the_month_before():
    may = replace(MAY, minimum=10000)

    assert one([APRIL, may], [paid(10000, date(2026, 5, 5))], date(2026, 5, 24))[::2] == (1, 10000)


def test_a_payment_before_the_first_statement_is_already_in_its_figures():
    assert one([APRIL], [paid(10000, date(2026, 4, 5))], date(2026, 4, 24))[0] == 1


def test_a_minimum_below_what_was_past_due_forgives_the_oldest_part():
    # a refund lowered May's minimum to 60.00: of April's 100.00 only 60.00 is still asked for
    may = replace(MAY, minimum=6000)

    assert one([APRIL, may], [], date(2026, 5, 24))[:3] == (31, "M2", 6000)


def test_a_zero_minimum_cures():
    assert one([APRIL, replace(MAY, minimum=0)], [], date(2026, 5, 24)) == (0, "M0", 0, None)


def test_an_account_without_statements_is_not_late():
    assert one([], [paid(100, date(2026, 5, 1))], date(2026, 5, 24)) == (0, "M0", 0, None)


def test_buckets_by_cycles_and_by_days_differ_by_the_length_of_months():
    # due 01-28 and 02-28: on 02-28 the first is 31 days late (M2) while one cycle is missed; on 03-01 32 days, two
    january = Statement(date(2026, 1, 8), date(2026, 1, 28), 10000)
    february = Statement(date(2026, 2, 8), date(2026, 2, 28), 20000)
    book = book_of([([january, february], [])])

    day31 = arrears(book, as_of=date(2026, 2, 28), rule=RULE)
    day32 = arrears(book, as_of=date(2026, 3, 1), rule=RULE)

    assert (day31.dpd[0], day31.bucket_by_dpd[0], day31.bucket_by_cycles[0]) == (31, 2, 1)
    assert (day32.dpd[0], day32.bucket_by_dpd[0], day32.bucket_by_cycles[0]) == (32, 2, 2)


def test_a_payment_booked_late_counts_from_its_value_day_once_known():
    # value 04-23, booked 04-28
    payments = [paid(10000, date(2026, 4, 23), booked=date(2026, 4, 28))]

    assert one([APRIL], payments, date(2026, 4, 25))[0] == 2
    assert one([APRIL], payments, date(2026, 4, 28))[0] == 0
    assert one([APRIL], payments, date(2026, 4, 25), known_on=date(2026, 4, 28))[0] == 0
    assert one([APRIL], payments, date(2026, 4, 25), known_on=date(2026, 4, 27))[0] == 2


def test_a_late_booked_payment_pays_the_past_due_part_of_a_statement_that_did_not_know_it():
    # May printed 200.00 because April's 100.00 seemed unpaid; it had come on 04-20 and was booked on 05-10.
    payments = [paid(10000, date(2026, 4, 20), booked=date(2026, 5, 10))]

    assert one([APRIL, MAY], payments, date(2026, 5, 24)) == (1, "M1", 10000, date(2026, 5, 23))


def test_a_reversal_brings_back_the_day_that_had_been_paid():
    # April was paid on 04-20; the cheque bounced on 06-10, so from then on April is unpaid again.
    may = replace(MAY, minimum=10000)
    bounced = [
        paid(10000, date(2026, 4, 20)),
        paid(10000, date(2026, 5, 20)),
        paid(-10000, date(2026, 4, 20), counts=date(2026, 6, 10)),
    ]

    assert one([APRIL, may], bounced, date(2026, 6, 9)) == (0, "M0", 0, None)
    # May's payment now pays April first, as it is the oldest: May is what is open.
    assert one([APRIL, may], bounced, date(2026, 6, 10)) == (18, "M1", 10000, date(2026, 5, 23))


def test_a_payment_and_its_reversal_leave_every_state_as_if_neither_had_been():
    rng = random.Random(11)
    clean = [random_account(rng) for _ in range(400)]
    bounced = []
    for statements, payments in clean:
        day = START + timedelta(days=rng.randrange(120))
        same_day = [paid(700, day), paid(-700, day)]  # no statement can have been printed in between
        bounced.append((statements, payments + same_day))
    rng.shuffle(bounced[0][1])

    for offset in range(3, 200, 7):
        day = START + timedelta(days=offset)
        without = arrears(book_of(clean), as_of=day, rule=RULE)
        after = arrears(book_of(bounced, rng), as_of=day, rule=RULE)
        assert (without.dpd == after.dpd).all()
        assert (without.past_due_minor == after.past_due_minor).all()
        assert (without.cycles_missed == after.cycles_missed).all()


def test_a_bounce_after_the_next_statement_restores_the_arrears_that_statement_did_not_print():
    # April 100.00 paid 04-20; May prints only its own 100.00; the cheque bounces on 05-08 and both are open again.
    may = replace(MAY, minimum=10000)
    bounced = [paid(10000, date(2026, 4, 20)), paid(-10000, date(2026, 4, 20), counts=date(2026, 5, 8))]

    assert one([APRIL, may], bounced, date(2026, 5, 7))[0] == 0
    assert one([APRIL, may], bounced, date(2026, 5, 8)) == (15, "M1", 10000, date(2026, 4, 23))
    assert one([APRIL, may], bounced, date(2026, 5, 24)) == (31, "M2", 20000, date(2026, 4, 23))


@pytest.mark.parametrize("messy", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_every_account_on_every_day_agrees_with_a_diary_in_plain_python(seed, messy):
    rng = random.Random(seed)
    accounts = [random_account(rng, messy) for _ in range(150)]
    book = book_of(accounts, rng)
    for offset in range(-3, 230, 11):
        day = START + timedelta(days=offset)
        known = day + timedelta(days=rng.choice([-30, 0, 0, 10, 400]))
        days, amount, from_end = rng.choice([0, 3]), rng.choice([0, 10]), rng.random() < 0.5
        rule = ArrearsRule(LADDER, days, amount, "grace_end" if from_end else "due_on")
        found = arrears(book, as_of=day, rule=rule, known_on=known)
        for i, (statements, payments) in enumerate(accounts):
            want = late(
                statements, payments, as_of=day, known_on=known,
                grace_days=days, grace_amount=amount, from_grace_end=from_end,
            )  # fmt: skip
            got = (
                found.dpd[i],
                found.past_due_minor[i],
                found.oldest_unpaid_due_on[i],
                found.cycles_missed[i],
            )
            assert got[:2] == (want.dpd, want.past_due), (i, day, known, statements, payments)
            assert (got[2].astype(object), got[3]) == (want.oldest, want.cycles), (i, day, known)


def test_each_account_may_have_its_own_day_and_grace():
    book = book_of([([APRIL], []), ([APRIL], []), ([APRIL], [])])
    rule = ArrearsRule(LADDER, np.array([0, 3, 3]), np.array([0, 0, 10000]))

    found = arrears(
        book, as_of=np.array(["2026-04-24", "2026-04-24", "2026-05-24"], dtype="datetime64[D]"), rule=rule
    )

    assert found.dpd.tolist() == [1, 0, 0]


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (replace(MAY, on=APRIL.on), "second statement on the same day"),
        (replace(MAY, due_on=date(2026, 5, 1)), "due before its own statement"),
        (replace(MAY, minimum=-1), "negative minimum"),
    ],
)
def test_statements_that_cannot_be_true_are_refused(wrong, why):
    with pytest.raises(ValueError, match=why):
        book_of([([APRIL, wrong], [])])


def test_a_later_statement_cannot_fall_due_earlier():
    late_due = replace(APRIL, due_on=date(2026, 6, 1))

    with pytest.raises(ValueError, match="due before an older statement"):
        book_of([([late_due, MAY], [])])


def test_a_missing_day_or_a_negative_grace_is_refused():
    with pytest.raises(ValueError, match="day is missing"):
        arrears(book_of([([APRIL], [])]), as_of=np.datetime64("NaT"), rule=RULE)
    with pytest.raises(ValueError, match="never negative"):
        ArrearsRule(LADDER, -1)
    with pytest.raises(ValueError, match="due_on, grace_end"):
        ArrearsRule(LADDER, 3, 0, "statement")
