"""Writes on the outbox, by the names other rooms of the web use."""

from forbear.web.outbox.body import Body
from forbear.web.outbox.day import DayNotCommitted, Taken, take_day
from forbear.web.outbox.enqueue import Draft, KeyReused, enqueue
from forbear.web.outbox.withdraw import withdraw_for_customer

__all__ = [
    "Body", "DayNotCommitted", "Draft", "KeyReused", "Taken", "enqueue", "take_day", "withdraw_for_customer",
]  # fmt: skip
