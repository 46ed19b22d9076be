"""The rendered text of a message, sealed at rest."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass

import msgspec

from forbear.web.portfolio.vault import vault

KIND = "message"  # binds the seal to what it holds


@dataclass(frozen=True, slots=True)
class Body:
    """What the person will read; e-mail has a subject and may have HTML, every other channel only text."""

    text: str
    subject: str = ""
    html: str = ""
    document: str = ""  # of a letter, the SHA-256 of the PDF whose words these are


@dataclass(frozen=True, slots=True)
class SealedBody:
    """A body as it is stored."""

    cipher: bytes
    digest: str


def seal(body: Body) -> SealedBody:
    """Seal a body and digest its plain form, which later proves what was said."""
    plain = msgspec.json.encode(asdict(body))
    return SealedBody(vault().seal(plain.decode(), KIND).cipher, hashlib.sha256(plain).hexdigest())


def unseal(cipher: bytes | memoryview) -> Body:
    """Open a sealed body; raises SealBroken."""
    return msgspec.json.decode(vault().open(bytes(cipher), KIND).encode(), type=Body)
