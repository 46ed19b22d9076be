"""A debtor's phone, 390 px wide: in through the link, and what is to be seen and done there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from tests.web.cases.bank import Bank
from tests.web.debtor.conftest import ID_TAIL, NOON, debtor_case

from forbear.web.debtor import access

pytestmark = pytest.mark.browser
PICTURES = os.environ.get("FORBEAR_PICTURES")  # a folder; pictures are taken only if it is named


@pytest.fixture
def case(transactional_db: None, settings: Any) -> Any:
    settings.FORBEAR_CLOCK_AT = NOON
    return debtor_case(Bank())


def shot(phone: Any, name: str) -> None:
    """Hold a page to the width of the phone, and take its picture if wanted."""
    wide = phone.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390, f"{name} scrolls sideways: {wide} px"
    if PICTURES:
        phone.screenshot(path=Path(PICTURES) / f"my-{name}.png", full_page=True)


def come_in(phone: Any, case: Any) -> None:
    phone.goto(f"/my/l/{access.make_link(case, at=NOON).token}/")
    phone.fill("#answer", ID_TAIL)
    phone.click("button.primary")
    phone.wait_for_url("**/my/")


def test_in_through_the_link(phone: Any, case: Any) -> None:
    phone.goto(f"/my/l/{access.make_link(case, at=NOON).token}/")
    assert phone.url.endswith("/my/identity/")
    shot(phone, "identity")
    phone.fill("#answer", "1111")
    phone.click("button.primary")
    phone.wait_for_selector("[role=alert]")
    shot(phone, "identity-again")
    phone.fill("#answer", ID_TAIL)
    phone.click("button.primary")
    phone.wait_for_url("**/my/")
    assert "20,000.00" in phone.inner_text(".figure")
    shot(phone, "home")


def test_not_for_me(phone: Any, case: Any) -> None:
    phone.goto(f"/my/l/{access.make_link(case, at=NOON).token}/")
    phone.click("text=这条信息不是发给我的")
    shot(phone, "not-me")
    phone.click("button.primary")
    phone.wait_for_selector("text=我们会停止")
    shot(phone, "not-me-done")
