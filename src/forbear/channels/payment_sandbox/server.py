"""The provider: takes signed orders, shows a page where somebody pays, and tells it by signed call-backs. No money moves."""

from __future__ import annotations

import html
import http.client
import json
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from forbear.channels.contract import CallbackRefused, CallbackRequest
from forbear.channels.signed_http import NO_ANSWER, SIGNATURE, TIMESTAMP, checked, sign

BODY_MAX = 64 * 1024
TRIES, PAUSE = 6, 0.5  # of a call-back that is not answered; seconds before the second, doubling
AGE_SECONDS = 300.0
PAGE = """<!doctype html><html lang="zh"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Sandbox</title><h1>支付沙箱 · Payment sandbox</h1><p>不会真的扣款。No money moves.</p><p>{amount} {currency}</p>
<form method="post"><button name="do" value="paid">支付 · Pay</button>
<button name="do" value="cancelled">取消 · Cancel</button></form></html>"""


@dataclass(slots=True)
class Order:
    """An order as the provider keeps it."""

    told: dict[str, Any]
    provider_no: str
    state: str = "created"


class Sandbox(ThreadingHTTPServer):
    """The provider on one address; `now` gives the moment for signatures."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], secret: str, now: Callable[[], datetime]) -> None:
        super().__init__(address, Handler)
        self.secret, self.now = secret, now
        self.orders: dict[str, Order] = {}
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        """Return where the provider is."""
        return f"http://{self.server_address[0]!s}:{self.server_address[1]}"

    def take(self, told: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Make an order once; the same number with other terms is refused."""
        with self.lock:
            order = self.orders.setdefault(told["order_no"], Order(told, secrets.token_hex(12)))
            if order.told != told:
                return http.client.CONFLICT, {"error": "this order number has other terms"}
        return http.client.OK, {
            "provider_no": order.provider_no,
            "pay_url": f"{self.url}/pay/{order.provider_no}",
        }

    def by_provider_no(self, provider_no: str) -> Order | None:
        """Return the order of a number."""
        return next((each for each in self.orders.values() if each.provider_no == provider_no), None)

    def move(self, order: Order, happened: str, amount_minor: int) -> None:
        """Change an order and tell it; what is final stays."""
        allowed = {"paid": ("created",), "cancelled": ("created",), "refunded": ("paid",)}[happened]
        with self.lock:
            if order.state not in allowed:
                return
            order.state = happened
        event = {
            "event_id": secrets.token_hex(16), "event": happened, "order_no": order.told["order_no"],
            "provider_no": order.provider_no, "amount_minor": amount_minor, "currency": order.told["currency"],
        }  # fmt: skip
        self.tell(order.told["notify_url"], event)

    def tell(self, notify_url: str, event: dict[str, Any]) -> bool:
        """Post a signed call-back until it is answered with 200, a few times; return whether it was."""
        for attempt in range(TRIES):
            if attempt:
                threading.Event().wait(PAUSE * 2 ** (attempt - 1))
            try:
                if self.post(notify_url, json.dumps(event).encode()) == http.client.OK:
                    return True
            except NO_ANSWER:
                continue
        return False

    def post(self, url: str, body: bytes) -> int:
        """Post signed JSON once; return the status."""
        parts, timestamp = urlsplit(url), str(int(self.now().timestamp()))
        headers = {
            "Content-Type": "application/json",
            TIMESTAMP: timestamp,
            SIGNATURE: sign(self.secret, timestamp, body),
        }
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
        try:
            connection.request("POST", parts.path, body, headers)
            return connection.getresponse().status
        finally:
            connection.close()


class Handler(BaseHTTPRequestHandler):
    """Orders, refunds and the page where somebody pays."""

    server: Sandbox

    def do_GET(self) -> None:
        """Show the page of an order."""
        order = self.order()
        if order is None:
            return self.answer(http.client.NOT_FOUND, b"")
        amount = f"{order.told['amount_minor'] // 100}.{order.told['amount_minor'] % 100:02d}"
        page = PAGE.format(amount=amount, currency=html.escape(str(order.told["currency"])))
        return self.answer(http.client.OK, page.encode(), "text/html; charset=utf-8")

    def do_POST(self) -> None:
        """Take a signed order or refund, or a person's choice on the page."""
        length = int(self.headers.get("Content-Length") or 0)
        if length > BODY_MAX:
            return self.answer(http.client.REQUEST_ENTITY_TOO_LARGE, b"")
        body = self.rfile.read(length)
        if self.path.startswith("/pay/"):
            return self.chosen(parse_qs(body.decode(errors="replace")))
        try:
            request = CallbackRequest(body, dict(self.headers.items()))
            told = checked(request, secret=self.server.secret, at=self.server.now(), age_seconds=AGE_SECONDS)
        except CallbackRefused:
            return self.answer(http.client.FORBIDDEN, b"")
        return self.refund(told) if self.path == "/refunds" else self.taken(told)

    def taken(self, told: dict[str, Any]) -> None:
        """Answer an order."""
        status, said = self.server.take(told)
        self.answer(status, json.dumps(said).encode(), "application/json")

    def refund(self, told: dict[str, Any]) -> None:
        """Give back what was paid, at most that."""
        order = self.server.orders.get(told["order_no"])
        if order is None or order.state != "paid" or told["amount_minor"] > order.told["amount_minor"]:
            return self.answer(http.client.CONFLICT, b"{}", "application/json")
        threading.Thread(target=self.server.move, args=(order, "refunded", told["amount_minor"])).start()
        return self.answer(http.client.OK, b"{}", "application/json")

    def chosen(self, form: dict[str, list[str]]) -> None:
        """Do what the person chose, and lead back."""
        order, wanted = self.order(), form.get("do", [""])[0]
        if order is None or wanted not in ("paid", "cancelled"):
            return self.answer(http.client.NOT_FOUND, b"")
        self.server.move(order, wanted, order.told["amount_minor"])
        self.send_response(http.client.SEE_OTHER)
        self.send_header("Location", order.told["return_url"])
        self.send_header("Content-Length", "0")
        self.end_headers()
        return None

    def order(self) -> Order | None:
        """Return the order of the address."""
        return self.server.by_provider_no(self.path.removeprefix("/pay/"))

    def answer(self, status: int, body: bytes, kind: str = "text/plain") -> None:
        """Send an answer."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Keep addresses out of logs."""
