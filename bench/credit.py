"""The credit record of 1,000,000 accounts: two months told, corrections and both files, beside a plain loop on a sample.

    python -m bench.credit [accounts]

A real PostgreSQL, the real run: reading, letters, notices, spells, lines, the sealed file. The second month corrects the first by
what was booked since. A sample is judged once more by tests/ledger/simulator.py and a few lines of plain Python that share no
code with the columns: every letter shown and every correction must be the same.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.ageing import diary, peak_mb, portfolio  # noqa: E402
from bench.machine import describe  # noqa: E402
from tests.ledger.simulator import late  # noqa: E402

MAY, JUNE = date(2026, 5, 31), date(2026, 6, 30)
TOLD = {MAY: date(2026, 6, 2), JUNE: date(2026, 7, 2)}
NOTICED = 0.9  # of the accounts have a served notice
SEED, SAMPLE, IDENTITIES = 13, 1_000, 1_000
STEPS = (31, 61, 91, 121, 151, 181)  # the first day of the next letter, as policy/house/credit.yaml has it
BAD = frozenset("1234567")
TIMED = {
    "running": ("correct", "judge", "take_out", "write_lines", "finish"), "spells": ("renew",), "columns": ("load",),
}  # fmt: skip


def at(day: date, hour: int = 9) -> datetime:
    """Return a time of a day at the bank."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo("Asia/Shanghai"))


def copy_in(table: str, columns: dict[str, Any]) -> None:
    """COPY columns into a table."""
    import io

    from django.db import connection
    from pyarrow import csv

    sink = io.BytesIO()
    csv.write_csv(pa.table(columns), sink, csv.WriteOptions(include_header=False))
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT csv)") as copy:
            copy.write(sink.getbuffer())
        cursor.execute(f"ANALYZE {table}")


def said(word: str, size: int) -> pa.Array:
    """Return one word so many times."""
    return pa.DictionaryArray.from_arrays(np.zeros(size, dtype=np.int8), [word]).cast(pa.string())


def numbered(letter: str, numbers: np.ndarray) -> pa.Array:
    """Return letter and number of each, empty for a number below zero."""
    return pa.array([f"{letter}{number}" if number >= 0 else "" for number in numbers.tolist()])


def reversed_rows(columns: dict[str, np.ndarray]) -> np.ndarray:
    """Return for each payment row the row it takes back, -1 for a payment."""
    amount = columns["amount_minor"]
    key = list(
        zip(columns["payment_account"].tolist(), columns["paid_on"].tolist(), amount.tolist(), strict=True)
    )
    place = {each: row for row, each in enumerate(key) if each[2] > 0}
    return np.array([-1 if each[2] > 0 else place[each[0], each[1], -each[2]] for each in key])


