"""The ledger's screens in a real browser: from a difference with the bank to why the amount is what it is."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from tests.web.cases.bank import Bank, moment

from forbear.web.ledger.models import Difference
from forbear.web.portfolio.models import Account

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NOON: datetime = moment("2026-06-10", "12:00:00")


@pytest.fixture
def bank(staff: Callable[..., Any], settings: Any) -> Bank:
    settings.FORBEAR_CLOCK_AT = NOON
    return Bank(staff("collector"), staff("manager", display_name="赵敏"))


@pytest.fixture
def account(bank: Bank) -> Account:
    """10,000.00 carried in on 5 May, nothing paid: 155.00 of interest and a late fee of 50.00; the bank says 155.01."""
    made = bank.account(bank.customer("张伟明"), "0014")
    Account.objects.filter(pk=made.pk).update(bill_day=5)
    bank.statement(made, "2026-05-05", "2026-05-23", 100_000)
    bank.statement(made, "2026-06-05", "2026-06-23", 215_500)
    bank.position(made, "2026-05-05", principal=1_000_000)
    bank.position(made, "2026-06-05", principal=1_000_000, interest=15_501, late_fee=5_000)
    return made


def take(page: Any, name: str) -> None:
    """Leave a screenshot in FORBEAR_PICTURES, when that is set."""
    if folder := os.environ.get("FORBEAR_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png")


def test_a_cent_of_difference_is_found_explained_handed_over_and_closed(
    page: Any, sign_in: Callable[..., None], staff: Callable[..., Any], bank: Bank, account: Account
) -> None:
    page.set_default_timeout(10_000)
    other = staff("manager", username="qian", display_name="钱丽")
    sign_in(page, bank.lead)
    page.goto("/ledger/")
    page.click("form[action$='compare/'] button")
    page.click(f"text={account.account_no}")
    assert "0.01" in page.inner_text("tfoot")
    take(page, "ledger-difference")
    page.select_option("#to", label=page.inner_text(f"#to option[value='{other.pk}']"))
    page.click("button[value=give]")
    page.wait_for_selector("text=钱丽")
    page.click(f"a[href*='/ledger/accounts/{account.pk}/']")
    page.wait_for_selector("#total")
    lines = page.inner_text("[data-grid=why-lines]")
    assert "10,000.00 × 0.05% × 31天（2026-05-06至2026-06-05） = 155.00" in lines
    take(page, "ledger-why")
    page.go_back()
    page.fill("#text", "银行按四舍六入")
    page.select_option("#reason", "rounding")
    page.click("button[value=close]")
    page.wait_for_selector(".badge-good")
    page.goto("/ledger/?view=closed")
    take(page, "ledger-desk")
    found = Difference.objects.get()
    assert (found.assigned_to, found.closed_by, found.closed_reason) == (other, bank.lead, "rounding")
