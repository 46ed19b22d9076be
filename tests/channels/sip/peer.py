"""A telephone exchange on loopback, written apart from the code it tests: SIP by regular expressions, real RTP.

How a number behaves is its first digit (see BEHAVIOUR). It may ask for a sign-in, lose datagrams, and speak G.711 to
wherever it is told, so that a test sees who hears whom.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
from dataclasses import dataclass, field
from itertools import count

BEHAVIOUR = {
    "1": "talks", "2": "busy", "3": "rings", "4": "unknown", "5": "declines", "6": "off", "7": "collector",
    "8": "announces", "9": "crossing",
}  # fmt: skip
ENOUGH = 12  # packets of 20 ms
FINAL = {
    "busy": (486, "Busy Here", "Q.850;cause=17"),
    "unknown": (404, "Not Found", "Q.850;cause=1"),
    "declines": (603, "Decline", "Q.850;cause=21"),
    "off": (480, "Temporarily Unavailable", "Q.850;cause=20"),
}


def header(text: str, name: str) -> str:
    found = re.search(rf"^{name}\s*:\s*(.+?)\r?$", text, re.IGNORECASE | re.MULTILINE)
    return found[1] if found else ""


@dataclass
class Call:
    """One call as the exchange sees it."""

    number: str
    invite: str
    source: tuple[str, int]
    tag: str
    rtp: Rtp
    acked: bool = False
    ended_by: str = ""
    refused: bool = False
    invites: int = 1
    sdp: list[str] = field(default_factory=list)


class Rtp(asyncio.DatagramProtocol):
    """A telephone's ear and mouth: 20 ms of silence in G.711 every 20 ms to where it was told."""

    def __init__(self) -> None:
        self.heard_from: dict[int, int] = {}
        self.to: tuple[str, int] | None = None

    def connection_made(self, transport) -> None:
        self.transport = transport
        self.port = transport.get_extra_info("sockname")[1]
        self.task = asyncio.get_running_loop().create_task(self.speak())

    def datagram_received(self, data: bytes, addr) -> None:
        if len(data) == 172 and data[0] == 0x80:
            self.heard_from[addr[1]] = self.heard_from.get(addr[1], 0) + 1

    async def speak(self) -> None:
        for number in count():
            if self.to and self.to[1] not in (0, 9):
                packet = b"\x80\x08" + number.to_bytes(2, "big") + (160 * number).to_bytes(4, "big") + b"ssrc"
                self.transport.sendto(packet + b"\xd5" * 160, self.to)
            await asyncio.sleep(0.02)

    def close(self) -> None:
        self.task.cancel()
        self.transport.close()


