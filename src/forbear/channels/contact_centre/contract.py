"""What every contact centre's adapter is: it reads a signed call-back into facts of three kinds, or refuses it.

An adapter knows neither database nor clock. tests/channels/contact_centre/test_contract.py holds every adapter to
this; a new vendor joins by adding itself there.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Protocol

import msgspec
from msgspec import Meta, Struct

from forbear.channels.contract import CallbackRequest

Name = Annotated[str, Meta(min_length=1, max_length=80, pattern=r"^[\w.:@-]+$")]
Moment = Annotated[datetime, Meta(tz=True)]
Bytes = Annotated[int, Meta(ge=0, le=2_000_000_000)]


class Seen(Struct, frozen=True, kw_only=True, tag_field="kind"):
    """One thing told; `event_id` is equal when the same thing is told again."""

    event_id: Name
    at: Moment


class CallSeen(Seen, frozen=True, kw_only=True, tag="call"):
    """A call of theirs changed: begun, answered or over."""

    call_id: Name
    state: Literal["dialled", "answered", "over"]
    sip_status: Annotated[int, Meta(ge=100, le=699)] | None = None
    q850: Annotated[int, Meta(ge=0, le=127)] | None = None


class RecordingReady(Seen, frozen=True, kw_only=True, tag="recording"):
    """A recording or transcript of a call is ready; its bytes come by PUT or in the folder beside."""

    recording_id: Name
    call_id: Name
    sha256: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    size: Bytes
    media_type: Literal["audio/wav", "audio/mpeg", "audio/ogg", "text/plain", "application/json"]
    made_at: Moment
    seconds: Annotated[int, Meta(ge=0, le=86_400)] = 0
    oral_plan: bool = False


class AgentSeen(Seen, frozen=True, kw_only=True, tag="agent"):
    """An agent of theirs changed state."""

    staff_no: Name
    state: Literal["offline", "idle", "on_call", "after_call", "break"]


Told = CallSeen | RecordingReady | AgentSeen
DECODER = msgspec.json.Decoder(list[Told])


class Vendor(Protocol):
    """A contact centre whose system calls back by HTTP."""

    def read(self, request: CallbackRequest, *, at: datetime) -> list[Told]:
        """Return what a call-back tells; raise CallbackRefused when it is not theirs, too old, or not readable."""

    def check_upload(self, request: CallbackRequest, *, at: datetime, sha256: str) -> None:
        """Raise CallbackRefused unless the bytes with this digest were sent by the vendor."""
