"""Processes that send and can be killed: `python -m tests.web.outbox.senders PORT SHIFT PERMIT_SECONDS A_SECOND IN_HAND`.

Django is loaded once; each line "start" on standard input forks a sender, whose process id is printed.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from datetime import UTC, datetime, timedelta


def send(port: int, shift: timedelta, a_second: float) -> None:
    """Send until killed."""
    from forbear.channels.smpp import Smpp, SmppSettings
    from forbear.web.outbox.worker import Worker

    settings = SmppSettings(
        host="127.0.0.1", port=port, system_id="forbear", password="loopback", sender="10690000", window=100,
        a_second=a_second, answer_seconds=3, keep_alive_seconds=2,
    )  # fmt: skip
    worker = Worker(
        "sms", Smpp(settings), batch=50, in_hand=int(sys.argv[5]), now=lambda: datetime.now(UTC) + shift
    )
    asyncio.run(worker.run())


def main() -> None:
    import django

    django.setup()
    from forbear import questions
    from forbear.web.contact import facts
    from forbear.web.outbox import worker  # noqa: F401 - imported once, before the children part

    questions.ask("message_lint", {"text": "您好。", "kind": "sms"})  # its book is read once

    port, shift = int(sys.argv[1]), timedelta(seconds=float(sys.argv[2]))
    lifetime = int(sys.argv[3])
    facts.permit_lifetime_seconds = lambda at, channel: lifetime  # so short that stalls outlive permits
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print("ready", flush=True)
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.close(0)
            send(port, shift, float(sys.argv[4]))
            os._exit(0)
        print(child, flush=True)


if __name__ == "__main__":
    main()
