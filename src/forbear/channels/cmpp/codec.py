"""CMPP 3.0 frames: connect, submit, deliver with its reports, active test, terminate.

Source: China Mobile, CMPP interface protocol 3.0.0 (中国移动通信互联网短信网关接口协议 V3.0.0), as open implementations of
it read it; unverified against the carrier's own print, so agree the fields with the carrier before going live.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import IntEnum

from forbear.channels.frames import BadFrame, Cursor, Header

FRAMING = Header(has_status=False)
VERSION = 0x30


class Command(IntEnum):
    """Command ids; an answer has the highest bit set."""

    CONNECT = 0x0000_0001
    TERMINATE = 0x0000_0002
    SUBMIT = 0x0000_0004
    DELIVER = 0x0000_0005
    ACTIVE_TEST = 0x0000_0008


class Code(IntEnum):
    """Results of connect and submit that are told apart here."""

    OK = 0
    BAD_STRUCTURE = 1
    BAD_SOURCE = 2  # of connect
    BAD_SECRET = 3  # of connect
    BAD_VERSION = 4  # of connect
    FLOW = 8  # of submit: too fast, not taken


# Widths of the fixed texts, in octets.
SP_ID, SERVICE, ADDRESS, TERMINAL, FEE_TYPE, FEE_CODE, TIME, LINK = 6, 10, 21, 32, 2, 6, 17, 20
SECRET = 16
REPORT_STATE, REPORT_TIME = 7, 10
CONTENT_MAX = 255


@dataclass(frozen=True, slots=True)
class Connect:
    """Who wants to connect; the digest covers the secret and the time stamp (MMDDHHMMSS)."""

    source: str
    digest: bytes
    timestamp: int
    version: int = VERSION


@dataclass(frozen=True, slots=True)
class Submit:
    """One part of a message to one number."""

    source: str  # the number it comes from
    destination: str
    octets: bytes
    coding: int
    sp_id: str
    parts: int = 1
    part: int = 1
    headed: bool = False
    service: str = ""
    report: bool = True
    valid_until: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Deliver:
    """What the gateway brings: a report on a submit, or a message of a phone."""

    message_id: int
    destination: str
    source: str
    octets: bytes
    coding: int = 0
    headed: bool = False
    is_report: bool = False
    service: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a submit."""

    message_id: int
    state: str  # DELIVRD, EXPIRED, UNDELIV, REJECTD, or a carrier's own code
    destination: str
    submitted: str = ""
    done: str = ""


def digest_of(source: str, secret: str, timestamp: int) -> bytes:
    """Return AuthenticatorSource: MD5 of source, nine zeros, shared secret and time stamp of ten digits."""
    said = source.encode() + bytes(9) + secret.encode() + f"{timestamp:010d}".encode()
    return hashlib.md5(said).digest()  # noqa: S324  # the protocol's own; keep the line inside a private network


def answer_digest(status: int, digest: bytes, secret: str) -> bytes:
    """Return AuthenticatorISMG: MD5 of the status, the asker's digest and the shared secret."""
    return hashlib.md5(status.to_bytes(4) + digest + secret.encode()).digest()  # noqa: S324  # the protocol's own


def pack_connect(connect: Connect) -> bytes:
    """Return the body of a connect."""
    return (
        fixed(connect.source, SP_ID)
        + connect.digest
        + bytes([connect.version])
        + connect.timestamp.to_bytes(4)
    )


def unpack_connect(body: bytes) -> Connect:
    """Return who wants to connect; raises BadFrame."""
    cursor = Cursor(body)
    source, digest, version = cursor.text(SP_ID), cursor.take(SECRET), cursor.number(1)
    return Connect(source, digest, cursor.number(4), version)


