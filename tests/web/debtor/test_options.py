"""The debtor's page and the desk ask the same question on the same facts: their options are equal byte for byte."""

from __future__ import annotations

import json
import random

import pytest
from django.test import Client
from tests.web.cases.bank import Bank
from tests.web.debtor.conftest import NOON, tell

from forbear import questions
from forbear.money import format_minor
from forbear.web.agreements import means, options
from forbear.web.agreements.means import latest, opened
from forbear.web.agreements.models import Means
from forbear.web.cases.authority import SELF
from forbear.web.cases.models import Case
from forbear.web.debtor import plan_views
from forbear.web.law.current import packs_at


def rendered(facts: list[dict[str, object]]) -> list[bytes]:
    """Return the options of many facts as one batch writes them."""
    lines = [json.dumps(each).encode() for each in facts]
    return [
        bytes(each) for each in questions.ask_lines("plan_options", lines, packs=packs_at(NOON), lang="zh")
    ]


@pytest.mark.parametrize(("books", "states"), [(4, 10), pytest.param(40, 25, marks=pytest.mark.stress)])
def test_random_debtors_get_the_same_options_at_the_desk_and_on_the_page(
    bank: Bank, case: Case, books: int, states: int
) -> None:
    """Debts of the book, states of means each (1,000 behind `stress`); the desk asks with the page's authority."""
    dice, on_page, at_desk = random.Random(6), [], []
    for _each in range(books):
        owing, _account = bank.late_case(owed=dice.randrange(300_000, 6_000_000))
        for _again in range(states):
            capacity = dice.randrange(0, 500_000)
            told = Means(
                case=owing, capacity_minor=capacity, stress_minor=capacity * 8 // 10, exceeds_ability=dice.random() < 0.5,
                willing=dice.choice([True, False, None]),
            )  # fmt: skip
            cash = dice.choice([None, dice.randrange(100, 400_000)])
            on_page.append(options.facts_of(owing, told, cash_minor=cash, at=NOON, role=SELF))
            desk = options.facts_of(owing, told, cash_minor=cash, at=NOON, role=bank.collector.role)
            assert desk["role"] == bank.collector.role
            at_desk.append(desk | {"role": SELF})

    page = rendered(on_page)

    assert page == rendered(at_desk)
    assert len(set(page)) > books * states * 8 // 10  # many debtors, not one


def test_what_is_told_on_the_page_is_what_the_desk_keeps(debtor_client: Client, case: Case) -> None:
    tell(debtor_client)
    kept = latest(case)
    assert kept is not None
    assert opened(kept)["facts"]["expenses"] == {"housing": "2000.00", "food": "2000.50"}
    assert kept.by is None
    assert kept.capacity_minor is not None
    again = means.affordability(opened(kept)["facts"], at=NOON, lang="zh")
    assert again["answer"]["monthly_capacity"] == format_minor(kept.capacity_minor)


def test_the_page_shows_real_dates_and_the_months_move_them(debtor_client: Client, case: Case) -> None:
    tell(debtor_client)
    page = debtor_client.get("/my/options/?cash=1000").content.decode()
    answer = options.options(case, cash_minor=100_000, at=NOON, by=None, lang="en")
    option = next(
        each for each in answer["options"].values() if each["offered"] and each["kind"] != "pay_now"
    )
    plans = [option["plan"], *option["alternatives"]]
    assert plans[0]["id"] in page
    assert all(
        row["pay_by"] in page and plan_views.written(row["amount"]) in page for row in plans[0]["rows"]
    )
    for plan in plans:
        moved = debtor_client.get(f"/my/options/?cash=1000&months={len(plan['rows'])}").content.decode()
        assert plan["id"] in moved


@pytest.mark.parametrize("odd", ["-1", "0", "1e3", "<script>", "9" * 40, "٣", ""])
def test_odd_sliders_are_no_sliders(debtor_client: Client, odd: str) -> None:
    tell(debtor_client)
    plain = debtor_client.get("/my/options/").content
    assert debtor_client.get("/my/options/", {"cash": odd, "months": odd}).content.count(
        b"<tr>"
    ) == plain.count(b"<tr>")


def test_another_debtors_figures_do_not_show(debtor_client: Client, other_client: Client, bank: Bank) -> None:
    tell(debtor_client)
    assert "20000.00" not in other_client.get("/my/options/").content.decode()
