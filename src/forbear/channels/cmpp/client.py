"""CMPP 3.0 as a channel."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from forbear.channels.cmpp import codec
from forbear.channels.cmpp.codec import Code, Command, Connect, Deliver, Submit
from forbear.channels.contract import (
    Arrived,
    ConnectionRefused,
    Kind,
    Outcome,
    Outgoing,
    Result,
    Status,
    Told,
)
from forbear.channels.frames import BadFrame, Frame, Framing
from forbear.channels.joining import Joiner
from forbear.channels.link import Link, LinkChannel, LinkSettings
from forbear.channels.sms_text import cut

REFUSALS = {Code.BAD_SOURCE, Code.BAD_SECRET, Code.BAD_VERSION}
STATUSES = {
    "DELIVRD": Status.DELIVERED, "EXPIRED": Status.FAILED, "DELETED": Status.FAILED, "UNDELIV": Status.FAILED,
    "REJECTD": Status.FAILED, "ACCEPTD": Status.PENDING, "UNKNOWN": Status.PENDING,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class CmppSettings(LinkSettings):
    """As whom to connect and send. `now` gives the carrier's local time, which the digest covers."""

    sp_id: str
    secret: str
    sender: str
    now: Callable[[], datetime]
    service: str = ""
    dead_codes: frozenset[str] = frozenset()


class CmppDialect:
    """What CMPP adds to a link."""

    framing: Framing = codec.FRAMING
    keep_alive = int(Command.ACTIVE_TEST)
    leave = int(Command.TERMINATE)

    def __init__(self, settings: CmppSettings, incoming: asyncio.Queue[Arrived]) -> None:
        self.settings, self.incoming = settings, incoming
        self.joiner = Joiner()

    async def sign_in(self, link: Link) -> None:
        """Connect with the digest of the secret, and check that the gateway knows the secret too."""
        said = self.settings
        timestamp = int(f"{said.now():%m%d%H%M%S}")
        digest = codec.digest_of(said.sp_id, said.secret, timestamp)
        frame = await link.request(
            Command.CONNECT, codec.pack_connect(Connect(said.sp_id, digest, timestamp))
        )
        status, proof = int.from_bytes(frame.body[:4]), frame.body[4:20]
        if status in REFUSALS:
            raise ConnectionRefused(f"the gateway refuses {said.sp_id!r}: status {status}")
        if status != Code.OK:
            raise ConnectionError(f"the gateway does not let us connect now: status {status}")
        if proof != codec.answer_digest(status, digest, said.secret):
            raise ConnectionRefused("the gateway does not know our secret: this is not the carrier")

    def asked(self, link: Link, frame: Frame) -> None:
        """Take a delivery, or answer a sign of life; raises BadFrame for a delivery that is none."""
        if frame.command == Command.DELIVER:
            self.delivered(link, frame)
        elif frame.command == Command.ACTIVE_TEST:
            link.answer(frame, body=b"\x00")
        elif frame.command == Command.TERMINATE:
            link.answer(frame)

    def delivered(self, link: Link, frame: Frame) -> None:
        """Put a report or reply into the queue; the gateway hears yes when it is stored."""
        deliver = codec.unpack_deliver(frame.body)

        async def acknowledge() -> None:
            link.answer(frame, body=deliver.message_id.to_bytes(8) + bytes(4))

        if deliver.is_report:
            self.incoming.put_nowait(Arrived(self.report_of(deliver), acknowledge))
            return
        joined = self.joiner.add(
            deliver.source, deliver.octets, deliver.coding, headed=deliver.headed, acknowledge=acknowledge
        )
        if joined is not None:
            told = Told(
                kind=Kind.INBOUND,
                event_key=f"inbound:{uuid.uuid4()}",
                address=deliver.source,
                text=joined.text,
            )
            self.incoming.put_nowait(Arrived(told, joined.acknowledge))

    def report_of(self, deliver: Deliver) -> Told:
        """Return what a report tells; a carrier's own code means that the message failed."""
        report = codec.unpack_report(deliver.octets)
        status = STATUSES.get(report.state, Status.FAILED)
        return Told(
            kind=Kind.RECEIPT, event_key=f"report:{report.message_id}:{report.state}", status=status,
            provider_id=str(report.message_id), address=report.destination, code=report.state,
            dead=status is Status.FAILED and report.state in self.settings.dead_codes,
        )  # fmt: skip

    def requests_of(self, outgoing: Outgoing) -> list[tuple[int, bytes]]:
        """Return a submit for each part. CMPP has no field for our key: a lost answer leaves the message uncertain."""
        parts = cut(outgoing.text, outgoing.reference)
        return [
            (
                int(Command.SUBMIT),
                codec.pack_submit(
                    Submit(
                        source=self.settings.sender, destination=outgoing.address, octets=octets, coding=parts.coding,
                        sp_id=self.settings.sp_id, parts=len(parts.octets), part=part, headed=parts.headed,
                        service=self.settings.service, valid_until=self.valid_until(outgoing.valid_seconds),
                    )
                ),
            )
            for part, octets in enumerate(parts.octets, start=1)
        ]  # fmt: skip

    def valid_until(self, seconds: int) -> str:
        """Return the absolute end of validity, YYMMDDhhmmss032+ (32 quarters of an hour: Beijing time)."""
        if seconds <= 0:
            return ""
        return f"{self.settings.now() + timedelta(seconds=seconds):%y%m%d%H%M%S}032+"

    def result_of(self, outgoing: Outgoing, answers: Sequence[Frame]) -> Result:
        """Return accepted when every part was, not taken when none was and all may be tried again."""
        try:
            found = [codec.unpack_submit_answer(answer.body) for answer in answers]
        except BadFrame:
            return Result(outgoing.key, Outcome.UNKNOWN, code="bad_answer")
        if all(result == Code.OK for _, result in found):
            return Result(outgoing.key, Outcome.ACCEPTED, tuple(str(message_id) for message_id, _ in found))
        code = f"cmpp:{next(result for _, result in found if result != Code.OK)}"
        if all(result == Code.FLOW for _, result in found):
            return Result(outgoing.key, Outcome.NOT_TAKEN, code=code)
        return Result(outgoing.key, Outcome.REJECTED, code=code)


class Cmpp(LinkChannel):
    """The channel."""

    def __init__(self, settings: CmppSettings) -> None:
        incoming: asyncio.Queue[Arrived] = asyncio.Queue()
        super().__init__(CmppDialect(settings, incoming), settings, incoming)


__all__ = ["Cmpp", "CmppSettings"]
