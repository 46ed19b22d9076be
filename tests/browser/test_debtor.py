"""A debtor's phone, 390 px wide: in through the link, and what is to be seen and done there."""

from __future__ import annotations

import re
import threading
from pathlib import Path
from typing import Any

import pytest
from tests.browser.steps import PICTURES, serious
from tests.web.cases.bank import Bank
from tests.web.complaints.conftest import png
from tests.web.debtor.conftest import ID_TAIL, NOON, debtor_case

from forbear.channels.payment_sandbox.server import Sandbox
from forbear.web.codes.models import OneTimeCode
from forbear.web.debtor import access
from forbear.web.documents.models import StoredDocument
from forbear.web.genuine import codes
from forbear.web.outbox.body import unseal
from forbear.web.payments.models import PayOrder
from forbear.web.payments.services import make_payer_link
from forbear.web.portfolio.models import Account

pytestmark = pytest.mark.browser


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


PAGES = (
    "", "why/", "contacts/", "messages/", "agreements/", "pay/", "relative/", "trust/", "check/", "nothing/", "complain/",
    "report/", "complaints/", "dispute/", "matters/", "cannot/", "help/", "hardship/", "callback/", "care/", "wishes/", "afford/",
    "options/", "later/", "promise/", "plan/", "helpers/", "helpers/new/", "helping/in/", "not-me/", "for/",
)  # fmt: skip


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
        name = page.strip("/").replace("/", "-") or "first"
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


def answer_means(phone: Any, pictures: bool = False) -> None:
    """Answer what one can pay, step by step, through the pages."""
    phone.goto("/my/afford/")
    phone.check("input[name=consent]")
    phone.click("button.primary")
    for step, fields in (
        ("income", {"income": "6000"}), ("living", {"housing": "2000", "food": "1800"}), ("debts", {"other_debts": "0", "dependants": "1"})
    ):  # fmt: skip
        phone.wait_for_url(f"**/my/afford/{step}/")
        for name, value in fields.items():
            phone.fill(f"input[name={name}]", value)
        if pictures:
            shot(phone, f"afford-{step}")
        phone.click("button.primary")
    phone.wait_for_url("**/my/afford/why/")
    phone.check("input[name=willing]")
    phone.click("button.primary")
    phone.wait_for_url("**/my/afford/papers/")


def test_means_are_told_left_and_gone_on_with_and_papers_come_by_camera(phone: Any, case: Any) -> None:
    come_in(phone, case)
    answer_means(phone, pictures=True)
    come_in(phone, case)  # another day
    phone.goto("/my/afford/")
    phone.wait_for_url("**/my/afford/papers/")
    assert phone.get_attribute("input[name=photo]", "capture") == "environment"
    phone.set_input_files("input[name=photo]", {"name": "IMG.png", "mimeType": "image/png", "buffer": png()})
    phone.check("input[name=papers_consent]")
    shot(phone, "afford-papers")
    phone.click("button.primary")
    phone.wait_for_url("**/my/afford/send/")
    assert serious(phone) == []
    shot(phone, "afford-send")
    phone.click("button.primary")
    phone.wait_for_url("**/my/options/")
    assert StoredDocument.objects.get().received


def code_on_the_phone(case: Any) -> str:
    sent = OneTimeCode.objects.filter(customer=case.customer).latest("pk")
    found = re.search(r"\d{6}", unseal(sent.message.body_cipher).text)
    assert found
    return found[0]


def test_a_plan_is_moved_chosen_signed_and_kept(phone: Any, transactional_db: None, settings: Any) -> None:
    settings.FORBEAR_CLOCK_AT = NOON
    small = debtor_case(Bank(), owed=300_000)
    come_in(phone, small)
    answer_means(phone)
    phone.click("button.primary")
    phone.wait_for_url("**/my/afford/send/")
    phone.click("button.primary")
    phone.wait_for_url("**/my/options/")
    phone.focus("#cash")
    for _each in range(3):
        phone.keyboard.press("ArrowRight")
    phone.click("text=重新算一算")
    phone.wait_for_url("**/my/options/?cash=300*")
    assert "300" in phone.inner_text("#cash-now")
    assert serious(phone) == []
    shot(phone, "options-moved")
    phone.click("text=我选这个 >> nth=0")
    phone.wait_for_url("**/my/plan/")
    shot(phone, "plan-offered")
    phone.click("button.primary")
    phone.wait_for_selector("#code")
    assert serious(phone) == []
    shot(phone, "plan-code")
    phone.fill("#code", code_on_the_phone(small))
    phone.click("button.primary")
    phone.wait_for_selector("text=签好了")
    assert serious(phone) == []
    shot(phone, "plan-signed")
    with phone.expect_download() as kept:
        phone.click("text=存到手机")
    assert Path(kept.value.path()).read_bytes().startswith(b"%PDF-")


def test_a_date_is_promised(phone: Any, case: Any) -> None:
    come_in(phone, case)
    phone.goto("/my/promise/")
    phone.fill("#id_amount", "2000")
    phone.fill("#id_due_on", "2026-05-15")
    shot(phone, "promise")
    phone.click("button.primary")
    phone.wait_for_selector("text=在那之前不打电话")
    shot(phone, "promised")


