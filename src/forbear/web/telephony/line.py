"""The line: the process that holds the connection to the exchange and places what the database asks for.

One at a time (an advisory lock says so). It polls and is woken by NOTIFY; every database step runs on one thread of
its own, in order. A line that died leaves calls behind; the next one closes them as lost, and dials none again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.db import connection

from forbear.channels.sip import Agent, ClickToDial, Event, Line, Login, Tcp, Told, Udp
from forbear.web import clock
from forbear.web.portfolio.vault import vault
from forbear.web.telephony import policy, services
from forbear.web.telephony.models import CallState, PhoneCall

Given = TypeVar("Given")
LOCK = 0x466F7262  # the line's advisory lock: "Forb"
POLL_SECONDS = 0.2
LOCK_TRIES = 25
KEEP_ALIVE_SECONDS = 30
RECORD_SECONDS = 60


class LineTaken(RuntimeError):
    """Another process holds the line already."""


@dataclass(frozen=True, slots=True)
class LineSettings:
    """FORBEAR_SIP, read: udp://user@exchange:5060?domain=bank.example&caller=95555&bind=10.0.0.5"""

    line: Line
    transport: str
    bind: str
    caller: str


class SettingsWrong(ValueError):
    """FORBEAR_SIP cannot be read; write udp://user@host:port or tcp://user@host:port."""


def read_settings(text: str, secret: str) -> LineSettings:
    """Read the address of the exchange; raises SettingsWrong."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port or 5060
    except ValueError as error:
        raise SettingsWrong(SettingsWrong.__doc__) from error
    if parts.scheme not in ("udp", "tcp") or not host or not parts.username:
        raise SettingsWrong(SettingsWrong.__doc__)
    more = {name: values[0] for name, values in parse_qs(parts.query).items()}
    login = Login(parts.username, secret) if secret else None
    line = Line(host, port, parts.username, domain=more.get("domain", ""), login=login)
    return LineSettings(line, parts.scheme, more.get("bind", "0.0.0.0"), more.get("caller", ""))  # noqa: S104


def is_set_up() -> bool:
    """Return whether this installation has a line at all; without one collectors dial by hand."""
    return bool(settings.FORBEAR_SIP)


class Placing:
    """Takes calls from the database to the exchange and tells the database what becomes of them."""

    def __init__(self, found: LineSettings) -> None:
        transport = Tcp(found.line.host, found.line.port) if found.transport == "tcp" else Udp(found.bind)
        self.agent = Agent(transport, found.line)
        self.caller = found.caller
        self._database = ThreadPoolExecutor(1, thread_name_prefix="line-database")
        self._calls: dict[int, ClickToDial] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self, until: asyncio.Event) -> None:
        """Serve until told to stop; calls under way are then ended. Raises LineTaken."""
        try:
            # The session of a line that has just ended may hold its lock for a moment more.
            for _ in range(LOCK_TRIES):
                if await self._ask(take_lock):
                    break
                await asyncio.sleep(POLL_SECONDS)
            else:
                raise LineTaken(LineTaken.__doc__)
            await self._ask(close_lost)
            await self._serve(until)
        finally:
            await self._ask(lambda: connection.close())  # the connection of that thread, and with it the lock
            self._database.shutdown()

    async def _serve(self, until: asyncio.Event) -> None:
        await self.agent.open(keep_alive_seconds=KEEP_ALIVE_SECONDS)
        recording = asyncio.create_task(self._record_forgotten())
        try:
            while not until.is_set():
                await self._turn()
                await asyncio.sleep(POLL_SECONDS)
        finally:
            recording.cancel()
            for call in self._calls.values():
                call.hang_up()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            self.agent.close()

    async def _turn(self) -> None:
        for call in await self._ask(lambda: services.claim(clock.now())):
            task = asyncio.create_task(self._place(call))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        if self._calls:
            for call_id in await self._ask(lambda: services.stopped(list(self._calls))):
                if call_id in self._calls:
                    self._calls[call_id].hang_up()

    async def _place(self, call: PhoneCall) -> None:
        told: asyncio.Queue[Event | None] = asyncio.Queue()
        try:
            placed = await self._ask(lambda: self._prepared(call, told))
        except ValueError:  # no number that can be dialled, or no handset
            await self._ask(lambda: services.lose(call, clock.now()))
            return
        self._calls[call.pk] = placed
        writing = asyncio.create_task(self._write(call, told))
        try:
            await placed.run()
        finally:
            told.put_nowait(None)
            await writing
            del self._calls[call.pk]
            await self._ask(lambda: services.lose(call, clock.now()))  # does nothing once the call is over
            await self._ask(lambda: finish(call))

    def _prepared(self, call: PhoneCall, told: asyncio.Queue[Event | None]) -> ClickToDial:
        on = call.asked_at.date()

        async def may_dial() -> bool:
            return await self._ask(lambda: services.may_dial(call, clock.now()))

        return ClickToDial(
            self.agent, collector=handset_of(call), debtor=number_of(call), may_dial=may_dial, tell=told.put_nowait,
            collector_seconds=policy.value("collector_seconds", on), ring_seconds=policy.value("ring_seconds", on),
            caller=self.caller,
        )  # fmt: skip

    async def _write(self, call: PhoneCall, told: asyncio.Queue[Event | None]) -> None:
        while (event := await told.get()) is not None:
            at = clock.now()
            await self._ask(lambda event=event, at=at: services.hear(call.pk, event, at))  # type: ignore[misc]

    async def _record_forgotten(self) -> None:
        while True:
            await asyncio.sleep(RECORD_SECONDS)
            await self._ask(lambda: services.record_forgotten(clock.now()))

    async def _ask(self, step: Callable[[], Given]) -> Given:
        return await asyncio.get_running_loop().run_in_executor(self._database, step)


def handset_of(call: PhoneCall) -> str:
    """Return where the collector telephones; raises ValueError for nobody."""
    seat = getattr(call.staff, "seat", None)
    if seat is None or not seat.handset:
        raise ValueError("this person has no handset")
    return str(seat.handset)


def number_of(call: PhoneCall) -> str:
    """Return the number to dial, opened for the line alone."""
    return vault().open(bytes(call.contact_point.value_cipher), "phone")


def take_lock() -> bool:
    """Take the line's lock for this database session."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])


def close_lost() -> None:
    """Close what a line that died left behind."""
    left = PhoneCall.objects.exclude(state=CallState.OVER).filter(claimed_at__isnull=False)
    for call in left.select_related("permit"):
        services.lose(call, clock.now())


def finish(call: PhoneCall) -> None:
    """Record at once what needs no word of the collector: a call of the dialler that nobody took."""
    over = PhoneCall.objects.get(pk=call.pk)
    if over.by_dialler:
        services.record_unanswered(over, clock.now())


__all__ = ["LineSettings", "LineTaken", "Placing", "SettingsWrong", "Told", "is_set_up", "read_settings"]


def serve(until: asyncio.Event | None = None) -> Any:
    """Hold the line of this installation until stopped."""
    found = read_settings(settings.FORBEAR_SIP, settings.FORBEAR_SIP_SECRET)
    return Placing(found).run(until or asyncio.Event())
