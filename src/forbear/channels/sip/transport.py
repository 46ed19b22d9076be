"""How messages travel: UDP datagrams, or one TCP connection to the exchange with framing by Content-Length."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Protocol

from forbear.channels.sip.message import BYTES_MAX, BadMessage, Message, read

Hop = tuple[str, int]
Deliver = Callable[[Message, Hop], None]
LENGTH = re.compile(rb"^(?:content-length|l)\s*:\s*(\d{1,6})\s*$", re.IGNORECASE | re.MULTILINE)


class Transport(Protocol):
    """A way for messages to travel."""

    reliable: bool
    name: str
    local: Hop

    async def open(self, deliver: Deliver) -> None:
        """Begin to listen; raise OSError when that cannot be."""

    def send(self, message: Message, hop: Hop) -> None:
        """Send one message; what cannot be sent is lost, as on any network, and the timers will say so."""

    def close(self) -> None:
        """Stop."""


class Udp(asyncio.DatagramProtocol):
    """Datagrams; bytes that are no SIP message are dropped."""

    reliable = False
    name = "UDP"

    def __init__(self, host: str = "0.0.0.0", port: int = 0, *, advertised: str = "") -> None:  # noqa: S104
        self._bind = (host, port)
        self._advertised = advertised
        self._socket: asyncio.DatagramTransport | None = None
        self._deliver: Deliver | None = None
        self.local: Hop = (advertised or host, port)
        self.dropped = 0

    async def open(self, deliver: Deliver) -> None:
        """Bind the socket."""
        self._deliver = deliver
        loop = asyncio.get_running_loop()
        made, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=self._bind)
        self._socket = made
        host, port = made.get_extra_info("sockname")[:2]
        self.local = (self._advertised or host, port)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Hand a message on."""
        if not data.strip():
            return  # a keep-alive
        try:
            message = read(data)
        except BadMessage:
            self.dropped += 1
            return
        if self._deliver is not None:
            self._deliver(message, (addr[0], addr[1]))

    def error_received(self, exc: Exception) -> None:
        """A port nobody listens on: the timers of the transaction will say so."""

    def send(self, message: Message, hop: Hop) -> None:
        """Send a datagram."""
        if self._socket is not None and not self._socket.is_closing():
            self._socket.sendto(message.render(), hop)

    def close(self) -> None:
        """Close the socket."""
        if self._socket is not None:
            self._socket.close()


class Tcp(asyncio.Protocol):
    """One connection to the exchange; everything goes through it, whatever the address says."""

    reliable = True
    name = "TCP"

    def __init__(self, host: str, port: int) -> None:
        self._peer = (host, port)
        self._deliver: Deliver | None = None
        self._stream: asyncio.Transport | None = None
        self._buffer = b""
        self.local: Hop = ("127.0.0.1", 0)
        self.dropped = 0

    async def open(self, deliver: Deliver) -> None:
        """Connect."""
        self._deliver = deliver
        made, _ = await asyncio.get_running_loop().create_connection(lambda: self, *self._peer)
        self._stream = made
        host, port = made.get_extra_info("sockname")[:2]
        self.local = (host, port)

    def data_received(self, data: bytes) -> None:
        """Cut the stream into messages; a stream that is no SIP is closed."""
        self._buffer += data
        while (message := self._next()) is not None:
            try:
                whole = read(message)
            except BadMessage:
                self.dropped += 1
                continue
            if self._deliver is not None:
                self._deliver(whole, self._peer)

    def _next(self) -> bytes | None:
        self._buffer = self._buffer.lstrip(b"\r\n")
        head, found, _ = self._buffer.partition(b"\r\n\r\n")
        if not found:
            if len(self._buffer) > BYTES_MAX:
                self.close()
            return None
        length = LENGTH.search(head)
        end = len(head) + 4 + (int(length[1]) if length else 0)
        if end > BYTES_MAX:
            self.close()
            return None
        if len(self._buffer) < end:
            return None
        message, self._buffer = self._buffer[:end], self._buffer[end:]
        return message

    def send(self, message: Message, hop: Hop) -> None:
        """Write to the connection."""
        if self._stream is not None and not self._stream.is_closing():
            self._stream.write(message.render())

    def close(self) -> None:
        """Close the connection."""
        if self._stream is not None:
            self._stream.close()
