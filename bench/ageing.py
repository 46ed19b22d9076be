"""Age a portfolio: dpd, buckets and class of a million accounts, beside a slow check in plain Python.

    python bench/ageing.py [accounts] [--known-later]

Prints seconds and peak memory by step. `--known-later` recomputes a past day with later knowledge, the slower path.
The check ages a sample with tests/ledger/simulator.py, which shares no code with the columns, and must agree exactly.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from datetime import date
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.machine import describe  # noqa: E402
from tests.ledger.simulator import Payment, Statement, late  # noqa: E402

from forbear.ledger import Arrears, Book, arrears, arrears_rule, classify, make_book  # noqa: E402
from forbear.packs import load_packs  # noqa: E402

AS_OF = date(2026, 7, 23)
FIRST = np.datetime64("2026-04-01", "D")
SEED = 7
SAMPLE = 2_000
TARGET_SECONDS = 3.0


def portfolio(accounts: int, statements: int = 3) -> dict[str, np.ndarray]:
    """Return columns: three monthly statements each, past due amounts carried, about 1.6 payments, 2 % late, 1 % reversed."""
    rng = np.random.default_rng(SEED)
    account = np.repeat(np.arange(accounts), statements)
    cycle = np.tile(np.arange(statements), accounts)
    bill_day = rng.integers(0, 28, accounts)[account]
    on = FIRST + bill_day + cycle * 31
    own = rng.integers(5_000, 80_000, accounts * statements)
    unpaid = rng.random(accounts * statements) < 0.5
    carried = np.where(unpaid, own, 0).reshape(accounts, statements).cumsum(axis=1)
    minimum = own + np.hstack([np.zeros((accounts, 1), dtype=np.int64), carried[:, :-1]]).ravel()
    payer = np.flatnonzero(rng.random(accounts * statements) < 0.53)
    paid_on = on[payer] + rng.integers(1, 45, payer.size)
    amount = (minimum[payer] * rng.integers(20, 130, payer.size)) // 100
    booked_on = paid_on + np.where(rng.random(payer.size) < 0.02, rng.integers(1, 60, payer.size), 0)
    back = np.flatnonzero(rng.random(payer.size) < 0.01)
    returned = paid_on[back] + rng.integers(0, 40, back.size)
    return {
        "statement_account": account,
        "statement_on": on,
        "due_on": on + 18,
        "minimum_due_minor": minimum,
        "payment_account": np.concatenate([account[payer], account[payer][back]]),
        "amount_minor": np.concatenate([amount, -amount[back]]),
        "paid_on": np.concatenate([paid_on, paid_on[back]]),
        "counts_on": np.concatenate([paid_on, returned]),
        "booked_on": np.concatenate([booked_on, np.maximum(returned, booked_on[back])]),
    }


def slow_check(
    columns: dict[str, np.ndarray], book: Book, found: Arrears, known_on: date | None
) -> tuple[int, float]:
    """Age a sample in plain Python; returns how many accounts agree exactly and the seconds per account."""
    packs = load_packs()
    rule = arrears_rule(packs, AS_OF)
    rng = np.random.default_rng(SEED + 1)
    agree, seconds = 0, 0.0
    for account in rng.choice(book.accounts, min(SAMPLE, book.accounts), replace=False):
        statements, payments = diary(columns, int(account))
        started = time.perf_counter()
        want = late(
            statements, payments, as_of=AS_OF, known_on=known_on,
            grace_days=rule.grace_days, grace_amount=rule.grace_amount_minor,
        )  # fmt: skip
        seconds += time.perf_counter() - started
        got = (int(found.dpd[account]), int(found.past_due_minor[account]), int(found.cycles_missed[account]))
        agree += got == (want.dpd, want.past_due, want.cycles)
    return agree, seconds / min(SAMPLE, book.accounts)


def diary(columns: dict[str, np.ndarray], account: int) -> tuple[list[Statement], list[Payment]]:
    """Return one account's rows as plain Python objects."""
    rows = np.flatnonzero(columns["statement_account"] == account)
    paid = np.flatnonzero(columns["payment_account"] == account)
    return (
        [
            Statement(
                columns["statement_on"][r].astype(object),
                columns["due_on"][r].astype(object),
                int(columns["minimum_due_minor"][r]),
            )
            for r in rows
        ],
        [
            Payment(
                int(columns["amount_minor"][r]),
                *(columns[name][r].astype(object) for name in ("paid_on", "counts_on", "booked_on")),
            )
            for r in paid
        ],
    )


def peak_mb() -> float:
    """Return the largest resident size of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("accounts", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--known-later", action="store_true")
    options = parser.parse_args()
    known_on = date(2026, 11, 1) if options.known_later else None
    columns = portfolio(options.accounts)
    packs = load_packs()
    rule = arrears_rule(packs, AS_OF)
    before = peak_mb()
    marks = [time.perf_counter()]
    book = make_book(options.accounts, **columns)
    marks.append(time.perf_counter())
    found = arrears(book, as_of=AS_OF, rule=rule, known_on=known_on)
    marks.append(time.perf_counter())
    classes = classify(found.dpd, as_of=AS_OF, packs=packs)
    marks.append(time.perf_counter())
    arrears(book, as_of=date(2026, 7, 1), rule=rule, known_on=known_on)
    marks.append(time.perf_counter())
    report(columns, book, found, np.bincount(classes.stricter, minlength=5), marks, before)
    agree, each = slow_check(columns, book, found, known_on)
    sample = min(SAMPLE, options.accounts)
    print(
        f"plain Python, day by day, on {sample:,} accounts: {agree:,} agree exactly; {each * 1e6:,.0f} us an account, "
        f"{each * options.accounts / (marks[3] - marks[0]):,.0f} times the columns"
    )
    if agree != sample:
        raise SystemExit("the columns and the diary differ")


def report(
    columns: dict[str, np.ndarray],
    book: Book,
    found: Arrears,
    classes: np.ndarray,
    marks: list[float],
    before: float,
) -> None:
    """Print machine, versions, seconds by step, memory and counts."""
    build, age, classed, again = np.diff(marks)
    total = build + age + classed
    print(f"{describe('', 'numpy')}; one process; seed {SEED}")
    print(
        f"{book.accounts:,} accounts, {book.statements.account.size:,} statements, {book.payments.account.size:,} payments and reversals"
    )
    print(
        f"book {build:.2f} s, dpd and buckets {age:.2f} s, class {classed:.2f} s: {total:.2f} s, {total / TARGET_SECONDS:.2f} of the {TARGET_SECONDS:.0f} s limit"
    )
    print(
        f"another day of the same book {again:.2f} s; peak {peak_mb():,.0f} MB, of which {before:,.0f} MB before ageing"
    )
    by_dpd = np.bincount(found.bucket_by_dpd, minlength=len(found.buckets))
    by_cycles = np.bincount(found.bucket_by_cycles, minlength=len(found.buckets))
    print("by days  ", dict(zip(found.buckets, by_dpd.tolist(), strict=True)))
    print("by cycles", dict(zip(found.buckets, by_cycles.tolist(), strict=True)))
    print("classes  ", classes.tolist())


if __name__ == "__main__":
    main()
