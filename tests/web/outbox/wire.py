"""A worker and a gateway in this process, on loopback."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

from forbear.channels.smpp import Smpp, SmppSettings
from forbear.channels.smpp.simulator import Smsc
from forbear.web.outbox.worker import Worker

LOOK_SECONDS = 0.05  # between looks at an empty queue, here
AT_MOST_SECONDS = 60


def submits(log: Path) -> list[dict[str, Any]]:
    """Return what the gateway logged as taken."""
    lines = log.read_bytes().split(b"\n")[:-1] if log.exists() else []
    return [entry for line in lines if (entry := json.loads(line))["what"] == "submit"]


class Watched(Worker):
    """A worker that counts its looks, so that a test can wait for what it does and not for time."""

    looks = 0  # looks that found nothing, one after the other

    def next_batch(self) -> Any:
        found = super().next_batch()
        self.looks = self.looks + 1 if found is None else 0
        return found

    @property
    def busy(self) -> bool:
        """Return whether something is in hand or its result not on record."""
        return bool(self.sending) or not self.ready.empty() or bool(self.results._unfinished_tasks)

    async def idle(self) -> None:
        """Wait until nothing was in hand from before the last two looks on, and both found nothing to send."""
        while True:
            while self.busy:
                await asyncio.sleep(0.01)
            self.looks = 0
            while self.looks < 2 and not self.busy:
                await asyncio.sleep(0.01)
            if not self.busy:
                return


def run_worker(
    log: Path,
    *,
    now: Callable[[], datetime],
    prepare: Any = None,
    until: Callable[[], bool] = lambda: True,
    **more: Any,
) -> Smsc:
    """Send what is planned through a gateway, wait for its receipts and for `until`, and return it, stopped."""
    smsc = Smsc(log, now=lambda: now().isoformat())

    async def run() -> None:
        port = await smsc.start()
        settings = {
            "system_id": "forbear",
            "password": "loopback",
            "sender": "10690000",
            "answer_seconds": 5.0,
        } | more
        channel = Smpp(SmppSettings(host="127.0.0.1", port=port, dead_codes=frozenset({"001"}), **settings))
        worker = Watched("sms", channel, batch=50, in_hand=8, now=now)
        running = asyncio.create_task(worker.run())
        async with asyncio.timeout(AT_MOST_SECONDS):
            await asyncio.wait(
                [running, asyncio.create_task(all_done(worker, smsc, prepare, until))],
                return_when=asyncio.FIRST_COMPLETED,
            )
        worker.stop()
        await running
        await smsc.stop()

    with patch("forbear.web.outbox.worker.IDLE_SECONDS", LOOK_SECONDS):
        asyncio.run(run())
    return smsc


async def all_done(worker: Watched, smsc: Smsc, prepare: Any, until: Callable[[], bool]) -> None:
    """Wait until the worker is signed in and has done all it can, and the gateway is rid of its receipts."""
    while not any(session.bound for session in smsc.sessions):
        await asyncio.sleep(0.01)
    if prepare:
        prepare(smsc)
    await worker.idle()
    while smsc.pending or not until():
        await asyncio.sleep(0.01)
