"""Rounding modes by name. A posted line of interest or fee is rounded half_up, once, when it is posted."""

from __future__ import annotations

import decimal
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Rounding = Literal["half_up", "half_even", "down", "up"]

# half_up takes a half away from zero, so that a reversal rounds like the line it reverses.
ROUNDINGS: Mapping[Rounding, str] = {
    "half_up": decimal.ROUND_HALF_UP,
    "half_even": decimal.ROUND_HALF_EVEN,
    "down": decimal.ROUND_DOWN,
    "up": decimal.ROUND_UP,
}


class LossyCalculationError(TypeError):
    """Money met a float, which cannot hold a cent exactly; give a Decimal, an int or a string."""


_EXACT = decimal.Context(prec=60)


def round_decimal(value: Decimal, digits: int, rounding: Rounding = "half_up") -> Decimal:
    """Round to a number of decimals: 152.325 to 2 digits is 152.33 half_up, 152.32 half_even."""
    return value.quantize(Decimal(1).scaleb(-digits), ROUNDINGS[rounding], _EXACT)


def divide_rounded(
    numerators: NDArray[Any], denominator: int, rounding: Rounding = "half_up"
) -> NDArray[Any]:
    """Divide whole numbers by a positive whole number, rounding each quotient in the named mode."""
    if rounding not in ROUNDINGS:
        raise ValueError(f"rounding {rounding!r}: one of {', '.join(ROUNDINGS)}")
    size = np.abs(numerators)
    whole, rest = size // denominator, size % denominator
    if rounding == "half_up":
        up = rest * 2 >= denominator
    elif rounding == "half_even":
        up = (rest * 2 > denominator) | ((rest * 2 == denominator) & (whole % 2 == 1))
    elif rounding == "up":
        up = rest > 0
    else:
        up = np.zeros(size.shape, dtype=bool)
    quotients: NDArray[Any] = np.where(numerators < 0, -(whole + up), whole + up)
    return quotients
