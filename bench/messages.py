"""A book of debtors to write to, and a gateway as a process of its own, for benchmarks and for runs with kills."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
WINDOW = timedelta(hours=6)
USER, SECRET = "forbear", "loopback"


def shift_to_noon(now: datetime) -> timedelta:
    """Return what must be added to the clock so that it is noon in Shanghai, when messages are lawful."""
    from zoneinfo import ZoneInfo

    here = now.astimezone(ZoneInfo("Asia/Shanghai"))
    return here.replace(hour=12, minute=0, second=0, microsecond=0) - here


SLICE = 10_000  # debtors laid out in one transaction
TEXT = "您好，您的信用卡账单已过还款日，请登录手机银行查看。"


def lay_out(count: int, *, at: datetime, first: int = 0) -> None:
    """Make debtors with a mobile number each, their cases, and a planned message for each, column by column."""
    from django.db import connection, transaction

    for start in range(first, first + count, SLICE):
        with transaction.atomic():
            lay_out_slice(range(start, min(start + SLICE, first + count)), at)
    with (
        connection.cursor() as cursor
    ):  # as the nightly load does: what came in one go is planned for at once
        cursor.execute("ANALYZE portfolio_customer, portfolio_contactpoint, cases_case, outbox_outboxmessage")


def lay_out_slice(numbers: range, at: datetime) -> None:
    """Make the debtors of these numbers, inside a transaction."""
    from forbear.web.bulk import insert_rows
    from forbear.web.cases.models import Case
    from forbear.web.outbox.enqueue import Draft, row_of_draft
    from forbear.web.outbox.services import Body
    from forbear.web.portfolio.models import ContactPoint, Customer
    from forbear.web.portfolio.vault import vault

    customers = [Customer(customer_no=f"M{n}", name="张伟") for n in numbers]
    insert_rows(customers)
    sealed = [vault().seal(f"138{n:08d}", "phone") for n in numbers]
    points = [
        ContactPoint(
            customer=customer, kind="mobile", value_cipher=box.cipher, value_index=box.index, value_tail=box.tail,
            source="application", lawful_basis="contract", reserved=True,
        )
        for customer, box in zip(customers, sealed, strict=True)
    ]  # fmt: skip
    insert_rows(points)
    cases = [Case(customer=customer, opened_on=at.date()) for customer in customers]
    insert_rows(cases)
    rows = [
        row_of_draft(
            Draft(case, "sms", Body(TEXT), "friendly", "1"),
            point,
            key=f"m{n}",
            cause="bench",
            at=at,
            lost=False,
        )
        for n, case, point in zip(numbers, cases, points, strict=True)
    ]
    for row in rows:
        row.not_before, row.not_after = at, at + WINDOW
    insert_rows(rows)


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_gateway(log: Path, port: int, shift: timedelta) -> subprocess.Popen[str]:
    """Start a gateway process; return once it listens."""
    command = [sys.executable, "-m", "bench.messages", str(log), str(port), str(shift.total_seconds())]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    if process.stdout is None or process.stdout.readline() != "listening\n":
        raise RuntimeError("the gateway did not start")
    return process


def gateway_main(log: Path, port: int, shift: timedelta) -> None:
    """Be the gateway."""
    from forbear.channels.smpp.simulator import Smsc

    async def serve() -> None:
        smsc = Smsc(log, now=lambda: (datetime.now(UTC) + shift).isoformat())
        await smsc.start(port)
        print("listening", flush=True)
        await asyncio.Event().wait()

    asyncio.run(serve())


class Receipted:
    """Counts the receipts in a gateway's log as it grows; each line is read once."""

    def __init__(self, log: Path) -> None:
        self.log, self.place, self.ids = log, 0, set[str]()

    def count(self) -> int:
        """Return how many submits are receipted by now."""
        with self.log.open("rb") as file:
            file.seek(self.place)
            whole = file.read().rpartition(b"\n")
        self.place += len(whole[0]) + len(whole[1])
        self.ids |= {json.loads(line)["id"] for line in whole[0].split(b"\n") if b'"receipted"' in line}
        return len(self.ids)


def read_log(log: Path) -> tuple[list[dict[str, Any]], int]:
    """Return the submits of a gateway's log, and how many of them are receipted."""
    entries = [json.loads(line) for line in log.read_bytes().split(b"\n")[:-1]]
    submits = [entry for entry in entries if entry["what"] == "submit"]
    return submits, len({entry["id"] for entry in entries if entry["what"] == "receipted"})


if __name__ == "__main__":
    gateway_main(Path(sys.argv[1]), int(sys.argv[2]), timedelta(seconds=float(sys.argv[3])))
