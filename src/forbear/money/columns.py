"""Arithmetic on int64 columns of minor units: exact, rounded once, never through float."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forbear.money.rounding import LossyCalculationError, Rounding, divide_rounded

Minor = NDArray[np.int64]
_SAFE = 2**62  # below it twice a product plus its divisor still fits 64 bits


def times_rate(
    amounts: Minor,
    rate: Decimal,
    *,
    times: int | NDArray[np.integer[Any]] = 1,
    rounding: Rounding = "half_up",
) -> Minor:
    """Return amount x rate x times for each row, rounded once per row; shape (n,) to (n,), minor units.

    Exact: products that would not fit 64 bits are taken in whole numbers of any size. Raises LossyCalculationError on float.
    """
    if not isinstance(rate, Decimal):
        raise LossyCalculationError(f"{rate!r}: a rate is a Decimal")
    numerator, denominator = rate.as_integer_ratio()
    money, count = _whole(amounts), _whole(times)
    reach = _reach(money) * _reach(count) * abs(numerator) * 2 + denominator
    if reach < _SAFE:
        return divide_rounded(money * count * np.int64(numerator), denominator, rounding)
    big = money.astype(object) * count.astype(object) * numerator
    return divide_rounded(big, denominator, rounding).astype(np.int64)


def sum_by(group: NDArray[np.integer[Any]], amounts: Minor, groups: int) -> Minor:
    """Sum amounts by group index in whole numbers; shape (n,) to (groups,)."""
    total = np.zeros(groups, dtype=np.int64)
    np.add.at(total, group, _whole(amounts))
    return total


def _whole(values: Any) -> Minor:
    column = np.asarray(values)
    if column.dtype.kind not in "iu":
        raise LossyCalculationError(f"a column of {column.dtype}: money columns are int64 minor units")
    return column.astype(np.int64, copy=False)


def _reach(column: Minor) -> int:
    return max(abs(int(column.max())), abs(int(column.min()))) if column.size else 0
