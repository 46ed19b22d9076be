"""Click to dial: ring the collector, then the debtor, and let the two hear each other (third-party call control).

    we → collector   INVITE, held            the collector picks up
    we → debtor      INVITE, the collector's voice       rings, is answered
    we → collector   INVITE within the call, the debtor's voice

The voice goes from telephone to telephone (or through the exchange); none passes here. Both parties speak G.711, so
one description fits both (RFC 3725, flow IV, with offers only, because trunks refuse calls without one).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from forbear.channels.sip.agent import Agent
from forbear.channels.sip.causes import Cause
from forbear.channels.sip.leg import Heard, Leg, Stage
from forbear.channels.sip.sdp import NoVoice, Voice, held, read_voice

NOBODY = Cause(0)
NO_VOICE = Cause(488, 88, "no common voice")  # 88: incompatible destination
DIALLABLE = re.compile(r"\+?\d{3,20}")
AUTO_ANSWER = (("call-info", "<sip:127.0.0.1>;answer-after=0"),)  # what desk telephones know as auto-answer


class Told(StrEnum):
    """What is told of a call, in this order; `WITHDRAWN` instead of `DIALLED` when the permit no longer held."""

    COLLECTOR_RINGING = "collector_ringing"
    COLLECTOR_THERE = "collector_there"
    COLLECTOR_MISSED = "collector_missed"
    WITHDRAWN = "withdrawn"
    DIALLED = "dialled"
    RINGING = "ringing"
    ANSWERED = "answered"
    FAILED = "failed"
    ENDED = "ended"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing told of a call."""

    told: Told
    cause: Cause = NOBODY
    by: str = ""  # who ended it: debtor, collector, us


class ClickToDial:
    """One call of a collector with a debtor; `run` returns when both legs are over."""

    def __init__(
        self,
        agent: Agent,
        *,
        collector: str,
        debtor: str,
        may_dial: Callable[[], Awaitable[bool]],
        tell: Callable[[Event], None],
        collector_seconds: float,
        ring_seconds: float,
        caller: str = "",
    ) -> None:
        if not DIALLABLE.fullmatch(debtor):
            raise ValueError("a debtor's number is digits, perhaps after a plus")
        self.may_dial, self._tell = may_dial, tell
        self.collector_seconds, self.ring_seconds = collector_seconds, ring_seconds
        self._heard: asyncio.Queue[tuple[str, Heard]] = asyncio.Queue()
        self.collector = Leg(agent, collector, lambda heard: self._heard.put_nowait(("collector", heard)))
        self.debtor = Leg(
            agent, debtor, lambda heard: self._heard.put_nowait(("debtor", heard)), caller=caller
        )
        self._stopped = asyncio.Event()
        self._voice: Voice | None = None

    def hang_up(self) -> None:
        """End the call from our side."""
        self._stopped.set()
        self._heard.put_nowait(("us", Heard("ended", Cause(0, 16))))

    async def run(self) -> None:
        """Place the call and stay with it to its end."""
        try:
            if not await self._reach_collector():
                return
            if not await self.may_dial():
                self._tell(Event(Told.WITHDRAWN))
                return
            if await self._reach_debtor():
                await self._stay()
        finally:
            self.collector.hang_up()
            self.debtor.hang_up()

    async def _reach_collector(self) -> bool:
        self.collector.call(
            held(self.collector.agent.transport.local[0]), headers=AUTO_ANSWER, direction="inactive"
        )
        async with _limit(self.collector_seconds):
            while not self._stopped.is_set():
                who, heard = await self._heard.get()
                if heard.kind == "ringing":
                    self._tell(Event(Told.COLLECTOR_RINGING))
                elif heard.kind == "answered":
                    return self._hears_collector(heard)
                else:
                    self._tell(Event(Told.COLLECTOR_MISSED, heard.cause, by=who))
                    return False
        self._tell(Event(Told.COLLECTOR_MISSED, Cause(408, 19)))
        return False

    def _hears_collector(self, heard: Heard) -> bool:
        try:
            self._voice = read_voice(heard.body)
        except NoVoice:
            self._tell(Event(Told.COLLECTOR_MISSED, NO_VOICE))
            return False
        self._tell(Event(Told.COLLECTOR_THERE))
        return True

    async def _reach_debtor(self) -> bool:
        if self._voice is None or self.collector.stage != Stage.UP:
            self._tell(Event(Told.COLLECTOR_MISSED))
            return False
        self.debtor.call(self._voice)
        self._tell(Event(Told.DIALLED))
        async with _limit(self.ring_seconds):
            while True:
                who, heard = await self._heard.get()
                if who == "debtor" and heard.kind == "ringing":
                    self._tell(Event(Told.RINGING, heard.cause))
                    await self._listen(heard.body)
                elif who == "debtor" and heard.kind == "answered":
                    return await self._join(heard)
                elif who == "debtor":
                    self._tell(Event(Told.FAILED, heard.cause, by="debtor"))
                    return False
                else:
                    return await self._withdraw(who)
        return await self._withdraw("time")

    async def _withdraw(self, who: str) -> bool:
        """Take the debtor's call back; if it is answered at that very moment, nobody of ours is there: abandoned."""
        self.debtor.hang_up()
        answered = False
        async with _limit(self.ring_seconds):
            while self.debtor.stage != Stage.OVER:
                whose, heard = await self._heard.get()
                answered = answered or (whose == "debtor" and heard.kind == "answered")
        cause = Cause(487, 19 if who == "time" else 16)
        self._tell(Event(Told.ABANDONED if answered else Told.FAILED, cause, by=who))
        return False

    async def _join(self, heard: Heard) -> bool:
        """Let the two hear each other."""
        self._tell(Event(Told.ANSWERED, heard.cause))
        if await self._listen(heard.body):
            return True
        self._tell(Event(Told.ENDED, NO_VOICE, by="us"))
        return False

    async def _listen(self, body: bytes) -> bool:
        """Let the collector hear what the debtor's side sends, early announcements too."""
        with suppress(NoVoice):
            voice = read_voice(body)
            return voice == self.collector.voice or await self.collector.renew(voice) < 300
        return False

    async def _stay(self) -> None:
        while True:
            who, heard = await self._heard.get()
            if heard.kind in ("ended", "refused"):
                self._tell(Event(Told.ENDED, heard.cause, by=who))
                return


class _limit:  # noqa: N801  # reads like asyncio.timeout, which raises; here the time simply is over
    """Leave the block when the time is over."""

    def __init__(self, seconds: float) -> None:
        self._timeout = asyncio.timeout(seconds)

    async def __aenter__(self) -> None:
        await self._timeout.__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: object
    ) -> bool:
        try:
            await self._timeout.__aexit__(kind, value, trace)  # type: ignore[arg-type]
        except TimeoutError:
            return True
        return False
