"""A payment against what is owed: component by component, and debt by debt, over columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forbear.ledger.parts import Index, Minor
from forbear.money import proportion

COMPONENTS = ("principal", "interest", "fees", "costs", "doubled_interest")


@dataclass(frozen=True)
class Allocation:
    """What a payment did; `applied` and `after` have shape (n, components), `overpaid` shape (n,). None is negative."""

    applied: NDArray[np.int64]
    after: NDArray[np.int64]
    overpaid: NDArray[np.int64]


def allocate(amount: Minor, owed: NDArray[np.int64], order: NDArray[np.int64]) -> Allocation:
    """Apply payments to components in order; what is over is an overpayment (溢缴款).

    `amount` (n,) and `owed` (n, c) in minor units; `order` (n, c) or (c,) names columns, first paid first. Raises
    ValueError where an amount or a component is negative, or an order is no permutation.
    """
    if (amount < 0).any() or (owed < 0).any():
        raise ValueError("a payment and what is owed are never negative: post a reversal instead")
    ranks = np.broadcast_to(order, owed.shape)
    if (np.sort(ranks, axis=1) != np.arange(owed.shape[1])).any():
        raise ValueError("an order names every component once")
    left = amount.astype(np.int64, copy=True)
    applied = np.zeros_like(owed)
    rows = np.arange(amount.size)
    for place in range(owed.shape[1]):
        component = ranks[:, place]
        taken = np.minimum(left, owed[rows, component])
        applied[rows, component] = taken
        left -= taken
    return Allocation(applied, owed - applied, left)


def share_among_debts(
    amount: Minor, payment: Index, owed: Minor, ranks: tuple[NDArray[np.int64], ...]
) -> tuple[Minor, Minor]:
    """Share payments among debts by rank; debts that no rank tells apart share in proportion to what is owed.

    `payment` (d,) says which payment each debt belongs to, `owed` (d,) in minor units; `ranks` are columns of shape
    (d,), the most important first, the lowest paid first. Returns what each debt gets (d,) and what is over (n,).
    """
    sorted_rows = np.lexsort((*reversed(ranks), payment))
    keys = np.stack([payment, *ranks])[:, sorted_rows]
    new_group = np.ones(sorted_rows.size, dtype=bool)
    new_group[1:] = (keys[:, 1:] != keys[:, :-1]).any(axis=0)
    group = np.cumsum(new_group) - 1
    heads = np.flatnonzero(new_group)
    group_owed = np.add.reduceat(owed[sorted_rows], heads) if heads.size else np.zeros(0, dtype=np.int64)
    group_payment = payment[sorted_rows][heads]
    got = _down_the_groups(amount, group_payment, group_owed)
    shares = np.where(got[group] == group_owed[group], owed[sorted_rows], 0)
    single = np.diff(np.append(heads, sorted_rows.size)) == 1
    shares = np.where(single[group], got[group], shares)
    for index in np.flatnonzero(~single & (got > 0) & (got < group_owed)):
        members = np.flatnonzero(group == index)
        shares[members] = proportion(int(got[index]), owed[sorted_rows][members].tolist())
    result = np.empty_like(shares)
    result[sorted_rows] = shares
    over = amount.astype(np.int64, copy=True)
    np.subtract.at(over, payment, result)
    return result, over


def _down_the_groups(amount: Minor, payment: Index, owed: Minor) -> Minor:
    """Return what each group gets of its payment, groups of one payment being in order."""
    before = np.cumsum(owed) - owed
    first = np.ones(payment.size, dtype=bool)
    first[1:] = payment[1:] != payment[:-1]
    before = before - before[np.flatnonzero(first)][np.cumsum(first) - 1] if payment.size else before
    return np.clip(amount[payment] - before, 0, owed)
