"""The other end of each channel, real and on loopback, all told apart by nothing but their protocol."""

from __future__ import annotations

import asyncio
import json
import threading
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from bench.messages import free_port

from forbear.channels.cmpp import Cmpp, CmppSettings
from forbear.channels.cmpp.simulator import Ismg
from forbear.channels.contract import Status
from forbear.channels.http_sms import HttpSms
from forbear.channels.letter import LetterBox, LetterSettings, PostResult
from forbear.channels.letter.simulator import post
from forbear.channels.signed_http import HttpSettings, sign
from forbear.channels.smpp import Smpp, SmppSettings
from forbear.channels.smpp.simulator import Smsc
from forbear.channels.smtp import Smtp, SmtpSettings
from forbear.channels.webhook import Webhook

AT = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
SECRET = "a shared secret"
NOW = AT.isoformat


class Peer:
    """What a scene may ask of the other end."""

    def __init__(self) -> None:
        self.taken: list[str] = []  # addresses it took a message for
        self.channel: Any = None
        self.refuses: Any = None  # a channel with a wrong secret, where signing in exists
        self.unreachable: Any = None  # a channel to where nobody listens
        self.good, self.dead = "13800138001", "13800138098"


def gateway_log(log: Path) -> list[str]:
    return [
        entry["to"]
        for line in log.read_text().splitlines()
        if (entry := json.loads(line))["what"] == "submit"
    ]


@asynccontextmanager
async def smpp(tmp_path: Path):
    smsc = Smsc(tmp_path / "log", now=NOW)
    port = await smsc.start()

    def made(secret: str = "loopback", port: int = port) -> Smpp:
        return Smpp(
            SmppSettings(
                host="127.0.0.1", port=port, system_id="forbear", password=secret, sender="10690000", answer_seconds=0.5,
                dead_codes=frozenset({"001"}),
            )
        )  # fmt: skip

    peer = Peer()
    peer.channel, peer.refuses, peer.unreachable = made(), made("wrong"), made(port=1)
    yield peer
    await smsc.stop()
    peer.taken = gateway_log(smsc.log)


@asynccontextmanager
async def cmpp(tmp_path: Path):
    ismg = Ismg(tmp_path / "log", now=NOW)
    port = await ismg.start()

    def made(secret: str = "loopback", port: int = port) -> Cmpp:
        return Cmpp(
            CmppSettings(
                host="127.0.0.1", port=port, sp_id="901234", secret=secret, sender="10690000", answer_seconds=0.5,
                now=lambda: AT, dead_codes=frozenset({"MK:0001"}),
            )
        )  # fmt: skip

    peer = Peer()
    peer.channel, peer.refuses, peer.unreachable = made(), made("wrong"), made(port=1)
    yield peer
    await ismg.stop()
    peer.taken = gateway_log(ismg.log)


