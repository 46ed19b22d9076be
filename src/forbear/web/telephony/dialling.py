"""The dialler as it runs beside the line: one turn a second, each on a thread of its own."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from forbear.web import clock
from forbear.web.telephony import dialler

TURN_SECONDS = 1.0


async def serve_dialler() -> None:
    """Take turns until cancelled."""
    with ThreadPoolExecutor(1, thread_name_prefix="dialler") as alone:
        while True:
            await asyncio.get_running_loop().run_in_executor(alone, lambda: dialler.step(clock.now()))
            await asyncio.sleep(TURN_SECONDS)
