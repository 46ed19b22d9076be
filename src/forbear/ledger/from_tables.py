"""From canonical tables to a book: which account is which row, and what each entry does to arrears."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from forbear.ledger.book import Book, make_book
from forbear.ledger.parts import Days, Index

UNKNOWN = -1


@dataclass(frozen=True)
class TableBook:
    """A book and the account numbers behind its rows."""

    book: Book
    account_no: pa.Array  # account number of each index, in the order of the accounts table
    unmatched_reversals: (
        int  # reversals whose payment is not among the entries; they count from their own value day
    )


def book_from_tables(accounts: pa.Table, statements: pa.Table, entries: pa.Table) -> TableBook:
    """Build a book from the tables of `forbear.ledger.tables`; entry and statement accounts must be among `accounts`.

    Of the entries only payments, and reversals of payments, move arrears: a refund lowers the balance, not the
    minimum due. Raises ValueError naming an account that is not in `accounts`.
    """
    account_no = accounts["account_no"].combine_chunks()
    kind = entries["kind"]
    moved = entries.filter(pc.is_in(kind, value_set=pa.array(["payment", "reversal"])))
    paid_on, reverses_payment, matched = _paid_on(moved, entries)
    value_on = _days(moved["value_on"])
    is_reversal = _equal(moved["kind"], "reversal")
    kept = np.flatnonzero(~is_reversal | reverses_payment)
    book = make_book(
        len(account_no),
        statement_account=_index(account_no, statements["account_no"]),
        statement_on=_days(statements["statement_on"]),
        due_on=_days(statements["due_on"]),
        minimum_due_minor=_int64(statements["minimum_due_minor"]),
        payment_account=_index(account_no, moved["account_no"])[kept],
        amount_minor=_int64(moved["amount_minor"])[kept],
        paid_on=paid_on[kept],
        counts_on=value_on[kept],
        booked_on=_days(moved["booked_on"])[kept],
    )
    return TableBook(book, account_no, int((is_reversal & reverses_payment & ~matched).sum()))


def _paid_on(moved: pa.Table, entries: pa.Table) -> tuple[Days, NDArray[np.bool_], NDArray[np.bool_]]:
    """Return for each row the day whose arrears it settles, whether it undoes a payment, and whether that is known.

    A reversal takes the day of the payment it reverses; a reversal of a reversal takes it from that one.
    """
    paid_on = _days(moved["value_on"]).copy()
    target = _find(moved["entry_no"], moved["reverses_no"])
    elsewhere = (
        _find(entries["entry_no"], moved["reverses_no"]) != UNKNOWN
    )  # then it undoes a fee or a purchase
    matched = target != UNKNOWN
    pointing = np.flatnonzero(matched)
    for _ in range(pointing.size):
        before = paid_on[pointing]
        paid_on[pointing] = paid_on[target[pointing]]
        if bool((paid_on[pointing] == before).all()):
            break
    # Without its original a reversal is one of a payment if it raises the debt.
    orphan = ~elsewhere & (_int64(moved["amount_minor"]) < 0)
    return paid_on, matched | orphan, matched


def _find(names: pa.ChunkedArray, wanted: pa.ChunkedArray) -> Index:
    found = pc.index_in(wanted, value_set=names.combine_chunks(), skip_nulls=True)
    return np.asarray(pc.fill_null(found, UNKNOWN).to_numpy(), dtype=np.int64)


def _index(account_no: pa.Array, wanted: pa.ChunkedArray) -> Index:
    found = np.asarray(
        pc.fill_null(pc.index_in(wanted, value_set=account_no), UNKNOWN).to_numpy(), dtype=np.int64
    )
    if (found == UNKNOWN).any():
        missing = wanted[int(np.flatnonzero(found == UNKNOWN)[0])]
        raise ValueError(
            f"account {missing} is not among the accounts of the book ({int((found < 0).sum())} rows)"
        )
    return found


def _days(column: pa.ChunkedArray) -> Days:
    return np.asarray(column.to_numpy(), dtype="datetime64[D]")


def _int64(column: pa.ChunkedArray) -> Index:
    return np.asarray(column.to_numpy(), dtype=np.int64)


def _equal(column: pa.ChunkedArray, value: str) -> NDArray[np.bool_]:
    return np.asarray(pc.equal(column, value).to_numpy(), dtype=bool)