class Provider(BaseHTTPRequestHandler):
    """A provider that checks signatures, keeps keys, and can be told to fail."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        provider: Any = self.server
        with provider.lock:
            provider.calls += 1
            status, answer = self.judged(provider, body)
        if provider.drop_answers:
            provider.drop_answers -= 1
            self.close_connection = True
            return
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def judged(self, provider: Any, body: bytes) -> tuple[int, bytes]:
        if provider.status != 200:
            return provider.status, b"{}"
        if self.headers["X-Forbear-Signature"] != sign(SECRET, self.headers["X-Forbear-Timestamp"], body):
            return 401, b"{}"
        said = json.loads(body)
        if said["key"] not in provider.kept:
            provider.kept[said["key"]] = said
        return 200, json.dumps({"id": f"p-{said['key']}"}).encode()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def provider():
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    server.kept, server.calls, server.status, server.drop_answers, server.lock = (
        {},
        0,
        200,
        0,
        threading.Lock(),
    )
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def http_settings(port: int, **more: Any) -> HttpSettings:
    said = {
        "url": f"http://127.0.0.1:{port}/send",
        "secret": SECRET,
        "now": lambda: AT,
        "answer_seconds": 2.0,
    } | more
    return HttpSettings(**said)


@asynccontextmanager
async def http_sms(_: Path):
    with provider() as server:
        peer = Peer()
        peer.channel = HttpSms(http_settings(server.server_port), dead_codes={"001"})
        peer.unreachable = HttpSms(http_settings(1))
        yield peer
        peer.taken = [said["to"] for said in server.kept.values()]


@asynccontextmanager
async def webhook(_: Path):
    with provider() as server:
        peer = Peer()
        peer.good = "C1"
        peer.channel = Webhook(http_settings(server.server_port), form="wecom")
        peer.unreachable = Webhook(http_settings(1), form="push")
        yield peer
        peer.taken = [said["customer"] for said in server.kept.values()]


class Mailbox:
    """A mail server that keeps what it takes and knows one address that does not exist."""

    def __init__(self) -> None:
        self.mails: list[Any] = []
        self.port = 0

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address.startswith("gone@"):
            return "550 5.1.1 no such user"
        if address.startswith("later@"):
            return "450 4.2.1 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.mails.append(envelope)
        return "250 taken"


@contextmanager
def mail_server():
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    box.port = controller.port
    try:
        yield box
    finally:
        controller.stop()


def mail_settings(port: int, **more: Any) -> SmtpSettings:
    said = {"sender": "card@bank.example", "encrypted": False, "answer_seconds": 2.0} | more
    return SmtpSettings(host="127.0.0.1", port=port, **said)


@asynccontextmanager
async def smtp(_: Path):
    with mail_server() as box:
        peer = Peer()
        peer.good, peer.dead = "zhang@example.com", "gone@example.com"
        peer.channel, peer.unreachable = Smtp(mail_settings(box.port)), Smtp(mail_settings(1))
        yield peer
        peer.taken = [envelope.rcpt_tos[0] for envelope in box.mails]


POSTED = {
    "delivered": PostResult(Status.DELIVERED),
    "refused": PostResult(Status.FAILED),
    "unknown_address": PostResult(Status.FAILED, dead=True),
}


def letter_box(folder: Path, **more: Any) -> LetterBox:
    said = {"sender": "the bank", "now": lambda: AT, "outcomes": POSTED, "look_seconds": 0.02} | more
    return LetterBox(LetterSettings(folder=folder, **said))


@asynccontextmanager
async def letter(tmp_path: Path):
    """A printer that takes jobs at once, and a post that knows one address that does not exist."""
    peer = Peer()
    peer.good, peer.dead = "上海市浦东新区示例路1号", "没有这条路9号"
    peer.channel, peer.unreachable = letter_box(tmp_path), letter_box(tmp_path / "nowhere")

    async def prints() -> None:
        while True:
            if (tmp_path / "out").exists():
                done = post(tmp_path, on="2026-11-24", result=lambda line: verdict[line.address])
                peer.taken += [line.address for line in done]
            await asyncio.sleep(0.02)

    verdict = {peer.good: "delivered", peer.dead: "unknown_address"}
    printer = asyncio.create_task(prints())
    yield peer
    printer.cancel()
    peer.taken += [line.address for line in post(tmp_path, on="2026-11-24")]  # what came after its last look


PEERS = {
    "smpp": smpp, "cmpp": cmpp, "http_sms": http_sms, "webhook": webhook, "smtp": smtp, "letter": letter,
}  # fmt: skip


def play(scene: Any, name: str, tmp_path: Path) -> tuple[Peer, Any]:
    """Run a scene with the other end of a channel; return that end and what the scene found."""

    async def run() -> tuple[Peer, Any]:
        async with asyncio.timeout(20), PEERS[name](tmp_path) as peer:
            found = await scene(peer)
            for channel in (peer.channel, peer.refuses, peer.unreachable):
                if channel is not None:
                    await channel.close()
        return peer, found

    return asyncio.run(run())
