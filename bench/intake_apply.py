"""How fast a parsed morning is applied: 1,000,000 accounts and what belongs to them, beside a bare COPY.

Run: python -m bench.intake_apply [accounts] [-v]. It works on an embedded PostgreSQL of its own in a temporary folder
(or on FORBEAR_HOME when that is set). The bare COPY writes the same bytes into unlogged tables without keys or
indexes: the least any loader could do on this server.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
from bench.machine import describe

HOME = os.environ.get("FORBEAR_HOME") or tempfile.mkdtemp(prefix="forbear-bench-")
os.environ["FORBEAR_HOME"] = HOME
os.environ.setdefault("FORBEAR_KEEP_SERVER", "0")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "forbear.web.config.settings")

DATA_ON = date(2026, 11, 24)
DELIVERED_AT = datetime(2026, 11, 24, 6, tzinfo=UTC)
CIPHER_BYTES, INDEX_BYTES = 46, 16  # nonce 12 + number 18 + tag 16; keyed digest


def numbers(prefix: str, count: int, top: int) -> pa.Array:
    """Return keys like C0000000..., cycling below top."""
    digits = np.char.zfill((np.arange(count) % top).astype("U9"), 9)
    return pa.array(np.char.add(prefix, digits))


def sealed(name: str, count: int, rng: np.random.Generator) -> dict[str, pa.Array]:
    """Return random bytes of the size of sealed values."""
    cipher = pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(CIPHER_BYTES), count, [None, pa.py_buffer(rng.bytes(count * CIPHER_BYTES))]
    )
    index = pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(INDEX_BYTES), count, [None, pa.py_buffer(rng.bytes(count * INDEX_BYTES))]
    )
    tails = pa.array(np.char.zfill(rng.integers(0, 10_000, count).astype("U4"), 4))
    return {
        f"{name}_cipher": cipher.cast(pa.binary()),
        f"{name}_index": index.cast(pa.binary()),
        f"{name}_tail": tails,
    }


def text(value: str, count: int) -> pa.Array:
    """Repeat a text."""
    return pa.repeat(pa.scalar(value), count)


def whole(
    low: int, high: int, count: int, rng: np.random.Generator, kind: pa.DataType | None = None
) -> pa.Array:
    """Return random whole numbers."""
    return pa.array(rng.integers(low, high, count), kind or pa.int64())


def book(accounts: int) -> dict[str, dict[str, pa.Table]]:
    """Return the morning's files as canonical tables: 0.8 customers, 1 contact point, 1 statement per account."""
    rng = np.random.default_rng(20261124)
    people = accounts * 8 // 10
    on = pa.repeat(pa.scalar(DATA_ON, pa.date32()), accounts)
    zero = pa.repeat(pa.scalar(0, pa.int64()), accounts)
    principal = whole(100_00, 50_000_00, accounts, rng)
    account_no, owner = numbers("A", accounts, accounts), numbers("C", accounts, people)
    customers = {
        "customer_no": numbers("C", people, people),
        "name": pa.array(rng.choice(["王伟", "李娜", "张敏", "阿依古丽·买买提"], people)),
        "id_type": text("id_card", people), **sealed("id_no", people, rng),
        "birth_on": whole(0, 12_000, people, rng, pa.int32()).cast(pa.date32()),
        "province": text("浙江", people), "city": pa.array(rng.choice(["杭州", "宁波", "温州"], people)),
    }  # fmt: skip
    account = {
        "account_no": account_no, "customer_no": owner, "org_no": text("3301", accounts),
        "product": text("credit_card", accounts), "currency": text("CNY", accounts),
        **sealed("card_no", accounts, rng), "card_role": text("primary", accounts),
        "credit_limit_minor": whole(1_000_00, 90_000_00, accounts, rng),
        "bill_day": whole(1, 29, accounts, rng, pa.int16()), "opened_on": on, "block_code": text("", accounts),
    }  # fmt: skip
    points = {
        "customer_no": owner, "kind": text("mobile", accounts), **sealed("value", accounts, rng),
        "relation": text("self", accounts), "person_name": pa.nulls(accounts, pa.string()),
        "source": text("application", accounts), "lawful_basis": text("contract", accounts),
        "reserved": pa.repeat(True, accounts), "valid": pa.repeat(True, accounts),
        "do_not_contact": pa.repeat(False, accounts), "updated_on": on,
    }  # fmt: skip
    statements = {
        "account_no": account_no, "statement_on": on, "due_on": on,
        "balance_minor": principal, "minimum_due_minor": whole(10_00, 5_000_00, accounts, rng),
    }  # fmt: skip
    positions = {
        "account_no": account_no, "data_on": on, "dpd": whole(1, 400, accounts, rng, pa.int32()),
        "cycles": whole(1, 9, accounts, rng, pa.int16()), "due_on": on,
        "minimum_due_minor": whole(10_00, 5_000_00, accounts, rng), "total_minor": principal,
        "principal_minor": principal, "interest_minor": zero, "compound_minor": zero, "late_fee_minor": zero,
        "fee_minor": zero, "other_minor": zero, "unbilled_minor": zero, "last_payment_on": on,
        "last_payment_minor": zero, "class5": text("special_mention", accounts),
        "flags": pa.array([[]], pa.list_(pa.string())).take(pa.repeat(pa.scalar(0), accounts)),
    }  # fmt: skip
    return {
        "overdue_list": {
            "customers": _rows(customers),
            "accounts": _rows(account),
            "positions": _rows(positions),
        },
        "contact_points": {"contact_points": _rows(points)},
        "statements": {"statements": _rows(statements)},
    }


