"""What an action adds: the table at its base, little at either end, never beyond the room, and net of cost."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forbear.learning import expected_value, uplift, uplift_policy
from forbear.packs import load_packs

ROWS = [
    {"stage": "early", "base": "0.60", "call": "0.060", "sms": "0.024"},
    {"stage": "late", "base": "0.08", "call": "0.030", "sms": "0.000"},
]
POLICY = uplift_policy(ROWS, {"call": "1.50", "sms": "0.05"}, ["call", "sms"])


def test_at_the_base_chance_an_action_adds_what_the_table_says():
    added = uplift(np.array([0.60, 0.08]), np.array([0, 1]), POLICY)
    assert added == pytest.approx(np.array([[0.060, 0.024], [0.030, 0.0]]))


def test_who_pays_anyway_and_who_hardly_can_gain_little():
    low, middle, high = uplift(np.array([0.01, 0.5, 0.99]), np.zeros(3, int), POLICY)[:, 0]
    assert low < 0.2 * middle
    assert high < 0.2 * middle


@given(p0=st.floats(0.0, 1.0), stage=st.integers(0, 1))
def test_an_action_never_adds_more_than_the_room(p0, stage):
    added = uplift(np.array([p0]), np.array([stage]), POLICY)
    assert (added >= 0).all()
    assert (added <= 1 - p0 + 1e-12).all()


def test_value_is_what_is_added_of_what_is_owed_less_the_cost():
    columns = {"stage": np.array([0]), "past_due_minor": np.array([100_000])}
    # 0.060 x 1000.00 - 1.50 = 58.50; 0.024 x 1000.00 - 0.05 = 23.95
    assert expected_value(columns, np.array([0.60]), POLICY) == pytest.approx(np.array([[58.5, 23.95]]))


def test_nothing_owed_brings_a_loss_of_the_cost():
    columns = {"stage": np.array([1]), "past_due_minor": np.array([0])}
    assert expected_value(columns, np.array([0.3]), POLICY) == pytest.approx(np.array([[-1.5, -0.05]]))


@pytest.mark.parametrize(
    "row", [{"base": "0.99", "call": "0.02"}, {"base": "1", "call": "0"}, {"base": "0.1", "call": "-0.2"}]
)
def test_points_that_no_chance_can_hold_are_refused(row):
    with pytest.raises(ValueError, match="make no chance"):
        uplift_policy([{"stage": "early", **row}], {"call": "1"}, ["call"])


def test_the_house_table_is_readable_and_its_reminder_lies_within_the_published_interval():
    packs, on = load_packs(), date(2026, 11, 24)
    cost = packs.value("house/values/cost", on)
    policy = uplift_policy(packs.value("house/values/uplift", on), cost, list(cost))
    early, sms = policy.stages.index("early"), policy.actions.index("sms")
    added = uplift(np.array([0.619]), np.array([early]), policy)[0, sms]
    # 61.9 % cured without a reminder; it added 1.68 to 3.12 points (Campbell, Grant and Thorp 2022).
    assert 0.0168 <= added <= 0.0312
