"""E-mail as a channel: one connection per thread, nothing sent again once its data may have arrived."""

from __future__ import annotations

import asyncio
import hashlib
import re
import smtplib
import ssl
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP as WIRE

import dkim

from forbear.channels.contract import (
    HELD_BACK,
    Arrived,
    ConnectionRefused,
    Health,
    Kind,
    MayStart,
    Outcome,
    Outgoing,
    Result,
    Status,
    Told,
)
from forbear.channels.smtp.bounces import is_dead

ADDRESS = re.compile(r"[^@\s<>,;:\"()\[\]\\\x00-\x1f]{1,64}@[^@\s<>,;:\"()\[\]\\\x00-\x1f]{1,255}")
SIGNED = [b"from", b"to", b"subject", b"date", b"message-id", b"mime-version", b"content-type"]
OK = 250
BEFORE_DATA = (smtplib.SMTPException, OSError)


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpSettings:
    """Which relay to use, as whom; with a DKIM key (PEM) and selector every message is signed."""

    host: str
    port: int
    sender: str
    user: str = ""
    secret: str = ""
    encrypted: bool = True  # STARTTLS with a certificate that is checked; off only on loopback
    dkim_selector: str = ""
    dkim_key: str = ""
    window: int = 8
    a_second: float = 50.0
    answer_seconds: float = 60.0

    @property
    def domain(self) -> str:
        """Return the domain of the sender."""
        return self.sender.rpartition("@")[2]


