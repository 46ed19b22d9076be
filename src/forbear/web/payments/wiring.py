"""The payment provider of this installation: FORBEAR_PAY_URL and FORBEAR_PAY_SECRET; without them there is none."""

from __future__ import annotations

import os
from datetime import datetime

from forbear.channels.payment import PaymentProvider
from forbear.channels.payment_sandbox import PaymentSandbox
from forbear.web import clock
from forbear.web.law.current import packs_at


def is_connected() -> bool:
    """Return whether payments can be taken here."""
    return bool(os.environ.get("FORBEAR_PAY_URL") and os.environ.get("FORBEAR_PAY_SECRET"))


def provider(at: datetime) -> PaymentProvider | None:
    """Return the provider's adapter; None where none is connected."""
    if not is_connected():
        return None
    return PaymentSandbox(
        os.environ["FORBEAR_PAY_URL"], os.environ["FORBEAR_PAY_SECRET"], now=clock.now,
        callback_age_seconds=house("callback_age_seconds", at), seconds=house("answer_seconds", at),
    )  # fmt: skip


def house(name: str, at: datetime) -> int:
    """Return a whole number of house/payments."""
    return int(packs_at(at).value(f"house/payments/{name}", at.date()))
