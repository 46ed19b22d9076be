"""The best time: learned from logged calls only, smoothed, explained, shy while little is known."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.web.cases.bank import moment

from forbear.web.contact.models import ContactAttempt
from forbear.web.reach.best_time import best_times, learn, learn_answer_rates
from forbear.web.reach.policy import BestTimePolicy

RULES = BestTimePolicy(
    window_hours=2, first_hour=8, last_hour=22, prior_tries=6, neighbour=50, days=180, tries_min=3
)


def test_with_nothing_known_every_window_is_worth_the_same_and_none_is_called_personal():
    found = learn({}, {}, RULES, weekend=False)

    assert not found.personal
    assert {window.rate for window in found.windows} == {50}
    assert [window.from_hour for window in found.windows] == [8, 10, 12, 14, 16, 18, 20]


def test_the_rate_of_a_window_is_the_formula():
    own = {(False, 18): (4, 3), (False, 20): (2, 0)}
    everybody = {(False, hour): (100, 20) for hour in range(8, 22)}

    found = learn(own, everybody, RULES, weekend=False)

    # 18-20: tries 4 + half of 2 = 5, answered 3; (3 + 6 x 0.20) / (5 + 6) = 38.18 %
    assert (found.best.from_hour, found.best.to_hour, found.best.rate) == (18, 20, 38)
    assert (found.best.tries, found.best.answered, found.best.everybody) == (4, 3, 20)
    assert found.personal


def test_weekdays_say_nothing_about_weekends():
    found = learn({(False, 18): (9, 9)}, {}, RULES, weekend=True)

    assert not found.personal
    assert {window.tries for window in found.windows} == {0}


tallies = st.dictionaries(
    st.tuples(st.booleans(), st.integers(0, 23)),
    st.integers(0, 50).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))),
)


@given(own=tallies, everybody=tallies, weekend=st.booleans())
def test_rates_stay_between_nothing_and_always_and_windows_cover_the_day_once(own, everybody, weekend):
    found = learn(own, everybody, RULES, weekend=weekend)

    assert all(0 <= window.rate <= 100 for window in found.windows)
    hours = sorted(hour for window in found.windows for hour in range(window.from_hour, window.to_hour))
    assert hours == list(range(8, 22))


@given(own=tallies, hour=st.sampled_from(range(8, 22)), weekend=st.booleans())
def test_one_more_answer_never_makes_its_window_worse(own, hour, weekend):
    def rate(known):
        window = next(
            w for w in learn(known, {}, RULES, weekend=weekend).windows if w.from_hour <= hour < w.to_hour
        )
        return window.rate

    tries, answered = own.get((weekend, hour), (0, 0))
    assert rate({**own, (weekend, hour): (tries + 1, answered + 1)}) >= rate(own)


@pytest.mark.django_db
def test_only_outbound_calls_to_the_debtors_own_numbers_teach(bank):
    case, _ = bank.late_case()
    own = bank.number(case.customer)
    mother = bank.number(case.customer, "10013800099", relation="parent")

    def call(point, clock, *, answered, action="CALL_OUT", channel="voice"):
        at = moment("2026-05-11", clock)  # a Monday
        ContactAttempt.objects.create(
            customer=case.customer, case=case, contact_point=point, channel=channel, action=action, at=at,
            local_day=at.date(), answered=answered,
        )  # fmt: skip

    for minute in ("18:05:00", "18:25:00", "19:10:00"):
        call(own, minute, answered=True)
    for minute in ("10:05:00", "10:25:00"):
        call(own, minute, answered=False)
    call(mother, "09:00:00", answered=True)
    call(own, "10:00:00", answered=True, action="CALL_IN")
    call(own, "11:00:00", answered=True, channel="sms")

    at = moment("2026-05-12")
    assert learn_answer_rates(at) == 5
    found = best_times([case.customer_id], at, weekend=False)[case.customer_id]
    assert (found.best.from_hour, found.best.tries, found.personal) == (18, 3, True)
    assert sum(window.tries for window in found.windows) == 5
