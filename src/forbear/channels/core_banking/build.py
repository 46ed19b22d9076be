"""Build the canonical tables of the bank's own files: customers, accounts, statements, the overdue list."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from forbear.channels.intake.amounts import MINOR_PER_MAJOR, amount_text
from forbear.channels.intake.builders import accounts_table, at_column, customers_table, warn_no_id
from forbear.channels.intake.checks import check_not_future, propose_flags
from forbear.channels.intake.frame import Work, where

PARTS = ("principal_minor", "interest_minor", "compound_minor", "late_fee_minor", "fee_minor", "other_minor")


def build_customers(work: Work) -> dict[str, pa.Table]:
    """Build CUSTOMERS."""
    warn_no_id(work)
    return {"customers": customers_table(work), "flag_proposals": propose_flags(work)}


def build_accounts(work: Work) -> dict[str, pa.Table]:
    """Build ACCOUNTS."""
    check_not_future(work, ["opened_on"])
    return {"accounts": accounts_table(work), "flag_proposals": propose_flags(work)}


def build_statements(work: Work) -> dict[str, pa.Table]:
    """Build STATEMENTS."""
    typed = work.typed
    check_not_future(work, ["statement_on"])
    work.findings.add(
        "due_before_statement", where(pc.less(typed["due_on"], typed["statement_on"])), field="due_on"
    )
    _check_due_order(work)
    minimum, balance = typed["minimum_due_minor"], typed["balance_minor"]
    work.findings.add("negative_amount", where(pc.less(minimum, 0)), field="minimum_due_minor")
    above = pc.and_(pc.greater(minimum, balance), pc.greater(minimum, 0))
    work.findings.add("minimum_above_balance", where(above), field="minimum_due_minor")
    work.findings.add("overpaid", where(pc.less(balance, 0)), field="balance_minor")
    columns = ("account_no", "statement_on", "due_on", "balance_minor", "minimum_due_minor")
    return {"statements": pa.table({"_at": at_column(work), **{name: typed[name] for name in columns}})}


def _check_due_order(work: Work) -> None:
    """Quarantine a statement due before an older one of its account: the ledger's book holds no such pair."""
    typed = work.typed
    columns = [typed[name] for name in ("account_no", "statement_on", "due_on")]
    known = where(pc.and_(columns[0].is_valid(), pc.and_(columns[1].is_valid(), columns[2].is_valid())))
    account, issued, due = (column.take(pa.array(known)) for column in columns)
    code = account.dictionary_encode().indices.to_numpy(zero_copy_only=False)
    day = due.cast(pa.int32()).to_numpy(zero_copy_only=False)
    order = np.lexsort((day, issued.cast(pa.int32()).to_numpy(zero_copy_only=False), code))
    same = code[order][1:] == code[order][:-1]
    earlier = np.flatnonzero(same & (day[order][1:] < day[order][:-1]))
    rows = np.unique(known[np.concatenate([order[earlier], order[earlier + 1]])])
    work.findings.add("due_before_older", rows, field="due_on")


def build_overdue(work: Work) -> dict[str, pa.Table]:
    """Build POSITIONS with the CUSTOMERS and ACCOUNTS that stand on the same rows, and flag proposals."""
    warn_no_id(work)
    check_not_future(work, ["last_payment_on", "opened_on"])
    parts = _parts(work)
    total = work.typed["total_minor"]
    work.findings.add("overpaid", where(pc.less(total, 0)), field="total_minor")
    negative = pc.less(work.typed["minimum_due_minor"], 0)
    work.findings.add("negative_amount", where(negative), field="minimum_due_minor")
    _check_limit(work, total)
    proposals = propose_flags(work)
    customers = customers_table(work)
    return {
        "customers": customers,
        "accounts": accounts_table(work),
        "positions": _positions(work, parts),
        "flag_proposals": proposals,
    }


def _positions(work: Work, parts: dict[str, pa.Array]) -> pa.Table:
    typed = work.typed
    day = pa.scalar(work.data_on, pa.date32()) if work.data_on else None
    data_on = typed["data_on"] if day is None else pc.fill_null(typed["data_on"], day)
    if day is None:
        work.findings.add("missing_value", where(data_on.is_null()), field="data_on")
    kept = ("dpd", "cycles", "due_on", "minimum_due_minor", "total_minor", "unbilled_minor", "last_payment_on",
            "last_payment_minor", "class5")  # fmt: skip
    return pa.table(
        {
            "_at": at_column(work),
            "account_no": typed["account_no"],
            "data_on": data_on,
            **{name: typed[name] for name in kept},
            **parts,
            "flags": typed["flags"],
        }
    )


def _parts(work: Work) -> dict[str, pa.Array]:
    """Return the six parts, null as 0; check that they sum to the total, put a cent's difference under other."""
    present = [name for name in PARTS if work.frame.has(name)]
    total = work.typed["total_minor"]
    zero = pa.array(np.zeros(work.frame.count, np.int64))
    if not present:
        work.findings.remark("parts_absent")
        return {name: total if name == PARTS[0] else zero for name in PARTS}
    parts = {name: pc.fill_null(work.typed[name], 0) for name in PARTS}
    sums = zero
    for name in PARTS:
        sums = pc.add(sums, parts[name])
    unreadable = work.findings.rows("error", work.frame.count)
    gap = pc.fill_null(pc.subtract(total, sums), 0).to_numpy(zero_copy_only=False)
    off = np.flatnonzero((gap != 0) & ~unreadable)
    small = np.abs(gap) <= work.mapping.tolerance("parts_warn_minor")
    _note_gap(work, off, small, total, sums)
    parts["other_minor"] = pc.add(parts["other_minor"], pa.array(np.where(small, gap, 0)))
    for name in present:
        negative = pc.and_(pc.less(parts[name], 0), pc.greater_equal(total, 0))
        absorbed = (
            pa.array((gap != 0) & small) if name == "other_minor" else pa.array(np.zeros(len(gap), bool))
        )
        work.findings.add("negative_part", where(pc.and_not(negative, absorbed)), field=name)
    return parts


def _note_gap(work: Work, off: np.ndarray, small: np.ndarray, total: pa.Array, sums: pa.Array) -> None:
    totals = pc.fill_null(total, 0).to_numpy(zero_copy_only=False)
    found = sums.to_numpy(zero_copy_only=False)
    hundred = (totals == found * MINOR_PER_MAJOR) | (found == totals * MINOR_PER_MAJOR)
    for rule, mask in (
        ("parts_off_by_cent", small),
        ("unit_suspect", ~small & hundred),
        ("parts_mismatch", ~small & ~hundred),
    ):
        rows = off[mask[off]]
        params = [
            {"parts": amount_text(int(found[at])), "total": amount_text(int(totals[at]))} for at in rows
        ]
        work.findings.add(rule, rows, field="total_minor", params=params)


def _check_limit(work: Work, total: pa.Array) -> None:
    times = work.mapping.tolerance("limit_times")
    limit = work.typed["credit_limit_minor"]
    beyond = pc.and_(pc.greater(limit, 0), pc.greater(total, pc.multiply(limit, times)))
    work.findings.add("far_over_limit", where(beyond), field="total_minor", params={"times": str(times)})
