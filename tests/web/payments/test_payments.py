"""Payments: begun once, believed only when signed, whole and fresh, and at peace with what the bank posted."""

from __future__ import annotations

import itertools
import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from tests.web.cases.bank import Bank, day, moment
from tests.web.debtor.conftest import NOON
from tests.web.payments.conftest import SECRET

from forbear.channels.payment import Happened, PaymentTold
from forbear.channels.payment_sandbox.server import Sandbox
from forbear.channels.signed_http import SIGNATURE, TIMESTAMP, sign
from forbear.web.cases.models import Case, CaseState, Promise, Task
from forbear.web.cases.services import after_facts_changed
from forbear.web.contact import gate
from forbear.web.payments import services
from forbear.web.payments.models import OrderState, PayEvent, PayOrder
from forbear.web.payments.selectors import payable_minor
from forbear.web.portfolio.models import Account

ALL = 2_000_000


def account_of(case: Case) -> Account:
    return Account.objects.get(customer_id=case.customer_id)


@pytest.fixture
def order(sandbox: Sandbox, case: Case) -> PayOrder:
    return services.begin(case, account_of(case), 50_000, at=NOON)


def event(order: PayOrder, **other: Any) -> dict[str, Any]:
    return {
        "event_id": "e1", "event": "paid", "order_no": order.order_no, "provider_no": order.provider_no,
        "amount_minor": order.amount_minor, "currency": "CNY",
    } | other  # fmt: skip


def tell(content: dict[str, Any], *, secret: str = SECRET, at: Any = NOON, body: bytes | None = None) -> int:
    signed, timestamp = json.dumps(content).encode(), str(int(at.timestamp()))
    headers = {TIMESTAMP: timestamp, SIGNATURE: sign(secret, timestamp, signed)}
    answer = Client(enforce_csrf_checks=True).post(
        "/pay/told/", body or signed, content_type="application/json", headers=headers
    )
    return answer.status_code


def test_a_payment_told_is_on_its_way_and_stops_the_asking(order: PayOrder, case: Case) -> None:
    assert tell(event(order)) == 200

    order.refresh_from_db()
    case.refresh_from_db()
    assert (order.state, order.paid_at) == (OrderState.PAID, NOON)
    assert case.holds.get().kind == "claimed_paid"
    assert case.state == CaseState.HOLD
    assert payable_minor(case, order.account, NOON.date()) == ALL - 50_000
    judged = gate.judge(
        case=case, contact_point=None, channel="voice", purpose="collect", party="debtor", at=NOON
    )
    assert judged["answer"] == "refused"


def test_told_twice_counts_once(order: PayOrder, case: Case) -> None:
    assert [tell(event(order)) for _ in range(3)] == [200] * 3

    assert PayEvent.objects.count() == 1
    assert case.events.filter(kind="payment_pending").count() == 1
    assert tell(event(order, event_id="e2")) == 200  # the provider made a second event of the same payment
    assert case.events.filter(kind="payment_pending").count() == 1


@pytest.mark.parametrize("orders", list(itertools.permutations(["paid", "cancelled", "refunded"])))
def test_the_end_is_the_same_in_whatever_order_it_is_told(order: PayOrder, orders: tuple[str, ...]) -> None:
    for number, happened in enumerate(orders):
        assert tell(event(order, event=happened, event_id=f"e{number}")) == 200

    order.refresh_from_db()
    assert order.state == OrderState.REFUNDED


@pytest.mark.parametrize(
    ("other", "trouble"),
    [
        ({"amount_minor": 49_999}, "another amount"),
        ({"amount_minor": 5_000_000}, "another amount"),
        ({"currency": "USD"}, "another currency"),
        ({"provider_no": "somebody"}, "another provider number"),
    ],
)
def test_what_does_not_fit_is_kept_and_not_believed(
    order: PayOrder, case: Case, other: dict[str, Any], trouble: str
) -> None:
    assert tell(event(order, **other)) == 200

    order.refresh_from_db()
    assert order.state == OrderState.CREATED
    assert PayEvent.objects.get().trouble == trouble
    assert Task.objects.get(case=case).kind == "payment_check"
    assert not case.holds.exists()


