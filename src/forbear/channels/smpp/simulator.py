"""A small SMS gateway for loopback: it logs every submit to disk before it answers, and sends receipts until they
are acknowledged, also after it was killed and started again.

For demonstrations, tests and benchmarks. Numbers that end as FAILING say stay undelivered, those that end as DEAD
says do not exist. The log has one JSON object a line: {"what": "submit", "id", "key", "to", "part", "parts", "at"}
or {"what": "receipted", "id"}.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from forbear.channels.frames import ANSWER, Frame, read_frame
from forbear.channels.link import GONE
from forbear.channels.smpp import codec
from forbear.channels.smpp.codec import Code, Command, ShortMessage, Tag
from forbear.channels.sms_text import cut, part_of

FAILING, DEAD = "97", "98"
RECEIPT_WINDOW = 500


@dataclass
class Smsc:
    """A gateway; `now` gives the text of the moment for the log."""

    log: Path
    now: Callable[[], str]
    system_id: str = "forbear"
    password: str = "loopback"  # noqa: S105  # of a gateway that only loopback can reach
    receipts: bool = True
    throttle_every: int = 0  # answers every so many submits that it is too fast, and does not take them
    receipt_echo: bool = True  # receipts carry our key and reference
    pending: dict[str, dict[str, Any]] = field(default_factory=dict)
    seen: int = 0
    server: asyncio.Server | None = None
    sessions: set[Session] = field(default_factory=set)
    file: int = -1

    async def start(self, port: int = 0) -> int:
        """Read the log of an earlier life, listen, and return the port."""
        self.recall()
        self.file = os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", port)
        return int(self.server.sockets[0].getsockname()[1])

    def recall(self) -> None:
        """Take up what was submitted and not yet receipted; a half-written last line is no submit."""
        if not self.log.exists():
            return
        for line in self.log.read_bytes().split(b"\n")[:-1]:
            entry = json.loads(line)
            if entry["what"] == "submit":
                self.seen += 1
                self.pending[entry["id"]] = entry
            else:
                self.pending.pop(entry["id"], None)

    def write(self, entry: dict[str, Any]) -> None:
        """Append one line in one write, so that a kill leaves it whole or absent."""
        os.write(self.file, json.dumps(entry).encode() + b"\n")

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one client until it leaves."""
        session = Session(self, reader, writer)
        self.sessions.add(session)
        try:
            await session.run()
        except GONE:
            pass
        finally:
            self.sessions.discard(session)
            session.sender.cancel()
            writer.close()

    def say(self, address: str, text: str) -> None:
        """Let a phone write to every client that is bound."""
        parts = cut(text, self.seen)
        for octets in parts.octets:
            message = ShortMessage(
                source=address, destination=self.system_id, octets=octets, coding=parts.coding,
                esm_class=codec.UDH if parts.headed else 0,
            )  # fmt: skip
            for session in self.sessions:
                session.request(Command.DELIVER, codec.pack_short(message))

    async def stop(self) -> None:
        """Stop listening and drop every client."""
        if self.server is not None:
            self.server.close()
        for session in list(self.sessions):
            session.writer.transport.abort()
        os.close(self.file)


