"""Step `ageing`: days past due, buckets by days and by cycles, and the amount past due of each account."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from forbear.ledger import arrears, arrears_rule, book_from_tables
from forbear.nightly.day import Day
from forbear.nightly.steps import Made, Reader, Step

READS = ("intake/book", "inputs/statements", "inputs/entries")


def run(reader: Reader, day: Day) -> Made:
    """Age every account as of the day over its standing statements and payments."""
    accounts = reader.table("intake/book", ["account_id"]).rename_columns(["account_no"])
    statements = reader.table("inputs/statements").rename_columns({"account_id": "account_no"})
    entries = reader.table("inputs/entries").rename_columns(
        {"account_id": "account_no", "entry_id": "entry_no", "reverses_id": "reverses_no"}
    )
    made = book_from_tables(accounts, statements, entries)
    found = arrears(made.book, as_of=day.as_of, rule=arrears_rule(day.packs, day.as_of))
    names = pa.array(found.buckets)
    table = pa.table(
        {
            "account_id": accounts["account_no"],
            "dpd": found.dpd,
            "bucket": pa.DictionaryArray.from_arrays(pa.array(found.bucket_by_dpd), names),
            "bucket_cycles": pa.DictionaryArray.from_arrays(pa.array(found.bucket_by_cycles), names),
            "past_due_minor": found.past_due_minor,
            "due_on": pa.array(found.oldest_unpaid_due_on),
        }
    )
    counts = np.bincount(found.bucket_by_dpd, minlength=len(found.buckets))
    note = {
        "unmatched_reversals": made.unmatched_reversals,
        "overdue": int((found.dpd > 0).sum()),
        "past_due_minor": int(found.past_due_minor.sum()),
        "accounts_by_bucket": dict(zip(found.buckets, counts.tolist(), strict=True)),
        "accounts_by_cycles": dict(
            zip(
                found.buckets,
                np.bincount(found.bucket_by_cycles, minlength=len(found.buckets)).tolist(),
                strict=True,
            )
        ),
    }
    return Made({"ageing": table}, statements.num_rows + entries.num_rows, table.num_rows, note)


def days(column: pa.ChunkedArray) -> np.ndarray:
    """Return a date column as datetime64[D], empty as NaT."""
    return np.asarray(column.to_numpy()).astype("datetime64[D]")


STEP = Step("ageing", "Age the accounts", "计算逾期天数与账龄", READS, run)
