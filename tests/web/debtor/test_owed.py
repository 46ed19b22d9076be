"""What stands on the page is told in the reader's language, as money is written, and starts from what is owed."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from django.test import Client
from tests.web.cases.bank import day
from tests.web.debtor.conftest import NOON, enter, tell

from forbear.web.cases.models import Case
from forbear.web.debtor import owed
from forbear.web.outbox.models import MessageState, OutboxMessage
from forbear.web.outbox.services import Body, Draft, enqueue
from forbear.web.portfolio.models import ContactPoint


@dataclass
class Told:
    """What the ledger says of one account, by days from now; minor units."""

    said: dict[int, int | None]

    def forecast_on(self, days: int) -> int | None:
        return self.said.get(days)


@pytest.mark.parametrize(
    ("accounts", "owed_minor", "expected"),
    [
        ([{0: 10_000, 30: 10_150}], 10_000, 10_150),  # ledger and bank agree
        ([{0: -11_000, 30: -11_016}, {0: 40_000, 30: 40_600}], 21_310, 21_310 + 584),  # they differ: no jump
        ([{0: 10_000, 30: None}], 10_000, None),
        ([{0: 10_000, 30: 10_150}, {}], 10_000, None),
        ([{0: 10_000, 30: 10_150}], 0, None),
        ([], 10_000, None),
    ],
)
def test_what_waiting_costs_is_added_to_what_is_owed(
    accounts: list[dict[int, int | None]], owed_minor: int, expected: int | None
) -> None:
    assert owed.ahead([Told(each) for each in accounts], owed_minor, 30) == expected  # type: ignore[arg-type]


def test_the_forecast_on_the_page_begins_at_the_figure_above_it(debtor_client: Client, case: Case) -> None:
    said = owed.explained(case, NOON, "en")
    assert said["owed"].total.total_minor == 2_000_000
    assert all(minor is None or minor >= 2_000_000 for _days, minor in said["ahead"])
    assert debtor_client.get("/my/why/").status_code == 200


def test_a_line_that_comes_to_nothing_is_left_out() -> None:
    lines = [type("Line", (), {"amount_minor": amount})() for amount in (769, 12, 0)]
    why = type("Why", (), {"lines": lines[:1], "open_lines": lines[1:]})()
    assert [each.amount_minor for each in owed.moved(why)] == [769, 12]


@pytest.mark.parametrize(
    ("language", "name", "law"),
    [("en", "Demo Bank Credit Card Centre", "China Banking Association"), ("zh-hans", "示范银行信用卡中心", "中国银行业协会")],
)  # fmt: skip
def test_bank_and_law_are_named_in_the_readers_language(
    case: Case, language: str, name: str, law: str
) -> None:
    phone = enter(case)
    phone.cookies["django_language"] = language
    assert name in phone.get("/my/").content.decode()
    assert law in phone.get("/my/contacts/").content.decode()
    if language == "en":
        assert "示范银行" not in phone.get("/my/trust/").content.decode()


def test_amounts_of_means_and_ways_are_written_with_thousands(debtor_client: Client) -> None:
    tell(debtor_client, until="papers")
    debtor_client.post("/my/afford/papers/", {})
    assert "6,000.00" in debtor_client.get("/my/afford/send/").content.decode()
    tell(debtor_client)
    ways = debtor_client.get("/my/options/").content.decode()
    assert re.search(r"\d,\d{3}\.\d\d<", ways)
    assert not re.search(r"\d{4}\.\d\d<", ways)


def test_a_message_without_a_moment_of_handing_over_says_when_it_was_planned(
    case: Case, debtor_client: Client
) -> None:
    point = ContactPoint.objects.get(customer=case.customer)
    draft = Draft(
        case=case, channel="sms", body=Body("hello"), template="x", template_version="1", contact_point=point, purpose="service"
    )  # fmt: skip
    made = enqueue(draft, key="m", cause="test", at=NOON)
    OutboxMessage.objects.filter(pk=made.pk).update(state=MessageState.DELIVERED, planned_at=NOON)
    assert NOON.date() == day("2026-05-12")
    assert "2026-05-12 12:00" in debtor_client.get("/my/messages/").content.decode()
