"""What the post says of letters, handed in as a file: receipts for the outbox, states for the addresses."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from forbear.channels.contract import Told
from forbear.channels.letter import BadResults, read_results
from forbear.web.letters.models import ResultsFile
from forbear.web.letters.services import LetterRefused
from forbear.web.outbox import events
from forbear.web.outbox.models import OutboxMessage
from forbear.web.outbox.policy import post_results

if TYPE_CHECKING:
    from forbear.web.people.models import User

CHANNEL = "letter"


def take_results(name: str, content: bytes, *, at: datetime, by: User | None) -> ResultsFile:
    """Take a file of results, whole or not at all; told again it changes nothing. Raises LetterRefused."""
    digest = hashlib.sha256(content).hexdigest()
    if found := ResultsFile.objects.filter(sha256=digest).first():
        return found
    try:
        told = read_results(content, post_results(at))
    except BadResults as error:
        raise LetterRefused(str(error)) from error
    events.receive(CHANNEL, told, at=at)
    return ResultsFile.objects.create(
        name=name[:120], sha256=digest, at=at, by=by, lines=len(told), unmatched=len(unknown(told)),
        by_result=Counter(each.code for each in told),
    )  # fmt: skip


def unknown(told: Sequence[Told]) -> set[str]:
    """Return the letters of a file that nobody sent."""
    keys = {each.message_key for each in told}
    there = OutboxMessage.objects.filter(channel=CHANNEL, key__in=keys).values_list("key", flat=True)
    return keys - set(there)