class Exchange(asyncio.DatagramProtocol):
    """The other end of the line."""

    def __init__(self, *, secret: str = "", lose: int = 0, answer_after=0.1, talk_for=0.4) -> None:
        self.secret, self.lose = secret, lose
        self.answer_after, self.talk_for = answer_after, talk_for
        self.calls: dict[str, Call] = {}
        self.numbers: list[str] = []  # as INVITEs came, sign-in repeats not counted twice
        self.options = 0
        self._received = 0
        self._nonce = secrets.token_hex(8)
        self._sent: dict[tuple[str, str], str] = {}

    async def open(self) -> Exchange:
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: self, ("127.0.0.1", 0)
        )
        self.transport = transport
        self.port = transport.get_extra_info("sockname")[1]
        return self

    def close(self) -> None:
        for call in self.calls.values():
            call.rtp.close()
        self.transport.close()

    def datagram_received(self, data: bytes, addr) -> None:
        self._received += 1
        if self.lose and self._received % self.lose == 0:
            return
        text = data.decode()
        method = text.split(" ", 1)[0]
        if method == "SIP/2.0":
            return
        key = (re.search(r"branch=([^;\s]+)", header(text, "Via"))[1], method)
        if key in self._sent:  # a repeat: the same answer again
            self.transport.sendto(self._sent[key].encode(), addr)
            return
        getattr(self, f"on_{method.lower()}")(text, addr)

    def reply(self, text: str, addr, status: str, *, tag="", extra="", body="") -> None:
        to = header(text, "To") + (f";tag={tag}" if tag and "tag=" not in header(text, "To") else "")
        lines = [
            f"SIP/2.0 {status}",
            f"Via: {header(text, 'Via')}",
            f"From: {header(text, 'From')}",
            f"To: {to}",
        ]
        lines += [f"Call-ID: {header(text, 'Call-ID')}", f"CSeq: {header(text, 'CSeq')}"]
        lines += [f"Contact: <sip:peer@127.0.0.1:{self.port}>"]
        if body:
            lines.append("Content-Type: application/sdp")
        lines += [extra] if extra else []
        said = "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]) + body
        if not status.startswith("1"):
            self._sent[re.search(r"branch=([^;\s]+)", header(text, "Via"))[1], text.split(" ", 1)[0]] = said
        self.transport.sendto(said.encode(), addr)

    def on_options(self, text: str, addr) -> None:
        self.options += 1
        self.reply(text, addr, "200 OK", tag="o")

    def on_ack(self, text: str, addr) -> None:
        if call := self.calls.get(header(text, "Call-ID")):
            call.acked = True

    def signed(self, text: str) -> bool:
        given = dict(re.findall(r'(\w+)="?([^",]+)"?', header(text, "Authorization").removeprefix("Digest ")))

        def md5(words: str) -> str:
            return hashlib.md5(words.encode()).hexdigest()

        who = md5(f"desk:bank:{self.secret}")
        what = md5(f"INVITE:{given.get('uri')}")
        good = md5(f"{who}:{self._nonce}:{given.get('nc')}:{given.get('cnonce')}:auth:{what}")
        return given.get("response") == good and given.get("uri") == text.split(" ")[1]

    def on_invite(self, text: str, addr) -> None:
        known = self.calls.get(header(text, "Call-ID"))
        if known and known.acked and "tag=" in header(text, "To"):
            known.invites += 1
            known.sdp.append(text.split("\r\n\r\n", 1)[1])
            known.rtp.to = place(text)
            self.reply(text, addr, "200 OK", body=sdp(known.rtp.port))
            return
        if self.secret and not self.signed(text):
            challenge = (
                f'WWW-Authenticate: Digest realm="bank", nonce="{self._nonce}", qop="auth", algorithm=MD5'
            )
            self.reply(text, addr, "401 Unauthorized", tag="c", extra=challenge)
            return
        asyncio.get_running_loop().create_task(self.take(text, addr))

    async def take(self, text: str, addr) -> None:
        number = re.search(r"^INVITE sip:\+?(\w+)@", text)[1]
        if header(text, "Call-ID") in self.calls:
            return
        self.numbers.append(number)
        _, rtp = await asyncio.get_running_loop().create_datagram_endpoint(Rtp, ("127.0.0.1", 0))
        call = self.calls[header(text, "Call-ID")] = Call(number, text, addr, secrets.token_hex(4), rtp)
        call.sdp.append(text.split("\r\n\r\n", 1)[1])
        does = BEHAVIOUR[number[0]]
        self.reply(text, addr, "100 Trying")
        if does in FINAL:
            status, words, cause = FINAL[does]
            call.refused = True
            self.reply(text, addr, f"{status} {words}", tag=call.tag, extra=f"Reason: {cause}")
            return
        early = sdp(rtp.port) if does == "announces" else ""
        self.reply(text, addr, "183 Session Progress" if early else "180 Ringing", tag=call.tag, body=early)
        if does == "rings" or does == "crossing":
            return
        if does == "announces":
            rtp.to = place(text)
            await asyncio.sleep(self.answer_after)
            call.refused = True
            self.reply(text, addr, "404 Not Found", tag=call.tag, extra="Reason: Q.850;cause=1")
            return
        await asyncio.sleep(0 if does == "collector" else self.answer_after)
        self.answer(call)
        if does == "talks":
            await asyncio.sleep(self.talk_for)
            await self.heard(call)
            if not call.ended_by:
                self.bye(call)

    async def heard(self, call: Call) -> None:
        """Wait until both telephones heard a few words of each other; on a busy machine that takes its time."""
        for _ in range(500):
            ears = [each.rtp.heard_from for each in self.calls.values() if each.rtp.to and not each.ended_by]
            if call.ended_by or all(sum(ear.values()) > ENOUGH for ear in ears):
                return
            await asyncio.sleep(0.01)

    def answer(self, call: Call) -> None:
        call.rtp.to = place(call.invite)
        self.reply(call.invite, call.source, "200 OK", tag=call.tag, body=sdp(call.rtp.port))

    def bye(self, call: Call) -> None:
        call.ended_by = "peer"
        target = re.search(r"<(sip:[^>]+)>", header(call.invite, "Contact"))[1]
        lines = [
            f"BYE {target} SIP/2.0", f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};branch=z9hG4bK{secrets.token_hex(6)}",
            "Max-Forwards: 70", f"From: {header(call.invite, 'To')};tag={call.tag}", f"To: {header(call.invite, 'From')}",
            f"Call-ID: {header(call.invite, 'Call-ID')}", "CSeq: 7 BYE", "Reason: Q.850;cause=16", "Content-Length: 0",
        ]  # fmt: skip
        self.transport.sendto("\r\n".join([*lines, "", ""]).encode(), call.source)

    def on_bye(self, text: str, addr) -> None:
        call = self.calls.get(header(text, "Call-ID"))
        if call and not call.ended_by:
            call.ended_by = "us"
        self.reply(text, addr, "200 OK")

    def on_cancel(self, text: str, addr) -> None:
        call = self.calls.get(header(text, "Call-ID"))
        self.reply(text, addr, "200 OK")
        if call is None:
            return
        if BEHAVIOUR[call.number[0]] == "crossing":  # the debtor picked up at that very moment
            self.answer(call)
            return
        call.ended_by = "cancel"
        self.reply(call.invite, call.source, "487 Request Terminated", tag=call.tag)


def place(text: str) -> tuple[str, int] | None:
    body = text.split("\r\n\r\n", 1)[1]
    host, port = re.search(r"c=IN IP4 (\S+)", body), re.search(r"m=audio (\d+)", body)
    return (host[1], int(port[1])) if host and port else None


def sdp(port: int) -> str:
    return (
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
        f"m=audio {port} RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
    )
