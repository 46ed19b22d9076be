"""Local windows, openings and midnights are exact, also across clock changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forbear.days import DAY, SECOND, UnknownZone, next_midnight, next_opening, time_of_day, within, zone

HOUR = 3600 * SECOND
NIGHT = (22 * HOUR, 8 * HOUR)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Half-hour change (Lord Howe), change at midnight (Havana), a pause of a month (Casablanca), a day left out (Apia).
ZONES = ["Asia/Shanghai", "Europe/London", "America/New_York", "Australia/Lord_Howe", "America/Havana",
         "Africa/Casablanca", "Pacific/Apia", "Asia/Kathmandu", "Asia/Urumqi"]  # fmt: skip


def micros(*at: int, where: str = "UTC", fold: int = 0) -> np.ndarray:
    moment = datetime(*at, tzinfo=ZoneInfo(where), fold=fold)
    return np.array([(moment - EPOCH) // timedelta(microseconds=1)])


def moment(at: np.ndarray, where: str = "UTC") -> datetime:
    return (EPOCH + timedelta(microseconds=int(at[0]))).astimezone(ZoneInfo(where))


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(ZONES), st.datetimes(datetime(1992, 1, 1), datetime(2099, 12, 31), timezones=st.just(UTC))
)
def test_local_time_agrees_with_the_standard_library(name: str, at: datetime) -> None:
    local = int(zone(name).local(np.array([(at - EPOCH) // timedelta(microseconds=1)]))[0])
    wall = at.astimezone(ZoneInfo(name)).replace(tzinfo=UTC)
    assert EPOCH + timedelta(microseconds=local) == wall


@pytest.mark.parametrize("bad", ["Asia", "../etc/passwd", "/etc/passwd", "Mars/Base", "x\0y", "", "a" * 5000])
def test_a_zone_that_does_not_exist_is_refused(bad: str) -> None:
    with pytest.raises(UnknownZone):
        zone(bad)


def test_a_window_is_half_open_and_may_cross_midnight() -> None:
    times = np.array([22 * HOUR - 1, 22 * HOUR, 0, 8 * HOUR - 1, 8 * HOUR])
    assert within(times, *NIGHT).tolist() == [False, True, True, True, False]
    assert within(times, 0, 8 * HOUR).tolist() == [False, False, True, True, False]


def test_the_next_opening_after_the_evening_is_the_morning() -> None:
    opening = next_opening(micros(2026, 3, 5, 22, 30, where="Asia/Shanghai"), zone("Asia/Shanghai"), NIGHT)
    assert moment(opening, "Asia/Shanghai").isoformat() == "2026-03-06T08:00:00+08:00"


def test_an_opening_that_the_clocks_jump_over_is_the_jump() -> None:
    # In New York 02:00 to 03:00 does not exist on 2026-03-08; a window that opens at 02:30 opens at 03:00.
    at = micros(2026, 3, 8, 1, 0, where="America/New_York")
    opening = next_opening(at, zone("America/New_York"), (0, 2 * HOUR + HOUR // 2))
    assert moment(opening, "America/New_York").isoformat() == "2026-03-08T03:00:00-04:00"


def test_an_hour_that_comes_twice_is_closed_twice() -> None:
    # In London 01:00 to 02:00 comes twice on 2026-10-25; a window that ends at 01:30 opens, closes again and opens.
    london, closed = zone("Europe/London"), (1 * HOUR, HOUR + HOUR // 2)
    first = next_opening(micros(2026, 10, 25, 1, 0, where="Europe/London"), london, closed)
    assert moment(first).isoformat() == "2026-10-25T00:30:00+00:00"
    again = next_opening(micros(2026, 10, 25, 1, 10, where="Europe/London", fold=1), london, closed)
    assert moment(again).isoformat() == "2026-10-25T01:30:00+00:00"


def test_midnight_that_a_clock_change_skips_is_the_first_moment_of_the_new_day() -> None:
    # Havana goes from 00:00 to 01:00 on 2026-03-08; Samoa left out the whole of 2011-12-30.
    havana = next_midnight(micros(2026, 3, 7, 20, 0, where="America/Havana"), zone("America/Havana"))
    assert moment(havana, "America/Havana").isoformat() == "2026-03-08T01:00:00-04:00"
    apia = next_midnight(micros(2011, 12, 29, 20, 0, where="Pacific/Apia"), zone("Pacific/Apia"))
    assert moment(apia, "Pacific/Apia").isoformat() == "2011-12-31T00:00:00+14:00"


minutes = st.integers(0, 24 * 60 - 1)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(ZONES),
    st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    minutes,
    minutes,
    st.lists(st.tuples(minutes, minutes).filter(lambda w: w[0] != w[1]), max_size=2),
)
def test_the_next_opening_is_the_first_open_minute_found_by_trying_each(
    name, at, start, end, consented
) -> None:
    at = at.replace(second=0, microsecond=0)
    closed = (start * 60 * SECOND, end * 60 * SECOND)
    windows = np.zeros((1, 2, 2), dtype=np.int64)
    for i, window in enumerate(consented):
        windows[0, i] = [minute * 60 * SECOND for minute in window]
    found = moment(
        next_opening(np.array([(at - EPOCH) // timedelta(microseconds=1)]), zone(name), closed, windows)
    )

    def in_window(minute: int, begin: int, finish: int) -> bool:
        return begin <= minute < finish if begin <= finish else minute >= begin or minute < finish

    tried = at
    while True:  # a closed window is shorter than a day, so this ends
        wall = tried.astimezone(ZoneInfo(name))
        minute = wall.hour * 60 + wall.minute
        if not in_window(minute, start, end) or any(in_window(minute, *window) for window in consented):
            break
        tried += timedelta(minutes=1)
    assert found == tried


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(ZONES), st.datetimes(datetime(1995, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))
)
def test_the_next_midnight_begins_a_day_and_the_moment_before_does_not(name: str, at: datetime) -> None:
    start = np.array([(at - EPOCH) // timedelta(microseconds=1)])
    found = next_midnight(start, zone(name))
    today = moment(start, name).date()
    assert found[0] > start[0]
    assert moment(found, name).date() > today
    assert moment(found - 1, name).date() <= today


def test_a_column_gives_each_row_what_it_gets_alone() -> None:
    rng = np.random.default_rng(1)
    at = rng.integers(1_700_000_000, 1_800_000_000, 500) * SECOND
    where = zone("Europe/London")
    together = next_opening(at, where, NIGHT)
    assert together.tolist() == [int(next_opening(at[i : i + 1], where, NIGHT)[0]) for i in range(500)]
    assert not within(time_of_day(where.local(together)), *NIGHT).any()
    assert ((together - at) < DAY).all()
