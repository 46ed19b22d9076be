"""A hash chain: each row's hash covers its content and the hash before it, so no row can be altered unseen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

GENESIS = bytes(32)


def link(previous: bytes, content: Mapping[str, Any]) -> bytes:
    """Return SHA-256 over the previous hash and the canonical JSON of content."""
    return hashlib.sha256(bytes(previous) + canonical(content)).digest()


def canonical(content: Mapping[str, Any]) -> bytes:
    """Write content one way only: keys sorted, no spaces, dates ISO 8601, bytes in hexadecimal."""
    return json.dumps(
        content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=plain
    ).encode()


def plain(value: object) -> str:
    """Write what JSON has no form for; refuse what has no canonical form at all."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no canonical form in a hash chain")
