"""Why a call ended: SIP status and Q.850 cause, as the network said it, to the house's line codes by data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from forbear.channels.sip.message import Message

Q850 = re.compile(r"Q\.850\b.*?;\s*cause\s*=\s*(\d{1,3})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Cause:
    """What the network said: a SIP status (0 for a call that was up), a Q.850 cause where it gave one, its words."""

    status: int
    q850: int | None = None
    words: str = ""


def cause_of(message: Message) -> Cause:
    """Return the cause of a final response, or of a BYE or CANCEL."""
    found = next((hit for value in message.all("reason") if (hit := Q850.search(value))), None)
    status, words = (0, "") if message.is_request else (message.status, message.reason)
    return Cause(status, int(found[1]) if found else None, words[:80])


def line_of(cause: Cause, table: Iterable[Mapping[str, Any]], otherwise: str) -> str:
    """Return the line code of a call that was not answered: the Q.850 cause speaks first, then the status.

    table: rows {line, q850: [...], sip: [...]}, in order; a row may name whole hundreds of statuses as "5xx".
    """
    rows = list(table)
    for row in rows:
        if cause.q850 is not None and cause.q850 in row.get("q850", ()):
            return str(row["line"])
    whole = f"{cause.status // 100}xx"
    for exact in (cause.status, whole):
        for row in rows:
            if exact in row.get("sip", ()):
                return str(row["line"])
    return otherwise
