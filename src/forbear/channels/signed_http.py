"""JSON over HTTP with a signature both ways: HMAC-SHA256 over time stamp and body, an idempotency key, a largest age.

A provider that keeps our key takes a message once however often it is told, so what got no answer is told again.
"""

from __future__ import annotations

import asyncio
import hmac
import http.client
import json
import ssl
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from forbear.channels.contract import (
    HELD_BACK,
    Arrived,
    CallbackRefused,
    CallbackRequest,
    Health,
    MayStart,
    Outcome,
    Outgoing,
    Result,
)

TIMESTAMP, SIGNATURE, KEY = "X-Forbear-Timestamp", "X-Forbear-Signature", "Idempotency-Key"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
TRIES = 3  # with the same key, where no answer came
PAUSE = 0.2  # seconds before the second try, doubling
ANSWER_MAX = 64 * 1024
NO_ANSWER = (OSError, http.client.HTTPException)


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpSettings:
    """Where to post, with which shared secret; `now` gives the moment for the time stamp."""

    url: str
    secret: str
    now: Callable[[], datetime]
    window: int = 8
    a_second: float = 100.0
    answer_seconds: float = 30.0
    callback_age_seconds: float = 300.0


class NotEncrypted(ValueError):
    """Messages leave the machine only encrypted: use an address that begins with https."""


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Return the signature of a body at a time."""
    return hmac.digest(secret.encode(), timestamp.encode() + b"\n" + body, "sha256").hex()


def checked(request: CallbackRequest, *, secret: str, at: datetime, age_seconds: float) -> Any:
    """Return the JSON of a call-back that is signed and fresh; raise CallbackRefused."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    timestamp, signature = headers.get(TIMESTAMP.lower(), ""), headers.get(SIGNATURE.lower(), "")
    if not hmac.compare_digest(sign(secret, timestamp, request.body).encode(), signature.encode()):
        raise CallbackRefused("the call-back is not signed with our secret")
    try:
        said = datetime.fromtimestamp(int(timestamp), UTC)
        content = json.loads(request.body)
    except (ValueError, OverflowError, OSError, RecursionError) as error:
        raise CallbackRefused("the call-back cannot be read") from error
    if abs((at - said).total_seconds()) > age_seconds:
        raise CallbackRefused("the call-back is too old, or from the future")
    return content


class SignedHttp:
    """A channel of the contract that posts each message; `content_of` says what of it the provider is told."""

    def __init__(self, settings: HttpSettings, content_of: Callable[[Outgoing], Mapping[str, Any]]) -> None:
        parts = urlsplit(settings.url)
        if parts.scheme != "https" and parts.hostname not in LOOPBACK:
            raise NotEncrypted(NotEncrypted.__doc__)
        self.settings, self.content_of, self.parts = settings, content_of, parts
        self.incoming: asyncio.Queue[Arrived] = asyncio.Queue()
        self.threads = ThreadPoolExecutor(settings.window, thread_name_prefix="signed-http")
        self.kept = threading.local()
        self.next_start = 0.0
        self.waiting = 0
        self.trouble = ""
        self.open = False

    async def connect(self) -> None:
        """Nothing lasting is kept open; each post finds its own way."""
        self.open = True

    async def send(self, batch: Sequence[Outgoing], *, may_start: MayStart) -> list[Result]:
        """Post each message, as many at once as the window says."""
        return list(await asyncio.gather(*(self.send_one(each, may_start) for each in batch)))

    async def send_one(self, outgoing: Outgoing, may_start: MayStart) -> Result:
        """Post one message when its turn in the pace has come."""
        loop = asyncio.get_running_loop()
        start = max(self.next_start, loop.time())
        self.next_start = start + 1 / self.settings.a_second
        await asyncio.sleep(max(0.0, start - loop.time()))
        self.waiting += 1
        try:
            return await loop.run_in_executor(self.threads, self.post_until_answered, outgoing, may_start)
        finally:
            self.waiting -= 1

    def post_until_answered(self, outgoing: Outgoing, may_start: MayStart) -> Result:
        """Post with the same key until there is an answer, a few times, and never after it may no longer start."""
        body = json.dumps({"key": outgoing.key, **self.content_of(outgoing)}, ensure_ascii=False).encode()
        began = False
        for attempt in range(TRIES):
            if attempt:
                threading.Event().wait(PAUSE * 2 ** (attempt - 1))
            if not may_start(outgoing):
                break
            began = True
            try:
                status, answer = self.post(outgoing.key, body)
            except NO_ANSWER as error:
                self.trouble = type(error).__name__
                continue
            if status < 500 or status == http.client.SERVICE_UNAVAILABLE:
                return result_of(outgoing, status, answer)
        if not began:
            return Result(outgoing.key, Outcome.NOT_TAKEN, code=HELD_BACK)
        return Result(outgoing.key, Outcome.UNKNOWN, code="no_answer")

    def post(self, key: str, body: bytes) -> tuple[int, bytes]:
        """Post once; raises one of NO_ANSWER."""
        timestamp = str(int(self.settings.now().timestamp()))
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            KEY: key,
            TIMESTAMP: timestamp,
            SIGNATURE: sign(self.settings.secret, timestamp, body),
        }
        connection = self.connection()
        try:
            connection.request("POST", self.parts.path or "/", body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read(ANSWER_MAX)
        except NO_ANSWER:
            connection.close()
            raise

    def connection(self) -> http.client.HTTPConnection:
        """Return this thread's connection; it opens itself again when it was closed."""
        if not hasattr(self.kept, "connection"):
            host, port, timeout = self.parts.hostname or "", self.parts.port, self.settings.answer_seconds
            if self.parts.scheme == "https":
                context = ssl.create_default_context()
                self.kept.connection = http.client.HTTPSConnection(
                    host, port, timeout=timeout, context=context
                )
            else:
                self.kept.connection = http.client.HTTPConnection(host, port, timeout=timeout)
        found: http.client.HTTPConnection = self.kept.connection
        return found

    async def close(self) -> None:
        """Wait for what is under way."""
        self.open = False
        await asyncio.get_running_loop().run_in_executor(None, self.threads.shutdown)

    def health(self) -> Health:
        """Say how the channel is."""
        return Health(self.open, self.waiting, self.trouble)


def result_of(outgoing: Outgoing, status: int, answer: bytes) -> Result:
    """Return what an answer means: taken, too busy, or refused for good."""
    if status in (http.client.TOO_MANY_REQUESTS, http.client.SERVICE_UNAVAILABLE):
        return Result(outgoing.key, Outcome.NOT_TAKEN, code=f"http:{status}")
    if status not in (http.client.OK, http.client.CREATED, http.client.ACCEPTED):
        return Result(outgoing.key, Outcome.REJECTED, code=f"http:{status}")
    try:
        provider_id = str(json.loads(answer)["id"])[:128]
    except (ValueError, KeyError, TypeError, RecursionError):
        return Result(outgoing.key, Outcome.ACCEPTED, code="no_id")
    return Result(outgoing.key, Outcome.ACCEPTED, (provider_id,))