def fill(columns: dict[str, np.ndarray], accounts: int) -> np.ndarray:
    """Put the book into PostgreSQL; return the day of each account's notice, NaT where there is none."""
    from forbear.web.intake.models import BatchState, ImportBatch
    from forbear.web.portfolio.vault import vault

    numbers = np.arange(1, accounts + 1)
    sealed = [r"\x" + vault().seal(f"99990119800101{i:04d}", "id").cipher.hex() for i in range(IDENTITIES)]
    copy_in("portfolio_customer", {
        "id": numbers, "customer_no": numbered("C", numbers), "name": said("测试", accounts), "id_type": said("10", accounts),
        "id_no_cipher": pa.array(sealed).take(pa.array(numbers % IDENTITIES)), **{name: said("", accounts) for name in ("province", "city")},
        "id_no_tail": said("0014", accounts), "timezone": said("Asia/Shanghai", accounts),
    })  # fmt: skip
    copy_in("portfolio_account", {
        "id": numbers, "account_no": numbered("A", numbers), "customer_id": numbers, "product": said("credit_card", accounts),
        "currency": said("CNY", accounts), "opened_on": np.full(accounts, np.datetime64("2020-01-01", "D")),
        "credit_limit_minor": np.full(accounts, 5_000_000), **{name: said("", accounts) for name in ("org_no", "card_no_tail", "card_role", "block_code")},
    })  # fmt: skip
    batches = [
        ImportBatch.objects.create(
            received_at=at(day),
            received_name=f"b{day}",
            layout="entries",
            sha256=f"{day}",
            state=BatchState.APPLIED,
            applied_at=at(day),
        ).pk
        for day in (MAY, date(2026, 6, 20))
    ]
    rows = len(columns["statement_on"])
    copy_in("portfolio_statement", {
        "account_id": columns["statement_account"] + 1, "statement_on": columns["statement_on"], "due_on": columns["due_on"],
        "balance_minor": columns["minimum_due_minor"] * 10, "minimum_due_minor": columns["minimum_due_minor"], "batch_id": np.full(rows, batches[0]),
    })  # fmt: skip
    known = columns["booked_on"] <= np.datetime64(TOLD[JUNE])
    back = reversed_rows(columns)
    some = np.flatnonzero(known)
    copy_in("portfolio_ledgerentry", {
        "entry_no": numbered("E", some), "account_id": columns["payment_account"][some] + 1,
        "kind": pa.array(np.where(back[some] < 0, "payment", "reversal").tolist()), "amount_minor": columns["amount_minor"][some],
        "currency": said("CNY", some.size), "value_on": columns["counts_on"][some], "booked_on": columns["booked_on"][some],
        "reverses_no": numbered("E", back[some]), **{name: said("", some.size) for name in ("channel", "memo")},
        "batch_id": np.where(columns["booked_on"][some] <= np.datetime64(TOLD[MAY]), *batches),
    })  # fmt: skip
    return notices(accounts)


def notices(accounts: int) -> np.ndarray:
    """Write a served notice for most accounts; return its day, NaT where there is none."""
    rng = np.random.default_rng(SEED)
    told = np.datetime64("2026-04-20", "D") + rng.integers(0, 60, accounts)
    told[rng.random(accounts) >= NOTICED] = np.datetime64("NaT")
    some = np.flatnonzero(~np.isnat(told))
    copy_in("credit_creditnotice", {
        "case_id": some + 1, "customer_id": some + 1, "accounts": pa.array([f"{{{each + 1}}}" for each in some.tolist()]),
        "month": np.full(some.size, np.datetime64(MAY)), "served_on": told[some], "at": pa.array([at(MAY)] * some.size),
    })  # fmt: skip
    return told


@contextmanager
def timing(seconds: Counter[str]) -> Iterator[None]:
    """Count the seconds of each part of the run while it is entered."""
    from forbear.web.credit import columns, running, spells

    rooms = {"running": running, "spells": spells, "columns": columns}

    def timed(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*given: Any, **named: Any) -> Any:
            began = time.perf_counter()
            try:
                return call(*given, **named)
            finally:
                seconds[name] += time.perf_counter() - began

        return wrapped

    kept = [
        (rooms[room], name, getattr(rooms[room], name)) for room, names in TIMED.items() for name in names
    ]
    for room, name, call in kept:
        setattr(room, name, timed(name, call))
    try:
        yield
    finally:
        for room, name, call in kept:
            setattr(room, name, call)


def tell_month(month: date) -> Any:
    """Tell one month and print where its time went."""
    from forbear.web.credit import running

    seconds: Counter[str] = Counter()
    began = time.perf_counter()
    with timing(seconds):
        run = running.run_month(running.begin(month, at=at(TOLD[month]), by=None))
    whole = time.perf_counter() - began
    parts = ", ".join(f"{name} {spent:.1f}" for name, spent in seconds.most_common())
    print(
        f"{month:%Y-%m}: {whole:6.1f} s ({parts}), {run.bytes / 2**20:,.0f} MB of file; {run.counts}",
        flush=True,
    )
    return run


def plain_letter(
    statements: list[Any], payments: list[Any], month: date, known_on: date, grace: tuple[int, int]
) -> tuple[str, date | None]:
    """Return the letter of a month and since when the account is past due, by the diary."""
    found = late(
        statements, payments, as_of=month, known_on=known_on, grace_days=grace[0], grace_amount=grace[1]
    )
    if found.dpd:
        return str(1 + sum(found.dpd >= step for step in STEPS)), month - timedelta(days=found.dpd - 1)
    return ("N" if any(month.replace(day=1) <= each.on <= month for each in statements) else "A"), None