def test_it_can_be_asked_to_wait(phone: Any, case: Any) -> None:
    come_in(phone, case)
    phone.goto("/my/later/")
    phone.click("button.primary")
    phone.wait_for_selector("text=几个工作日内")
    assert serious(phone) == []
    shot(phone, "later-asked")


def test_is_it_really_the_bank(phone: Any, case: Any) -> None:
    code = codes.issue("call", f"case:{case.pk}", at=NOON, staff=case.owner, number_tail="0001")
    phone.goto("/my/trust/")
    phone.click("text=查一查核验码")
    phone.fill("#id_code", codes.grouped(code))
    phone.click("button.primary")
    phone.wait_for_selector("text=这个电话是我们打的")
    assert serious(phone) == []
    shot(phone, "check-yes")
    phone.fill("#id_code", "1234 5678")
    phone.click("button.primary")
    phone.wait_for_selector("text=我们没有这个码")
    assert serious(phone) == []
    shot(phone, "check-no")


def test_somebody_is_let_in_helps_and_is_ended(phone: Any, browser: Any, live_server: Any, case: Any) -> None:
    come_in(phone, case)
    phone.goto("/my/helpers/new/")
    phone.fill("#id_name", "王芳")
    phone.check("input[name=relation][value=agency]")
    phone.fill("#id_phone", "13900139000")
    phone.check("input[name=rights][value=owed]")
    phone.fill("#id_until", "2026-06-01")
    phone.check("input[name=takes_money][value=yes]")
    phone.click("button.primary")
    phone.wait_for_selector("text=和我们谈是免费的")
    assert serious(phone) == []
    shot(phone, "helper-warned")
    phone.check("input[name=warned]")
    phone.click("button.primary")
    phone.wait_for_selector("#spoken")
    assert serious(phone) == []
    shot(phone, "helper-made")
    link, code = phone.input_value("#address"), phone.input_value("#spoken")
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, base_url=live_server.url, locale="zh-CN"
    )
    other = context.new_page()
    other.goto("/my/" + link.split("/my/", 1)[1])
    shot(other, "helper-in")
    other.fill("#code", code)
    other.click("button.primary")
    other.wait_for_url("**/my/helping/")
    assert serious(other) == []
    shot(other, "helping")
    other.click("ul.list a >> nth=0")
    assert "20,000.00" in other.inner_text("main")
    phone.goto("/my/helpers/")
    phone.click("summary")
    shot(phone, "helpers")
    phone.click("text=马上结束")
    phone.wait_for_selector("text=再也看不到")
    other.goto("/my/why/")
    assert other.url.endswith("/my/identity/")
    context.close()


def test_a_matter_takes_its_paper(phone: Any, case: Any) -> None:
    come_in(phone, case)
    phone.goto("/my/hardship/")
    phone.fill("textarea", "公司上个月裁员了")
    phone.click("button.primary")
    phone.wait_for_url("**/my/")
    phone.goto("/my/matters/")
    assert serious(phone) == []
    shot(phone, "matters")
    phone.click("ul.list a >> nth=0")
    phone.set_input_files("input[name=papers]", {"name": "a.png", "mimeType": "image/png", "buffer": png()})
    phone.check("input[name=consent]")
    assert serious(phone) == []
    shot(phone, "matter-paper")
    phone.click("button.primary")
    phone.wait_for_selector("text=已收到")


def test_a_receipt_and_a_relatives_page_keep_nobody_out(
    phone: Any, case: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = Account.objects.get(customer=case.customer)
    order = PayOrder.objects.create(
        order_no="F1", case=case, customer=case.customer, account=account, amount_minor=50_000, state="paid", made_at=NOON, paid_at=NOON
    )  # fmt: skip
    _link, token = make_payer_link(case, account, 30_000, shows_name=False, at=NOON)
    come_in(phone, case)
    for path, name in ((f"pay/{order.order_no}/", "receipt"), (f"for/l/{token}/", "for")):
        phone.goto(f"/my/{path}")
        assert serious(phone) == []
        shot(phone, name)


def test_the_main_pages_read_in_english_and_in_the_dark(phone: Any, case: Any) -> None:
    come_in(phone, case)
    phone.click("button[value=en]")
    for page in ("", "why/", "pay/", "options/", "complain/", "check/", "helpers/new/"):
        phone.goto(f"/my/{page}")
        assert phone.get_attribute("html", "lang") == "en"
        shot(phone, f"{page.strip('/').replace('/', '-') or 'first'}-en")


def test_reading_needs_no_script(browser: Any, live_server: Any, case: Any) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, base_url=live_server.url, java_script_enabled=False
    )
    phone = context.new_page()
    come_in(phone, case)
    for page in PAGES:
        answer = phone.goto(f"/my/{page}")
        assert answer.status == (404 if page == "nothing/" else 200), page
        assert phone.locator("h1").count() == 1
    context.close()


def test_it_is_all_too_much(phone: Any, case: Any) -> None:
    come_in(phone, case)
    phone.click("text=我撑不住了")
    phone.click("button.primary")
    phone.wait_for_selector("text=全都停下来了")
    shot(phone, "care")
