"""A small CMPP 3.0 gateway for loopback: logs every submit to disk before it answers, then reports on it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from forbear.channels.cmpp import codec
from forbear.channels.cmpp.codec import Code, Command, Deliver, Report, Submit
from forbear.channels.frames import ANSWER, Frame, read_frame
from forbear.channels.link import GONE
from forbear.channels.sms_text import cut

FAILING, DEAD = "97", "98"


@dataclass
class Ismg:
    """A gateway; `now` gives the text of the moment for the log."""

    log: Path
    now: Callable[[], str]
    sp_id: str = "901234"
    secret: str = "loopback"  # noqa: S105  # of a gateway that only loopback can reach
    busy_every: int = 0  # answers every so many submits that it is too fast, and does not take them
    seen: int = 0
    server: asyncio.Server | None = None
    writers: set[asyncio.StreamWriter] = field(default_factory=set)
    file: int = -1
    asked: int = 0
    unanswered: dict[int, bytes] = field(default_factory=dict)  # deliveries nobody acknowledged yet

    async def start(self, port: int = 0) -> int:
        """Listen; return the port."""
        self.file = os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", port)
        return int(self.server.sockets[0].getsockname()[1])

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one client until it leaves."""
        try:
            if await self.let_in(reader, writer):
                self.writers.add(writer)
                for body in list(self.unanswered.values()):
                    self.bring(writer, body)
                while await self.one(reader, writer):
                    await writer.drain()
        except GONE:
            pass
        finally:
            self.writers.discard(writer)
            with contextlib.suppress(*GONE):
                writer.close()

    async def let_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Check who connects."""
        frame = await read_frame(reader, codec.FRAMING)
        who = codec.unpack_connect(frame.body)
        status = Code.OK
        if who.source != self.sp_id:
            status = Code.BAD_SOURCE
        elif who.digest != codec.digest_of(who.source, self.secret, who.timestamp):
            status = Code.BAD_SECRET
        proof = codec.answer_digest(status, who.digest, self.secret)
        body = int(status).to_bytes(4) + proof + bytes([codec.VERSION])
        writer.write(codec.FRAMING.pack(Frame(frame.command | ANSWER, 0, frame.sequence, body)))
        await writer.drain()
        return status == Code.OK

    async def one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Take one frame; return whether the client stays."""
        frame = await read_frame(reader, codec.FRAMING)
        if frame.command == Command.DELIVER | ANSWER:
            self.unanswered.pop(int.from_bytes(frame.body[:8]), None)
            return True
        body = b""
        if frame.command == Command.SUBMIT:
            body = self.submit(codec.unpack_submit(frame.body), writer)
        elif frame.command == Command.ACTIVE_TEST:
            body = b"\x00"
        writer.write(codec.FRAMING.pack(Frame(frame.command | ANSWER, 0, frame.sequence, body)))
        return frame.command != Command.TERMINATE

    def submit(self, submit: Submit, writer: asyncio.StreamWriter) -> bytes:
        """Log a submit, take it, and report on it."""
        self.seen += 1
        if self.busy_every and self.seen % self.busy_every == 0:
            return codec.pack_submit_answer(0, Code.FLOW)
        entry = {"what": "submit", "id": str(self.seen), "to": submit.destination, "part": submit.part, "parts": submit.parts, "at": self.now()}  # fmt: skip
        os.write(self.file, json.dumps(entry).encode() + b"\n")
        state = {FAILING: "UNDELIV", DEAD: "MK:0001"}.get(submit.destination[-2:], "DELIVRD")
        report = codec.pack_report(Report(self.seen, state, submit.destination))
        body = codec.pack_deliver(
            Deliver(self.seen, submit.source, submit.destination, report, is_report=True)
        )
        self.unanswered[self.seen] = body
        asyncio.get_running_loop().call_soon(self.bring, writer, body)
        return codec.pack_submit_answer(self.seen, Code.OK)

    def bring(self, writer: asyncio.StreamWriter, body: bytes) -> None:
        """Bring a report or reply."""
        self.asked += 1
        writer.write(codec.FRAMING.pack(Frame(Command.DELIVER, 0, self.asked, body)))

    def say(self, address: str, text: str) -> None:
        """Let a phone write."""
        parts = cut(text, self.asked)
        for octets in parts.octets:
            self.seen += 1
            body = codec.pack_deliver(
                Deliver(self.seen, self.sp_id, address, octets, parts.coding, headed=parts.headed)
            )
            self.unanswered[self.seen] = body
            for writer in self.writers:
                self.bring(writer, body)

    async def stop(self) -> None:
        """Stop listening and drop every client."""
        if self.server is not None:
            self.server.close()
        for writer in list(self.writers):
            writer.transport.abort()
        os.close(self.file)
