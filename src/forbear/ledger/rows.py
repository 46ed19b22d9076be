"""Rows of the ledger, sorted by account, value day and kind: what the accrual reads. Reversals are resolved here.

An amount is never negative: the kind says whether it raises or lowers the debt. A reversal that counts from the same
day as its row (or earlier) cancels it; a later one stays a row of its own. The reversal of a reversal is the row again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from forbear.ledger import accrual_loop as loop
from forbear.ledger.owed import OWED
from forbear.ledger.parts import Days, Index, Mask, Minor

KINDS = (
    "opening", "purchase", "cash", "interest", "compound", "late_fee", "fee", "cost", "refund", "waiver",
    "write_off", "payment", "recovery", "reversal",
)  # fmt: skip
RAISES = KINDS[: loop.REFUND]
LOWERS = KINDS[loop.REFUND : loop.REVERSAL]
NOTHING = -1
CHARGED_BY_LEDGER = (loop.K_INTEREST, loop.K_COMPOUND, loop.K_LATE_FEE)


@dataclass(frozen=True)
class Rows:
    """Rows in the order in which they count; columns have shape (rows,), `starts` (accounts + 1,)."""

    starts: Index
    account: Index
    day: Days
    booked_on: Days
    kind: np.ndarray[Any, np.dtype[np.int8]]
    amount_minor: Minor
    component: np.ndarray[Any, np.dtype[np.int8]]  # of a waiver: index into OWED, or NOTHING
    target: Index  # of a reversal: the row it reverses, else NOTHING
    origin: Index  # place of the row among those given
    faults: Mapping[str, Mask]  # by reason, the accounts with a row that cannot be; shape (accounts,)

    @property
    def faulty(self) -> Mask:
        """Mark the accounts with any fault."""
        marked: Mask = np.logical_or.reduce(
            [np.zeros(self.starts.size - 1, dtype=bool), *self.faults.values()]
        )
        return marked

    def take(self, account: int) -> Rows:
        """Return the rows of one account as a batch of one."""
        first, last = int(self.starts[account]), int(self.starts[account + 1])
        some = slice(first, last)
        target = np.where(self.target[some] == NOTHING, NOTHING, self.target[some] - first)
        return Rows(
            np.array([0, last - first]), self.account[some] * 0, self.day[some], self.booked_on[some], self.kind[some],
            self.amount_minor[some], self.component[some], target, self.origin[some],
            {name: mask[account : account + 1] for name, mask in self.faults.items()},
        )  # fmt: skip


def make_rows(
    accounts: int,
    *,
    account: Any,
    kind: Sequence[str] | pa.Array,
    amount_minor: Any,
    value_on: Any,
    booked_on: Any = None,
    reverses: Any = None,
    component: Any = None,
) -> Rows:
    """Sort rows given in any order; `reverses` names for each the row it reverses by its place, or NOTHING.

    `amount_minor` is the size of the row, never negative. Rows that cannot be (an unknown kind, a reversal without
    its row or of more than it, a waiver of a component that is none) mark their account in `faults` and are left out.
    """
    codes = np.asarray(
        pc.fill_null(pc.index_in(pa.array(kind, pa.string()), value_set=pa.array(KINDS)), NOTHING).to_numpy(
            zero_copy_only=False
        )
    )
    of = np.asarray(account, dtype=np.int64)
    day = np.asarray(value_on, dtype="datetime64[D]")
    booked = day if booked_on is None else np.asarray(booked_on, dtype="datetime64[D]")
    amount = np.array(amount_minor, dtype=np.int64)
    back = np.full(of.size, NOTHING) if reverses is None else np.asarray(reverses, dtype=np.int64)
    named = np.full(of.size, NOTHING) if component is None else np.asarray(component, dtype=np.int64)
    resolved = _resolve(codes, back)
    faults = {
        "unknown_kind": codes == NOTHING,
        "negative_amount": amount < 0,
        "reversal_without_row": (codes == loop.REVERSAL)
        & ((resolved.root == NOTHING) | (of[np.maximum(resolved.root, 0)] != of)),
    }
    root = np.maximum(resolved.root, 0)
    codes = np.where(resolved.again, codes[root], codes)
    named = np.where(resolved.again, named[root], named)
    undoes = (codes == loop.REVERSAL) & (resolved.root != NOTHING)
    faults["reversed_more_than_posted"] = _over_reversed(undoes, resolved.root, amount)
    cancels = undoes & (day <= day[root]) & (of == of[root])
    np.subtract.at(amount, resolved.root[cancels], amount[cancels])
    bad = np.logical_or.reduce(list(faults.values()))
    faults = {name: _of_accounts(mask, of, accounts) for name, mask in faults.items()}
    kept = np.flatnonzero(
        ~bad
        & ~cancels
        & (amount > 0)
        & ~np.logical_or.reduce([np.zeros(accounts, bool), *faults.values()])[of]
    )
    order = _in_order(kept, (of, day.astype(np.int64), codes), (amount, booked.astype(np.int64), named))
    place = np.full(of.size, NOTHING, dtype=np.int64)
    place[order] = np.arange(order.size)
    target = np.where(undoes[order], place[resolved.root[order]], NOTHING)
    starts = np.searchsorted(of[order], np.arange(accounts + 1)).astype(np.int64)
    return Rows(
        starts, of[order], day[order], booked[order], codes[order].astype(np.int8), amount[order],
        named[order].astype(np.int8), target, order, faults,
    )  # fmt: skip


def signed_kinds(kind: pa.Array, amount_minor: Minor) -> tuple[list[str], Minor, Index]:
    """Return kinds, sizes and waived components of rows whose sign says what they do: positive lowers the debt.

    A positive interest or fee is a correction in the debtor's favour and becomes a waiver of that component.
    """
    corrected = (amount_minor > 0) & np.asarray(pc.is_in(kind, value_set=pa.array(RAISES[loop.K_INTEREST :])))
    names = np.asarray(kind.to_pylist(), dtype=object)
    component = np.full(amount_minor.size, NOTHING, dtype=np.int64)
    for name in RAISES[loop.K_INTEREST :]:
        component[corrected & (names == name)] = OWED.index(name)
    names[corrected] = "waiver"
    return names.tolist(), np.abs(amount_minor), component


def _in_order(kept: Index, first: tuple[Index, ...], ties: tuple[Index, ...]) -> Index:
    """Sort places by the first columns, and those that they do not tell apart by the others.

    One sort by one packed number is many times faster than one by six columns; ties are few.
    """
    key = np.zeros(kept.size, dtype=np.int64)
    for column in first:
        some = column[kept]
        low, high = (int(some.min()), int(some.max())) if some.size else (0, 0)
        key = key * (high - low + 1) + (some - low)
    rows = np.argsort(key, kind="stable")
    key = key[rows]
    same = np.zeros(key.size, dtype=bool)
    same[1:] = key[1:] == key[:-1]
    same[:-1] |= same[1:]
    places = np.flatnonzero(same)
    tied = kept[rows[places]]
    order = kept[rows]
    order[places] = tied[np.lexsort((*(column[tied] for column in reversed(ties)), key[places]))]
    return order


@dataclass(frozen=True)
class _Resolved:
    root: Index  # the row at the end of a chain of reversals, NOTHING where it is missing
    again: Mask  # a reversal of a reversal: its root counts again


def _resolve(codes: Index, back: Index) -> _Resolved:
    """Follow chains of reversals by doubling, so that rows naming each other in a circle end too."""
    own = np.arange(codes.size)
    is_reversal = codes == loop.REVERSAL
    if not is_reversal.any():
        return _Resolved(np.full(codes.size, NOTHING), np.zeros(codes.size, dtype=bool))
    step = np.where(is_reversal & (back != NOTHING), back, own)
    hops = (step != own).astype(np.int64)
    for _ in range(int(codes.size).bit_length()):
        hops = hops + hops[step]
        step = step[step]
    lost = is_reversal[step]  # the chain ends at a reversal: a row that is not here, or a circle
    root = np.where(is_reversal & ~lost, step, NOTHING)
    return _Resolved(root, (root != NOTHING) & (hops % 2 == 0))


def _over_reversed(undoes: Mask, root: Index, amount: Minor) -> Mask:
    back = np.zeros(amount.size, dtype=np.int64)
    np.add.at(back, root[undoes], amount[undoes])
    return back > amount


def _of_accounts(rows: Mask, account: Index, accounts: int) -> Mask:
    marked = np.zeros(accounts, dtype=bool)
    marked[account[rows]] = True
    return marked
