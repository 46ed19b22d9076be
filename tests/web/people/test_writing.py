"""How Forbear writes money, dates, names and numbers."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.utils import translation

from forbear.web.people.charts import Chart, Column
from forbear.web.people.templatetags import forbear as tags


@pytest.mark.parametrize(
    ("minor", "currency", "written"),
    [
        (123450, "CNY", "1,234.50"), (0, "CNY", "0.00"), (5, "CNY", "0.05"), (-123450, "CNY", "−1,234.50"),
        (-5, "CNY", "−0.05"), (9_007_199_254_740_993, "CNY", "90,071,992,547,409.93"), (1234, "JPY", "1,234"),
        (None, "CNY", "—"),
    ],
)  # fmt: skip
def test_money_is_exact_with_separators(minor, currency, written):
    assert tags.money(minor, currency) == written


def test_a_moment_is_written_in_the_banks_time():
    assert tags.moment(datetime(2026, 11, 24, 14, 0, tzinfo=UTC)) == "2026-11-24 22:00"


def test_a_day_near_midnight_is_the_banks_day():
    assert tags.day(datetime(2026, 11, 24, 16, 30, tzinfo=UTC)) == "2026-11-25"


def test_people_plan_by_weekday():
    with translation.override("en"):
        assert tags.planday(date(2026, 11, 24)) == "2026-11-24 Tue"


@pytest.mark.parametrize(
    "writer", [tags.day, tags.moment, tags.money, tags.count, tags.percent, tags.planday]
)
def test_what_is_unknown_is_a_dash_and_never_zero(writer):
    assert writer(None) == "—"


@pytest.mark.parametrize(
    ("name", "masked"), [("张伟明", "张*明"), ("张伟", "张*"), ("", "*"), ("欧阳娜娜", "欧**娜")]
)
def test_names_are_masked(name, masked):
    assert tags.masked_name(name) == masked


def test_numbers_show_their_tail_only():
    assert tags.masked_number("8000") == "****8000"
    assert tags.masked_number("") == "—"


def test_a_badge_has_a_mark_and_a_word_beside_its_colour():
    html = tags.badge("bad", "Refused")
    assert "✕" in html
    assert "Refused" in html


def test_words_in_a_badge_cannot_become_markup():
    assert "<b>" not in tags.badge("bad", "<b>")


def test_a_row_that_does_not_fit_its_columns_is_an_error():
    broken = Chart(name="x", title="?", kind="bars", data={}, columns=[Column("a")], rows=[[1, 2]])
    with pytest.raises(ValueError, match="zip"):
        broken.cells()
