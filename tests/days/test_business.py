"""Business days of mainland China follow the announced holidays and the weekends worked for them."""

from __future__ import annotations

from datetime import date

import pytest

from forbear.days import CalendarNotKnown, add_business_days, is_announced, is_business_day, on_or_after


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2026-03-05", True),  # a Thursday
        ("2026-03-07", False),  # a Saturday
        ("2026-10-01", False),  # National Day
        ("2026-10-07", False),  # its last day off
        ("2026-10-08", True),
        ("2026-02-14", True),  # a Saturday worked for the Spring Festival
        ("2025-10-11", True),  # a Saturday worked for National Day
        ("2025-01-28", False),  # eve of the Spring Festival
    ],
)
def test_a_day_is_worked_or_not(day: str, works: bool) -> None:
    assert is_business_day(date.fromisoformat(day)) is works


def test_a_last_day_on_a_holiday_moves_behind_the_whole_holiday() -> None:
    # T82: the last day falls on 2026-10-01; the holiday runs to 2026-10-07.
    assert on_or_after(date(2026, 10, 1)) == date(2026, 10, 8)
    assert on_or_after(date(2026, 10, 8)) == date(2026, 10, 8)


def test_business_days_are_counted_from_the_next_one() -> None:
    assert add_business_days(date(2026, 9, 30), 1) == date(2026, 10, 8)
    assert add_business_days(date(2026, 9, 30), 0) == date(2026, 9, 30)


def test_days_are_added_not_taken_away() -> None:
    with pytest.raises(ValueError, match="negative"):
        add_business_days(date(2026, 9, 30), -1)


def test_a_day_before_the_calendar_is_refused() -> None:
    with pytest.raises(CalendarNotKnown, match="2000"):
        is_business_day(date(1999, 12, 31))


def test_a_year_not_yet_announced_says_so() -> None:
    assert is_announced(date(2026, 12, 31))
    assert not is_announced(date(2027, 1, 1))
