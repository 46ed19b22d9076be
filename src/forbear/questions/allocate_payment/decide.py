"""From flat debts and the orders in force to what each payment covers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np
from numpy.typing import NDArray

from forbear.ledger import (
    BETWEEN_DEBTS,
    COMPONENTS,
    PaymentOrder,
    allocate,
    order_names,
    payment_order,
    share_among_debts,
)
from forbear.packs import NoLawInForce, Packs
from forbear.questions.allocate_payment.answer import AllocatePaymentAnswer
from forbear.questions.allocate_payment.flat import CONTEXTS, Flat, flatten
from forbear.questions.columns import Columns

UNSORTED = len(COMPONENTS)  # the column of debts whose components are not known; it comes last in every order


def answer(columns: Columns, *, packs: Packs, n: int) -> AllocatePaymentAnswer:
    """Allocate n payments; raises NoLawInForce with the rows whose order was not in force on their day."""
    flat = flatten(columns, packs, n)
    orders, order_of = _orders(columns, flat, packs, n)
    several = np.diff(flat.starts) > 1
    gets, over = share_among_debts(
        columns["amount"], flat.payment, flat.owed.sum(axis=1), _ranks(columns, flat, packs, several)
    )
    table = np.array([[*order.columns, UNSORTED] for order in orders], dtype=np.int64).reshape(
        -1, UNSORTED + 1
    )
    paid = allocate(gets, flat.owed, table[order_of])
    return AllocatePaymentAnswer(
        n, flat, paid.applied, paid.after, over, tuple(orders), order_of, columns, packs
    )


def _orders(
    columns: Columns, flat: Flat, packs: Packs, n: int
) -> tuple[list[PaymentOrder], NDArray[np.int64]]:
    """Return the orders that occur and which of them each debt follows."""
    orders: list[PaymentOrder] = []
    order_of = np.zeros(flat.payment.size, dtype=np.int64)
    missing: list[tuple[NoLawInForce, NDArray[np.bool_]]] = []
    for context, on, rows in _by_context_and_day(columns, n):
        debts = np.flatnonzero(rows[flat.payment])
        try:
            names = order_names(context, flat.dpd[debts], on=on, packs=packs)
            for name in np.unique(names):
                orders.append(payment_order(str(name), on=on, packs=packs))
                order_of[debts[names == name]] = len(orders) - 1
        except NoLawInForce as error:
            missing.append((error, rows))
    if missing:
        first, masks = missing[0][0], [rows for _, rows in missing]
        raise NoLawInForce(first.template, np.logical_or.reduce(masks), **first.fields)
    return orders, order_of


def _by_context_and_day(columns: Columns, n: int) -> Iterator[tuple[str, date, NDArray[np.bool_]]]:
    days, day_of = np.unique(columns["as_of"], return_inverse=True)
    pairs, pair_of = np.unique(day_of * len(CONTEXTS) + columns["context"], return_inverse=True)
    for index, pair in enumerate(pairs.tolist()):
        yield CONTEXTS[pair % len(CONTEXTS)], days[pair // len(CONTEXTS)].astype(object), pair_of == index


def _ranks(
    columns: Columns, flat: Flat, packs: Packs, several: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], ...]:
    """Return the columns by which debts of one payment are ranked, as Civil Code art. 560 lists them."""
    if not several.any():
        return ()
    days = columns["as_of"]
    try:
        listed = packs.values(BETWEEN_DEBTS, days[several])
    except NoLawInForce as error:
        rows = np.zeros(several.shape, dtype=bool)
        rows[several] = True if error.rows is None else error.rows
        raise NoLawInForce(error.template, rows, **error.fields) from error
    by_name = {
        "designated": ~flat.designated,
        "due": flat.due_on > days[flat.payment],
        "less_secured": flat.secured_minor,
        "more_burdensome": -flat.rate,
        "earliest_due": flat.due_on,
    }
    return tuple(by_name[name].astype(np.int64) for name in listed[0])
