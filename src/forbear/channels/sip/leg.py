"""One leg of a call: INVITE with sign-in, provisional answers, ACK, new INVITE within the call, CANCEL, BYE."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from forbear.channels.sip.agent import PATIENCE, TIMED_OUT, Agent, token
from forbear.channels.sip.causes import Cause, cause_of
from forbear.channels.sip.digest import CannotAnswer, authorisation
from forbear.channels.sip.message import VERSION, Answer, Message, address_in, hop_of
from forbear.channels.sip.sdp import Voice, held, write_voice

SDP = "application/sdp"
GLARE = 4  # times T1 to wait before an INVITE within the call is tried again
CHALLENGES = {401: ("www-authenticate", "authorization"), 407: ("proxy-authenticate", "proxy-authorization")}


class Stage(StrEnum):
    """How far a leg is."""

    NEW = "new"
    CALLING = "calling"
    RINGING = "ringing"
    UP = "up"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Heard:
    """Something a leg heard; `body` is the description that came with it."""

    kind: str  # ringing, answered, refused, ended
    cause: Cause
    body: bytes = b""


class Leg:
    """A call to one number. `tell` hears what happens, in order; a leg is over once and stays so."""

    def __init__(self, agent: Agent, number: str, tell: Callable[[Heard], None], *, caller: str = "") -> None:
        self.agent, self.tell = agent, tell
        direct = number.startswith("sip:")  # a telephone that is reached without the exchange
        self.uri = number if direct else agent.line.address(number)
        self.hop = hop_of(number) if direct else agent.line.hop
        self.caller = caller
        self.call_id, self.tag = token(), token()
        self.stage = Stage.NEW
        self.remote_tag = ""
        self.to = f"<{self.uri}>"
        self.target = self.uri
        self.routes: tuple[str, ...] = ()
        self.voice: Voice = held(agent.transport.local[0])  # what this party is told to hear
        self._session = int(token()[:8], 16)
        self._version = 0
        self._number = 0
        self._signed = False
        self._cancel = False
        self._cancelled = False
        self._invite: Message | None = None
        self._renewed: asyncio.Future[Message] | None = None

    # ---- what we do ----

    def call(
        self, voice: Voice, *, headers: tuple[tuple[str, str], ...] = (), direction: str = "sendrecv"
    ) -> None:
        """Send the INVITE, offering a voice."""
        self.stage, self.voice = Stage.CALLING, voice
        body = self._describe(direction)
        self._send_invite(headers, body)

    def hang_up(self, cause: int = 16) -> None:
        """End the leg whatever its stage: withdraw the INVITE, or say goodbye. cause: Q.850, 16 is normal."""
        if self.stage in (Stage.CALLING, Stage.RINGING):
            self._cancel = True
            self._send_cancel()
        elif self.stage == Stage.UP:
            self._over()
            self._ask("BYE", (("reason", f"Q.850;cause={cause}"),), b"", lambda said: None)

    async def renew(self, voice: Voice) -> int:
        """Send an INVITE within the call that moves the voice; return the final status, 408 when none came.

        An INVITE of the other side at the same moment (491) is given way to once.
        """
        said = await self._renew(voice)
        if said is not None and said.status == 491:  # RFC 3261, 14.1
            await asyncio.sleep(GLARE * self.agent.line.t1)
            said = await self._renew(voice)
        return said.status if said is not None else TIMED_OUT

    async def _renew(self, voice: Voice) -> Message | None:
        self.voice = voice
        self._renewed = asyncio.get_running_loop().create_future()
        self._ask("INVITE", (("content-type", SDP),), self._describe("sendrecv"), self._heard_renewed)
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE * self.agent.line.t1):
                return await self._renewed
        return None

    # ---- what we hear ----

    def _heard(self, asked: Message, said: Message) -> None:
        if said.status < 200:
            self._provisional(said)
        elif said.status < 300:
            self._answered(said)
        elif said.status in CHALLENGES and not self._signed and self._sign_in(asked, said):
            return
        elif self.stage != Stage.OVER:
            self._over()
            self.tell(Heard("refused", cause_of(said)))

    def _provisional(self, said: Message) -> None:
        if self._cancel:
            self._send_cancel()
            return
        if said.status > 100 and self.stage in (Stage.CALLING, Stage.RINGING):
            self.stage = Stage.RINGING
            self.tell(Heard("ringing", cause_of(said), said.body))

    def _answered(self, said: Message) -> None:
        first = not self.remote_tag
        if not first and said.tag("to") != self.remote_tag:
            self._turn_away(said)  # a second telephone answered the same call
            return
        if first:
            self.remote_tag, self.to = said.tag("to"), said.first("to")
            self.target = address_in(said.first("contact")) or self.uri
            self.routes = tuple(reversed(said.all("record-route")))
            self.agent.dialogs[self.call_id, self.tag] = self._asked
        self._ack(said)
        if first and self._cancel:  # answered while we withdrew: a call nobody of ours is on ends at once
            self.stage = Stage.UP
            self.tell(Heard("answered", cause_of(said), said.body))
            self.hang_up()
            self.tell(Heard("ended", Cause(0, 16, "withdrawn too late")))
        elif first:
            self.stage = Stage.UP
            self.tell(Heard("answered", cause_of(said), said.body))

    def _heard_renewed(self, said: Message) -> None:
        if said.status < 200:
            return
        if said.status < 300:
            self._ack(said)
        if self._renewed is not None and not self._renewed.done():
            self._renewed.set_result(said)

    def _asked(self, request: Message) -> Answer | None:
        """Answer a request within the call: goodbye, or an INVITE that changes the voice."""
        if request.tag("from") != self.remote_tag:
            return None
        if request.method == "BYE":
            if self.stage == Stage.UP:
                self._over()
                self.tell(Heard("ended", cause_of(request)))
            return Answer(200, "OK")
        if request.method == "INVITE":
            described = self._describe("sendrecv")
            return Answer(200, "OK", (("contact", self.agent.contact), ("content-type", SDP)), described)
        return None

    # ---- messages ----

    def _describe(self, direction: str) -> bytes:
        self._version += 1
        host = self.agent.transport.local[0]
        return write_voice(
            self.voice, session=self._session, version=self._version, host=host, direction=direction
        )

    def _send_invite(self, extra: tuple[tuple[str, str], ...], body: bytes) -> None:
        self._number += 1
        given = self.agent.headers(
            "INVITE", call_id=self.call_id, number=self._number, to=f"<{self.uri}>", tag=self.tag, caller=self.caller
        )  # fmt: skip
        headers = (*given, ("content-type", SDP), *extra)
        self._invite = Message(f"INVITE {self.uri} {VERSION}", headers, body)
        self.agent.ask(self._invite, self.hop, partial(self._heard, self._invite))

    def _sign_in(self, asked: Message, said: Message) -> bool:
        login = self.agent.line.login
        challenge, answer = CHALLENGES[said.status]
        if login is None or self._cancel:
            return False
        try:
            signed = authorisation(said.first(challenge), login, method="INVITE", uri=asked.uri)
        except CannotAnswer:
            return False
        self._signed = True
        ours = {name for name, _ in self.agent.headers("INVITE", call_id="", number=0, to="", tag="")}
        extra = tuple((name, value) for name, value in asked.headers if name not in {*ours, "content-type"})
        self._send_invite((*extra, (answer, signed)), asked.body)
        return True

    def _send_cancel(self) -> None:
        """Withdraw the INVITE; before the first sign of life nothing can be withdrawn (RFC 3261, 9.1)."""
        asking = self.agent.asking.get((self._invite.branch, "INVITE")) if self._invite else None
        if asking is None or self._invite is None or not asking.provisional or self._cancelled:
            return
        self._cancelled = True
        kept = [("via", self._invite.first("via")), ("max-forwards", "70")]
        kept += [(name, self._invite.first(name)) for name in ("from", "to", "call-id")]
        kept += [("cseq", f"{self._invite.cseq[0]} CANCEL")]
        self.agent.ask(
            Message(f"CANCEL {self._invite.uri} {VERSION}", tuple(kept)), asking.hop, lambda said: None
        )

    def _ack(self, said: Message) -> None:
        request = self._within("ACK", said.cseq[0], (), b"", to=said.first("to"))
        self.agent.transport.send(request, self.agent.hop_to(self.routes, self.target))

    def _ask(
        self, method: str, extra: tuple[tuple[str, str], ...], body: bytes, heard: Callable[[Message], None]
    ) -> None:
        self._number += 1
        request = self._within(method, self._number, extra, body)
        self.agent.ask(request, self.agent.hop_to(self.routes, self.target), heard)

    def _within(
        self, method: str, number: int, extra: tuple[tuple[str, str], ...], body: bytes, *, to: str = ""
    ) -> Message:
        given = self.agent.headers(
            method, call_id=self.call_id, number=number, to=to or self.to, tag=self.tag, caller=self.caller
        )
        routes = tuple(("route", each) for each in self.routes)
        return Message(f"{method} {self.target} {VERSION}", (*given, *routes, *extra), body)

    def _turn_away(self, said: Message) -> None:
        """Acknowledge and end a second answer of the same call."""
        self._ack(said)
        self._number += 1
        goodbye = self._within("BYE", self._number, (), b"", to=said.first("to"))
        self.agent.ask(goodbye, self.agent.hop_to((), address_in(said.first("contact"))), lambda told: None)

    def _over(self) -> None:
        self.stage = Stage.OVER
        self.agent.dialogs.pop((self.call_id, self.tag), None)
