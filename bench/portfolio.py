"""A made portfolio as canonical tables, of any size in seconds: what parsed files would hold, one fact of each kind.

Nobody in it exists: names are numbers, sealed values are random bytes that open to nothing.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import yaml

from forbear.ledger.tables import ACCOUNTS, CONTACT_POINTS, CUSTOMERS, ENTRIES, POSITIONS, STATEMENTS
from forbear.packs import Packs, load_packs
from forbear.packs.files import packs_root

CITIES = ("上海市", "北京市", "广州市", "深圳市", "成都市", "杭州市", "武汉市", "重庆市", "兰州市", "贵阳市")
NOBODY_CALLS = {"planned_collectors": {"early": 0, "middle": 0, "late": 0}, "messages": {"letter": 0}}
LATE_MAX = 240
CYCLE = np.timedelta64(30, "D")


@dataclass(frozen=True)
class Shape:
    """How the portfolio looks: accounts a customer in five has two of, share overdue, statements each."""

    accounts: int
    overdue: float = 1.0
    statements: int = 2
    payers: float = 0.3
    seed: int = 7


def canonical(shape: Shape, as_of: date) -> dict[str, pa.Table]:
    """Return the canonical tables, each with `row_no`, as the channels hand them to intake."""
    rng = np.random.default_rng(shape.seed)
    n = shape.accounts
    number = np.arange(n)
    owner = np.where(number % 5 == 4, number - 1, number)
    people = np.unique(owner)
    account_no, customer_no = _named("A", number), _named("C", owner)
    late = np.where(rng.random(n) < shape.overdue, rng.integers(4, LATE_MAX, n), -10)
    due = np.datetime64(as_of, "D") - late.astype("timedelta64[D]")
    balance = np.round(np.exp(rng.normal(13.8, 1.0, n))).astype(np.int64) + 10_000  # median about 10,000 yuan
    paid = rng.random(n) < shape.payers
    tables = {
        "customers": _customers(people, rng),
        "contact_points": _points(people, rng),
        "accounts": _accounts(account_no, customer_no, balance, rng),
        "statements": _statements(account_no, due, balance, shape.statements),
        "entries": _entries(account_no, due, balance, paid),
        "positions": _positions(account_no, due, balance, paid, as_of),
    }
    return {name: _numbered(table) for name, table in tables.items()}


def receivables(accounts: int, *, due: date, owed: int, as_of: date) -> dict[str, pa.Table]:
    """Return one person, one account and one unpaid statement each, all due on a day, `owed` minor units in full."""
    rng, number = np.random.default_rng(7), np.arange(accounts)
    account_no, due_on = _named("A", number), np.full(accounts, np.datetime64(due, "D"))
    balance = np.full(accounts, owed, np.int64)
    statements = _statements(account_no, due_on, balance, 1)
    minimum = statements.schema.get_field_index("minimum_due_minor")
    tables = {
        "customers": _customers(number, rng),
        "contact_points": _points(number, rng),
        "accounts": _accounts(account_no, _named("C", number), balance, rng),
        "statements": statements.set_column(minimum, statements.schema.field(minimum), pa.array(balance)),
        "positions": _positions(account_no, due_on, balance, np.zeros(accounts, np.bool_), as_of),
    }
    return {name: _numbered(table) for name, table in tables.items()}


def messages_only(root: Path) -> Packs:
    """Return law and policy as shipped, but for a bank without collectors and without a print shop."""
    for part in ("law", "policy"):
        shutil.copytree(packs_root() / part, root / part)
    path = root / "policy" / "house" / "capacity.yaml"
    policy = yaml.safe_load(path.read_text(encoding="utf-8"))
    for name, change in NOBODY_CALLS.items():
        for values in policy["parameters"][name]["values"].values():
            values.update(change)
    path.write_text(yaml.safe_dump(policy, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return load_packs(root)


def _named(letter: str, numbers: np.ndarray) -> pa.Array:
    return pa.array(np.char.add(letter, np.char.zfill(numbers.astype(str), 9)))


def _numbered(table: pa.Table) -> pa.Table:
    return table.append_column("row_no", pa.array(np.arange(1, table.num_rows + 1)))


def _made(schema: pa.Schema, n: int, **columns: Any) -> pa.Table:
    """Fill a canonical schema; columns not given are empty."""
    arrays = []
    for field in schema:
        given = columns.get(field.name)
        if given is None:
            arrays.append(pa.nulls(n, field.type))
        elif isinstance(given, str | bool | date | int):
            arrays.append(pa.array([given], field.type).take(pa.array(np.zeros(n, np.int64))))
        else:
            array = given if isinstance(given, pa.Array) else pa.array(given)
            arrays.append(array.cast(field.type))
    return pa.table(arrays, schema=schema)


def _customers(people: np.ndarray, rng: np.random.Generator) -> pa.Table:
    cities = pa.array(CITIES).take(pa.array(rng.integers(0, len(CITIES), people.size)))
    name = pa.array(np.char.add("客户", people.astype(str)))
    return _made(CUSTOMERS, people.size, customer_no=_named("C", people), name=name, city=cities)


def _points(people: np.ndarray, rng: np.random.Generator) -> pa.Table:
    sealed = pa.array(
        [row.tobytes() for row in rng.integers(0, 256, (people.size, 16), np.uint8)], pa.binary()
    )
    return _made(
        CONTACT_POINTS, people.size, customer_no=_named("C", people), kind="mobile", value_cipher=sealed,
        value_index=sealed, value_tail="0001", relation="self", source="application", lawful_basis="contract",
        reserved=True, valid=True, do_not_contact=False,
    )  # fmt: skip


def _accounts(
    account_no: pa.Array, customer_no: pa.Array, balance: np.ndarray, rng: np.random.Generator
) -> pa.Table:
    tails = pa.array(np.char.zfill(rng.integers(0, 10_000, balance.size).astype(str), 4))
    return _made(
        ACCOUNTS, balance.size, account_no=account_no, customer_no=customer_no, product="credit_card", currency="CNY",
        card_no_tail=tails, card_role="primary", credit_limit_minor=balance * 2, bill_day=5, opened_on=date(2018, 1, 1),
    )  # fmt: skip


def _statements(account_no: pa.Array, due: np.ndarray, balance: np.ndarray, count: int) -> pa.Table:
    """Return `count` statements each: the unpaid one, and those paid in full before it."""
    parts = []
    for back in range(count):
        due_on = due - back * CYCLE
        minimum = balance // 10 if back == 0 else np.zeros_like(balance)
        parts.append(
            _made(
                STATEMENTS,
                balance.size,
                account_no=account_no,
                statement_on=due_on - np.timedelta64(18, "D"),
                due_on=due_on,
                balance_minor=balance,
                minimum_due_minor=minimum,
            )
        )
    return pa.concat_tables(parts)


def _entries(account_no: pa.Array, due: np.ndarray, balance: np.ndarray, paid: np.ndarray) -> pa.Table:
    rows = np.flatnonzero(paid)
    mine = account_no.take(pa.array(rows))
    on = due[rows] - np.timedelta64(2, "D")
    return _made(
        ENTRIES, rows.size, entry_no=pa.compute.binary_join_element_wise(mine, "1", "-"), account_no=mine, kind="payment",
        amount_minor=balance[rows] // 50, currency="CNY", value_on=on, booked_on=on,
    )  # fmt: skip


def _positions(
    account_no: pa.Array, due: np.ndarray, balance: np.ndarray, paid: np.ndarray, as_of: date
) -> pa.Table:
    total = balance - np.where(paid, balance // 50, 0)
    interest = total // 20
    zero = pa.array(np.zeros(total.size, np.int64))
    parts = dict.fromkeys(("compound_minor", "late_fee_minor", "fee_minor", "other_minor"), zero)
    late = (np.datetime64(as_of, "D") - due).astype(np.int64)
    return _made(
        POSITIONS, total.size, account_no=account_no, data_on=as_of, dpd=np.maximum(late, 0), due_on=due,
        total_minor=total, principal_minor=total - interest, interest_minor=interest, **parts,
        flags=pa.array([[]], pa.list_(pa.string())).take(pa.array(np.zeros(total.size, np.int64))),
    )  # fmt: skip