def test_an_order_of_nobody_is_kept_for_people(order: PayOrder) -> None:
    assert tell(event(order, order_no="F0")) == 200
    assert PayEvent.objects.get().trouble == "no such order"


def test_a_forged_altered_old_or_unreadable_callback_is_refused(order: PayOrder) -> None:
    assert tell(event(order), secret="another secret") == 403
    assert tell(event(order), body=json.dumps(event(order, amount_minor=1)).encode()) == 403
    assert tell(event(order), at=NOON - timedelta(seconds=301)) == 403
    assert tell(event(order), at=NOON + timedelta(seconds=301)) == 403
    assert tell(event(order, event="gift")) == 403
    for amount in (0, -5, 1.5, "50000", True, None, 2**60):
        assert tell(event(order, amount_minor=amount)) == 403
    assert not PayEvent.objects.exists()
    assert Client().get("/pay/told/").status_code == 405


def test_without_a_provider_there_is_no_door(case: Case) -> None:
    assert Client().post("/pay/told/", b"{}", content_type="application/json").status_code == 404
    with pytest.raises(services.PaymentRefused, match="转账"):
        services.begin(case, account_of(case), 50_000, at=NOON)


@pytest.mark.parametrize("amount", [0, -1, 99, ALL + 1])
def test_amounts_that_cannot_be_are_refused(sandbox: Sandbox, case: Case, amount: int) -> None:
    with pytest.raises(services.PaymentRefused):
        services.begin(case, account_of(case), amount, at=NOON)
    assert not PayOrder.objects.exists()


def test_nobody_pays_to_somebody_elses_account(sandbox: Sandbox, bank: Bank, case: Case) -> None:
    _, other = bank.late_case()

    with pytest.raises(services.PaymentRefused):
        services.begin(case, other, 50_000, at=NOON)


def test_a_provider_that_is_down_takes_nothing(sandbox: Sandbox, case: Case) -> None:
    sandbox.shutdown()
    sandbox.server_close()

    with pytest.raises(services.PaymentRefused, match="没有扣款"):
        services.begin(case, account_of(case), 50_000, at=NOON)


def test_the_posting_settles_the_order_and_the_hold(order: PayOrder, bank: Bank, case: Case) -> None:
    tell(event(order))
    bank.pays(order.account, 50_000, value="2026-05-13")
    after_facts_changed(as_of=day("2026-05-13"), at=moment("2026-05-13", "13:00:00"), case_ids=[case.pk])

    order.refresh_from_db()
    assert (order.state, order.posted_on) == (OrderState.POSTED, day("2026-05-13"))
    assert not case.holds.filter(released_at__isnull=True).exists()
    assert (
        payable_minor(case, order.account, day("2026-05-13")) == ALL - 50_000
    )  # neither twice nor not at all


def test_a_posting_is_of_one_order_only_and_two_that_fit_are_left_to_people(
    sandbox: Sandbox, bank: Bank, case: Case
) -> None:
    first, second = (services.begin(case, account_of(case), 50_000, at=NOON) for _ in range(2))
    for number, each in enumerate((first, second)):
        tell(event(each, event_id=f"e{number}"))
    bank.pays(first.account, 50_000, value="2026-05-13")
    assert services.reconcile(as_of=day("2026-05-13"), at=NOON) == 1
    assert services.reconcile(as_of=day("2026-05-13"), at=NOON) == 0

    bank.pays(first.account, 50_000, value="2026-05-13")
    bank.pays(first.account, 50_000, value="2026-05-13")
    assert services.reconcile(as_of=day("2026-05-13"), at=NOON) == 0


def test_a_posting_too_late_or_of_another_amount_is_not_it(order: PayOrder, bank: Bank) -> None:
    tell(event(order))
    bank.pays(order.account, 50_000, value="2026-05-18")
    bank.pays(order.account, 49_000, value="2026-05-13")

    assert services.reconcile(as_of=day("2026-05-20"), at=NOON) == 0


