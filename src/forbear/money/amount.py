"""One amount: integer minor units and a currency; and the strings in which amounts come and go."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from operator import index
from typing import Self

import numpy as np

from forbear.money.currency import exponent
from forbear.money.rounding import LossyCalculationError, Rounding, divide_rounded

MINOR_MAX = 2**63 - 1  # what an int64 column holds
_WRITTEN = re.compile(r"(?P<sign>-?)(?P<whole>[0-9]{1,16})(?:\.(?P<part>[0-9]+))?")


class CurrencyMismatchError(ValueError):
    """Two amounts of different currencies met; convert one first, at a rate with a source."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units, such as 105000 fen for CNY 1,050.00."""

    minor: int
    currency: str = "CNY"

    def __post_init__(self) -> None:
        if isinstance(self.minor, bool) or not isinstance(self.minor, int):
            raise LossyCalculationError(f"{self.minor!r}: minor units are a whole number")
        if abs(self.minor) > MINOR_MAX:
            raise OverflowError(f"{self.minor} minor units do not fit 64 bits")
        exponent(self.currency)

    @classmethod
    def parse(cls, written: str, currency: str = "CNY") -> Self:
        """Read "1050.00"; raises ValueError on anything else, LossyCalculationError on a float."""
        return cls(parse_minor(written, currency), currency)

    def __str__(self) -> str:
        return format_minor(self.minor, self.currency)

    def _same(self, other: Money) -> int:
        if not isinstance(other, Money):
            raise LossyCalculationError(f"{other!r} is not money")
        if other.currency != self.currency:
            raise CurrencyMismatchError(f"{self.currency} with {other.currency}")
        return other.minor

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.minor > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.minor >= self._same(other)

    def times(self, factor: Decimal | int, rounding: Rounding = "half_up") -> Money:
        """Multiply by a rate or a count and round once to minor units; raises LossyCalculationError on a float."""
        if isinstance(factor, bool) or not isinstance(factor, Decimal | int):
            raise LossyCalculationError(f"{factor!r}: multiply money by a Decimal or an int")
        numerator, denominator = factor.as_integer_ratio()
        product = np.array([self.minor * numerator], dtype=object)
        return Money(int(divide_rounded(product, denominator, rounding)[0]), self.currency)


def parse_minor(written: str, currency: str = "CNY") -> int:
    """Return the minor units of "1050.00" or "1050"; raises ValueError where decimals are too many or the text is no amount."""
    if not isinstance(written, str):
        raise LossyCalculationError(f'{written!r}: write an amount as a string such as "1050.00"')
    digits = exponent(currency)
    match = _WRITTEN.fullmatch(written)
    if match is None or (match["part"] is not None and len(match["part"]) != digits):
        raise ValueError(
            f'{written!r}: write digits and {digits} decimals, such as "{format_minor(105000, currency)}"'
        )
    minor = int(match["whole"] + (match["part"] or "0" * digits))
    return -minor if match["sign"] else minor


def format_minor(minor: int, currency: str = "CNY") -> str:
    """Write minor units with the currency's decimals: 105000 is "1050.00" in CNY and "105000" in JPY."""
    digits = exponent(currency)
    try:
        whole = index(minor)
    except TypeError:
        raise LossyCalculationError(f"{minor!r}: minor units are a whole number") from None
    text = str(abs(whole)).rjust(digits + 1, "0")
    sign = "-" if whole < 0 else ""
    return f"{sign}{text[:-digits]}.{text[-digits:]}" if digits else sign + text
