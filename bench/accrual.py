"""Accrue a portfolio for one month: what a million accounts owe, beside a day loop in plain Python.

    python bench/accrual.py [accounts]

Prints seconds by step and peak memory. A sample is accrued by tests/ledger/accrual_simulator.py, which shares no code
with the columns, and one by one by the same columns: all three must agree to the cent.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.machine import describe  # noqa: E402
from tests.ledger.accrual_simulator import Account, Entry  # noqa: E402

from forbear.ledger.accrual import RESULT, Accrued, Billing, Contracts, accrue, payment_orders  # noqa: E402
from forbear.ledger.rows import KINDS, Rows, make_rows  # noqa: E402
from forbear.ledger.terms import Terms, product_terms, terms_table  # noqa: E402
from forbear.packs import load_packs  # noqa: E402

FIRST, LAST = np.datetime64("2026-06-24", "D"), np.datetime64("2026-07-23", "D")
SEED, SAMPLE = 11, 500
PER_ACCOUNT = ("opening", "interest", "late_fee", "purchase", "payment")
COMPARED = (
    "purchases", "cash", "interest", "compound", "late_fee", "fee", "cost", "credit", "accrued",
    "accrued_compound", "pending_late_fee",
)  # fmt: skip


def portfolio(accounts: int) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Return rows and statements: what each account brings into the month, a purchase, 0.8 payments, 2 statements."""
    rng = np.random.default_rng(SEED)
    size = accounts * len(PER_ACCOUNT)
    kind = np.tile(np.arange(len(PER_ACCOUNT)), accounts)
    account = np.repeat(np.arange(accounts), len(PER_ACCOUNT))
    low, high = (
        np.array([10_000, 100, 1_000, 1_000, 5_000]),
        np.array([2_000_000, 50_000, 20_000, 300_000, 200_000]),
    )
    amount = rng.integers(low[kind], high[kind])
    amount[(kind == PER_ACCOUNT.index("payment")) & (rng.random(size) < 0.2)] = 0
    day = np.where(kind < 3, FIRST - 1, FIRST + rng.integers(0, 30, size))
    booked = day + np.where(rng.random(size) < 0.02, 3, 0)
    names = np.array([KINDS.index(name) for name in PER_ACCOUNT])
    rows = {"account": account, "kind": names[kind], "amount": amount, "day": day, "booked": booked}
    bill = FIRST + rng.integers(0, 29, accounts)
    on = np.stack([bill - 30, bill], axis=1).ravel()
    minimum = rng.integers(5_000, 100_000, 2 * accounts)
    return rows, {"on": on, "due": on + 18, "minimum": minimum}


def laid_out(rows: dict[str, np.ndarray], accounts: int) -> Rows:
    """Return the rows as the ledger sorts them."""
    return make_rows(
        accounts,
        account=rows["account"],
        kind=pa.DictionaryArray.from_arrays(rows["kind"], list(KINDS)).cast(pa.string()),
        amount_minor=rows["amount"],
        value_on=rows["day"],
        booked_on=rows["booked"],
    )


def by_day_loop(
    rows: dict[str, np.ndarray], statements: dict[str, np.ndarray], terms: list[Terms], account: int
) -> dict[str, int]:
    """Return one account's components by the plain simulator."""
    some = np.flatnonzero(rows["account"] == account)
    entries = [
        Entry(
            rows["day"][r].astype(object),
            KINDS[rows["kind"][r]],
            Decimal(int(rows["amount"][r])) / 100,
            rows["booked"][r].astype(object),
        )
        for r in some
    ]
    held = [
        (
            statements["on"][k].astype(object),
            statements["due"][k].astype(object),
            Decimal(int(statements["minimum"][k])) / 100,
        )
        for k in (2 * account, 2 * account + 1)
    ]
    return Account(terms, [e for e in entries if e.amount], held).live(LAST.astype(object)).balance()