def test_a_payment_not_posted_is_given_back_whole(order: PayOrder, bank: Bank, case: Case) -> None:
    tell(event(order))
    order.refresh_from_db()
    sandbox_order = order.provider_no
    services.told(
        PaymentTold(
            event_id="e9",
            happened=Happened.REFUNDED,
            order_no=order.order_no,
            provider_no=sandbox_order,
            amount_minor=50_000,
            currency="CNY",
        ),
        at=NOON,
    )
    order.refresh_from_db()

    assert (order.state, order.refunded_minor) == (OrderState.REFUNDED, 50_000)
    assert payable_minor(case, order.account, NOON.date()) == ALL
    with pytest.raises(services.PaymentRefused):
        services.refund(order, at=NOON, by=bank.lead, reason="paid twice")


def test_a_part_with_a_date_for_the_rest_becomes_a_promise_once_paid(
    sandbox: Sandbox, debtor_client: Client, case: Case
) -> None:
    said = {"how": "part", "amount": "500.00", "rest_on": "2026-05-15"}
    address = debtor_client.post("/my/pay/", said).url
    order = PayOrder.objects.get()
    assert address == f"/my/pay/{order.order_no}/"
    assert not Promise.objects.exists()
    tell(event(order))

    promise = Promise.objects.get()
    assert (promise.amount_minor, promise.due_on, promise.made_by) == (150_000, day("2026-05-15"), None)
    assert "1,500.00" in debtor_client.get("/my/agreements/").content.decode()


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"how": "part", "amount": ""}, "Write how much"),
        ({"how": "part", "amount": "20000.01"}, "more than you owe"),
        ({"how": "part", "amount": "-5"}, "more than zero"),
        ({"how": "part", "amount": "1e9"}, "in digits"),
        ({"how": "part", "amount": "<script>1</script>"}, "in digits"),
        ({"how": "part", "amount": "500", "rest_on": "2026-05-12"}, "from tomorrow"),
        ({"how": "part", "amount": "500", "rest_on": "2030-01-01"}, "from tomorrow"),
    ],
)
def test_what_cannot_be_paid_is_told_in_words(
    sandbox: Sandbox, debtor_client: Client, said: dict[str, str], words: str
) -> None:
    answer = debtor_client.post("/my/pay/", said)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert "<script" not in answer.content.decode()
    assert not PayOrder.objects.exists()


def test_a_relative_sees_the_amount_and_nothing_else(
    sandbox: Sandbox, debtor_client: Client, case: Case
) -> None:
    page = debtor_client.post("/my/relative/", {"amount": "300"}).content.decode()
    address = page.split("/my/for/l/")[1].split("/")[0]
    relative = Client()
    relative.cookies["django_language"] = "en"
    assert relative.get(f"/my/for/l/{address}/").url == "/my/for/"
    seen = relative.get("/my/for/").content.decode()

    assert "300.00" in seen
    for hidden in (case.customer.name, "20,000", "0014", "past due", case.customer.customer_no):
        assert hidden not in seen
    assert relative.get("/my/").url == "/my/identity/"
    assert sandbox.url in relative.post("/my/for/").content.decode()
    tell(event(PayOrder.objects.get()))
    assert "This is paid" in relative.get("/my/for/").content.decode()
    assert "300.00" in debtor_client.get("/my/agreements/").content.decode()


def test_the_name_is_shown_only_if_chosen_and_the_link_can_be_taken_back(
    sandbox: Sandbox, debtor_client: Client, case: Case
) -> None:
    page = debtor_client.post("/my/relative/", {"amount": "300", "shows_name": "on"}).content.decode()
    relative = Client()
    relative.get("/my/for/l/" + page.split("/my/for/l/")[1].split("/")[0] + "/")
    assert case.customer.name in relative.get("/my/for/").content.decode()

    debtor_client.post(page.split('action="/my/relative/')[1].join(["/my/relative/", ""]).split('"')[0])
    assert case.customer.name not in relative.get("/my/for/").content.decode()


def test_a_link_by_which_somebody_pays_ends_after_its_days(
    sandbox: Sandbox, debtor_client: Client, stop_clock: Any
) -> None:
    page = debtor_client.post("/my/relative/", {"amount": "300"}).content.decode()
    relative = Client()
    relative.get("/my/for/l/" + page.split("/my/for/l/")[1].split("/")[0] + "/")
    stop_clock(NOON + timedelta(days=7, seconds=1))

    assert "300.00" not in relative.get("/my/for/").content.decode()
