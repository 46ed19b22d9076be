"""A card product's terms by date: rates, method, tails, capitalisation, rounding, late fee; policy data, cut by law.

A table of terms has one row per stretch of days on which nothing changes, columns as in `COLUMNS`, whole numbers
only: rates and ratios in units of 1 / SCALE, money in minor units, choices as codes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from forbear.money import parse_minor
from forbear.packs import Packs

SCALE = 10**8  # the finest step of a rate; numbers of the loop are minor units x SCALE
METHODS = ("unpaid_part", "full_amount")
GRANULARITIES = ("statement", "purchase", "day")
ROUNDING_CODES = ("half_up", "half_even", "down", "up")
NO_INTEREST_ON_FEES = "PB16-NOINTONFEE"
NEVER_STARTED = np.datetime64(date.min, "D")
COLUMNS = (
    "start", "purchase_rate", "cash_rate", "fee_rate", "method", "count_statement_day", "capitalise",
    "granularity", "rounding", "late_fee_ratio", "late_fee_floor", "grace_days", "grace_amount",
    "purchases_ratio", "cash_ratio", "minimum_floor",
)  # fmt: skip


class ImpossibleTerms(ValueError):
    """A term of a product that cannot be: a negative rate, a rate finer than the ledger holds, an unknown choice."""


@dataclass(frozen=True, kw_only=True)
class Terms:
    """The terms of one stretch of days; see docs/ledger.md for what each does."""

    starts_on: date
    purchase_rate: Decimal  # a day
    cash_rate: Decimal  # a day
    method: str = "full_amount"
    count_statement_day: bool = True
    capitalise: bool = True
    interest_on_fees: bool = False
    granularity: str = "statement"
    rounding: str = "half_up"
    late_fee_ratio: Decimal = Decimal(0)
    late_fee_floor_minor: int = 0
    grace_days: int = 0
    grace_minor: int = 0
    purchases_ratio: Decimal = Decimal(0)
    cash_ratio: Decimal = Decimal(0)
    minimum_floor_minor: int = 0

    def row(self, *, start: date, fees_bear: bool) -> list[int]:
        """Return the terms as one row of a table, from a day on."""
        fee_rate = self.purchase_rate if self.interest_on_fees and fees_bear else Decimal(0)
        return [
            int(np.datetime64(start, "D").astype(np.int64)),
            *(units(rate) for rate in (self.purchase_rate, self.cash_rate, fee_rate)),
            _code(METHODS, self.method),
            int(self.count_statement_day),
            int(self.capitalise),
            _code(GRANULARITIES, self.granularity),
            _code(ROUNDING_CODES, self.rounding),
            units(self.late_fee_ratio),
            _not_negative(self.late_fee_floor_minor),
            _not_negative(self.grace_days),
            _not_negative(self.grace_minor),
            units(self.purchases_ratio),
            units(self.cash_ratio),
            _not_negative(self.minimum_floor_minor),
        ]


def terms_table(terms: Sequence[Terms], packs: Packs) -> NDArray[np.int64]:
    """Return the table of one product, shape (rows, columns), cut where the law lets fees bear interest no more."""
    ordered = sorted(terms, key=lambda each: each.starts_on)
    starts = sorted(
        {each.starts_on for each in ordered} | {d for d in _law_days(packs) if d > ordered[0].starts_on}
    )
    held = []
    for start in starts:
        current = [each for each in ordered if each.starts_on <= start][-1]
        held.append(current.row(start=start, fees_bear=not _fees_are_free(packs, start)))
    return np.array(held, dtype=np.int64)


def product_terms(packs: Packs, product: str) -> list[Terms]:
    """Return the terms of a product of the house by date; raises NoLawInForce where the house has no such product."""
    name = f"house/products/{product}"
    parameter = packs.parameter(name)
    return [terms_from(start, row) for start, row in zip(parameter.starts, parameter.held, strict=True)]


def terms_from(start: date, row: Mapping[str, object]) -> Terms:
    """Return the terms that a mapping of policy names; raises ImpossibleTerms for a name that no term has."""
    known = {field.name for field in fields(Terms)} - {"starts_on"}
    values: dict[str, object] = {}
    for name, value in row.items():
        if name not in known:
            raise ImpossibleTerms(f"{name!r} is no term; known: {', '.join(sorted(known))}")
        if name.endswith("_minor"):
            values[name] = parse_minor(str(value))
        elif name.endswith(("_rate", "_ratio")):
            values[name] = Decimal(str(value))
        else:
            values[name] = value
    return Terms(starts_on=start, **values)  # type: ignore[arg-type]


def units(rate: Decimal) -> int:
    """Return a rate in units of 1 / SCALE; raises ImpossibleTerms where it is negative or finer than that."""
    scaled = rate * SCALE
    if scaled != scaled.to_integral_value() or scaled < 0:
        raise ImpossibleTerms(f"rate {rate}: not negative, and no finer than 1/{SCALE}")
    return int(scaled)


def _code(choices: tuple[str, ...], value: str) -> int:
    if value not in choices:
        raise ImpossibleTerms(f"{value!r}: one of {', '.join(choices)}")
    return choices.index(value)


def _not_negative(value: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ImpossibleTerms(f"{value!r}: a whole number, not negative")
    return value


def _law_days(packs: Packs) -> list[date]:
    rule = packs.rules[NO_INTEREST_ON_FEES]
    after = [] if rule.until is None else [date.fromordinal(rule.until.toordinal() + 1)]
    return [rule.starts_on, *after]


def _fees_are_free(packs: Packs, day: date) -> bool:
    return packs.rules[NO_INTEREST_ON_FEES].in_force(day)
