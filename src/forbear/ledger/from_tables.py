"""From canonical tables to a book: which account is which row, and what each entry does to arrears."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from forbear.ledger.book import Book, make_book
from forbear.ledger.parts import Days, Index, Mask

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
    moved = entries.filter(pc.is_in(entries["kind"], value_set=pa.array(["payment", "recovery", "reversal"])))
    value_on = _days(moved["value_on"])
    origin = _origins(moved)
    moves, is_orphan = _moves_arrears(moved, entries, origin)
    kept = np.flatnonzero(moves)
    book = make_book(
        len(account_no),
        statement_account=_index(account_no, statements["account_no"]),
        statement_on=_days(statements["statement_on"]),
        due_on=_days(statements["due_on"]),
        minimum_due_minor=_int64(statements["minimum_due_minor"]),
        payment_account=_index(account_no, moved["account_no"])[kept],
        amount_minor=_int64(moved["amount_minor"])[kept],
        paid_on=value_on[origin][kept],  # a reversal settles, negative, what its payment had settled
        counts_on=value_on[kept],
        booked_on=_days(moved["booked_on"])[kept],
    )
    return TableBook(book, account_no, int(is_orphan.sum()))


def _origins(moved: pa.Table) -> Index:
    """Return for each row the row it goes back to: itself, or through its reversals the payment they reverse.

    Follows chains by doubling, so that rows naming each other in a circle end too.
    """
    target = _find(moved["entry_no"], moved["reverses_no"])
    origin = np.where(target == UNKNOWN, np.arange(target.size), target)
    for _ in range(int(target.size).bit_length()):
        origin = origin[origin]
    return origin


def _moves_arrears(moved: pa.Table, entries: pa.Table, origin: Index) -> tuple[Mask, Mask]:
    """Mark the rows that go back to a payment, and among them the reversals whose payment is missing."""
    is_payment = _equal(moved["kind"], "payment") | _equal(moved["kind"], "recovery")
    elsewhere = _find(entries["entry_no"], moved["reverses_no"]) != UNKNOWN  # it undoes a fee or a purchase
    # Without its original a reversal is one of a payment if it raises the debt.
    is_orphan = ~is_payment & ~elsewhere & (_int64(moved["amount_minor"]) < 0)
    return is_payment[origin] | is_orphan[origin], is_orphan


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