class Smtp:
    """The channel."""

    def __init__(self, settings: SmtpSettings) -> None:
        self.settings = settings
        self.incoming: asyncio.Queue[Arrived] = asyncio.Queue()
        self.threads = ThreadPoolExecutor(settings.window, thread_name_prefix="smtp")
        self.kept = threading.local()
        self.next_start, self.waiting = 0.0, 0
        self.trouble, self.open = "", False

    async def connect(self) -> None:
        """Connect once to see that we are let in; raise ConnectionRefused for a wrong name or secret."""
        try:
            await asyncio.get_running_loop().run_in_executor(self.threads, self.server)
        except smtplib.SMTPAuthenticationError as error:
            raise ConnectionRefused(f"the mail relay refuses {self.settings.user!r}") from error
        except BEFORE_DATA as error:  # it may come back; each message tries again
            self.trouble = type(error).__name__
        self.open = True

    async def send(self, batch: Sequence[Outgoing], *, may_start: MayStart) -> list[Result]:
        """Send each message, as many at once as the window says."""
        return list(await asyncio.gather(*(self.send_one(each, may_start) for each in batch)))

    async def send_one(self, outgoing: Outgoing, may_start: MayStart) -> Result:
        """Send one message when its turn in the pace has come."""
        loop = asyncio.get_running_loop()
        start = max(self.next_start, loop.time())
        self.next_start = start + 1 / self.settings.a_second
        await asyncio.sleep(max(0.0, start - loop.time()))
        self.waiting += 1
        try:
            result = await loop.run_in_executor(self.threads, self.deliver, outgoing, may_start)
        finally:
            self.waiting -= 1
        if result.outcome is Outcome.REJECTED and is_dead(result.code):
            told = Told(
                kind=Kind.RECEIPT, event_key=f"refused:{outgoing.key}", status=Status.FAILED, message_key=outgoing.key,
                address=outgoing.address, code=result.code, dead=True,
            )  # fmt: skip
            self.incoming.put_nowait(Arrived(told))
        return result

    def deliver(self, outgoing: Outgoing, may_start: MayStart) -> Result:
        """Send one message in this thread; until its data begins, nothing has happened."""
        if not ADDRESS.fullmatch(outgoing.address):
            return Result(outgoing.key, Outcome.REJECTED, code="5.1.3 not an address")
        try:
            data = self.written(outgoing)
        except (ValueError, dkim.DKIMException) as error:
            return Result(outgoing.key, Outcome.REJECTED, code=f"not writable: {type(error).__name__}")
        try:
            server = self.server()
            refused = self.envelope(server, outgoing)
        except BEFORE_DATA as error:
            self.forget(error)
            return Result(outgoing.key, Outcome.NOT_TAKEN, code=type(error).__name__)
        if refused:
            return refused
        if not may_start(outgoing):
            self.forget(None)  # the envelope was begun; the next message begins anew
            return Result(outgoing.key, Outcome.NOT_TAKEN, code=HELD_BACK)
        return self.hand_in(server, outgoing, data)

    def envelope(self, server: smtplib.SMTP, outgoing: Outgoing) -> Result | None:
        """Say from whom and to whom; return a result only when the server refuses."""
        notify = server.has_extn("dsn")
        server.rset()
        code, words = server.mail(
            bounce_address(outgoing.key, self.settings.domain),
            [f"ENVID={outgoing.key}", "RET=HDRS"] if notify else [],
        )
        if code == OK:
            code, words = server.rcpt(outgoing.address, ["NOTIFY=SUCCESS,FAILURE"] if notify else [])
        return None if code == OK else answer(outgoing, code, words)

    def hand_in(self, server: smtplib.SMTP, outgoing: Outgoing, data: bytes) -> Result:
        """Send the data; without the server's word nobody knows whether it took it."""
        try:
            code, words = server.data(data)
        except smtplib.SMTPDataError as error:
            return answer(outgoing, error.smtp_code, error.smtp_error)
        except BEFORE_DATA as error:
            self.forget(error)
            return Result(
                outgoing.key, Outcome.UNKNOWN, (message_id(outgoing, self.settings.domain),), "no_answer"
            )
        if code != OK:
            return answer(outgoing, code, words)
        return Result(outgoing.key, Outcome.ACCEPTED, (message_id(outgoing, self.settings.domain),))

    def written(self, outgoing: Outgoing) -> bytes:
        """Return a message as octets, signed where there is a key; raise ValueError for a header that is none."""
        message = EmailMessage(policy=WIRE)
        message["From"], message["To"] = self.settings.sender, outgoing.address
        message["Subject"] = outgoing.subject
        message["Message-ID"] = message_id(outgoing, self.settings.domain)
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(outgoing.text, cte="base64")
        if outgoing.html:
            message.add_alternative(outgoing.html, subtype="html", cte="base64")
        data = message.as_bytes()
        if not self.settings.dkim_key:
            return data
        headers = [name for name in SIGNED if name.decode() in {each.lower() for each in message}]
        signature = dkim.sign(
            data, self.settings.dkim_selector.encode(), self.settings.domain.encode(), self.settings.dkim_key.encode(),
            include_headers=headers,
        )  # fmt: skip
        return bytes(signature) + data

    def server(self) -> smtplib.SMTP:
        """Return this thread's connection, opened where there is none; raises one of BEFORE_DATA."""
        found: smtplib.SMTP | None = getattr(self.kept, "server", None)
        if found is not None:
            return found
        said = self.settings
        server = smtplib.SMTP(said.host, said.port, timeout=said.answer_seconds)
        if said.encrypted:
            server.starttls(context=ssl.create_default_context())
        server.ehlo_or_helo_if_needed()
        if said.user:
            server.login(said.user, said.secret)
        self.kept.server = server
        return server

    def forget(self, error: BaseException | None) -> None:
        """Drop this thread's connection."""
        server: smtplib.SMTP | None = getattr(self.kept, "server", None)
        self.kept.server = None
        if server is not None:
            server.close()
        if error is not None:
            self.trouble = type(error).__name__

    async def close(self) -> None:
        """Wait for what is under way."""
        self.open = False
        await asyncio.get_running_loop().run_in_executor(None, self.threads.shutdown)

    def health(self) -> Health:
        """Say how the channel is."""
        return Health(self.open, self.waiting, self.trouble)


def answer(outgoing: Outgoing, code: int, words: bytes | str) -> Result:
    """Return what a refusal means: 4xx may be tried again, 5xx is for good (RFC 5321, 4.2.1)."""
    said = words.decode("ascii", "replace") if isinstance(words, bytes) else words
    for_good = code >= 500
    outcome = Outcome.REJECTED if for_good else Outcome.NOT_TAKEN
    return Result(outgoing.key, outcome, code=f"{code} {said}"[:100])


def message_id(outgoing: Outgoing, domain: str) -> str:
    """Return the Message-ID, the same however often a message is tried."""
    return f"<{hashlib.sha256(outgoing.key.encode()).hexdigest()[:32]}@{domain}>"


def bounce_address(key: str, domain: str) -> str:
    """Return the envelope sender, to which bounces come back; it names the message."""
    return f"bounce+{key}@{domain}"
