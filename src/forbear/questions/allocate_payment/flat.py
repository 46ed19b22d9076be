"""All debts of all rows as flat columns, so that one computation serves one payment and a million."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from forbear.ledger import COMPONENTS
from forbear.money import parse_minor
from forbear.packs import Packs
from forbear.questions.allocate_payment.facts import AllocatePaymentFacts, Components, Context, check
from forbear.questions.columns import Columns

CONTEXTS: tuple[str, ...] = get_args(Context)
ROW_WIDTH = 8  # the columns of one flat row, as _debt_row returns them
OWED = "owed"  # what is owed in a debt whose components are not known
COLUMNS = (*COMPONENTS, OWED)
RATE_UNIT = Decimal("0.00000001")  # the finest step of a rate in the facts


@dataclass(frozen=True)
class Flat:
    """Every debt of every payment; columns have shape (debts,), `owed` (debts, 6), `starts` (n + 1,)."""

    payment: NDArray[np.int64]
    owed: NDArray[np.int64]
    dpd: NDArray[np.int64]
    designated: NDArray[np.bool_]
    due_on: NDArray[np.datetime64]
    secured_minor: NDArray[np.int64]
    rate: NDArray[np.int64]  # in RATE_UNIT; 0 for all debts of a payment unless all have one
    rate_known: NDArray[np.bool_]  # of all debts of the payment, shape (n,)
    starts: NDArray[np.int64]
    ids: list[str]


def flatten(columns: Columns, packs: Packs, n: int) -> Flat:
    """Lay out the debts of n payments; raises BadFact where a row gives neither components nor debts."""
    rows: list[tuple[Any, ...]] = []
    starts = [0]
    known = np.ones(n, dtype=bool)
    days = counting_days(columns, packs)
    due = columns["due_on"]
    for i, (components, debts) in enumerate(zip(columns["components"], columns["debts"], strict=True)):
        if debts is None:
            if components is None or (CONTEXTS[columns["context"][i]] == "card" and columns["dpd"][i] < 0):
                _check_row(columns, i)
            rows.append((i, _minor(components), int(columns["dpd"][i]), True, due[i], 0, 0, ""))
        else:
            _check_row(columns, i)
            known[i] = all(debt.annual_rate is not None for debt in debts)
            rows.extend(_debt_row(i, debt, columns["designated"][i], bool(known[i])) for debt in debts)
        starts.append(len(rows))
    payment, owed, dpd, designated, due_on, secured, rate, ids = (
        zip(*rows, strict=True) if rows else ((),) * ROW_WIDTH
    )
    of = np.array(payment, dtype=np.int64)
    flat_due = np.array(due_on, dtype="datetime64[D]")
    given = np.array(dpd, dtype=np.int64)
    return Flat(
        of,
        np.array(owed, dtype=np.int64).reshape(len(rows), len(COLUMNS)),
        np.where(given < 0, _counted(flat_due, days[of]), given),
        np.array(designated, dtype=bool),
        flat_due,
        np.array(secured, dtype=np.int64),
        np.array(rate, dtype=np.int64),
        known,
        np.array(starts, dtype=np.int64),
        list(ids),
    )


def counting_days(columns: Columns, packs: Packs) -> NDArray[np.datetime64]:
    """Return for each payment the day on which its days past due are taken; shape (n,)."""
    as_of = columns["as_of"]
    days = np.full(as_of.shape, np.datetime64("NaT", "D"))
    by_day = packs.values("house/allocation/dpd_taken_on", as_of)
    for name in ("booked_on", "value_on"):
        chosen = np.where(np.isnat(columns[name]), as_of, columns[name])
        days = np.where(by_day == name, chosen, days)
    return days


def _counted(due_on: NDArray[np.datetime64], day: NDArray[np.datetime64]) -> NDArray[np.int64]:
    counted = (day - due_on).astype(np.int64)
    return np.where(np.isnat(due_on), 0, np.maximum(counted, 0))


def _debt_row(i: int, debt: Any, designated: str | None, with_rate: bool) -> tuple[Any, ...]:
    owed = _minor(debt.components) if debt.owed is None else (*(0,) * len(COMPONENTS), parse_minor(debt.owed))
    secured = sum(owed) if debt.secured else parse_minor(debt.secured_amount or "0.00")
    rate = int(Decimal(debt.annual_rate) / RATE_UNIT) if with_rate else 0
    dpd = -1 if debt.dpd is None else debt.dpd
    return i, owed, dpd, debt.id == designated, debt.due_on, secured, rate, debt.id


def _minor(components: Components) -> tuple[int, ...]:
    return (*(parse_minor(getattr(components, name)) for name in COMPONENTS), 0)


def _check_row(columns: Columns, i: int) -> None:
    """Check one row of a caller's columns as a single case would be checked; raises BadFact."""
    known = columns["dpd"][i] >= 0
    check(
        AllocatePaymentFacts(
            amount="0.00",
            as_of=columns["as_of"][i].astype(object),
            context=CONTEXTS[columns["context"][i]],
            components=columns["components"][i],
            dpd=int(columns["dpd"][i]) if known else None,
            due_on=columns["due_on"][i].astype(object),
            debts=columns["debts"][i],
            designated=columns["designated"][i],
        )
    )
