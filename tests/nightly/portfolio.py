"""A made portfolio for tests of the day: every kind of account the steps tell apart, in a size that takes a second."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from forbear.nightly import ORDER, SNAPSHOT, checked, empty

AS_OF = date(2026, 11, 24)


def made(accounts: int = 2_000, *, seed: int = 1, as_of: date = AS_OF) -> dict[str, pa.Table]:
    """Return a snapshot of so many accounts; four in five are overdue, one customer in five has two accounts."""
    rng = np.random.default_rng(seed)
    ids = np.arange(1, accounts + 1, dtype=np.int64)
    customer = np.where(ids % 5 == 0, ids - 1, ids)
    late = np.where(rng.random(accounts) < 0.8, rng.integers(1, 260, accounts), -10)
    due = np.datetime64(as_of, "D") - late.astype("timedelta64[D]")
    balance = rng.integers(10_000, 8_000_000, accounts)
    tables = {name: empty(name) for name in SNAPSHOT}
    tables["accounts"] = pa.table(
        {
            "account_id": ids,
            "account_no": [f"A{i:08d}" for i in ids],
            "customer_id": customer,
            "product": ["credit_card"] * accounts,
            "currency": ["CNY"] * accounts,
            "card_tail": [f"{i % 10_000:04d}" for i in ids],
            "written_off": [False] * accounts,
            "block_code": np.where(rng.random(accounts) < 0.01, "deceased", ""),
            "credit_limit_minor": balance * 2,
            "opened_on": pa.array([as_of - timedelta(days=2000)] * accounts),
        }
    )
    people = np.unique(customer)
    n = people.size
    tables["customers"] = pa.table(
        {
            "customer_id": people,
            "city": rng.choice(["上海市", "成都市", "兰州市"], n),
            "timezone": ["Asia/Shanghai"] * n,
            "phone": rng.random(n) < 0.95,
            "mobile": rng.random(n) < 0.9,
            "email": rng.random(n) < 0.3,
            "address": rng.random(n) < 0.8,
            "app": rng.random(n) < 0.4,
            "consented_hours": [""] * n,
            "channels_off": np.where(rng.random(n) < 0.02, "sms", ""),
            "failed_in_a_row": pa.array(rng.integers(0, 4, n), pa.int32()),
            "attempts_30": pa.array(rng.integers(0, 9, n), pa.int32()),
            "reached_30": pa.array(rng.integers(0, 2, n), pa.int32()),
        }
    )
    tables["statements"] = pa.table(
        {
            "account_id": ids,
            "statement_on": due - np.timedelta64(18, "D"),
            "due_on": due,
            "balance_minor": balance,
            "minimum_due_minor": balance // 10,
        }
    )
    tables["positions"] = pa.table(
        {
            "account_id": ids,
            "data_on": pa.array([as_of] * accounts),
            "total_minor": balance + 12_345,
            "flags": np.where(rng.random(accounts) < 0.02, "complaint", ""),
        }
    )
    held = people[rng.random(n) < 0.05]
    tables["holds"] = pa.table(
        {
            "customer_id": held,
            "product": ["credit_card"] * held.size,
            "kind": rng.choice(["hardship", "dispute", "plan", "claimed_paid"], held.size),
        }
    )
    promised = people[rng.random(n) < 0.06]
    made_on = np.datetime64(as_of, "D") - rng.integers(1, 20, promised.size).astype("timedelta64[D]")
    tables["promises"] = pa.table(
        {
            "customer_id": promised,
            "product": ["credit_card"] * promised.size,
            "made_on": made_on,
            "due_on": made_on + np.timedelta64(7, "D"),
            "state": rng.choice(["open", "kept", "broken"], promised.size),
        }
    )
    placed = ids[rng.random(accounts) < 0.03]
    tables["placements"] = pa.table({"account_id": placed, "agency": ["A"] * placed.size})
    tables["staff"] = pa.table(
        {"user_id": list(range(1, 13)), "skill_group": ["early"] * 5 + ["middle"] * 4 + ["late"] * 3}
    )
    return {name: sort(name, checked(name, table)) for name, table in tables.items()}


def sort(name: str, table: pa.Table) -> pa.Table:
    """Put rows in the order a snapshot has."""
    return table.sort_by([(column, "ascending") for column in ORDER[name]])
