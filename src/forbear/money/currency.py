"""How many decimals each currency has (ISO 4217 exponents); an unknown code is refused, never guessed."""

from __future__ import annotations

from collections.abc import Mapping

EXPONENTS: Mapping[str, int] = {
    "AUD": 2, "BHD": 3, "BRL": 2, "CAD": 2, "CHF": 2, "CLP": 0, "CNY": 2, "DKK": 2, "EUR": 2, "GBP": 2, "HKD": 2,
    "IDR": 2, "INR": 2, "ISK": 0, "JOD": 3, "JPY": 0, "KRW": 0, "KWD": 3, "MOP": 2, "MXN": 2, "MYR": 2, "NOK": 2,
    "NZD": 2, "OMR": 3, "PHP": 2, "RUB": 2, "SEK": 2, "SGD": 2, "THB": 2, "TND": 3, "TWD": 2, "UGX": 0, "USD": 2,
    "VND": 0, "ZAR": 2,
}  # fmt: skip


class UnknownCurrencyError(ValueError):
    """A currency code that the table does not hold; add it with its ISO 4217 exponent."""


def exponent(currency: str) -> int:
    """Return the number of decimals of a currency: 2 for CNY, 0 for JPY; raises UnknownCurrencyError."""
    try:
        return EXPONENTS[currency]
    except KeyError:
        raise UnknownCurrencyError(f"{currency!r}: write an ISO 4217 code such as CNY") from None
