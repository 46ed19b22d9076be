"""Build ENTRIES from the transaction file: signs, value dates, reversals."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from forbear.channels.intake.builders import at_column
from forbear.channels.intake.checks import check_not_future
from forbear.channels.intake.frame import Work, where

LOWERS_DEBT = ("payment", "recovery", "refund", "waiver", "write_off")


def build_entries(work: Work) -> dict[str, pa.Table]:
    """Build ENTRIES: positive lowers the debt, negative raises it.

    A reversal has the opposite sign of what it reverses; without its original in the file the debit or credit mark
    decides, else it is taken as the reversal of a payment.
    """
    typed = work.typed
    check_not_future(work, ["booked_on", "traded_on"])
    reversal = pc.or_kleene(pc.equal(typed["kind"], "reversal"), pc.fill_null(typed["reversal"], False))
    reversal = pc.fill_null(reversal, False)
    kind = pc.if_else(reversal, "reversal", typed["kind"])
    no_original = pc.and_(reversal, typed["reverses_no"].is_null())
    work.findings.add("reversal_without_original", where(no_original), field="reverses_no")
    negative = pc.and_not(pc.less(typed["amount_minor"], 0), reversal)
    work.findings.add("negative_amount", where(negative), field="amount_minor")
    signed = _signed(work, reversal)
    traded = typed["traded_on"]
    value_on = pc.coalesce(typed["value_on"], traded, typed["booked_on"])
    return {
        "entries": pa.table(
            {
                "_at": at_column(work),
                "entry_no": typed["entry_no"],
                "account_no": typed["account_no"],
                "kind": kind,
                "amount_minor": signed,
                "currency": pc.fill_null(typed["currency"], "CNY"),
                "traded_on": traded,
                "value_on": value_on,
                "booked_on": typed["booked_on"],
                "channel": typed["channel"],
                "reverses_no": pc.if_else(reversal, typed["reverses_no"], None),
                "memo": typed["memo"],
            }
        )
    }


def _signed(work: Work, reversal: pa.Array) -> pa.Array:
    typed = work.typed
    size = pc.abs(typed["amount_minor"])
    lowers = pc.is_in(typed["kind"], pa.array(LOWERS_DEBT))
    credit = pc.equal(typed["direction"], "credit")
    plain = pc.if_else(lowers, size, pc.negate(size))
    turned = pc.if_else(pc.fill_null(credit, False), size, pc.negate(size))
    signed = pc.if_else(reversal, turned, plain)
    return _match_originals(work, reversal, signed)


def _match_originals(work: Work, reversal: pa.Array, signed: pa.Array) -> pa.Array:
    """Give reversals the opposite sign of an original in the same file; mark the others as pending."""
    rows = where(reversal)
    if not len(rows):
        return signed
    wanted = work.typed["reverses_no"].take(pa.array(rows))
    found = pc.index_in(wanted, value_set=work.typed["entry_no"]).to_pylist()
    amounts = signed.to_numpy(zero_copy_only=False).copy()
    valid = signed.is_valid().to_numpy(zero_copy_only=False)
    pending: list[int] = []
    originals: list[dict[str, str]] = []
    exceeding: list[int] = []
    for row, original, name in zip(rows.tolist(), found, wanted.to_pylist(), strict=True):
        if original is None:
            if name is not None:
                pending.append(row)
                originals.append({"original": name})
        elif valid[row] and valid[original] and row != original:
            amounts[row] = -np.sign(amounts[original]) * abs(amounts[row])
            if abs(amounts[row]) > abs(amounts[original]):
                exceeding.append(row)
    work.findings.add("reversal_pending", pending, field="reverses_no", params=originals)
    work.findings.add("reversal_exceeds", exceeding, field="amount_minor")
    return pa.array(amounts.astype(np.int64), pa.int64(), mask=~valid)
