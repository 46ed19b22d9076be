"""What a signed call-back may tell, and reading it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from typing import Any

from forbear.channels.contract import CallbackRefused, Kind, Status, Told

TOLD_MAX = 1000  # in one call-back; a provider sends more in several
TEXT_MAX = 10_000


def told_by(content: Any, *, dead_codes: Collection[str]) -> list[Told]:
    """Return the events of a call-back {"events": [...]}; raise CallbackRefused for anything else."""
    events = content.get("events") if isinstance(content, dict) else None
    if not isinstance(events, list) or len(events) > TOLD_MAX:
        raise CallbackRefused(f"a call-back has a list `events` of at most {TOLD_MAX}")
    return [one_of(event, dead_codes) for event in events]


def one_of(event: Any, dead_codes: Collection[str]) -> Told:
    """Return one event; raise CallbackRefused."""
    if not isinstance(event, dict) or event.get("type") not in ("receipt", "inbound"):
        raise CallbackRefused('each event is an object whose `type` is "receipt" or "inbound"')
    if event["type"] == "inbound":
        address, text = field(event, "from", 128), field(event, "text", TEXT_MAX)
        return Told(
            kind=Kind.INBOUND, event_key=f"inbound:{field(event, 'id', 128)}", address=address, text=text
        )
    provider_id, code = field(event, "id", 128), field(event, "code", 100, "")
    try:
        status = Status(field(event, "status", 12))
    except ValueError as error:
        raise CallbackRefused(f"`status` is one of {', '.join(Status)}") from error
    said = hashlib.sha256(f"{provider_id}\n{status}\n{code}".encode()).hexdigest()
    return Told(
        kind=Kind.RECEIPT, event_key=f"receipt:{said}", status=status, provider_id=provider_id,
        message_key=field(event, "key", 80, ""), code=code, dead=status is Status.FAILED and code in dead_codes,
    )  # fmt: skip


def field(event: Mapping[str, Any], name: str, most: int, default: str | None = None) -> str:
    """Return a text of an event; raise CallbackRefused when it is missing, no text, or too long."""
    value = event.get(name, default)
    if not isinstance(value, str) or len(value) > most or "\x00" in value:
        raise CallbackRefused(f"`{name}` is a text of at most {most} characters")
    return value
