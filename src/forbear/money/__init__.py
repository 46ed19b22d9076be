"""Amounts: integer minor units with a currency, named roundings, splits that lose nothing. A float is refused.

Columns hold int64 minor units; everywhere else an amount is `Money`. Rates are `Decimal`.
"""

from __future__ import annotations

from forbear.money.amount import CurrencyMismatchError, Money, format_minor, parse_minor
from forbear.money.columns import sum_by, times_rate
from forbear.money.currency import EXPONENTS, UnknownCurrencyError, exponent
from forbear.money.rounding import ROUNDINGS, LossyCalculationError, Rounding, divide_rounded, round_decimal
from forbear.money.split import proportion, split

__all__ = [
    "EXPONENTS", "ROUNDINGS", "CurrencyMismatchError", "LossyCalculationError", "Money", "Rounding", "UnknownCurrencyError",
    "divide_rounded", "exponent", "format_minor", "parse_minor", "proportion", "round_decimal", "split", "sum_by",
    "times_rate",
]  # fmt: skip
