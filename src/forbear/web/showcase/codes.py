"""One-time codes on the demo's own console: no SMS gateway is connected there, and nobody could sign or prove identity.

Only `forbear demo` starts this, over people who cannot exist; an installation that serves a bank never does.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from rich.console import Console

from forbear.web.codes.models import OneTimeCode
from forbear.web.outbox.body import unseal
from forbear.web.outbox.wiring import is_connected

SECONDS = 2.0  # between two looks
DIGITS = re.compile(r"\d{4,}")


def fresh(after: int) -> list[tuple[int, str]]:
    """Return the codes that can still be used beyond an id, as (id, words for the console)."""
    found = OneTimeCode.objects.filter(pk__gt=after, spent_at__isnull=True, message__isnull=False)
    return [(each.pk, words(each)) for each in found.select_related("message").order_by("pk")]


def words(code: OneTimeCode) -> str:
    """Return what the console says of one code: whose number, what for, and its digits."""
    if code.message is None:
        raise ValueError(f"code {code.pk} has no message; expected one that was sent by text message")
    digits = DIGITS.findall(unseal(code.message.body_cipher).text)
    return f"One-time code ({code.purpose}) for the number ending {code.sent_to_tail}: {', '.join(digits)}"


@contextmanager
def codes_on(console: Console) -> Iterator[None]:
    """Print each code as it is made, while the demo is served; nothing where an SMS gateway is connected."""
    done = threading.Event()
    if not is_connected("sms"):
        threading.Thread(target=watch, args=(console, done), daemon=True).start()
    try:
        yield
    finally:
        done.set()


def watch(console: Console, done: threading.Event) -> None:
    """Look for new codes until done; no connection stays open between two looks, for the server forks."""
    last = OneTimeCode.objects.order_by("pk").values_list("pk", flat=True).last() or 0
    connection.close()
    while not done.wait(SECONDS):
        for pk, said in fresh(last):
            last = pk
            console.print(said)
        connection.close()
