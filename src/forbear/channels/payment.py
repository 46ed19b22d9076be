"""The contract with whoever takes payments: an order is made, a person pays there, signed call-backs tell what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from forbear.channels.callbacks import field
from forbear.channels.contract import CallbackRefused, CallbackRequest


class Happened(StrEnum):
    """What a call-back tells of an order."""

    PAID = "paid"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"


class PaymentNotTaken(RuntimeError):
    """The provider does not answer or refuses; nothing was charged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrder:
    """What the provider is told: no name, no card, no word of debt."""

    order_no: str
    amount_minor: int
    currency: str
    notify_url: str
    return_url: str


@dataclass(frozen=True, slots=True)
class TakenOrder:
    """What the provider answers: its own number, and where the person pays."""

    provider_no: str
    pay_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentTold:
    """One event as the provider told it; `event_id` is equal when it is told again."""

    event_id: str
    happened: Happened
    order_no: str
    provider_no: str
    amount_minor: int
    currency: str


class PaymentProvider(Protocol):
    """What every provider's adapter can do."""

    def create(self, order: NewOrder) -> TakenOrder:
        """Make an order, or return the one that is there; raises PaymentNotTaken."""

    def refund(self, order_no: str, refund_no: str, amount_minor: int) -> None:
        """Ask for a refund; the call-back tells when it is done. Raises PaymentNotTaken."""

    def read_callback(self, request: CallbackRequest, *, at: datetime) -> PaymentTold:
        """Return what a call-back tells; raises CallbackRefused."""


def told_by(content: Any) -> PaymentTold:
    """Return the event of a call-back's JSON; raise CallbackRefused for anything else."""
    if not isinstance(content, dict):
        raise CallbackRefused("a call-back is an object")
    try:
        happened = Happened(field(content, "event", 12))
    except ValueError as error:
        raise CallbackRefused(f"`event` is one of {', '.join(Happened)}") from error
    return PaymentTold(
        event_id=field(content, "event_id", 64),
        happened=happened,
        order_no=field(content, "order_no", 40),
        provider_no=field(content, "provider_no", 64),
        amount_minor=whole(content, "amount_minor"),
        currency=field(content, "currency", 3),
    )


def whole(content: Mapping[str, Any], name: str) -> int:
    """Return a whole number of minor units above zero; raise CallbackRefused."""
    value = content.get(name)
    if type(value) is not int or not 0 < value < 2**53:
        raise CallbackRefused(f"`{name}` is a whole number of minor units above zero")
    return value
