"""A payment provider of our own, for trying out: the adapter here, the provider itself in `server`. No money moves."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from forbear.channels.contract import CallbackRequest
from forbear.channels.payment import NewOrder, PaymentNotTaken, PaymentTold, TakenOrder, told_by
from forbear.channels.signed_http import (
    LOOPBACK,
    NO_ANSWER,
    SIGNATURE,
    TIMESTAMP,
    NotEncrypted,
    checked,
    sign,
)

__all__ = ["PaymentSandbox"]

ANSWER_MAX = 64 * 1024


class PaymentSandbox:
    """The adapter: signed JSON both ways over one shared secret."""

    def __init__(
        self,
        url: str,
        secret: str,
        *,
        now: Callable[[], datetime],
        callback_age_seconds: float,
        seconds: float,
    ) -> None:
        self.parts = urlsplit(url)
        if self.parts.scheme != "https" and self.parts.hostname not in LOOPBACK:
            raise NotEncrypted(NotEncrypted.__doc__)
        self.secret, self.now, self.seconds = secret, now, seconds
        self.callback_age_seconds = callback_age_seconds

    def create(self, order: NewOrder) -> TakenOrder:
        """Make an order, or return the one that is there."""
        told = {
            "order_no": order.order_no, "amount_minor": order.amount_minor, "currency": order.currency,
            "notify_url": order.notify_url, "return_url": order.return_url,
        }  # fmt: skip
        answer = self.post("/orders", told)
        try:
            return TakenOrder(str(answer["provider_no"])[:64], str(answer["pay_url"])[:500])
        except (KeyError, TypeError) as error:
            raise PaymentNotTaken("the provider's answer has no number or address") from error

    def refund(self, order_no: str, refund_no: str, amount_minor: int) -> None:
        """Ask for a refund."""
        self.post("/refunds", {"order_no": order_no, "refund_no": refund_no, "amount_minor": amount_minor})

    def read_callback(self, request: CallbackRequest, *, at: datetime) -> PaymentTold:
        """Return what a call-back tells."""
        return told_by(checked(request, secret=self.secret, at=at, age_seconds=self.callback_age_seconds))

    def post(self, path: str, told: Mapping[str, Any]) -> Any:
        """Post signed JSON; raise PaymentNotTaken when it is not taken."""
        body, timestamp = json.dumps(told).encode(), str(int(self.now().timestamp()))
        headers = {
            "Content-Type": "application/json",
            TIMESTAMP: timestamp,
            SIGNATURE: sign(self.secret, timestamp, body),
        }
        kind = http.client.HTTPSConnection if self.parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(self.parts.hostname or "", self.parts.port, timeout=self.seconds)
        try:
            connection.request("POST", self.parts.path.rstrip("/") + path, body, headers)
            answer = connection.getresponse()
            content = answer.read(ANSWER_MAX)
            if answer.status not in (http.client.OK, http.client.CREATED):
                raise PaymentNotTaken(f"the provider answered {answer.status}")
            return json.loads(content)
        except (*NO_ANSWER, ValueError) as error:
            raise PaymentNotTaken("the provider does not answer") from error
        finally:
            connection.close()