def check(
    made: tuple,
    found: Accrued,
    rows: dict[str, np.ndarray],
    statements: dict[str, np.ndarray],
    terms: list[Terms],
) -> tuple[int, int, float, int]:
    """Return how many of a sample agree with the simulator and alone, seconds an account of the simulator, and the sample."""
    sorted_rows, billing, contracts, orders = made
    accounts = found.held.shape[0]
    sample = np.random.default_rng(SEED + 1).choice(accounts, min(SAMPLE, accounts), replace=False)
    loop_agrees = alone_agrees = 0
    seconds = 0.0
    for account in sample.tolist():
        started = time.perf_counter()
        expected = by_day_loop(rows, statements, terms, account)
        seconds += time.perf_counter() - started
        got = dict(zip(RESULT, found.held[account].tolist(), strict=True))
        loop_agrees += all(got[name] == expected[name] for name in COMPARED)
        lone = Contracts(contracts.table, contracts.starts, contracts.of[account : account + 1])
        one = accrue(
            sorted_rows.take(account),
            billing.take(account),
            lone,
            orders.take(sorted_rows, account),
            to=LAST,
            charge_from=FIRST,
        )
        alone_agrees += bool((one.held[0] == found.held[account]).all())
    return loop_agrees, alone_agrees, seconds / sample.size, sample.size


def peak_mb() -> float:
    """Return the largest resident size of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("accounts", nargs="?", type=int, default=1_000_000)
    accounts = parser.parse_args().accounts
    packs = load_packs()
    terms = product_terms(packs, "credit_card")
    contracts = Contracts.stacked([terms_table(terms, packs)], np.zeros(accounts, dtype=np.int64))
    warm(packs, contracts)
    rows, statements = portfolio(accounts)
    before, marks = peak_mb(), [time.perf_counter()]
    sorted_rows = laid_out(rows, accounts)
    billing = Billing(np.arange(accounts + 1) * 2, statements["on"], statements["due"], statements["minimum"])
    marks.append(time.perf_counter())
    orders = payment_orders(sorted_rows, packs)
    marks.append(time.perf_counter())
    found = accrue(sorted_rows, billing, contracts, orders, to=LAST, charge_from=FIRST)
    marks.append(time.perf_counter())
    peak = peak_mb()
    report(found, sorted_rows, marks, before, peak)
    loop_agrees, alone_agrees, each, sample = check(
        (sorted_rows, billing, contracts, orders), found, rows, statements, terms
    )
    print(
        f"day loop in plain Python on {sample:,} accounts: {loop_agrees:,} agree to the cent; {each * 1e6:,.0f} us an "
        f"account, {each * accounts / (marks[3] - marks[0]):,.0f} times the columns; alone: {alone_agrees:,} agree"
    )
    if (loop_agrees, alone_agrees) != (sample, sample):
        raise SystemExit("the columns and the day loop differ")


def warm(packs: object, contracts: Contracts) -> None:
    """Compile the loop before anything is timed."""
    rows, statements = portfolio(1)
    one = laid_out(rows, 1)
    billing = Billing(np.array([0, 2]), statements["on"], statements["due"], statements["minimum"])
    accrue(
        one,
        billing,
        Contracts(contracts.table, contracts.starts, contracts.of[:1]),
        payment_orders(one, packs),
        to=LAST,
    )


def report(found: Accrued, rows: Rows, marks: list[float], before: float, peak: float) -> None:
    """Print machine, versions, seconds by step, memory and sums."""
    sort, order, run = np.diff(marks)
    print(f"{describe('', 'numpy', 'numba')}; one process; seed {SEED}")
    print(f"{found.held.shape[0]:,} accounts, {rows.account.size:,} rows, {FIRST} to {LAST}")
    print(
        f"sort {sort:.2f} s, orders of payment {order:.2f} s, accrual {run:.2f} s: {marks[-1] - marks[0]:.2f} s"
    )
    print(f"peak {peak:,.0f} MB, of which {before:,.0f} MB before the ledger")
    sums = {
        name: f"{date_free(int(found.column(name).sum()))}"
        for name in ("interest", "compound", "late_fee", "accrued")
    }
    print("sums", sums)


def date_free(minor: int) -> str:
    """Write a sum of fen in yuan."""
    return f"{minor // 100:,}.{minor % 100:02d}"


if __name__ == "__main__":
    main()
