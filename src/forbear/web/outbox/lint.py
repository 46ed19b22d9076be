"""No text goes out that lint blocks: asked when a day is planned, and again at the moment of sending."""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import lru_cache

from forbear.privacy import SealBroken
from forbear.web.outbox.body import Body, unseal
from forbear.web.outbox.models import WAITING, MessageState, OutboxMessage
from forbear.web.wording.services import improper

IMPROPER = "lint"
SEVERE = "block"  # what lint is less sure of was looked at by whoever approved the template
TAG = re.compile(r"<[^>]*>")
# Many messages differ by the card they name only; its last digits change nothing that lint reads.
TAIL = re.compile(r"(?<=尾号)\d{4}|(?<=ending )\d{4}")
KEPT = 4096  # texts whose reading is remembered


def blocked_now(row: OutboxMessage, at: datetime) -> tuple[str, ...]:
    """Return the rules that forbid a stored text today; none for one that cannot be opened, which fails later."""
    try:
        body = unseal(row.body_cipher)
    except SealBroken:
        return ()
    return blocked_by(body, row.channel, row.party, at)


def blocked_by(body: Body, channel: str, party: str, at: datetime) -> tuple[str, ...]:
    """Return the rules that forbid a text to a party on a day, in the order of the words that break them."""
    text = "\n".join(part for part in (body.subject, body.text, TAG.sub(" ", body.html)) if part)
    return _blocked(TAIL.sub("0000", text), channel, party, at.date())


@lru_cache(maxsize=KEPT)
def _blocked(text: str, channel: str, party: str, on: date) -> tuple[str, ...]:
    hits = improper(text, {"kind": channel, "party": party}, on)
    return tuple(dict.fromkeys(hit["rule"] for hit in hits if hit["severity"] == SEVERE))


def withdraw_improper(row: OutboxMessage, rules: tuple[str, ...], at: datetime) -> None:
    """Withdraw a waiting message whose text rules forbid."""
    if rules and row.state in WAITING:
        row.state, row.why, row.settled_at, row.worker = MessageState.WITHDRAWN, IMPROPER, at, None
        row.rules = list(rules)
