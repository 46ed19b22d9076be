"""The provider of our own: orders once, a page that pays, refunds of what was paid, call-backs signed and told again."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from forbear.channels.contract import CallbackRefused, CallbackRequest
from forbear.channels.payment import Happened, NewOrder, PaymentNotTaken, PaymentTold
from forbear.channels.payment_sandbox import PaymentSandbox
from forbear.channels.payment_sandbox.server import Sandbox

SECRET = "between the two of us"
NOW = datetime(2026, 5, 12, 4, tzinfo=UTC)


class Listener(HTTPServer):
    """What the bank would be: keeps each call-back, and answers 500 as often as told."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Heard)
        self.heard: list[CallbackRequest] = []
        self.failures = 0
        self.got = threading.Semaphore(0)


class Heard(BaseHTTPRequestHandler):
    server: Listener

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        failing, self.server.failures = self.server.failures > 0, self.server.failures - 1
        self.send_response(500 if failing else 200)
        self.end_headers()
        if not failing:
            self.server.heard.append(CallbackRequest(body, dict(self.headers.items())))
            self.server.got.release()

    def log_message(self, *args: Any) -> None: ...


@pytest.fixture
def bank() -> Iterator[Listener]:
    with Listener() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def provider() -> Iterator[Sandbox]:
    with Sandbox(("127.0.0.1", 0), SECRET, lambda: NOW) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield server
        server.shutdown()


def adapter(provider: Sandbox, secret: str = SECRET) -> PaymentSandbox:
    return PaymentSandbox(provider.url, secret, now=lambda: NOW, callback_age_seconds=300, seconds=5)


def order(bank: Listener, **other: Any) -> NewOrder:
    given: dict[str, Any] = {
        "order_no": "F1", "amount_minor": 50_000, "currency": "CNY",
        "notify_url": f"http://127.0.0.1:{bank.server_address[1]}/told/", "return_url": "http://localhost/back/",
    }  # fmt: skip
    return NewOrder(**given | other)


def press(pay_url: str, choice: str) -> tuple[int, str | None]:
    host, path = pay_url.removeprefix("http://").split("/", 1)
    connection = http.client.HTTPConnection(host, timeout=5)
    connection.request(
        "POST", f"/{path}", f"do={choice}", {"Content-Type": "application/x-www-form-urlencoded"}
    )
    answer = connection.getresponse()
    return answer.status, answer.getheader("Location")


def told(bank: Listener, provider: Sandbox) -> PaymentTold:
    assert bank.got.acquire(timeout=10)
    return adapter(provider).read_callback(bank.heard[-1], at=NOW)


def test_what_is_paid_is_told_signed_and_leads_back(bank: Listener, provider: Sandbox) -> None:
    taken = adapter(provider).create(order(bank))

    assert press(taken.pay_url, "paid") == (303, "http://localhost/back/")
    said = told(bank, provider)
    assert (said.happened, said.order_no, said.amount_minor) == (Happened.PAID, "F1", 50_000)
    assert said.provider_no == taken.provider_no


def test_the_same_order_again_is_the_same_and_other_terms_are_refused(
    bank: Listener, provider: Sandbox
) -> None:
    first = adapter(provider).create(order(bank))

    assert adapter(provider).create(order(bank)) == first
    with pytest.raises(PaymentNotTaken, match="409"):
        adapter(provider).create(order(bank, amount_minor=1))


def test_pressing_twice_pays_once(bank: Listener, provider: Sandbox) -> None:
    taken = adapter(provider).create(order(bank))
    press(taken.pay_url, "paid")
    press(taken.pay_url, "paid")
    press(taken.pay_url, "cancelled")

    told(bank, provider)
    assert len(bank.heard) == 1


def test_a_callback_that_is_not_taken_is_told_again(bank: Listener, provider: Sandbox) -> None:
    bank.failures = 1
    press(adapter(provider).create(order(bank)).pay_url, "paid")

    assert told(bank, provider).happened is Happened.PAID


def test_only_what_was_paid_is_given_back(bank: Listener, provider: Sandbox) -> None:
    taken = adapter(provider).create(order(bank))
    with pytest.raises(PaymentNotTaken):
        adapter(provider).refund("F1", "R1", 50_000)
    press(taken.pay_url, "paid")
    told(bank, provider)
    with pytest.raises(PaymentNotTaken):
        adapter(provider).refund("F1", "R1", 50_001)
    adapter(provider).refund("F1", "R1", 50_000)

    assert told(bank, provider).happened is Happened.REFUNDED


def test_nobody_else_makes_orders_or_callbacks(bank: Listener, provider: Sandbox) -> None:
    with pytest.raises(PaymentNotTaken, match="403"):
        adapter(provider, "guessed").create(order(bank))
    with pytest.raises(CallbackRefused):
        adapter(provider).read_callback(CallbackRequest(json.dumps({"event": "paid"}).encode()), at=NOW)


def test_the_page_shows_the_amount_and_no_word_of_debt(bank: Listener, provider: Sandbox) -> None:
    host, path = adapter(provider).create(order(bank)).pay_url.removeprefix("http://").split("/", 1)
    connection = http.client.HTTPConnection(host, timeout=5)
    connection.request("GET", f"/{path}")
    page = connection.getresponse().read().decode()

    assert "500.00 CNY" in page
    assert press(f"{provider.url}/pay/nothing", "paid")[0] == 404
