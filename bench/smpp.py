"""SMPP: messages a second through the outbox (gate, permit, hand-over, receipt, timeline) beside a bare SMPP loop.

    python -m bench.smpp [--messages 5000]

Both send the same text to the same gateway on loopback, a process of its own that logs every submit to disk and sends
a receipt for each; both end when the last receipt is acknowledged. The bare loop keeps nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.machine import describe
from bench.messages import SECRET, USER, Receipted, free_port, lay_out, shift_to_noon, start_gateway

WINDOW, BATCH = 200, 200


def channel(port: int) -> Any:
    """Return a client without a pace."""
    from forbear.channels.smpp import Smpp, SmppSettings

    return Smpp(
        SmppSettings(
            host="127.0.0.1",
            port=port,
            system_id=USER,
            password=SECRET,
            sender="10690000",
            window=WINDOW,
            a_second=1e6,
        )
    )


async def bare(port: int, count: int) -> float:
    """Send and hear receipts, nothing else; return the seconds."""
    from forbear.channels.contract import Outgoing

    client = channel(port)
    await client.connect()
    text = "您好，您的信用卡账单已过还款日，请登录手机银行查看。"
    began = time.perf_counter()

    async def hear() -> None:
        for _ in range(count):
            await (await client.incoming.get()).acknowledge()

    hearing = asyncio.create_task(hear())
    for start in range(0, count, BATCH):
        batch = [Outgoing(key=f"b{n}", reference=n % 65536, address=f"139{n:08d}", text=text) for n in range(start, min(start + BATCH, count))]  # fmt: skip
        await client.send(batch, may_start=lambda _: True)
    await hearing
    seconds = time.perf_counter() - began
    await client.close()
    return seconds


async def outbox(port: int, count: int, log: Path, shift: timedelta) -> float:
    """Send the planned messages and settle their receipts; return the seconds."""
    from forbear.web.outbox.worker import Worker

    worker = Worker("sms", channel(port), batch=BATCH, in_hand=WINDOW, now=lambda: datetime.now(UTC) + shift)
    began = time.perf_counter()
    running = asyncio.create_task(worker.run())
    receipted = Receipted(log)
    while receipted.count() < count:
        await asyncio.sleep(0.1)
    seconds = time.perf_counter() - began
    worker.stop()
    await running
    return seconds


def main() -> None:
    """Measure the bare loop, the outbox, and the bare loop again."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--messages", type=int, default=5000)
    count = options.parse_args().messages
    with tempfile.TemporaryDirectory(prefix="forbear-bench-") as home:
        Path(home).chmod(0o755)
        os.environ.update(FORBEAR_HOME=home, DJANGO_SETTINGS_MODULE="forbear.web.config.settings")
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        call_command("migrate", verbosity=0)
        shift = shift_to_noon(datetime.now(UTC))
        lay_out(count, at=datetime.now(UTC) + shift - timedelta(minutes=1))
        print(describe(connection.cursor().execute("SHOW server_version").fetchone()[0]))
        rates = {}
        for name in ("bare SMPP loop", "outbox", "bare SMPP loop again"):
            log, port = Path(home) / f"{name}.log", free_port()
            gateway = start_gateway(log, port, shift)
            seconds = asyncio.run(outbox(port, count, log, shift) if name == "outbox" else bare(port, count))
            gateway.kill()
            gateway.wait()
            rates[name] = count / seconds
            print(f"{name:22s} {count:7d} messages {seconds:7.1f} s {rates[name]:8.0f}/s")
        print(
            f"ratio outbox / bare {rates['outbox'] / max(rates['bare SMPP loop'], rates['bare SMPP loop again']):.2f}"
        )


if __name__ == "__main__":
    main()
