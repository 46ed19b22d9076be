"""Negotiating at the desk in a real browser: from what can be paid to a signed PDF, and a plan that is refused."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from tests.web.cases.bank import Bank, moment

from forbear.web.agreements.models import Plan
from forbear.web.cases import services
from forbear.web.cases.models import Case
from forbear.web.codes.models import OneTimeCode
from forbear.web.documents.models import Signature
from forbear.web.documents.services import plain
from forbear.web.outbox.body import unseal

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NOON = moment("2026-05-12", "12:00:00")


@pytest.fixture
def stop_clock(settings: Any) -> Callable[[datetime], None]:
    def set_to(at: datetime) -> None:
        settings.FORBEAR_CLOCK_AT = at

    set_to(NOON)
    return set_to


@pytest.fixture
def bank(staff: Callable[..., Any], stop_clock: Callable[[datetime], None]) -> Bank:
    return Bank(staff("collector"), staff("manager", display_name="赵敏"))


@pytest.fixture
def case(bank: Bank) -> Case:
    customer = bank.customer("张伟明", birth_on="1988-03-07", id_no_tail="0010")
    account = bank.account(customer, "0014")
    bank.statement(account, "2026-04-05", "2026-04-23", 200_000, 2_000_000)
    bank.position(account, "2026-05-11", principal=1_800_000, interest=150_000, late_fee=50_000)
    bank.number(customer, "10013800001")
    case = services.open_case(customer, at=moment("2026-05-02"))
    services.assign(case, owner=bank.collector, at=moment("2026-05-02"), by=bank.lead)
    Case.objects.filter(pk=case.pk).update(dpd=19, bucket="M1", past_due_minor=200_000, aged_on=NOON.date())
    return case


@pytest.fixture
def picture(page: Any) -> Callable[[str], None]:
    """Return a taker of screenshots into FORBEAR_PICTURES, when that is set."""
    folder = os.environ.get("FORBEAR_PICTURES")

    def take(name: str) -> None:
        if folder:
            page.screenshot(path=Path(folder) / f"{name}.png", caret="initial")

    return take


def reach(page: Any, sign_in: Callable[..., None], bank: Bank, case: Case) -> None:
    """Open the case, dial and pass the identity, by keyboard."""
    page.set_default_timeout(10_000)
    sign_in(page, bank.collector)
    dialled(page, case)
    page.wait_for_selector("#means")


def dialled(page: Any, case: Case) -> None:
    """Open the case, dial and confirm the identity."""
    page.goto(f"/desk/cases/{case.pk}/")
    page.wait_for_selector("[data-key=F2]")
    page.keyboard.press("F2")
    page.wait_for_selector("#call[data-live]")
    page.keyboard.press("F6")
    page.wait_for_selector("#call[data-identity]")


def tell(page: Any, *, willing: bool, income: str = "6000") -> None:
    """Fill the form of means by keyboard; the formula follows what is typed."""
    page.keyboard.press("a")
    page.keyboard.press("Tab")
    page.keyboard.type("厂里停工")
    for text in (income, "800", "0", "1800", "1600", "300"):
        page.keyboard.press("Tab")
        page.keyboard.type(text)
    for _skip in range(7):
        page.keyboard.press("Tab")
    page.keyboard.type("500")
    for _each in range(3):
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    if not willing:
        page.keyboard.press("ArrowRight")


def test_a_personalised_plan_from_means_to_signed_pdf(
    page: Any, sign_in: Callable[..., None], bank: Bank, case: Case, picture: Callable[[str], None]
) -> None:
    reach(page, sign_in, bank, case)
    tell(page, willing=True)
    page.wait_for_selector("#formula .formula:has-text('1000.00')", timeout=6000)
    picture("negotiate-means")
    page.keyboard.press("Enter")
    page.wait_for_selector("#options [data-option=personalised_instalment]")
    picture("negotiate-options")
    page.focus("#options [data-option=personalised_instalment]")
    page.keyboard.press("Enter")
    page.wait_for_selector("#plan")
    picture("negotiate-waiting")
    plan = Plan.objects.get(case=case)
    assert plan.state == "under_review"
    assert page.locator("#code").count() == 0

    approve(page, sign_in, bank, picture)
    page.context.clear_cookies()
    sign_in(page, bank.collector)
    dialled(page, case)
    page.wait_for_selector("#send-code")
    picture("negotiate-offered")
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    page.wait_for_selector("#code")
    sent = OneTimeCode.objects.get(spent_at__isnull=True)
    found = re.search(r"\d{6}", unseal(sent.message.body_cipher).text)
    assert found is not None
    page.focus("#code")
    page.keyboard.type("000000" if found[0] != "000000" else "000001")
    page.keyboard.press("Enter")
    page.wait_for_selector("#negotiate .verdict-refused")
    page.fill("#code", found[0])
    page.keyboard.press("Enter")
    page.wait_for_selector("#plan .badge-good")
    picture("negotiate-signed")

    plan.refresh_from_db()
    case.refresh_from_db()
    assert (plan.state, case.state) == ("active", "plan")
    with page.expect_download() as download:
        page.click("a.document")
    pdf = Path(download.value.path()).read_bytes()
    assert pdf == plain(plan.document)
    text = "".join(each.extract_text() for each in PdfReader(io.BytesIO(pdf)).pages)
    assert "张伟明" in text
    assert "CNY 20,000.00" in text
    assert Signature.objects.get(document=plan.document).sha256 == plan.document.sha256
    page.goto(f"/agreements/cases/{case.pk}/")
    page.wait_for_selector("text=PL0000")
    picture("agreements-case")
    keep(pdf)


def approve(page: Any, sign_in: Callable[..., None], bank: Bank, picture: Callable[[str], None]) -> None:
    """The lead answers with one key."""
    page.context.clear_cookies()
    sign_in(page, bank.lead)
    page.goto("/agreements/approvals/")
    page.wait_for_selector("[data-question]")
    picture("approvals")
    page.keyboard.press("y")
    page.wait_for_selector(".state")


def keep(pdf: bytes) -> None:
    """Leave the signed PDF beside the pictures, to be looked at."""
    folder = os.environ.get("FORBEAR_PICTURES")
    if folder:
        (Path(folder) / "signed.pdf").write_bytes(pdf)


def test_a_refused_plan_shows_its_missing_condition(
    page: Any, sign_in: Callable[..., None], bank: Bank, case: Case, picture: Callable[[str], None]
) -> None:
    """A debtor who does not want to pay gets no personalised plan: art. 70 is named with the condition."""
    reach(page, sign_in, bank, case)
    tell(page, willing=False, income="5500")
    page.wait_for_selector("#formula .formula:has-text('500.00')")
    page.keyboard.press("Enter")
    page.wait_for_selector("#negotiate [role=status]")
    picture("negotiate-refused")
    barred = page.inner_text(".barred li:has-text('个性化分期')")

    assert "CC11-70-COND" in barred
    assert "还款意愿" in barred
    assert page.locator("[data-option=personalised_instalment]").count() == 0
    assert not Plan.objects.exists()