class Session:
    """One client."""

    def __init__(self, smsc: Smsc, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.smsc, self.reader, self.writer = smsc, reader, writer
        self.bound = False
        self.sequence = 0
        self.told: dict[int, str] = {}  # sequence of a receipt to the id it is about
        self.queue: asyncio.Queue[str] = asyncio.Queue()
        self.free = asyncio.Semaphore(RECEIPT_WINDOW)
        self.sender = asyncio.create_task(self.send_receipts())

    async def run(self) -> None:
        """Answer requests until the client unbinds or goes."""
        while True:
            frame = await read_frame(self.reader, codec.FRAMING)
            if frame.command & ANSWER:
                self.acknowledged(frame)
                continue
            status, body = self.answer_of(frame)
            self.write(Frame(frame.command | ANSWER, status, frame.sequence, body))
            await self.writer.drain()
            if frame.command == Command.UNBIND:
                return

    def answer_of(self, frame: Frame) -> tuple[int, bytes]:
        """Return status and body of the answer to a request."""
        if frame.command == Command.BIND_TRANSCEIVER:
            return self.bind(frame)
        if frame.command == Command.SUBMIT:
            return self.submit(frame) if self.bound else (Code.NOT_BOUND, b"")
        known = frame.command in (Command.ENQUIRE_LINK, Command.UNBIND)
        return (Code.OK if known else Code.BAD_COMMAND), b""

    def bind(self, frame: Frame) -> tuple[int, bytes]:
        """Let the right client in; its unacknowledged receipts come again."""
        who = codec.unpack_bind(frame.body)
        if who.system_id != self.smsc.system_id:
            return Code.BAD_SYSTEM_ID, b""
        if who.password != self.smsc.password:
            return Code.BAD_PASSWORD, b""
        self.bound = True
        for message_id in self.smsc.pending:
            self.queue.put_nowait(message_id)
        return Code.OK, codec.c_text("smsc")

    def submit(self, frame: Frame) -> tuple[int, bytes]:
        """Log a submit, then take it."""
        smsc = self.smsc
        smsc.seen += 1
        if smsc.throttle_every and smsc.seen % smsc.throttle_every == 0:
            return Code.THROTTLED, b""
        message = codec.unpack_short(frame.body)
        place = part_of(message.octets)[0] if message.esm_class & codec.UDH else None
        entry: dict[str, Any] = {
            "what": "submit",
            "id": f"{smsc.seen:08X}",
            "key": message.options.get(Tag.OUR_KEY, b"").decode("latin-1"),
            "reference": int.from_bytes(message.options.get(Tag.USER_REFERENCE, b"")),
            "to": message.destination,
            "part": place.part if place else 1,
            "parts": place.parts if place else 1,
            "at": smsc.now(),
        }
        smsc.write(entry)
        if smsc.receipts and message.registered:
            smsc.pending[entry["id"]] = entry
            self.queue.put_nowait(entry["id"])
        return Code.OK, codec.c_text(entry["id"])

    async def send_receipts(self) -> None:
        """Send what is due, so many at once."""
        while True:
            message_id = await self.queue.get()
            entry = self.smsc.pending.get(message_id)
            if entry is None:
                continue
            await self.free.acquire()
            sequence = self.request(Command.DELIVER, codec.pack_short(self.receipt(entry)))
            self.told[sequence] = message_id

    def receipt(self, entry: dict[str, Any]) -> ShortMessage:
        """Return the receipt of a submit."""
        state, error = "DELIVRD", "000"
        if entry["to"].endswith((FAILING, DEAD)):
            state, error = "UNDELIV", "001" if entry["to"].endswith(DEAD) else "034"
        text = f"id:{entry['id']} sub:001 dlvrd:001 submit date:2611241200 done date:2611241200 stat:{state} err:{error} text:"
        options: dict[int, bytes] = {Tag.RECEIPTED_ID: codec.c_text(entry["id"])}
        if self.smsc.receipt_echo:
            options[Tag.USER_REFERENCE] = entry["reference"].to_bytes(2)
            options[Tag.OUR_KEY] = entry["key"].encode("latin-1")
        return ShortMessage(
            source=entry["to"], destination=self.smsc.system_id, octets=text.encode(), esm_class=codec.RECEIPT,
            options=options,
        )  # fmt: skip

    def acknowledged(self, frame: Frame) -> None:
        """Note that the client has stored a receipt."""
        message_id = self.told.pop(frame.sequence, None)
        if message_id is not None:
            self.free.release()
            if self.smsc.pending.pop(message_id, None) is not None:
                self.smsc.write({"what": "receipted", "id": message_id})

    def request(self, command: int, body: bytes) -> int:
        """Write a request; return its number."""
        self.sequence += 1
        self.write(Frame(command, 0, self.sequence, body))
        return self.sequence

    def write(self, frame: Frame) -> None:
        """Write one frame."""
        self.writer.write(codec.FRAMING.pack(frame))
