"""Staff see what was paid on the page, and give back what is not posted yet: one role, with a reason, through the provider."""

from __future__ import annotations

import pytest
from django.test import Client
from tests.web.cases.bank import Bank
from tests.web.debtor.conftest import NOON

from forbear.channels.payment_sandbox.server import Sandbox
from forbear.web.cases.models import Case, CaseEvent
from forbear.web.payments import services
from forbear.web.payments.models import OrderState, PayOrder
from forbear.web.people.models import AccessLog, Role
from forbear.web.portfolio.models import Account


@pytest.fixture
def paid(sandbox: Sandbox, case: Case) -> PayOrder:
    """Return a payment that the provider really took as paid."""
    order = services.begin(case, Account.objects.get(customer_id=case.customer_id), 50_000, at=NOON)
    PayOrder.objects.filter(pk=order.pk).update(state=OrderState.PAID, paid_at=NOON)
    order.refresh_from_db()
    return order


def signed_in(user: object) -> Client:
    client = Client()
    client.force_login(user)  # type: ignore[arg-type]
    client.cookies["django_language"] = "en"
    return client


def test_a_manager_sees_payments_by_state_and_the_look_is_logged(paid: PayOrder, bank: Bank) -> None:
    bank.lead.language = "en"
    bank.lead.save()
    page = signed_in(bank.lead).get("/pay/orders/").content.decode()

    assert paid.order_no in page
    assert "500.00" in page
    assert paid.case.customer.name not in page
    assert AccessLog.objects.filter(user=bank.lead, what="amounts", detail=f"payment {paid.pk}").exists()
    assert paid.order_no not in signed_in(bank.lead).get("/pay/orders/?state=posted").content.decode()
    assert signed_in(bank.lead).get("/pay/orders/?state=<script>").status_code == 200


def test_nothing_is_given_back_without_a_reason(paid: PayOrder, bank: Bank) -> None:
    signed_in(bank.lead).post(f"/pay/orders/{paid.pk}/refund/", {"reason": "  "})
    paid.refresh_from_db()
    assert paid.refund_no == ""


def test_what_is_given_back_stands_on_the_case_with_its_reason(paid: PayOrder, bank: Bank) -> None:
    signed_in(bank.lead).post(f"/pay/orders/{paid.pk}/refund/", {"reason": "paid twice"})
    paid.refresh_from_db()
    said = CaseEvent.objects.get(case=paid.case, kind="refund_asked")

    assert paid.refund_no
    assert (said.by, said.payload["why"]) == (bank.lead, "paid twice")


@pytest.mark.parametrize(
    "role", [Role.COLLECTOR, Role.COMPLIANCE, Role.ADMINISTRATOR, Role.ANALYST, Role.LEGAL]
)
def test_no_other_role_sees_or_gives_back(paid: PayOrder, bank: Bank, role: str) -> None:
    client = signed_in(bank.person("somebody", role))
    assert client.get("/pay/orders/").status_code == 403
    assert client.post(f"/pay/orders/{paid.pk}/refund/", {"reason": "x"}).status_code == 403
    paid.refresh_from_db()
    assert paid.refund_no == ""


def test_what_is_posted_is_not_given_back_here(paid: PayOrder, bank: Bank) -> None:
    PayOrder.objects.filter(pk=paid.pk).update(state=OrderState.POSTED)
    signed_in(bank.lead).post(f"/pay/orders/{paid.pk}/refund/", {"reason": "x"})
    paid.refresh_from_db()
    assert paid.refund_no == ""
