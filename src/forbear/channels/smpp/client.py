"""SMPP 3.4 as a channel: submit with our key, hear receipts and replies."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from forbear.channels.contract import Arrived, ConnectionRefused, Kind, Outcome, Outgoing, Result, Told
from forbear.channels.frames import Frame, Framing
from forbear.channels.joining import Joiner
from forbear.channels.link import Link, LinkChannel, LinkSettings
from forbear.channels.smpp import codec
from forbear.channels.smpp.codec import Bind, Code, Command, ShortMessage, Tag
from forbear.channels.smpp.receipts import receipt_of
from forbear.channels.sms_text import cut

REFUSALS = {Code.BAD_PASSWORD, Code.BAD_SYSTEM_ID, Code.BIND_FAILED}
NOT_TAKEN = {Code.THROTTLED, Code.QUEUE_FULL, Code.SYSTEM_ERROR}
REFERENCES = 0x1_0000  # values of user_message_reference
ALPHANUMERIC = 5  # type of number of a sender that is a name


@dataclass(frozen=True, slots=True, kw_only=True)
class SmppSettings(LinkSettings):
    """How to bind, and as whom to send."""

    system_id: str
    password: str
    sender: str
    system_type: str = ""
    dead_codes: frozenset[str] = frozenset()


class SmppDialect:
    """What SMPP adds to a link."""

    framing: Framing = codec.FRAMING
    keep_alive = int(Command.ENQUIRE_LINK)
    leave = int(Command.UNBIND)

    def __init__(self, settings: SmppSettings, incoming: asyncio.Queue[Arrived]) -> None:
        self.settings, self.incoming = settings, incoming
        self.joiner = Joiner()

    async def sign_in(self, link: Link) -> None:
        """Bind as transceiver."""
        who = Bind(self.settings.system_id, self.settings.password, self.settings.system_type)
        answer = await link.request(Command.BIND_TRANSCEIVER, codec.pack_bind(who))
        if answer.status in REFUSALS:
            raise ConnectionRefused(f"the gateway refuses {who.system_id!r}: status {answer.status:#x}")
        if answer.status != Code.OK:
            raise ConnectionError(f"the gateway does not let us bind now: status {answer.status:#x}")

    def asked(self, link: Link, frame: Frame) -> None:
        """Take a delivery, or answer a sign of life; raises BadFrame for a delivery that is none."""
        if frame.command == Command.DELIVER:
            self.delivered(link, frame)
        elif frame.command in (Command.ENQUIRE_LINK, Command.UNBIND):
            link.answer(frame)
        else:
            link.answer(frame, Code.BAD_COMMAND)

    def delivered(self, link: Link, frame: Frame) -> None:
        """Put a receipt or reply into the queue; the gateway hears yes when it is stored."""
        message = codec.unpack_short(frame.body)

        async def acknowledge() -> None:
            link.answer(frame, Code.OK, b"\x00")

        if message.esm_class & codec.RECEIPT:
            self.incoming.put_nowait(Arrived(receipt_of(message, self.settings.dead_codes), acknowledge))
            return
        joined = self.joiner.add(
            message.source, message.octets, message.coding, headed=bool(message.esm_class & codec.UDH),
            acknowledge=acknowledge,
        )  # fmt: skip
        if joined is not None:
            told = Told(
                kind=Kind.INBOUND,
                event_key=f"inbound:{uuid.uuid4()}",
                address=message.source,
                text=joined.text,
            )
            self.incoming.put_nowait(Arrived(told, joined.acknowledge))

    def requests_of(self, outgoing: Outgoing) -> list[tuple[int, bytes]]:
        """Return a submit for each part; all carry our key, and a receipt is asked for each."""
        parts = cut(outgoing.text, outgoing.reference)
        name = not self.settings.sender.isdigit()
        options: dict[int, bytes] = {
            Tag.USER_REFERENCE: (outgoing.reference % REFERENCES).to_bytes(2),
            Tag.OUR_KEY: outgoing.key.encode("latin-1"),
        }
        return [
            (
                int(Command.SUBMIT),
                codec.pack_short(
                    ShortMessage(
                        source=self.settings.sender,
                        source_ton=ALPHANUMERIC if name else 0,
                        destination=outgoing.address,
                        octets=octets,
                        coding=parts.coding,
                        esm_class=codec.UDH if parts.headed else 0,
                        registered=1,
                        validity=relative(outgoing.valid_seconds),
                        options=dict(options),
                    )
                ),
            )
            for octets in parts.octets
        ]

    def result_of(self, outgoing: Outgoing, answers: Sequence[Frame]) -> Result:
        """Return accepted when every part was, not taken when none was and all may be tried again."""
        statuses = [answer.status for answer in answers]
        if all(status == Code.OK for status in statuses):
            ids = tuple(codec.id_of(answer.body) for answer in answers)
            return Result(outgoing.key, Outcome.ACCEPTED, ids)
        code = f"smpp:{next(status for status in statuses if status != Code.OK):#x}"
        if all(status in NOT_TAKEN for status in statuses):
            return Result(outgoing.key, Outcome.NOT_TAKEN, code=code)
        return Result(outgoing.key, Outcome.REJECTED, code=code)


def relative(seconds: int) -> str:
    """Return a relative validity period, YYMMDDhhmmss000R (SMPP v3.4, 7.1.1); empty leaves it to the gateway."""
    if seconds <= 0:
        return ""
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    day, hour = divmod(hours, 24)
    return f"0000{min(day, 30):02}{hour:02}{minute:02}{second:02}000R"


class Smpp(LinkChannel):
    """The channel."""

    def __init__(self, settings: SmppSettings) -> None:
        incoming: asyncio.Queue[Arrived] = asyncio.Queue()
        super().__init__(SmppDialect(settings, incoming), settings, incoming)


__all__ = ["Smpp", "SmppSettings"]
