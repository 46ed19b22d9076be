"""The process that sends: claims, asks the gate, hands over, sends, settles, and hears what comes back.

The wire is asyncio; database sessions are threads. When the session that holds the worker's lock is lost, the worker
signs on anew with another number; what it had in flight it still settles, because it knows.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import psycopg
from django.db import InterfaceError, OperationalError, connection

from forbear.channels.contract import HELD_BACK, Channel, Outcome, Outgoing, Result, Told
from forbear.privacy import SealBroken
from forbear.web import clock
from forbear.web.documents.store import plain
from forbear.web.outbox import events, handover, settle
from forbear.web.outbox.body import Body, unseal
from forbear.web.outbox.models import OutboxMessage, OutboxWorker
from forbear.web.portfolio.vault import vault

log = logging.getLogger(__name__)

IDLE_SECONDS = 0.5  # between looks at an empty queue
TAKE_OVER_SECONDS = 2.0  # between looks for dead workers
DATABASE_PAUSE_SECONDS = 0.3  # before a lost database is tried again
SESSIONS = ("gate", "wire", "book")
SLICES = 4  # handed over at once; each a fourth of what may be in hand
AT_ONCE = 500  # results or events settled together
REFERENCES = 65536  # values of a small reference that protocols echo
DATABASE_LOST = (OperationalError, InterfaceError, psycopg.OperationalError)  # also deadlocks; run again


@dataclass(frozen=True, slots=True)
class Handed:
    """A message with its permit, opened for the wire."""

    pk: int
    claim: UUID  # under which it was taken
    outgoing: Outgoing
    until: datetime  # its permit ends


class Worker:
    """One sending process for one channel.

    Three sessions: one asks the gate and holds the worker's lock, one hands over right before the wire, one keeps the
    book of what came of it. None waits for another.
    """

    def __init__(
        self,
        name: str,
        channel: Channel,
        *,
        batch: int,
        in_hand: int,
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        """Ask the gate for `batch` messages at once; have at most `in_hand` handed over and not yet answered."""
        self.name, self.channel, self.batch, self.now = name, channel, batch, now
        self.sessions = {
            each: ThreadPoolExecutor(1, thread_name_prefix=f"outbox-{each}") for each in SESSIONS
        }
        self.me: OutboxWorker | None = None
        self.session: Any = None  # the database session that holds the lock of `me`
        self.stopping = asyncio.Event()
        self.slice = max(1, in_hand // SLICES)
        self.slots = asyncio.Semaphore(SLICES)
        self.ready: asyncio.Queue[list[Handed]] = asyncio.Queue()
        self.ahead = asyncio.Semaphore(1)  # one batch waits with its permits while another goes out
        self.results: asyncio.Queue[tuple[UUID, Result]] = asyncio.Queue()  # with the claim it is of
        self.sending: set[asyncio.Task[None]] = set()

    async def run(self, *, until_empty: bool = False) -> None:
        """Work until stopped, or until nothing is left to send; raises ConnectionRefused."""
        background = [asyncio.create_task(each()) for each in (self.hear, self.watch, self.settle_all)]
        try:
            await self.channel.connect()
            sender = asyncio.create_task(self.send_all())
            await self.take_all(until_empty=until_empty)
            self.ready.put_nowait([])
            await sender
            await self.results.join()
        finally:
            await self.channel.close()
            await self.hear_rest()
            for task in background:
                task.cancel()
            await asyncio.gather(*background, return_exceptions=True)
            for session in self.sessions.values():
                session.submit(lambda: connection.close()).result()
                session.shutdown()

    def stop(self) -> None:
        """Take nothing more; what is on the wire is still settled."""
        self.stopping.set()

    async def take_all(self, *, until_empty: bool) -> None:
        """Take batch after batch to the gate, one ahead of the wire."""
        while not self.stopping.is_set():
            if not self.channel.health().connected:
                await self.pause(IDLE_SECONDS)  # nothing is asked for that could not go out
                continue
            await self.ahead.acquire()
            batch = await self.kept_trying("gate", self.next_batch)
            if batch:
                self.ready.put_nowait(batch)
                continue
            self.ahead.release()
            if batch is None and until_empty and not self.sending and self.ready.empty():
                return
            if batch is None:
                await self.pause(IDLE_SECONDS)

    async def pause(self, seconds: float) -> None:
        """Wait, but not longer than until we are stopped."""
        try:
            async with asyncio.timeout(seconds):
                await self.stopping.wait()
        except TimeoutError:
            return

    def next_batch(self) -> list[Handed] | None:
        """Claim the next messages and ask the gate; none when there was nothing to claim."""
        at = self.now()
        worker = self.signed_on(at)
        claimed = handover.claim(worker, count=self.batch, at=at)
        if not claimed.ids:
            return None
        rows = handover.ask_gate(claimed, at=at)
        return [handed for row in rows if (handed := self.opened(row, claimed.token, at))]

    def signed_on(self, at: datetime) -> OutboxWorker:
        """Return who we are in this database session."""
        if (
            self.me is None or self.session is not connection.connection
        ):  # a new session does not hold the old lock
            self.me = handover.sign_on(self.name, host=socket.gethostname()[:100], process=os.getpid(), at=at)
            self.session = connection.connection
        return self.me

    def opened(self, row: OutboxMessage, claim: UUID, at: datetime) -> Handed | None:
        """Open text and address of a message; one that cannot be opened has failed, and holds nobody up."""
        try:
            body = unseal(row.body_cipher)
            address = address_of(row)
            document = document_of(row, body)
        except SealBroken:
            handover.fail_unreadable(row, at=at)
            return None
        if row.permit_expires_at is None:
            raise RuntimeError(f"message {row.pk} has no permit and was about to go out")
        outgoing = Outgoing(
            key=row.key, reference=row.pk % REFERENCES, address=address, text=body.text, subject=body.subject,
            html=body.html, document=document, valid_seconds=int((row.not_after - at).total_seconds()),
        )  # fmt: skip
        return Handed(row.pk, claim, outgoing, row.permit_expires_at)

    async def send_all(self) -> None:
        """Hand over slice after slice and put it on the wire, until an empty batch says that no more come."""
        while batch := await self.ready.get():
            self.ahead.release()
            for start in range(0, len(batch), self.slice):
                await self.slots.acquire()
                task = asyncio.create_task(self.send(batch[start : start + self.slice]))
                self.sending.add(task)
                task.add_done_callback(self.sending.discard)
        await asyncio.gather(*self.sending)

    async def send(self, some: Sequence[Handed]) -> None:
        """Record a slice as handed over, send it, and note the results."""
        try:
            may_go = await self.kept_trying("wire", partial(self.handed_over, some))
            until = {each.outgoing.key: each.until for each in some}
            results = await self.channel.send(
                [each.outgoing for each in some if each.pk in may_go],
                may_start=lambda each: self.now() < until[each.key],
            )
            held = [
                Result(each.outgoing.key, Outcome.NOT_TAKEN, code=HELD_BACK)
                for each in some
                if each.pk not in may_go
            ]
            for result in (*results, *held):
                self.results.put_nowait((some[0].claim, result))
        finally:
            self.slots.release()

    def handed_over(self, some: Sequence[Handed]) -> set[int]:
        """Hand over; return which messages may go out."""
        return handover.hand_over(some[0].claim, [each.pk for each in some], at=self.now())

    async def settle_all(self) -> None:
        """Settle results as they come, many at a time."""
        while True:
            results = await several(self.results)
            await self.kept_trying("book", partial(self.settled, results))
            for _ in results:
                self.results.task_done()

    def settled(self, found: Sequence[tuple[UUID, Result]]) -> None:
        """Settle, and apply the receipts that were quicker than we."""
        at, results = self.now(), [result for _, result in found]
        claims = {result.key: claim for claim, result in found}
        settle.settle(results, claims=claims, at=at)
        events.apply_waiting(self.name, [each for r in results for each in r.provider_ids], at=at)

    async def hear(self) -> None:
        """Keep what comes in; only then acknowledge it."""
        while True:
            arrived = await several(self.channel.incoming)
            await self.kept_trying("book", partial(self.heard, [each.told for each in arrived]))
            for each in arrived:
                await each.acknowledge()

    def heard(self, told: Sequence[Told]) -> None:
        """Keep and apply what came in."""
        events.receive(self.name, told, at=self.now())

    async def hear_rest(self) -> None:
        """Keep what had come in before we closed."""
        left = []
        while not self.channel.incoming.empty():
            left.append(self.channel.incoming.get_nowait().told)
        if left:
            await self.kept_trying("book", partial(self.heard, left))

    async def watch(self) -> None:
        """Look for what dead workers left."""
        while True:
            await self.kept_trying("gate", self.take_over)
            await asyncio.sleep(TAKE_OVER_SECONDS)

    def take_over(self) -> None:
        """Take over, and put on record what became uncertain."""
        left = handover.take_over(self.me if self.session is connection.connection else None)
        if left.uncertain:
            settle.record_uncertain(left.uncertain, at=self.now())

    async def kept_trying(self, session: str, step: Callable[[], Any]) -> Any:
        """Do a step in a session's thread until it is done; a lost session is replaced, a lost race run again."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                return await loop.run_in_executor(self.sessions[session], step)
            except DATABASE_LOST as error:
                log.warning("the database: %s", type(error).__name__)
                await loop.run_in_executor(self.sessions[session], self.lost_session, session)
                await asyncio.sleep(DATABASE_PAUSE_SECONDS)

    def lost_session(self, session: str) -> None:
        """Begin a new session if the old one is gone; with the gate's goes the lock, so we begin as a new worker."""
        if not connection.is_usable():
            connection.close()
            if session == "gate":
                self.me = None


async def several(queue: asyncio.Queue[Any]) -> list[Any]:
    """Wait for something in a queue; return it with what else is there, up to a limit."""
    found = [await queue.get()]
    while len(found) < AT_ONCE and not queue.empty():
        found.append(queue.get_nowait())
    return found


def document_of(row: OutboxMessage, body: Body) -> bytes:
    """Return the PDF of a letter, nothing for other messages; raises SealBroken where it is not the one meant."""
    if row.document is None:
        return b""
    if row.document.sha256 != body.document:
        raise SealBroken(f"message {row.pk} was planned with another document")
    return plain(row.document)


def address_of(row: OutboxMessage) -> str:
    """Return where a message goes: the contact point, or the customer's number at the bank; raises SealBroken."""
    if row.contact_point is None:
        return row.case.customer.customer_no
    return vault().open(bytes(row.contact_point.value_cipher), events.index_kind(row.channel))
