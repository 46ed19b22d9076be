"""Reading binary protocols that begin each frame with its length, as SMPP and CMPP do."""

from __future__ import annotations

import asyncio
import struct
from dataclasses import dataclass
from typing import Protocol

LENGTH = struct.Struct(">I")
FRAME_MAX = 64 * 1024  # larger than any frame of these protocols; a longer one is an attack or noise
ANSWER = 0x8000_0000  # the bit that makes a command its answer


class BadFrame(ValueError):
    """Octets that are no frame of the protocol; the connection cannot be trusted any more."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame: command, status (where the protocol has it), number, and what it carries."""

    command: int
    status: int
    sequence: int
    body: bytes


class Framing(Protocol):
    """How a protocol heads its frames."""

    def pack(self, frame: Frame) -> bytes:
        """Return a frame as octets."""

    def unpack(self, octets: bytes) -> Frame:
        """Return the frame of octets after the length; raise BadFrame."""


@dataclass(frozen=True, slots=True)
class Header:
    """A framing of fixed 32-bit fields: with or without a status between command and number."""

    has_status: bool

    def pack(self, frame: Frame) -> bytes:
        """Return a frame as octets."""
        fields = (
            (frame.command, frame.status, frame.sequence)
            if self.has_status
            else (frame.command, frame.sequence)
        )
        size = LENGTH.size * (len(fields) + 1) + len(frame.body)
        return struct.pack(f">{len(fields) + 1}I", size, *fields) + frame.body

    def unpack(self, octets: bytes) -> Frame:
        """Return the frame of octets after the length; raise BadFrame."""
        head = struct.Struct(">3I" if self.has_status else ">2I")
        if len(octets) < head.size:
            raise BadFrame(f"a frame of {len(octets)} octets has no whole header")
        fields = head.unpack_from(octets)
        status = fields[1] if self.has_status else 0
        return Frame(fields[0], status, fields[-1], octets[head.size :])


async def read_frame(reader: asyncio.StreamReader, framing: Framing) -> Frame:
    """Read one frame; raises BadFrame, and IncompleteReadError or ConnectionError when the other end is gone."""
    (length,) = LENGTH.unpack(await reader.readexactly(LENGTH.size))
    if not LENGTH.size <= length <= FRAME_MAX:
        raise BadFrame(f"a frame says it has {length} octets; at most {FRAME_MAX} are taken")
    return framing.unpack(await reader.readexactly(length - LENGTH.size))


class Cursor:
    """Reads fields one after the other; raises BadFrame where the frame ends too soon."""

    def __init__(self, octets: bytes) -> None:
        self.octets = octets
        self.at = 0

    @property
    def left(self) -> int:
        """Return how many octets are left."""
        return len(self.octets) - self.at

    def take(self, count: int) -> bytes:
        """Return the next octets."""
        if count > self.left:
            raise BadFrame(f"a field of {count} octets in a frame with {self.left} left")
        self.at += count
        return self.octets[self.at - count : self.at]

    def number(self, size: int) -> int:
        """Return the next unsigned number of `size` octets."""
        return int.from_bytes(self.take(size))

    def text(self, size: int) -> str:
        """Return the next text of fixed size, its padding cut."""
        return self.take(size).split(b"\x00", 1)[0].decode("latin-1").strip()

    def c_text(self, most: int) -> str:
        """Return the next text that ends with a zero, of at most `most` octets with it."""
        end = self.octets.find(b"\x00", self.at, self.at + most)
        if end < 0:
            raise BadFrame(f"a text without its end within {most} octets")
        return self.take(end - self.at + 1)[:-1].decode("latin-1")
