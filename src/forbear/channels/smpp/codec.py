"""SMPP 3.4 frames: bind, submit_sm, deliver_sm, enquire_link, unbind (SMPP Protocol Specification v3.4, section 4)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from forbear.channels.frames import ANSWER, BadFrame, Cursor, Header

FRAMING = Header(has_status=True)
VERSION = 0x34


class Command(IntEnum):
    """Command ids; an answer has the highest bit set."""

    NACK = 0x8000_0000
    SUBMIT = 0x0000_0004
    DELIVER = 0x0000_0005
    UNBIND = 0x0000_0006
    BIND_TRANSCEIVER = 0x0000_0009
    ENQUIRE_LINK = 0x0000_0015


class Code(IntEnum):
    """The statuses that are told apart here."""

    OK = 0x00
    BAD_COMMAND = 0x03
    NOT_BOUND = 0x04
    ALREADY_BOUND = 0x05
    SYSTEM_ERROR = 0x08
    BIND_FAILED = 0x0D
    BAD_PASSWORD = 0x0E
    BAD_SYSTEM_ID = 0x0F
    QUEUE_FULL = 0x14
    THROTTLED = 0x58


class Tag(IntEnum):
    """Optional parameters that are used here."""

    RECEIPTED_ID = 0x001E
    USER_REFERENCE = 0x0204
    PAYLOAD = 0x0424
    MESSAGE_STATE = 0x0427
    OUR_KEY = 0x1501  # from the range for vendors: our idempotency key


SHORT_MAX = 254  # octets of short_message; longer goes into message_payload
UDH, RECEIPT = 0x40, 0x04  # bits of esm_class


@dataclass(frozen=True, slots=True)
class Bind:
    """Who we are."""

    system_id: str
    password: str
    system_type: str = ""


@dataclass(frozen=True, slots=True)
class ShortMessage:
    """The body that submit_sm and deliver_sm share."""

    source: str
    destination: str
    octets: bytes
    coding: int = 0
    esm_class: int = 0
    registered: int = 0
    validity: str = ""
    source_ton: int = 0
    source_npi: int = 0
    destination_ton: int = 1
    destination_npi: int = 1
    options: dict[int, bytes] = field(default_factory=dict)


def pack_bind(bind: Bind) -> bytes:
    """Return the body of a bind."""
    texts = b"".join(c_text(text) for text in (bind.system_id, bind.password, bind.system_type))
    return texts + bytes([VERSION, 0, 0, 0])


def unpack_bind(body: bytes) -> Bind:
    """Return who wants to bind; raises BadFrame."""
    cursor = Cursor(body)
    return Bind(cursor.c_text(16), cursor.c_text(9), cursor.c_text(13))


def pack_short(message: ShortMessage) -> bytes:
    """Return the body of submit_sm or deliver_sm."""
    options, octets = dict(message.options), message.octets
    if len(octets) > SHORT_MAX:
        options[Tag.PAYLOAD] = octets
        octets = b""
    return b"".join(
        (
            c_text(""),
            bytes([message.source_ton, message.source_npi]),
            c_text(message.source),
            bytes([message.destination_ton, message.destination_npi]),
            c_text(message.destination),
            bytes([message.esm_class, 0, 0]),
            c_text(""),
            c_text(message.validity),
            bytes([message.registered, 0, message.coding, 0, len(octets)]),
            octets,
            pack_options(options),
        )
    )


def unpack_short(body: bytes) -> ShortMessage:
    """Return the message of submit_sm or deliver_sm; raises BadFrame."""
    cursor = Cursor(body)
    cursor.c_text(6)
    source_ton, source_npi, source = cursor.number(1), cursor.number(1), cursor.c_text(21)
    ton, npi, destination = cursor.number(1), cursor.number(1), cursor.c_text(21)
    esm_class = cursor.number(1)
    cursor.take(2)
    cursor.c_text(17)
    validity = cursor.c_text(17)
    registered, _, coding, _ = cursor.take(4)
    octets = cursor.take(cursor.number(1))
    options = unpack_options(cursor)
    return ShortMessage(
        source, destination, options.get(Tag.PAYLOAD, octets), coding, esm_class, registered, validity,
        source_ton, source_npi, ton, npi, options,
    )  # fmt: skip


def pack_options(options: dict[int, bytes]) -> bytes:
    """Return optional parameters: tag, length, value."""
    return b"".join(tag.to_bytes(2) + len(value).to_bytes(2) + value for tag, value in options.items())


def unpack_options(cursor: Cursor) -> dict[int, bytes]:
    """Return the optional parameters that fill the rest of a frame; raises BadFrame."""
    found = {}
    while cursor.left:
        tag, length = cursor.number(2), cursor.number(2)
        found[tag] = cursor.take(length)
    return found


def c_text(text: str) -> bytes:
    """Return a text with the zero that ends it."""
    octets = text.encode("latin-1", errors="replace")
    if b"\x00" in octets:
        raise BadFrame("a text with a zero inside cannot be sent")
    return octets + b"\x00"


def id_of(body: bytes) -> str:
    """Return the message id that the answer to a submit carries."""
    return body.split(b"\x00", 1)[0].decode("latin-1")


def answer_to(command: int) -> int:
    """Return the command id of the answer."""
    return command | ANSWER
