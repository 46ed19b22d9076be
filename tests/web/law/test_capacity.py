"""The lawful capacity of the open cases, and the conflicts, on their screens."""

from __future__ import annotations

import pytest
from tests.web.law.conftest import NOON

from forbear.web.cases.models import Case
from forbear.web.law import capacity, current

pytestmark = pytest.mark.django_db


def test_open_cases_count_and_a_hold_takes_them_out(case, collector):
    packs = current.packs_now()
    found = capacity.of_portfolio(NOON.date(), NOON, packs)
    voice = list(capacity.CHANNELS).index("voice")
    assert found.by_hour[voice].tolist() == [0] * 8 + [1] * 14 + [0] * 2

    case[0].holds.create(kind="dispute", since=NOON, by=collector)
    held = capacity.of_portfolio(NOON.date(), NOON, packs)
    assert held.by_hour[voice].sum() == 0


def test_without_an_open_case_the_page_says_so(signed_in, author):
    assert not Case.objects.exists()
    assert "No case is open." in signed_in(author).get("/law/capacity/").text


def test_the_chart_has_its_numbers_as_a_table(signed_in, author, case):
    page = signed_in(author).get("/law/capacity/?on=2026-11-25")
    assert "lawful-capacity" in page.text
    assert "no counter" in page.text


def test_a_day_nobody_can_mean_is_today(signed_in, author):
    assert signed_in(author).get("/law/capacity/?on=<script>").status_code == 200


def test_conflicts_are_told_with_each_side_and_why(signed_in, author):
    page = signed_in(author).get("/law/conflicts/")
    for conflict in current.packs_now().conflicts.values():
        assert conflict.id in page.text
    assert "CBA26-HOURS" in page.text


def test_a_rule_in_a_conflict_says_so_on_its_page(signed_in, author):
    text = signed_in(author).get("/law/rules/CBA26-HOURS/").text
    assert 'id="night_hours"' in text