def shown(letter: str, since: date | None, told: date | None, reported_on: date) -> str:
    """Return what may be told of a letter: bad news only where a notice of this spell came before the report."""
    return "#" if letter in BAD and not covered(since, told, reported_on) else letter


def covered(since: date | None, told: date | None, reported_on: date) -> bool:
    """Return whether a notice of this spell reached the debtor before a report."""
    return since is not None and told is not None and since <= told < reported_on


def expected(statements: list[Any], payments: list[Any], told: date | None, grace: tuple[int, int]) -> str:
    """Return the letters of May and June as they stand after June was told, by plain Python."""
    letter, since = plain_letter(statements, payments, MAY, TOLD[MAY], grace)
    may = shown(letter, since, told, TOLD[MAY])
    again, since = plain_letter(statements, payments, MAY, TOLD[JUNE], grace)
    turns = again not in BAD or may in BAD or (may != "#" and covered(since, told, TOLD[JUNE]))
    letter, since = plain_letter(statements, payments, JUNE, TOLD[JUNE], grace)
    return (again if turns else may) + shown(letter, since, told, TOLD[JUNE])


def check(columns: dict[str, np.ndarray], told: np.ndarray, run: Any) -> tuple[int, int, float]:
    """Return how many of a sample agree, how many there are, and the seconds an account of the loop."""
    from forbear.ledger import arrears_rule
    from forbear.web.credit.models import CreditLine
    from forbear.web.law.current import packs_now

    rule = arrears_rule(packs_now(), JUNE)
    grace = int(rule.grace_days), int(rule.grace_amount_minor)
    some = np.random.default_rng(SEED + 1).choice(told.size, min(SAMPLE, told.size), replace=False)
    histories = dict(
        CreditLine.objects.filter(run=run, account_id__in=(some + 1).tolist()).values_list(
            "account_id", "history"
        )
    )
    agree, seconds = 0, 0.0
    for account in some.tolist():
        statements, payments = diary(columns, account)
        day = None if np.isnat(told[account]) else told[account].astype(object)
        began = time.perf_counter()
        want = expected(statements, payments, day, grace)
        seconds += time.perf_counter() - began
        agree += histories[account + 1][-2:] == want
    return agree, some.size, seconds / some.size


def main() -> None:
    """Fill, tell two months, write the corrections, compare."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("accounts", nargs="?", type=int, default=1_000_000)
    accounts = options.parse_args().accounts
    with tempfile.TemporaryDirectory(prefix="forbear-bench-") as home:
        Path(home).chmod(0o755)
        os.environ.update(FORBEAR_HOME=home, DJANGO_SETTINGS_MODULE="forbear.web.config.settings")
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        from forbear.web.credit.files import write_delta
        from forbear.web.credit.models import CreditCorrection

        call_command("migrate", verbosity=0)
        columns = portfolio(accounts)
        told = fill(columns, accounts)
        before = peak_mb()
        version = connection.cursor().execute("SHOW server_version").fetchone()[0]
        print(f"{describe(version, 'numpy', 'pyarrow')}; load {os.getloadavg()[0]:.1f}; seed {SEED}")
        print(
            f"{accounts:,} accounts, {len(columns['statement_on']):,} statements, {len(columns['paid_on']):,} entries"
        )
        tell_month(MAY)
        run = tell_month(JUNE)
        began = time.perf_counter()
        delta = write_delta(at=at(TOLD[JUNE], 10), by=None)
        print(
            f"file of {delta.rows:,} corrections: {time.perf_counter() - began:.1f} s; peak {peak_mb():,.0f} MB, {before:,.0f} MB before"
        )
        agree, sample, each = check(columns, told, run)
        print(
            f"plain loop on {sample:,} accounts: {agree:,} agree; {each * 1e6:,.0f} us an account, {each * accounts:,.0f} s for all"
        )
        if agree != sample or delta.rows != CreditCorrection.objects.count():
            raise SystemExit("the columns and the loop differ")


if __name__ == "__main__":
    main()
