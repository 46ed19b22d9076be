"""What happened between two days: cure, roll forward, roll back; and the matrix of where each bucket went."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forbear.ledger.parts import Mask, Minor
from forbear.money import round_decimal, sum_by

Codes = NDArray[np.integer[Any]]
ABSENT = -1  # bucket code of an account that is not in the portfolio on that day


@dataclass(frozen=True)
class Movement:
    """Flags per account between an opening and a closing day; shape (accounts,). At most one is set."""

    entered: Mask  # M0 or new, now past due
    rolled_forward: Mask
    rolled_back: Mask  # better, still past due
    cured: Mask  # past due, now M0
    stayed: Mask  # past due, same bucket


def movement(opening: Codes, closing: Codes) -> Movement:
    """Compare bucket codes (0 is M0) of two days; shape (n,)."""
    was, now = opening > 0, closing > 0
    return Movement(
        entered=~was & now,
        rolled_forward=was & now & (closing > opening),
        rolled_back=was & now & (closing < opening),
        cured=was & (closing == 0),
        stayed=was & now & (closing == opening),
    )


@dataclass(frozen=True)
class RollRates:
    """Where each opening bucket went, by count and by opening balance; rows and columns are named.

    The cohort is closed: accounts of the opening day only; with `open_cohort` a row "new" holds accounts that came
    since, by closing balance. Every account is in exactly one cell. Column "cured" is past due to M0; column "M0" is
    M0 that stayed; "settled" is paid off or closed; "absent" is gone without a settlement, and needs explaining.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: NDArray[np.int64]
    balance_minor: NDArray[np.int64]
    open_cohort: bool

    def rate(self, row: str, column: str, *, by: str = "count") -> Decimal:
        """Return the share of a row that went to a column in percent, two decimals; 0.00 for an empty row."""
        if by not in ("count", "balance"):
            raise ValueError(f"by {by!r}: count or balance")
        matrix = self.counts if by == "count" else self.balance_minor
        line = matrix[self.rows.index(row)]
        whole, part = int(line.sum()), int(line[self.columns.index(column)])
        return round_decimal(Decimal(100) * part / whole if whole else Decimal(0), 2)

    def rolled(self, row: str, *, by: str = "count") -> Decimal:
        """Return the roll rate proper: the share of a bucket that is in the next one; the last bucket has none."""
        buckets = [name for name in self.rows if name in self.columns]
        following = buckets.index(row) + 1
        if following == len(buckets):
            raise ValueError(f"{row} is the last bucket: nothing comes after it")
        return self.rate(row, buckets[following], by=by)


def roll_rates(
    opening: Codes,
    closing: Codes,
    *,
    buckets: tuple[str, ...],
    opening_balance_minor: Minor,
    closing_balance_minor: Minor | None = None,
    settled: Mask | None = None,
    open_cohort: bool = False,
) -> RollRates:
    """Count where each opening bucket went; codes index `buckets`, ABSENT where an account is not there that day.

    `settled` marks accounts that were paid off or closed in between. Raises ValueError for an open cohort without
    closing balances.
    """
    if open_cohort and closing_balance_minor is None:
        raise ValueError("an open cohort needs closing balances: new accounts have no opening balance")
    columns = (*buckets, "cured", "settled", "absent")
    place = {name: index for index, name in enumerate(columns)}
    to = np.where(closing == ABSENT, place["absent"], closing)
    to = np.where((opening > 0) & (closing == 0), place["cured"], to)
    if settled is not None:
        to = np.where(settled, place["settled"], to)
    rows = (*buckets, "new") if open_cohort else buckets
    was = np.where(opening == ABSENT, len(buckets), opening)
    balance = opening_balance_minor
    if open_cohort:
        balance = np.where(opening == ABSENT, closing_balance_minor, balance)  # type: ignore[arg-type]
    counted = (was < len(rows)) & ~((opening == ABSENT) & (closing == ABSENT))
    cell = (was * len(columns) + to)[counted].astype(np.int64)
    size = len(rows) * len(columns)
    shape = (len(rows), len(columns))
    counts = np.bincount(cell, minlength=size).astype(np.int64).reshape(shape)
    return RollRates(rows, columns, counts, sum_by(cell, balance[counted], size).reshape(shape), open_cohort)
