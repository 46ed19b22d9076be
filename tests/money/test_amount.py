"""An amount is whole minor units of one currency; a float never gets in."""

from __future__ import annotations

from decimal import Decimal

import pytest

from forbear.money import (
    CurrencyMismatchError,
    LossyCalculationError,
    Money,
    UnknownCurrencyError,
    format_minor,
    parse_minor,
)


@pytest.mark.parametrize(
    ("minor", "currency", "written"),
    [
        (105000, "CNY", "1050.00"),
        (7, "CNY", "0.07"),
        (-7, "CNY", "-0.07"),
        (0, "CNY", "0.00"),
        (1050, "JPY", "1050"),  # the yen has no minor unit
        (1050, "KWD", "1.050"),  # the Kuwaiti dinar has three decimals
    ],
)
def test_an_amount_is_written_with_the_decimals_of_its_currency_and_read_back(minor, currency, written):
    assert format_minor(minor, currency) == written
    assert parse_minor(written, currency) == minor


@pytest.mark.parametrize(
    "written", ["1.5", "1.005", "1,050.00", "￥10.00", "", "NaN", "1e3", " 1.00", "+1.00", "١.٠٠"]
)
def test_anything_but_digits_with_two_decimals_is_refused(written):
    with pytest.raises(ValueError, match="decimals"):
        parse_minor(written)


def test_yen_with_decimals_is_refused():
    with pytest.raises(ValueError, match="0 decimals"):
        parse_minor("10.00", "JPY")


@pytest.mark.parametrize("value", [1.0, 0.1, True, "1"])
def test_minor_units_that_are_no_whole_number_are_refused(value):
    with pytest.raises(LossyCalculationError):
        Money(value)


def test_a_float_never_multiplies_or_names_an_amount():
    with pytest.raises(LossyCalculationError):
        Money(100).times(0.05)
    with pytest.raises(LossyCalculationError):
        parse_minor(10.5)
    for value in (10.0, Decimal("10")):
        with pytest.raises(LossyCalculationError):
            format_minor(value)


def test_two_currencies_do_not_add():
    with pytest.raises(CurrencyMismatchError):
        Money(100, "CNY") + Money(100, "USD")


def test_an_unknown_currency_is_refused():
    with pytest.raises(UnknownCurrencyError):
        Money(1, "RMB")


def test_an_amount_that_an_int64_column_could_not_hold_is_refused():
    with pytest.raises(OverflowError):
        Money(2**63)


def test_sums_and_order():
    assert Money(300) + Money(-120) == Money(180)
    assert Money(300) - Money(120) == Money(180)
    assert -Money(5) < Money(0) <= Money(0)
    assert str(Money.parse("12.34")) == "12.34"


def test_month_two_of_compounding_rounds_a_half_up():
    # 10,155.00 x 0.0150 = 152.325
    assert Money.parse("10155.00").times(Decimal("0.0150")) == Money.parse("152.33")
    assert Money.parse("10155.00").times(Decimal("0.0150"), "half_even") == Money.parse("152.32")
    assert Money.parse("-10155.00").times(Decimal("0.0150")) == Money.parse("-152.33")
