"""How long it takes to parse a day's overdue list: CSV of 100,000 and 1,000,000 rows, XLSX of 20,000.

Beside it, the same bytes through `pandas.read_csv(dtype=str)`: the least any reader must do, without one check.

    python bench/intake_parse.py [--rows 1000000] [--encoding gb18030]
"""

from __future__ import annotations

import argparse
import io
import platform
import resource
import sys
import time
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa

from forbear.channels import Options, parse_file, write_layout
from forbear.channels.intake.identity import check_digit
from forbear.privacy import Vault

DAY = date(2026, 11, 24)
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"


def luhn(first: str) -> str:
    """Return the number with its check digit."""
    digits = [int(one) for one in first][::-1]
    total = sum(digit if at % 2 else sum(divmod(digit * 2, 10)) for at, digit in enumerate(digits))
    return first + str(-total % 10)


def portfolio(rows: int) -> dict[str, object]:
    """Return a plausible overdue list of test people, the same for the same size."""
    rng = np.random.default_rng(7)
    people = np.arange(rows) * 4 // 5
    births = [
        f"{1960 + one % 40}{1 + one % 12:02d}{1 + one % 28:02d}{one // 20 % 1000:03d}" for one in range(rows)
    ]
    ids = [f"9999{one % 100:02d}{births[one]}" for one in range(rows)]
    ids = [one + check_digit(one) for one in ids]
    principal = rng.integers(10_000, 5_000_000, rows)
    interest, late_fee = principal // 20, np.full(rows, 2_000)
    return {
        "data_on": pa.array([DAY] * rows),
        "org_no": [f"{one % 40:04d}" for one in range(rows)],
        "customer_no": [f"C{one:09d}" for one in people],
        "name": [f"{SURNAMES[one % 20]}{chr(0x4E00 + one % 2000)}" for one in people],
        "id_type": ["id_card"] * rows,
        "id_no": [ids[one] for one in people],
        "account_no": [f"A{one:010d}" for one in range(rows)],
        "card_no": [luhn(f"999999{one:09d}") for one in range(rows)],
        "currency": ["CNY"] * rows,
        "credit_limit_minor": principal * 3,
        "bill_day": 1 + np.arange(rows) % 28,
        "due_on": pa.array([DAY - timedelta(days=1 + one % 400) for one in range(rows)]),
        "dpd": 1 + np.arange(rows) % 400,
        "cycles": np.minimum(1 + np.arange(rows) % 400 // 30, 9),
        "minimum_due_minor": principal // 10,
        "total_minor": principal + interest + late_fee,
        "principal_minor": principal,
        "interest_minor": interest,
        "late_fee_minor": late_fee,
        "remark": ["" if one % 50 else "客户称下月还款" for one in range(rows)],
    }


def measure(name: str, raw: bytes, rows: int, vault: Vault) -> None:
    """Parse once and print seconds, rows per second, and the ratio to a bare read."""
    start, cpu = time.perf_counter(), time.process_time()
    parsed = parse_file(
        raw, layout="overdue_list", vault=vault, received_name=name, options=Options(allow_test_ids=True)
    )
    ours, cpu = time.perf_counter() - start, time.process_time() - cpu
    if parsed.refused or parsed.counts.rows_accepted != rows:
        raise SystemExit(f"{name}: {parsed.refused} {parsed.counts}")
    line = f"{name}: {len(raw) / 1e6:.0f} MB, {ours:.1f} s ({cpu:.1f} s of CPU), {rows / ours:,.0f} rows/s"
    if name.endswith(".csv"):
        start = time.perf_counter()
        pd.read_csv(io.BytesIO(raw), dtype=str, encoding="gb18030" if "gb" in name else "utf-8")
        bare = time.perf_counter() - start
        line += f"; pandas.read_csv as text, no checks: {bare:.1f} s, ratio {ours / bare:.1f}"
    print(line, flush=True)


def main() -> None:
    """Measure three files."""
    given = argparse.ArgumentParser()
    given.add_argument("--rows", type=int, default=1_000_000)
    rows = given.parse_args().rows
    vault = Vault(b"bench" * 8)
    print(
        f"{platform.machine()}, Python {platform.python_version()}, pyarrow {pa.__version__}, pandas {pd.__version__}"
    )
    small = portfolio(20_000)
    for form in ("xlsx", "parquet"):
        raw = write_layout("overdue_list", small, form=form)
        measure(f"CC_OVD_20261124_001.{form}", raw, 20_000, vault)
    for size in sorted({min(100_000, rows), rows}):
        content = portfolio(size)
        for encoding in ("utf-8", "gb18030"):
            raw = write_layout("overdue_list", content, encoding=encoding)
            measure(f"CC_OVD_{encoding[:2]}_20261124_001.csv", raw, size, vault)
    print(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB", file=sys.stdout)


if __name__ == "__main__":
    main()
