"""One lasting connection on which requests are numbered and many wait for their answer at once.

SMPP and CMPP share it: the window, the pace, keep-alive, reconnection with growing pauses. A `Dialect` says the rest.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from forbear.channels.contract import (
    HELD_BACK,
    Arrived,
    ConnectionRefused,
    Health,
    MayStart,
    Outcome,
    Outgoing,
    Result,
)
from forbear.channels.frames import ANSWER, BadFrame, Frame, Framing, read_frame
from forbear.channels.sms_text import TextTooLong

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0  # seconds between tries to reconnect, doubling
SEQUENCE_MAX = 0x7FFF_FFFF
GONE = (ConnectionError, asyncio.IncompleteReadError, OSError, BadFrame)
NOT_CONNECTED = "not_connected"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkSettings:
    """Where to connect, and how much at once."""

    host: str
    port: int
    window: int = 100  # requests that may wait for their answer
    a_second: float = 1000.0  # requests a second at most
    keep_alive_seconds: float = 30.0
    answer_seconds: float = 30.0  # how long an answer may take before nothing is known of it


class Link:
    """One open connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, dialect: Dialect) -> None:
        self.reader, self.writer, self.dialect = reader, writer, dialect
        self.waiting: dict[int, asyncio.Future[Frame]] = {}
        self.numbers = itertools.cycle(range(1, SEQUENCE_MAX))
        self.open = True

    def request(self, command: int, body: bytes = b"") -> asyncio.Future[Frame]:
        """Write a request at once; the future has its answer, or ConnectionError when the connection ends first."""
        sequence = next(self.numbers)
        answer: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
        self.waiting[sequence] = answer
        self.writer.write(self.dialect.framing.pack(Frame(command, 0, sequence, body)))
        return answer

    def answer(self, asked: Frame, status: int = 0, body: bytes = b"") -> None:
        """Answer a request of the other end, if it is still there."""
        if self.open:
            reply = Frame(asked.command | ANSWER, status, asked.sequence, body)
            self.writer.write(self.dialect.framing.pack(reply))

    async def drained(self) -> None:
        """Wait until the other end has taken enough of what was written."""
        await self.writer.drain()

    async def listen(self) -> None:
        """Read until the connection ends; then nobody waits for an answer any more."""
        try:
            while True:
                self.hear(await read_frame(self.reader, self.dialect.framing))
        except GONE as error:
            self.end(error)

    def hear(self, frame: Frame) -> None:
        """Give an answer to whom it belongs, a request to the dialect."""
        if not frame.command & ANSWER:
            self.dialect.asked(self, frame)
            return
        waits = self.waiting.pop(frame.sequence, None)
        if waits is not None and not waits.done():
            waits.set_result(frame)

    def end(self, error: BaseException) -> None:
        """Close, and tell everybody who waits that nothing is known."""
        self.open = False
        self.writer.transport.abort()
        for waits in self.waiting.values():
            if not waits.done():
                waits.set_exception(ConnectionError(str(error) or "the connection ended"))
                waits.exception()  # nobody may be listening any more
        self.waiting.clear()


class Dialect(Protocol):
    """What one protocol adds to a link."""

    framing: Framing
    keep_alive: int  # command
    leave: int  # command

    async def sign_in(self, link: Link) -> None:
        """Sign in on a new connection; raise ConnectionRefused, or ConnectionError to try again."""

    def asked(self, link: Link, frame: Frame) -> None:
        """Take a request of the other end: something told, or a sign of life."""

    def requests_of(self, outgoing: Outgoing) -> list[tuple[int, bytes]]:
        """Return command and body of each part; raise TextTooLong."""

    def result_of(self, outgoing: Outgoing, answers: Sequence[Frame]) -> Result:
        """Return what the answers to all parts come to."""


class Window:
    """So many places; a message takes as many as it has parts, all at once, so that none waits half-way."""

    def __init__(self, places: int) -> None:
        self.places = places
        self.taken = 0
        self.changed = asyncio.Condition()

    @contextlib.asynccontextmanager
    async def held(self, count: int) -> AsyncIterator[None]:
        """Hold places while a message waits for its answers; one larger than the window takes all of it."""
        wanted = min(count, self.places)
        async with self.changed:
            await self.changed.wait_for(lambda: self.taken + wanted <= self.places)
            self.taken += wanted
        try:
            yield
        finally:
            async with self.changed:
                self.taken -= wanted
                self.changed.notify_all()