def _rows(columns: dict[str, pa.Array]) -> pa.Table:
    table = pa.table(columns)
    return table.append_column("row_no", pa.array(np.arange(2, table.num_rows + 2)))


def bare_copy(files: dict[str, dict[str, pa.Table]]) -> tuple[float, float]:
    """COPY the same bytes into bare unlogged tables; return seconds, wall and processor."""
    from django.db import connection

    from forbear.web.intake.queries import queries
    from forbear.web.intake.stage import copy_table

    clock = Spent()
    with connection.cursor() as cursor:
        for tables in files.values():
            for name, table in tables.items():
                made = queries(name)["stage"].replace(
                    "CREATE TEMP TABLE stage_", "CREATE UNLOGGED TABLE bare_"
                )
                cursor.execute(made.replace("ON COMMIT DROP", ""))
                copy_table(cursor, f"bare_{name}", table, step=name)
        spent = clock.stop()
        for tables in files.values():
            for name in tables:
                cursor.execute(f"DROP TABLE bare_{name}")
    return spent


def apply(
    layout: str, tables: dict[str, pa.Table], marks: list[tuple[str, float]] | None = None
) -> tuple[float, float]:
    """Apply one parsed file through the service; return seconds, wall and processor."""
    from forbear.channels import FINDINGS, ControlTotals, Counts, ParsedFile
    from forbear.web.intake.services import Delivery, receive_parsed

    rows = max(table.num_rows for table in tables.values())
    digest = hashlib.sha256(f"{layout} {time.perf_counter_ns()}".encode()).hexdigest()
    none = FINDINGS.empty_table()
    counts = Counts(rows_read=rows, rows_accepted=rows)
    parsed = ParsedFile(layout, layout, digest, DATA_ON, 1, tables, none, none, counts, ControlTotals())
    clock = Spent()

    def progress(step: str, done: int, total: int) -> None:
        if marks is not None:
            marks.append((step, time.perf_counter() - clock.begun))

    batch = receive_parsed(Delivery(layout, digest, None, DELIVERED_AT), parsed, progress=progress)
    if (batch.state, batch.rows_applied) != ("applied", rows):
        raise RuntimeError(f"{layout}: {batch.state}, {batch.rows_applied} of {rows} applied")
    return clock.stop()


class Spent:
    """Wall time, and processor time of this process and of its database connection where that is on this machine."""

    def __init__(self) -> None:
        self.begun, self.cpu_begun = time.perf_counter(), processor_seconds()

    def stop(self) -> tuple[float, float]:
        """Return (wall seconds, processor seconds) since the start."""
        return time.perf_counter() - self.begun, processor_seconds() - self.cpu_begun


def processor_seconds() -> float:
    """Return processor seconds of this process and of the server process that serves it (Linux, local server)."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        stat = Path(f"/proc/{cursor.fetchone()[0]}/stat")
    if not stat.exists():
        return time.process_time()
    fields = stat.read_text().rsplit(")", 1)[1].split()
    return time.process_time() + (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def show(title: str, rows: int, spent: tuple[float, float], remark: str = "") -> None:
    """Print one line of the table."""
    wall, cpu = spent
    print(
        f"{title:28}{rows:>12,} rows {wall:8.2f} s wall {cpu:8.2f} s cpu {rows / wall:>12,.0f} rows/s{remark}",
        flush=True,
    )


def main() -> None:
    """Measure and print a table."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    accounts = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    call_command("migrate", verbosity=0, skip_checks=True)
    files = book(accounts)
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        print(describe(cursor.fetchone()[0], "pyarrow", "psycopg", "django"))
        cursor.execute("TRUNCATE intake_importbatch CASCADE")
        for name in ("customer", "account", "contactpoint", "statement", "position"):
            cursor.execute(f"TRUNCATE portfolio_{name} CASCADE")
        cursor.execute("TRUNCATE cases_case CASCADE")
    rows = {layout: sum(table.num_rows for table in tables.values()) for layout, tables in files.items()}
    every = sum(rows.values())
    bare = bare_copy(files)
    show("bare COPY, no keys", every, bare)
    for title in ("first morning, empty book", "next morning, nothing new"):
        wall = cpu = 0.0
        for layout, tables in files.items():
            marks: list[tuple[str, float]] = []
            spent = apply(layout, tables, marks)
            wall, cpu = wall + spent[0], cpu + spent[1]
            show(f"  {layout}", rows[layout], spent)
            if "-v" in sys.argv:
                for (step, at), (_, until) in zip(marks, [*marks[1:], ("", spent[0])], strict=True):
                    if until - at > 0.3:
                        print(f"      {step:30}{at:8.2f} .. {until:8.2f}")
        show(title, every, (wall, cpu), f", {cpu / bare[1]:.1f} x the bare COPY (cpu)")


if __name__ == "__main__":
    try:
        main()
    finally:
        if HOME.startswith(tempfile.gettempdir() + os.sep + "forbear-bench-"):
            shutil.rmtree(HOME, ignore_errors=True)
