"""A worker and a gateway in this process, on loopback."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from forbear.channels.smpp import Smpp, SmppSettings
from forbear.channels.smpp.simulator import Smsc
from forbear.web.outbox.worker import Worker


def submits(log: Path) -> list[dict[str, Any]]:
    """Return what the gateway logged as taken."""
    lines = log.read_bytes().split(b"\n")[:-1] if log.exists() else []
    return [entry for line in lines if (entry := json.loads(line))["what"] == "submit"]


def run_worker(
    log: Path, *, now: Callable[[], datetime], wait: float = 0.3, prepare: Any = None, **more: Any
) -> Smsc:
    """Send what is planned through a gateway, wait for its receipts, and return it, stopped."""
    smsc = Smsc(log, now=lambda: now().isoformat())

    async def run() -> None:
        port = await smsc.start()
        if prepare:
            prepare(smsc)
        settings = {
            "system_id": "forbear",
            "password": "loopback",
            "sender": "10690000",
            "answer_seconds": 5.0,
        } | more
        channel = Smpp(SmppSettings(host="127.0.0.1", port=port, dead_codes=frozenset({"001"}), **settings))
        worker = Worker("sms", channel, batch=50, in_hand=8, now=now)
        running = asyncio.create_task(worker.run())
        await asyncio.sleep(wait)
        while smsc.pending and not running.done():
            await asyncio.sleep(0.02)
        worker.stop()
        await running
        await smsc.stop()

    asyncio.run(run())
    return smsc
