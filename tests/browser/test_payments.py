"""The manager's list of payments made on the debtors' page: seen by state, given back with a reason, through the provider."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from tests.browser.steps import enter, look, person, serious
from tests.web.cases.bank import Bank
from tests.web.debtor.conftest import NOON, debtor_case

from forbear.channels.payment_sandbox.server import Sandbox
from forbear.web.cases.models import CaseEvent
from forbear.web.payments import services
from forbear.web.payments.models import OrderState, PayOrder
from forbear.web.people.models import Role, User
from forbear.web.portfolio.models import Account

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SECRET = "between us"


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch, settings: Any, live_server: Any) -> Iterator[Sandbox]:
    """Return our sandbox, connected, telling this very server what becomes of an order."""
    settings.FORBEAR_CLOCK_AT = NOON
    settings.FORBEAR_PUBLIC = live_server.url
    with Sandbox(("127.0.0.1", 0), SECRET, lambda: NOON) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        monkeypatch.setenv("FORBEAR_PAY_URL", server.url)
        monkeypatch.setenv("FORBEAR_PAY_SECRET", SECRET)
        yield server
        server.shutdown()


@pytest.fixture
def orders(provider: Sandbox) -> list[PayOrder]:
    """Return two payments of two debtors that were paid at the provider, and one that was only begun."""
    bank, made = Bank(), []
    for number, amount in (("10013800001", 50_000), ("10013800002", 123_456), ("10013800003", 8_000)):
        case = debtor_case(bank, number=number)
        made.append(services.begin(case, Account.objects.get(customer_id=case.customer_id), amount, at=NOON))
    for order in made[:2]:
        provider.move(provider.orders[order.order_no], "paid", order.amount_minor)
    return made


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_manager_gives_a_payment_back_with_a_reason(
    page: Any, orders: list[PayOrder], provider: Sandbox, language: str
) -> None:
    manager = person("赵敏", Role.MANAGER)
    User.objects.filter(pk=manager.pk).update(language=language)
    enter(page, "赵敏", "/pay/orders/")
    rows = page.locator("[data-grid=pay-orders] tbody tr")
    assert rows.count() == 2
    assert "1,234.56" in rows.nth(0).inner_text()
    assert "张*明" in rows.nth(0).inner_text()
    assert serious(page) == []
    look(page, f"payments-{language[:2]}")

    rows.nth(0).locator("input[name=reason]").fill("付了两次")
    rows.nth(0).locator("button").click()
    page.wait_for_load_state()
    page.goto("/pay/orders/?state=refunded")
    assert "1,234.56" in page.inner_text("[data-grid=pay-orders] tbody")
    look(page, f"payments-refunded-{language[:2]}")

    order = PayOrder.objects.get(pk=orders[1].pk)
    assert (order.state, order.refunded_minor) == (OrderState.REFUNDED, 123_456)
    said = CaseEvent.objects.get(case=order.case, kind="refund_asked")
    assert (said.by, said.payload["why"]) == (manager, "付了两次")
    page.goto("/pay/orders/?state=posted")
    assert page.locator(".state").count() == 1


def test_a_collector_finds_no_payments_here(page: Any, orders: list[PayOrder]) -> None:
    person("李催收", Role.COLLECTOR)
    enter(page, "李催收", "/desk/")
    assert page.locator("a[href='/pay/orders/']").count() == 0
    assert page.goto("/pay/orders/").status == 403
