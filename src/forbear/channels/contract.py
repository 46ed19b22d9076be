"""What every channel of messages is: connect, send a batch, hear receipts and replies, say how it is.

One folder per outside system. A channel knows neither database nor clock nor law: the caller has the permit, records
the hand-over before it calls `send`, and settles afterwards. tests/channels/test_contract.py holds every channel to
this, so a new one joins by adding itself there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol


class Outcome(StrEnum):
    """What is known of one message after it was sent."""

    ACCEPTED = "accepted"  # the other end took it; a receipt may follow
    REJECTED = "rejected"  # the other end refused it for good
    NOT_TAKEN = "not_taken"  # provably not with the other end: may be sent again
    UNKNOWN = "unknown"  # it may or may not have arrived: never send again without knowing more


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One message to one address."""

    key: str  # idempotency key, the same however often it is tried
    reference: int  # a small number that some protocols echo in receipts
    address: str  # phone number, e-mail address, or the customer's number at the bank
    text: str
    subject: str = ""
    html: str = ""
    document: bytes = b""  # of a letter, the PDF to print
    valid_seconds: int = 0  # how long the other end may try to deliver; 0 leaves it to the other end


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one message; `provider_ids` names its parts at the other end, as receipts will."""

    key: str
    outcome: Outcome
    provider_ids: tuple[str, ...] = ()
    code: str = ""


class Kind(StrEnum):
    """What an outside system tells."""

    RECEIPT = "receipt"
    INBOUND = "inbound"


class Status(StrEnum):
    """What a receipt says of a message."""

    DELIVERED = "delivered"
    FAILED = "failed"
    PENDING = "pending"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One receipt or reply. `event_key` is equal when the same thing is told again."""

    kind: Kind
    event_key: str
    status: Status | None = None
    provider_id: str = ""
    message_key: str = ""  # our idempotency key, where the other end echoes it
    reference: int | None = None
    address: str = ""  # of the person: who the message went to, or who writes
    code: str = ""
    dead: bool = False  # the address does not exist
    text: str = ""
    on: date | None = None  # the day it speaks of, where that is not the day it is told


async def nothing_to_acknowledge() -> None:
    """Acknowledge to nobody, for systems that do not ask."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """Something told, to be acknowledged once it is stored; unacknowledged, a good peer tells it again."""

    told: Told
    acknowledge: Callable[[], Awaitable[None]] = nothing_to_acknowledge


@dataclass(frozen=True, slots=True)
class Health:
    """How a channel is: connected, how many messages wait for an answer, and what was last wrong."""

    connected: bool
    waiting: int = 0
    trouble: str = ""


MayStart = Callable[[Outgoing], bool]


class Channel(Protocol):
    """A way to send messages. `send` never raises for one message: each gets its result, in order."""

    incoming: asyncio.Queue[Arrived]

    async def connect(self) -> None:
        """Connect, and stay connected until closed; raise ConnectionRefused when the other end refuses us."""

    async def send(self, batch: Sequence[Outgoing], *, may_start: MayStart) -> list[Result]:
        """Send each message for which `may_start`, asked right before its first byte, says yes.

        The others come back NOT_TAKEN with the code HELD_BACK.
        """

    async def close(self) -> None:
        """Finish what waits for an answer as far as possible, then disconnect."""

    def health(self) -> Health:
        """Say how the channel is, without asking the other end."""


HELD_BACK = "held_back"


class ConnectionRefused(ConnectionError):
    """The other end refuses us: wrong name, secret or version. Trying again will not help; a person must look."""


@dataclass(frozen=True, slots=True)
class CallbackRequest:
    """A call-back by HTTP as it came."""

    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class CallbackRefused(ValueError):
    """A call-back is not signed by whom it should be, too old, or not readable."""


class Callbacks(Protocol):
    """A channel whose other end calls back by HTTP."""

    def read_callback(self, request: CallbackRequest, *, at: datetime) -> list[Told]:
        """Return what a call-back tells; raise CallbackRefused. The caller stores it and refuses one told before."""