class LinkChannel:
    """A channel of the contract over one link that is opened again whenever it breaks."""

    def __init__(self, dialect: Dialect, settings: LinkSettings, incoming: asyncio.Queue[Arrived]) -> None:
        self.dialect, self.settings, self.incoming = dialect, settings, incoming
        self.window = Window(settings.window)
        self.link: Link | None = None
        self.connected = asyncio.Event()
        self.trouble = ""
        self.next_start = 0.0
        self.keeper: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        """Connect and stay connected; return once signed in, raise ConnectionRefused."""
        self.keeper = asyncio.create_task(self.keep())
        ready = asyncio.create_task(self.connected.wait())
        await asyncio.wait({self.keeper, ready}, return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        if self.keeper.done():
            await self.keeper  # raises what ended it

    async def keep(self) -> None:
        """Open the link again and again, with growing pauses while it fails."""
        pause = FIRST_PAUSE
        while True:
            try:
                await self.one_link()
                pause = FIRST_PAUSE
            except ConnectionRefused:
                raise
            except (*GONE, TimeoutError) as error:
                self.trouble = str(error) or type(error).__name__
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311  # spreads workers, guards nothing
            pause = min(pause * 2, LONGEST_PAUSE)

    async def one_link(self) -> None:
        """Open a link, sign in, and keep it alive until it ends."""
        async with asyncio.timeout(self.settings.answer_seconds):
            reader, writer = await asyncio.open_connection(self.settings.host, self.settings.port)
        link = Link(reader, writer, self.dialect)
        listening = asyncio.create_task(link.listen())
        try:
            async with asyncio.timeout(self.settings.answer_seconds):
                await self.dialect.sign_in(link)
            self.link, self.trouble = link, ""
            self.connected.set()
            await self.live(link, listening)
        finally:
            self.connected.clear()
            self.link = None
            listening.cancel()
            link.end(ConnectionError("closed"))

    async def live(self, link: Link, listening: asyncio.Task[None]) -> None:
        """Ask for a sign of life now and then; return when the link ended."""
        while True:
            done, _ = await asyncio.wait({listening}, timeout=self.settings.keep_alive_seconds)
            if done:
                return
            async with asyncio.timeout(self.settings.answer_seconds):
                await link.request(self.dialect.keep_alive)

    async def send(self, batch: Sequence[Outgoing], *, may_start: MayStart) -> list[Result]:
        """Send each message as the window and the pace allow."""
        return list(await asyncio.gather(*(self.send_one(each, may_start) for each in batch)))

    async def send_one(self, outgoing: Outgoing, may_start: MayStart) -> Result:
        """Send one message, all its parts in one go, and wait for its answers."""
        try:
            requests = self.dialect.requests_of(outgoing)
        except (TextTooLong, BadFrame) as error:
            return Result(outgoing.key, Outcome.REJECTED, code=str(error)[:100])
        async with self.window.held(len(requests)):
            link = await self.ready(len(requests))
            if link is None:
                return Result(outgoing.key, Outcome.NOT_TAKEN, code=NOT_CONNECTED)
            if not may_start(outgoing):
                return Result(outgoing.key, Outcome.NOT_TAKEN, code=HELD_BACK)
            answers = [link.request(command, body) for command, body in requests]
            return await self.settled(outgoing, answers)

    async def ready(self, parts: int) -> Link | None:
        """Wait for a link and for its turn in the pace; none when there is no link for too long."""
        try:
            async with asyncio.timeout(self.settings.answer_seconds):
                await self.connected.wait()
        except TimeoutError:
            return None
        now = asyncio.get_running_loop().time()
        start = max(self.next_start, now)
        self.next_start = start + parts / self.settings.a_second
        if start > now:
            await asyncio.sleep(start - now)
        link = self.link
        if link is None or not link.open:
            return None
        try:
            await link.drained()
        except GONE:
            return None
        return link if link.open else None

    async def settled(self, outgoing: Outgoing, answers: Sequence[asyncio.Future[Frame]]) -> Result:
        """Return what the answers come to; where one is missing, nothing is known."""
        done, late = await asyncio.wait(answers, timeout=self.settings.answer_seconds)
        if late or any(answer.exception() for answer in done):
            for answer in late:
                answer.cancel()
            return Result(outgoing.key, Outcome.UNKNOWN, code="no_answer")
        return self.dialect.result_of(outgoing, [answer.result() for answer in answers])

    async def close(self) -> None:
        """Say good-bye where there is somebody to hear it, and stop reconnecting."""
        if self.link is not None and self.link.open:
            with contextlib.suppress(*GONE, TimeoutError):
                async with asyncio.timeout(1):
                    await self.link.request(self.dialect.leave)
        if self.keeper is not None:
            self.keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionRefused):
                await self.keeper

    def health(self) -> Health:
        """Say how the link is."""
        return Health(self.connected.is_set(), self.window.taken, self.trouble)