def pack_submit(submit: Submit) -> bytes:
    """Return the body of a submit; raises BadFrame for a text that does not fit."""
    if len(submit.octets) > CONTENT_MAX:
        raise BadFrame(f"{len(submit.octets)} octets of content; at most {CONTENT_MAX} fit")
    return b"".join(
        (
            bytes(8),  # message id, the gateway's to give
            bytes([submit.parts, submit.part, submit.report, 0]),
            fixed(submit.service, SERVICE),
            bytes([2]),  # the sender pays
            fixed("", TERMINAL),
            bytes([0, 0, submit.headed, submit.coding]),
            fixed(submit.sp_id, SP_ID),
            fixed("01", FEE_TYPE),
            fixed("", FEE_CODE),
            fixed(submit.valid_until, TIME),
            fixed("", TIME),
            fixed(submit.source, ADDRESS),
            bytes([1]),
            fixed(submit.destination, TERMINAL),
            bytes([0, len(submit.octets)]),
            submit.octets,
            fixed(submit.link, LINK),
        )
    )


def unpack_submit(body: bytes) -> Submit:
    """Return a submit to one number; raises BadFrame."""
    cursor = Cursor(body)
    cursor.take(8)
    parts, part, report, _ = cursor.take(4)
    service = cursor.text(SERVICE)
    cursor.take(1 + TERMINAL)
    _, _, headed, coding = cursor.take(4)
    sp_id = cursor.text(SP_ID)
    cursor.take(FEE_TYPE + FEE_CODE)
    valid_until = cursor.text(TIME)
    cursor.take(TIME)
    source = cursor.text(ADDRESS)
    if cursor.number(1) != 1:
        raise BadFrame("a submit to more or fewer than one number")
    destination = cursor.text(TERMINAL)
    cursor.take(1)
    octets = cursor.take(cursor.number(1))
    return Submit(
        source, destination, octets, coding, sp_id, parts, part, bool(headed), service, report == 1, valid_until,
        cursor.text(LINK),
    )  # fmt: skip


def pack_submit_answer(message_id: int, result: int) -> bytes:
    """Return the body of the answer to a submit."""
    return message_id.to_bytes(8) + result.to_bytes(4)


def unpack_submit_answer(body: bytes) -> tuple[int, int]:
    """Return message id and result; raises BadFrame."""
    cursor = Cursor(body)
    return cursor.number(8), cursor.number(4)


def pack_deliver(deliver: Deliver) -> bytes:
    """Return the body of a deliver."""
    return b"".join(
        (
            deliver.message_id.to_bytes(8),
            fixed(deliver.destination, ADDRESS),
            fixed(deliver.service, SERVICE),
            bytes([0, deliver.headed, deliver.coding]),
            fixed(deliver.source, TERMINAL),
            bytes([0, deliver.is_report, len(deliver.octets)]),
            deliver.octets,
            fixed(deliver.link, LINK),
        )
    )


def unpack_deliver(body: bytes) -> Deliver:
    """Return what the gateway brings; raises BadFrame."""
    cursor = Cursor(body)
    message_id, destination, service = cursor.number(8), cursor.text(ADDRESS), cursor.text(SERVICE)
    _, headed, coding = cursor.take(3)
    source = cursor.text(TERMINAL)
    _, is_report, length = cursor.take(3)
    octets = cursor.take(length)
    return Deliver(
        message_id,
        destination,
        source,
        octets,
        coding,
        bool(headed),
        is_report == 1,
        service,
        cursor.text(LINK),
    )


def pack_report(report: Report) -> bytes:
    """Return the content of a deliver that is a report."""
    times = fixed(report.submitted, REPORT_TIME) + fixed(report.done, REPORT_TIME)
    return (
        report.message_id.to_bytes(8)
        + fixed(report.state, REPORT_STATE)
        + times
        + fixed(report.destination, TERMINAL)
        + bytes(4)
    )


def unpack_report(octets: bytes) -> Report:
    """Return a report; raises BadFrame."""
    cursor = Cursor(octets)
    message_id, state = cursor.number(8), cursor.text(REPORT_STATE)
    submitted, done = cursor.text(REPORT_TIME), cursor.text(REPORT_TIME)
    return Report(message_id, state, cursor.text(TERMINAL), submitted, done)


def fixed(text: str, size: int) -> bytes:
    """Return a text padded with zeros to its width; raise BadFrame when it is longer."""
    octets = text.encode("latin-1", errors="replace")
    if len(octets) > size:
        raise BadFrame(f"{len(octets)} octets in a field of {size}")
    return octets.ljust(size, b"\x00")
