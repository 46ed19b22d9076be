"""A debtor's phone, 390 px wide: in through the link, and what is to be seen and done there."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import pytest
from tests.web.cases.bank import Bank
from tests.web.debtor.conftest import ID_TAIL, NOON, debtor_case

from forbear.channels.payment_sandbox.server import Sandbox
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


def serious(phone: Any) -> list[str]:
    """Return what axe finds wrong on a page that would keep somebody from using it."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    found = axe.run(phone).response["violations"]
    return [
        f"{each['id']}: {each['nodes'][0]['html'][:120]}"
        for each in found
        if each["impact"] in ("serious", "critical")
    ]


CAN_DO = (
    "complain/", "report/", "complaints/", "dispute/", "cannot/", "help/", "hardship/", "callback/", "care/", "wishes/",
    "afford/", "options/",
)  # fmt: skip
PAGES = (
    "",
    "why/",
    "contacts/",
    "messages/",
    "agreements/",
    "pay/",
    "relative/",
    "trust/",
    "nothing/",
    *CAN_DO,
)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_no_page_keeps_anybody_out(
    phone: Any, case: Any, dark: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORBEAR_PAY_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("FORBEAR_PAY_SECRET", "nobody listens there")
    phone.emulate_media(color_scheme="dark" if dark else "light", reduced_motion="reduce")
    phone.goto(f"/my/l/{access.make_link(case, at=NOON).token}/")
    assert serious(phone) == []
    come_in(phone, case)
    for page in PAGES:
        phone.goto(f"/my/{page}")
        name = page.strip("/") or "first"
        assert serious(phone) == [], name
        shot(phone, f"{name}{'-dark' if dark else ''}")


def test_pays_a_part_at_the_sandbox_without_a_script(
    browser: Any, live_server: Any, case: Any, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    """Through the real provider of ours and its signed call-back, in a browser that runs no script."""
    settings.FORBEAR_PUBLIC = live_server.url
    with Sandbox(("127.0.0.1", 0), "between us", lambda: NOON) as provider:
        threading.Thread(target=provider.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        monkeypatch.setenv("FORBEAR_PAY_URL", provider.url)
        monkeypatch.setenv("FORBEAR_PAY_SECRET", "between us")
        context = browser.new_context(
            viewport={"width": 390, "height": 844}, base_url=live_server.url, java_script_enabled=False
        )
        phone = context.new_page()
        come_in(phone, case)
        phone.click(".action a.primary")
        phone.check("input[value=part]")
        phone.fill("#id_amount", "500")
        phone.fill("#id_rest_on", "2026-05-15")
        phone.click("button.primary")
        phone.wait_for_url("**/my/pay/F*/")
        if PICTURES:
            phone.screenshot(path=Path(PICTURES) / "my-one-more-step.png")
        phone.click("a.primary")
        phone.click("button[value=paid]")
        phone.wait_for_url("**/my/pay/")
        assert "500.00" in phone.inner_text(".told")
        if PICTURES:
            phone.screenshot(path=Path(PICTURES) / "my-paid.png")
        phone.goto("/my/agreements/")
        assert "1,500.00" in phone.inner_text("main")
        if PICTURES:
            phone.screenshot(path=Path(PICTURES) / "my-agreed.png")
        context.close()
        provider.shutdown()


def test_what_can_be_done_without_money(phone: Any, case: Any) -> None:
    come_in(phone, case)
    phone.click("text=我现在一分钱也还不了")
    assert phone.locator("ul.list li").count() >= 3
    shot(phone, "cannot")
    for address, name in (
        ("help", "help"),
        ("afford", "afford"),
        ("dispute", "dispute"),
        ("wishes", "wishes"),
        ("callback", "callback"),
    ):
        phone.goto(f"/my/{address}/")
        shot(phone, name)
    phone.goto("/my/report/")
    phone.check("input[name=kind] >> nth=0")
    phone.fill("textarea", "说要到我家里来")
    shot(phone, "report")
    phone.click("button.primary")
    phone.wait_for_selector("text=编号是")
    shot(phone, "complaints")


def test_a_plan_is_found_and_wished_for(phone: Any, case: Any) -> None:
    come_in(phone, case)
    phone.goto("/my/afford/")
    for name, value in (("income", "6000"), ("spent", "4000"), ("other_debts", "0"), ("dependants", "1")):
        phone.fill(f"input[name={name}]", value)
    phone.check("input[name=willing]")
    phone.check("input[name=consent]")
    phone.click("button.primary")
    phone.wait_for_url("**/my/options/")
    shot(phone, "options")
    phone.click("text=我想要这一个 >> nth=0")
    phone.wait_for_selector("text=收到了")


def test_it_is_all_too_much(phone: Any, case: Any) -> None:
    come_in(phone, case)
    phone.click("text=我撑不住了")
    phone.click("button.primary")
    phone.wait_for_selector("text=全都停下来了")
    shot(phone, "care")
