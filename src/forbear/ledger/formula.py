"""The formula of a line in plain words, Chinese and English: every balance, rate, day and rounding in it."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from pathlib import Path

import yaml

from forbear.ledger.derivation import LateFee, Line, Stretch
from forbear.money import exponent, format_minor


def line_name(kind: str, lang: str) -> str:
    """Name a kind of line."""
    return _word("late_fee_line" if kind == "late_fee" else kind, lang)


def formula(line: Line, lang: str, *, currency: str = "CNY", rounding: str = "half_up") -> str:
    """Say how a line came about: "1,000.00 × 0.05% × 24 days (2026-03-30 to 2026-04-22) = 12.00"."""
    if line.late_fees:
        return "; ".join(_late_fee(each, lang, currency) for each in line.late_fees)
    terms = " + ".join(_stretch(each, lang, currency) for each in line.stretches)
    amount = money(line.amount_minor, currency)
    if line.exact_minor == line.amount_minor:
        return _word("equals", lang).format(sum=terms, amount=amount)
    exact = exact_amount(line.exact_minor, currency)
    return _word("rounded", lang).format(sum=terms, exact=exact, mode=_word(rounding, lang), amount=amount)


def money(minor: int, currency: str = "CNY") -> str:
    """Write minor units with thousands separators."""
    whole, dot, part = format_minor(minor, currency).partition(".")
    return f"{int(whole):,}{dot}{part}" if not whole.startswith("-0") else f"{whole}{dot}{part}"


def exact_amount(minor: Decimal, currency: str = "CNY") -> str:
    """Write an amount that is not rounded: 15232.5 minor units are "152.325"."""
    value = minor.scaleb(-exponent(currency)).normalize()
    digits = max(exponent(currency), -int(value.as_tuple().exponent))
    return f"{value:,.{digits}f}"


def percent(rate: Decimal) -> str:
    """Write a rate in percent: 0.0005 is "0.05%"."""
    return f"{(rate * 100).normalize():f}%"


def _stretch(each: Stretch, lang: str, currency: str) -> str:
    return _word("stretch_one" if each.days == 1 else "stretch", lang).format(
        base=money(each.base_minor, currency),
        rate=percent(each.rate),
        days=each.days,
        first=each.first.isoformat(),
        last=each.last.isoformat(),
    )


def _late_fee(fee: LateFee, lang: str, currency: str) -> str:
    by_share = fee.unmet_minor * fee.ratio
    key = "late_fee_floor" if by_share < fee.floor_minor else "late_fee"
    return _word(key, lang).format(
        unmet=money(fee.unmet_minor, currency),
        ratio=percent(fee.ratio),
        floor=money(fee.floor_minor, currency),
        amount=money(fee.amount_minor, currency),
    )


@cache
def _words() -> dict[str, dict[str, str]]:
    loaded: dict[str, dict[str, str]] = yaml.safe_load(
        Path(__file__).with_name("words.yaml").read_text("utf-8")
    )
    return loaded


def _word(key: str, lang: str) -> str:
    return _words()[key][lang]
