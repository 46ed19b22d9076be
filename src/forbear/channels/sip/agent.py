"""Our end of the line: transactions with their timers, keep-alive, and who a message is for (RFC 3261, 17).

No clock: timers run on the event loop; moments are noted by whoever listens.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from forbear.channels.sip.digest import Login
from forbear.channels.sip.message import (
    VERSION,
    Answer,
    BadMessage,
    Message,
    address_in,
    hop_of,
    response_to,
)
from forbear.channels.sip.transport import Hop, Transport

AGENT = "Forbear"
ALLOW = "INVITE, ACK, CANCEL, BYE, OPTIONS"
T1 = 0.5  # seconds: a round trip (RFC 3261, 17.1.1.1)
T2 = 4.0  # seconds: the longest pause between repeats
PATIENCE = 64  # times T1 until a request counts as lost
TIMED_OUT = 408

OnResponse = Callable[[Message], None]


@dataclass(frozen=True, slots=True)
class Line:
    """The line to the exchange: who we are there, where it is, how we sign in."""

    host: str  # the exchange
    port: int
    user: str  # our number at the exchange
    domain: str = ""
    login: Login | None = None
    t1: float = T1

    @property
    def hop(self) -> Hop:
        """Return where the exchange listens."""
        return self.host, self.port

    def address(self, number: str) -> str:
        """Return the SIP address of a number at the exchange."""
        return f"sip:{number}@{self.domain or f'{self.host}:{self.port}'}"


class Asking:
    """A client transaction: sends a request until it is answered, or nobody answers in time."""

    def __init__(self, agent: Agent, request: Message, hop: Hop, on_response: OnResponse) -> None:
        self.agent, self.request, self.hop, self.on_response = agent, request, hop, on_response
        self.final: Message | None = None
        self.provisional = False
        self._pause = agent.line.t1
        self._repeat: asyncio.TimerHandle | None = None
        loop = asyncio.get_running_loop()
        self._give_up = loop.call_later(PATIENCE * agent.line.t1, self._lost)
        self._send()

    @property
    def invites(self) -> bool:
        """Return whether this is an INVITE, whose rules differ."""
        return self.request.method == "INVITE"

    def _send(self) -> None:
        self.agent.transport.send(self.request, self.hop)
        if self.agent.transport.reliable:
            return
        self._repeat = asyncio.get_running_loop().call_later(self._pause, self._send)
        self._pause = self._pause * 2 if self.invites else min(self._pause * 2, T2)

    def _stop(self) -> None:
        if self._repeat is not None:
            self._repeat.cancel()

    def heard(self, response: Message) -> None:
        """Take a response: stop repeating, acknowledge a refusal, hand on what is new."""
        if response.status < 200:
            self.provisional = True
            if self.invites:
                self._stop()
                self._give_up.cancel()  # somebody is at it; how long to ring is the caller's to say
            self.on_response(response)
            return
        self._stop()
        self._give_up.cancel()
        if self.invites and response.status >= 300:
            self.agent.transport.send(self._ack(response), self.hop)
        if self.final is None or (self.invites and response.status < 300):
            self.final = self.final or response
            self.on_response(response)
        self.agent.forget_later(self)

    def _ack(self, response: Message) -> Message:
        number = self.request.cseq[0]
        kept = [("via", self.request.first("via")), ("from", self.request.first("from"))]
        kept += [("to", response.first("to")), ("call-id", self.request.call_id), ("cseq", f"{number} ACK")]
        kept += [("max-forwards", "70"), *(("route", each) for each in self.request.all("route"))]
        return Message(f"ACK {self.request.uri} {VERSION}", tuple(kept))

    def _lost(self) -> None:
        self._stop()
        if self.final is None:
            self.final = response_to(self.request, Answer(TIMED_OUT, "No answer from the network"))
            self.on_response(self.final)
        self.agent.forget_later(self)


class Agent:
    """A SIP user agent on one transport: sends requests, answers what comes in, keeps the line alive."""

    def __init__(self, transport: Transport, line: Line) -> None:
        self.transport, self.line = transport, line
        self.asking: dict[tuple[str, str], Asking] = {}
        self.answered: dict[tuple[str, str], Message] = {}
        self.dialogs: dict[tuple[str, str], Callable[[Message], Answer | None]] = {}
        self.reachable: bool | None = None  # what the last keep-alive said
        self._keeping: asyncio.Task[None] | None = None

    async def open(self, *, keep_alive_seconds: float = 0) -> None:
        """Begin to listen, and ask every so often whether the exchange is there."""
        await self.transport.open(self.deliver)
        if keep_alive_seconds:
            self._keeping = asyncio.create_task(self._keep_alive(keep_alive_seconds))

    def close(self) -> None:
        """Stop listening."""
        if self._keeping is not None:
            self._keeping.cancel()
        self.transport.close()

    async def _keep_alive(self, seconds: float) -> None:
        while True:
            await self.ping()
            await asyncio.sleep(seconds)

    async def ping(self) -> bool:
        """Ask the exchange for its options; any answer at all says that it is there."""
        uri = f"sip:{self.line.host}:{self.line.port}"
        headers = self.headers("OPTIONS", call_id=token(), number=1, to=f"<{uri}>", tag=token())
        asked: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self.ask(
            Message(f"OPTIONS {uri} {VERSION}", headers),
            self.line.hop,
            lambda said: asked.set_result(said) if said.status >= 200 and not asked.done() else None,
        )
        said = await asked
        self.reachable = said.reason != "No answer from the network"
        return self.reachable

    def headers(
        self,
        method: str,
        *,
        call_id: str,
        number: int,
        to: str,
        tag: str,
        branch: str = "",
        caller: str = "",
    ) -> tuple[tuple[str, str], ...]:
        """Return what every request of ours begins with."""
        host, port = self.transport.local
        via = f"{VERSION}/{self.transport.name} {host}:{port};rport;branch={branch or 'z9hG4bK' + token()}"
        return (
            ("via", via),
            ("max-forwards", "70"),
            ("from", f"<{self.line.address(caller or self.line.user)}>;tag={tag}"),
            ("to", to),
            ("call-id", call_id),
            ("cseq", f"{number} {method}"),
            ("contact", self.contact),
            ("user-agent", AGENT),
            ("allow", ALLOW),
        )

    @property
    def contact(self) -> str:
        """Return where we are reached."""
        host, port = self.transport.local
        way = ";transport=tcp" if self.transport.reliable else ""
        return f"<sip:{self.line.user}@{host}:{port}{way}>"

    def ask(self, request: Message, hop: Hop, on_response: OnResponse) -> Asking:
        """Send a request as a transaction."""
        asking = Asking(self, request, hop, on_response)
        self.asking[request.branch, request.method] = asking
        return asking

    def hop_to(self, routes: tuple[str, ...], target: str) -> Hop:
        """Return where a request within a call goes next: its route, else its target; to the exchange in doubt."""
        try:
            return hop_of(address_in(routes[0]) if routes else target)
        except BadMessage:
            return self.line.hop

    def forget_later(self, asking: Asking) -> None:
        """Keep a finished transaction while repeats may still come."""
        key = (asking.request.branch, asking.request.method)
        asyncio.get_running_loop().call_later(PATIENCE * self.line.t1, self.asking.pop, key, None)

    def deliver(self, message: Message, source: Hop) -> None:
        """Give a message to whom it concerns."""
        if not message.is_request:
            asking = self.asking.get((message.branch, message.cseq[1]))
            if asking is not None:
                asking.heard(message)
            return
        if message.method == "ACK":
            return
        key = (message.branch, message.method)
        if key in self.answered:  # a repeat of what was answered
            self.transport.send(self.answered[key], source)
            return
        response = response_to(message, self._answer(message))
        self.answered[key] = response
        asyncio.get_running_loop().call_later(PATIENCE * self.line.t1, self.answered.pop, key, None)
        self.transport.send(response, source)

    def _answer(self, request: Message) -> Answer:
        dialog = self.dialogs.get((request.call_id, request.tag("to")))
        answer = dialog(request) if dialog is not None else None
        if answer is not None:
            return answer
        if request.method == "OPTIONS":
            return Answer(200, "OK", (("allow", ALLOW), ("user-agent", AGENT)), tag=token())
        if request.method == "INVITE" and not request.tag("to"):
            return Answer(488, "Not Acceptable Here", tag=token())  # we call; nobody calls us on this line
        if request.method in ("BYE", "INVITE", "CANCEL", "UPDATE"):
            return Answer(481, "Call/Transaction Does Not Exist", tag=token())
        return Answer(405, "Method Not Allowed", (("allow", ALLOW),), tag=token())


def token() -> str:
    """Return a name nobody can guess."""
    return secrets.token_hex(12)
