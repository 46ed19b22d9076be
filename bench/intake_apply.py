"""How fast a parsed morning is applied: 1,000,000 accounts and what belongs to them, beside a bare COPY.

Run: python bench/intake_apply.py [accounts]. It works on an embedded PostgreSQL of its own in a temporary folder
(or on FORBEAR_HOME when that is set). The bare COPY writes the same bytes into unlogged tables without keys or
indexes: the least any loader could do on this server.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from importlib.metadata import version
from typing import Any

import numpy as np
import pyarrow as pa

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


def bare_copy(files: dict[str, dict[str, pa.Table]]) -> float:
    """COPY the same bytes into bare unlogged tables; return seconds."""
    from django.db import connection

    from forbear.web.intake.queries import queries
    from forbear.web.intake.stage import copy_table

    begun = time.perf_counter()
    with connection.cursor() as cursor:
        for tables in files.values():
            for name, table in tables.items():
                made = queries(name)["stage"].replace(
                    "CREATE TEMP TABLE stage_", "CREATE UNLOGGED TABLE bare_"
                )
                cursor.execute(made.replace("ON COMMIT DROP", ""))
                copy_table(cursor, f"bare_{name}", table, step=name)
        spent = time.perf_counter() - begun
        for tables in files.values():
            for name in tables:
                cursor.execute(f"DROP TABLE bare_{name}")
    return spent


def apply(layout: str, tables: dict[str, pa.Table], marks: list[tuple[str, float]] | None = None) -> float:
    """Apply one parsed file through the service; return seconds."""
    from forbear.channels import FINDINGS, ControlTotals, Counts, ParsedFile
    from forbear.web.intake.services import Delivery, receive_parsed

    rows = max(table.num_rows for table in tables.values())
    digest = hashlib.sha256(f"{layout} {time.perf_counter_ns()}".encode()).hexdigest()
    none = FINDINGS.empty_table()
    counts = Counts(rows_read=rows, rows_accepted=rows)
    parsed = ParsedFile(layout, layout, digest, DATA_ON, 1, tables, none, none, counts, ControlTotals())
    begun = time.perf_counter()

    def progress(step: str, done: int, total: int) -> None:
        if marks is not None:
            marks.append((step, time.perf_counter() - begun))

    batch = receive_parsed(Delivery(layout, digest, None, DELIVERED_AT), parsed, progress=progress)
    if (batch.state, batch.rows_applied) != ("applied", rows):
        raise RuntimeError(f"{layout}: {batch.state}, {batch.rows_applied} of {rows} applied")
    return time.perf_counter() - begun


def describe(cursor: Any) -> str:
    """Return machine and versions in a line."""
    cursor.execute("SHOW server_version")
    server = cursor.fetchone()[0]
    return (
        f"{platform.machine()} {os.cpu_count()} cores, Python {platform.python_version()}, PostgreSQL {server}, "
        f"pyarrow {pa.__version__}, psycopg {version('psycopg')}"
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
        print(describe(cursor))
        cursor.execute("TRUNCATE intake_importbatch CASCADE")
        for name in ("customer", "account", "contactpoint", "statement", "position"):
            cursor.execute(f"TRUNCATE portfolio_{name} CASCADE")
        cursor.execute("TRUNCATE cases_case CASCADE")
    rows = {layout: sum(table.num_rows for table in tables.values()) for layout, tables in files.items()}
    bare = bare_copy(files)
    print(
        f"{'bare COPY, no keys':28}{sum(rows.values()):>12,} rows {bare:8.2f} s {sum(rows.values()) / bare:>12,.0f} rows/s"
    )
    for title in ("first morning, empty book", "next morning, nothing new"):
        total = 0.0
        for layout, tables in files.items():
            marks: list[tuple[str, float]] = []
            spent = apply(layout, tables, marks)
            total += spent
            print(
                f"  {layout:26}{rows[layout]:>12,} rows {spent:8.2f} s {rows[layout] / spent:>12,.0f} rows/s"
            )
            if "-v" in sys.argv:
                for (step, at), (_, until) in zip(marks, [*marks[1:], ("", spent)], strict=True):
                    if until - at > 0.3:
                        print(f"      {step:30}{at:8.2f} .. {until:8.2f}")
        print(
            f"{title:28}{sum(rows.values()):>12,} rows {total:8.2f} s {sum(rows.values()) / total:>12,.0f} rows/s, {total / bare:.1f} x the bare COPY"
        )


if __name__ == "__main__":
    try:
        main()
    finally:
        if HOME.startswith(tempfile.gettempdir() + os.sep + "forbear-bench-"):
            shutil.rmtree(HOME, ignore_errors=True)
