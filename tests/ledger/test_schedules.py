"""Instalments: the month end comes from the original day, the last row balances, and the rows sum to the total."""

from __future__ import annotations

from calendar import monthrange
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forbear.days import on_or_after
from forbear.ledger import instalments, schedules


def test_w8_sixty_rows_of_53210_47_from_a_31_january():
    due_on, amount = instalments(5321047, 60, date(2026, 1, 31), original_day=31)

    assert amount[:59].tolist() == [88684] * 59
    assert amount[59] == 88691
    assert amount.sum() == 5321047
    days = [str(day) for day in due_on]
    assert days[:4] == ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]
    assert days[25] == "2028-02-29"
    assert days[59] == "2030-12-31"


def test_the_first_row_may_be_due_earlier_than_the_days_of_the_others():
    due_on, _ = instalments(30000, 3, date(2026, 12, 5), original_day=20)

    assert [str(day) for day in due_on] == ["2026-12-05", "2027-01-20", "2027-02-20"]


def test_a_calendar_moves_a_row_and_not_the_rows_after_it():
    # 2026-10-01 to 10-07 is the national holiday, 2026-10-31 a Saturday, 2026-11-30 a Monday.
    due_on, _ = instalments(30000, 3, date(2026, 9, 30), original_day=31, calendar=on_or_after)

    assert [str(day) for day in due_on] == ["2026-09-30", "2026-11-02", "2026-11-30"]


def test_w8_on_real_days_no_row_is_due_on_a_day_on_which_no_bank_works():
    own, _ = instalments(5321047, 60, date(2026, 1, 31), original_day=31)
    due_on, amount = instalments(5321047, 60, date(2026, 1, 31), original_day=31, calendar=on_or_after)

    # 2026-01-31, 02-28 and 05-31 are a Saturday, a Saturday worked for the Spring Festival, and a Sunday
    assert [str(day) for day in due_on[:5]] == [
        "2026-02-02",
        "2026-02-28",
        "2026-03-31",
        "2026-04-30",
        "2026-06-01",
    ]
    assert (due_on >= own).all()
    assert amount.sum() == 5321047
    assert all(on_or_after(day.astype(object)) == day for day in due_on)


def test_less_than_a_cent_a_row_is_all_in_the_last_row():
    _, amount = instalments(1, 60, date(2026, 1, 1), original_day=1)

    assert amount.tolist() == [0] * 59 + [1]


@given(
    total=st.integers(1, 1_000_000_000),
    n=st.integers(1, 60),
    first=st.dates(date(2020, 1, 1), date(2060, 1, 1)),
    original_day=st.integers(1, 31),
)
def test_rows_sum_to_the_total_and_fall_on_the_original_day_or_the_months_end(total, n, first, original_day):
    due_on, amount = instalments(total, n, first, original_day=original_day)

    assert int(amount.sum()) == total
    assert (amount >= 0).all()
    assert len(set(amount[:-1].tolist())) <= 1  # all rows but the last are equal
    assert 0 <= int(amount[-1]) - total // n < n
    for months, day in enumerate(due_on.astype(object)):
        year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
        expected = date(year, month + 1, min(original_day, monthrange(year, month + 1)[1]))
        assert day == (first if months == 0 else expected)


@given(
    st.lists(
        st.tuples(st.integers(1, 10**9), st.integers(1, 60), st.integers(1, 31)), min_size=1, max_size=20
    )
)
def test_many_plans_at_once_are_the_plans_one_by_one(plans):
    totals, counts, days = (list(column) for column in zip(*plans, strict=True))
    made = schedules(totals, counts, date(2026, 1, 15), original_day=days)

    for i, (total, n, day) in enumerate(plans):
        rows = slice(made.starts[i], made.starts[i + 1])
        due_on, amount = instalments(total, n, date(2026, 1, 15), original_day=day)
        assert (made.due_on[rows] == due_on).all()
        assert (made.amount_minor[rows] == amount).all()
        assert made.number[rows].tolist() == list(range(1, n + 1))


@pytest.mark.parametrize(
    ("total", "n", "day", "said"),
    [
        (100, 0, 1, "at least one row"),
        (-1, 1, 1, "never less"),
        (100, 1, 32, "1 to 31"),
        (1.5, 1, 1, "whole"),
    ],
)
def test_what_is_no_plan_is_refused(total, n, day, said):
    with pytest.raises(ValueError, match=said):
        instalments(total, n, date(2026, 1, 1), original_day=day)


def test_no_plans_are_no_rows():
    none = np.zeros(0, dtype=np.int64)

    assert schedules(none, none, none.astype("datetime64[D]"), original_day=none).due_on.size == 0
