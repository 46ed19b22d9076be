"""One SIP message: read from bytes that may be hostile, written so that no header can be smuggled (RFC 3261, 7)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

VERSION = "SIP/2.0"
BYTES_MAX = 65_535  # one UDP datagram; nothing a telephone says is longer
HEADERS_MAX = 200
COMPACT = {
    "v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact", "l": "content-length", "c": "content-type",
    "k": "supported", "s": "subject", "e": "content-encoding",
}  # fmt: skip
LISTED = ("via", "route", "record-route", "contact")  # headers whose values may share a line
TAG = re.compile(r";\s*tag=([^;,\s>]+)", re.IGNORECASE)
BRANCH = re.compile(r";\s*branch=([^;,\s]+)", re.IGNORECASE)
URI = re.compile(r"<([^<>]+)>")
HOP = re.compile(
    r"^(?:sips?:)(?:[^@]*@)?(\[[0-9a-fA-F:.]+\]|[^:;?>@\s]+)(?::(\d{1,5}))?(?=[;?>]|$)", re.IGNORECASE
)
PORT = 5060
COMMA = re.compile(r',(?=(?:[^"]*"[^"]*")*[^"]*$)(?![^<]*>)')


class BadMessage(ValueError):
    """These bytes are no SIP message."""


@dataclass(frozen=True, slots=True)
class Message:
    """A request or a response: start line, headers in order (names in lower case), body."""

    start: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""

    @property
    def is_request(self) -> bool:
        """Return whether this asks for something."""
        return not self.start.startswith(VERSION)

    @property
    def method(self) -> str:
        """Return the method of a request, or of the request a response answers."""
        return self.start.split(" ", 1)[0] if self.is_request else self.cseq[1]

    @property
    def uri(self) -> str:
        """Return the address a request is for."""
        return self.start.split(" ")[1]

    @property
    def status(self) -> int:
        """Return the status of a response."""
        return int(self.start.split(" ", 2)[1])

    @property
    def reason(self) -> str:
        """Return the words of a status."""
        return self.start.split(" ", 2)[2] if self.start.count(" ") > 1 else ""

    @property
    def cseq(self) -> tuple[int, str]:
        """Return number and method of the transaction."""
        number, _, method = self.first("cseq").partition(" ")
        return int(number), method.strip()

    @property
    def branch(self) -> str:
        """Return the branch of the topmost Via."""
        found = BRANCH.search(self.first("via"))
        return found[1] if found else ""

    @property
    def call_id(self) -> str:
        """Return the call's name."""
        return self.first("call-id")

    def tag(self, header: str) -> str:
        """Return the tag of From or To; empty before the other side chose one."""
        found = TAG.search(self.first(header).rpartition(">")[2] or self.first(header))
        return found[1] if found else ""

    def first(self, name: str) -> str:
        """Return the first value of a header; empty when it is absent."""
        return next((value for header, value in self.headers if header == name), "")

    def all(self, name: str) -> list[str]:
        """Return every value of a header in order."""
        return [value for header, value in self.headers if header == name]

    def render(self) -> bytes:
        """Write the message; raises BadMessage for a line break where none may be."""
        lines = [self.start, *(f"{name.title()}: {value}" for name, value in self.headers)]
        lines.append(f"Content-Length: {len(self.body)}")
        if any("\r" in line or "\n" in line for line in lines):
            raise BadMessage("a line break inside a header would let somebody write headers of his own")
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + self.body


def read(data: bytes) -> Message:
    """Read one message; raises BadMessage for anything else."""
    if len(data) > BYTES_MAX:
        raise BadMessage("too long")
    head, found, body = data.partition(b"\r\n\r\n")
    if not found:
        raise BadMessage("no end of headers")
    try:
        lines = re.sub(r"\r\n[ \t]+", " ", head.decode()).split("\r\n")
    except UnicodeDecodeError as error:
        raise BadMessage("headers are not UTF-8") from error
    headers = tuple(each for line in lines[1:] for each in header_of(line))
    if len(headers) > HEADERS_MAX:
        raise BadMessage("too many headers")
    message = Message(lines[0], tuple(h for h in headers if h[0] != "content-length"), body)
    check(message)
    length = next((value for name, value in headers if name == "content-length"), "")
    if length and (not length.isdigit() or int(length) > len(body)):
        raise BadMessage("the body is shorter than it says")
    return Message(message.start, message.headers, body[: int(length)] if length else body)


def header_of(line: str) -> Iterable[tuple[str, str]]:
    """Yield the header or headers of one line."""
    name, colon, value = line.partition(":")
    if not colon or not name.strip() or "\x00" in line or "\r" in line or "\n" in line:
        raise BadMessage("a line that is no header")
    key = name.strip().lower()
    key = COMPACT.get(key, key)
    parts = COMMA.split(value) if key in LISTED else [value]
    return [(key, part.strip(" \t")) for part in parts]


def check(message: Message) -> None:
    """Raise BadMessage where what every message needs is missing or unreadable."""
    parts = message.start.split(" ")
    well = parts[0] == VERSION and len(parts) >= 2 and re.fullmatch(r"[1-6]\d\d", parts[1])
    if not well and not (len(parts) == 3 and parts[2] == VERSION and re.fullmatch(r"[A-Z]{1,20}", parts[0])):
        raise BadMessage("a start line that is neither request nor response")
    missing = [name for name in ("via", "from", "to", "call-id", "cseq") if not message.first(name)]
    if missing:
        raise BadMessage(f"no {missing[0]}")
    if not re.fullmatch(r"\d{1,10} +[A-Z]{1,20}", message.first("cseq")):
        raise BadMessage("an unreadable CSeq")


def address_in(header: str) -> str:
    """Return the URI of a From, To, Contact or Route value."""
    found = URI.search(header)
    return found[1] if found else header.split(";", 1)[0].strip()


def hop_of(uri: str) -> tuple[str, int]:
    """Return host and port a URI points to; raises BadMessage for none."""
    found = HOP.match(uri)
    if not found or (found[2] and not 0 < int(found[2]) <= BYTES_MAX):
        raise BadMessage(f"no host to send to in {uri[:60]!r}")
    return found[1].strip("[]"), int(found[2] or PORT)


@dataclass(frozen=True, slots=True)
class Answer:
    """How a request is answered."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    tag: str = field(default="")


def response_to(request: Message, answer: Answer) -> Message:
    """Return the response to a request: its Via, From, To, Call-ID and CSeq, and what is answered."""
    to = request.first("to")
    if answer.tag and not request.tag("to"):
        to = f"{to};tag={answer.tag}"
    same = [("via", value) for value in request.all("via")] + [
        ("record-route", value) for value in request.all("record-route")
    ]
    same += [(name, request.first(name)) for name in ("from",)] + [("to", to)]
    same += [(name, request.first(name)) for name in ("call-id", "cseq")]
    return Message(f"{VERSION} {answer.status} {answer.reason}", (*same, *answer.headers), answer.body)
