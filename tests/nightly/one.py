"""A snapshot of single accounts, each described in a few words, for the correctness sheet."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pyarrow as pa

from forbear.nightly import SNAPSHOT, checked, empty

BALANCE = 10_000  # 100.00, the minimum due in full, as in the peer workload


def account(account_id: int, *, due_on: date, balance: int = BALANCE, **more: Any) -> dict[str, Any]:
    """Describe one account of its own customer with one statement due on a day; `paid` are its entries."""
    return {"account_id": account_id, "due_on": due_on, "balance": balance, **more}


def paid(on: date, amount: int, *, booked_on: date | None = None) -> dict[str, Any]:
    """Describe one payment."""
    return {"kind": "payment", "amount_minor": amount, "value_on": on, "booked_on": booked_on or on}


def book(*accounts: dict[str, Any], as_of: date, **more: list[dict[str, Any]]) -> dict[str, pa.Table]:
    """Return the snapshot of these accounts; further tables as rows."""
    entries = [
        {"entry_id": 1000 * a["account_id"] + n, "account_id": a["account_id"], "reverses_id": None, **entry}
        for a in accounts
        for n, entry in enumerate(a.get("paid", []))
        if entry["booked_on"] <= as_of
    ]
    rows: dict[str, list[dict[str, Any]]] = {
        "accounts": [_account(a) for a in accounts],
        "customers": [_customer(a) for a in accounts],
        "statements": [_statement(a) for a in accounts],
        "entries": entries,
        **more,
    }
    return {
        name: checked(name, pa.Table.from_pylist(rows[name], schema)) if rows.get(name) else empty(name)
        for name, schema in SNAPSHOT.items()
    }


def _account(a: dict[str, Any]) -> dict[str, Any]:
    return {
        "account_id": a["account_id"],
        "account_no": f"A{a['account_id']}",
        "customer_id": a.get("customer_id", a["account_id"]),
        "product": "credit_card",
        "currency": "CNY",
        "card_tail": "0014",
        "block_code": a.get("block_code", ""),
        "written_off": a.get("written_off", False),
        "credit_limit_minor": 5_000_000,
        "opened_on": date(2020, 1, 1),
    }


def _customer(a: dict[str, Any]) -> dict[str, Any]:
    points = a.get("points", ("mobile",))
    return {
        "customer_id": a.get("customer_id", a["account_id"]),
        "city": "上海市",
        "timezone": a.get("timezone", "Asia/Shanghai"),
        **{name: name in points for name in ("phone", "mobile", "email", "address", "app")},
        "consented_hours": "",
        "channels_off": a.get("channels_off", ""),
        "failed_in_a_row": 0,
        "attempts_30": 0,
        "reached_30": 0,
    }


def _statement(a: dict[str, Any]) -> dict[str, Any]:
    return {
        "account_id": a["account_id"],
        "statement_on": a["due_on"] - timedelta(days=18),
        "due_on": a["due_on"],
        "balance_minor": a["balance"],
        "minimum_due_minor": a.get("minimum", a["balance"]),
    }
