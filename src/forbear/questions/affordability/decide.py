"""From income and expenses to what is left in a month, today and with a lower income."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forbear.money import divide_rounded
from forbear.packs import PackError, Packs, gettext_noop
from forbear.questions.affordability.answer import AffordabilityAnswer
from forbear.questions.affordability.facts import CATEGORIES, EVIDENCE, Expenses
from forbear.questions.columns import UNKNOWN, Columns, minor_units
from forbear.questions.living import FLOOR, NATION, local_row, named, national_row
from forbear.questions.periods import Days, on_day

DEPENDANT = "house/affordability/dependant_share"
CUT = "house/affordability/stress_cut"
SHARE = "house/affordability/plan_share_warn"
Minor = NDArray[np.int64]


@dataclass(frozen=True)
class Floor:
    """The least a person needs a month in minor units, and where the figure comes from by language."""

    monthly_minor: int
    source: Mapping[str, str]


def answer(columns: Columns, *, packs: Packs, n: int) -> AffordabilityAnswer:
    """Compute n capacities; what is not known stays unknown. Raises NoLawInForce where the house had no policy."""
    as_of = on_day(columns["as_of"], packs, (FLOOR, CUT))
    floors = [_floor(columns, i, as_of, packs) for i in range(n)]
    people = 1 + np.maximum(columns["dependants"], 0)
    floor = _floor_of_all(floors, people - 1, packs.values(DEPENDANT, as_of))
    expenses = np.array([_expenses(given) for given in columns["expenses"]], dtype=np.int64)
    income, other = columns["income"], columns["other_debts"]
    living = np.where(expenses == UNKNOWN, UNKNOWN, np.maximum(expenses, floor))
    known = (income != UNKNOWN) & (living != UNKNOWN) & (other != UNKNOWN)
    stressed = np.where(income == UNKNOWN, 0, _times(income, 1 - packs.values(CUT, as_of)))
    left, stress_left = income - living - other, stressed - living - other
    capacity = np.where(known, np.maximum(left, 0), UNKNOWN)
    return AffordabilityAnswer(
        n, capacity, np.where(known, np.maximum(stress_left, 0), UNKNOWN), left, stress_left, stressed, living,
        expenses, floor, people, [floor.source for floor in floors], _exceeds(columns, capacity),
        _share_limit(capacity, packs.values(SHARE, as_of)), as_of, columns, packs,
    )  # fmt: skip


def _floor(columns: Columns, i: int, as_of: Days, packs: Packs) -> Floor:
    if columns["local_minimum_living"][i] != UNKNOWN:
        return Floor(int(columns["local_minimum_living"][i]), {"zh": "按所提供的标准", "en": "as given"})
    on = as_of[i].astype(object)
    row = local_row(packs, on, columns["region"][i] or NATION) or national_row(packs, on)
    if row is None:
        raise PackError(
            gettext_noop("%(floor)s: add a row for the nation, region %(nation)r"), floor=FLOOR, nation=NATION
        )
    return Floor(minor_units(row["monthly"]), named(row))


def _floor_of_all(floors: list[Floor], dependants: Minor, share: NDArray[Any]) -> Minor:
    one = np.array([floor.monthly_minor for floor in floors], dtype=np.int64)
    return one + _times(one * dependants, share)


def _expenses(given: Expenses | None) -> int:
    if given is None:
        return UNKNOWN
    if given.total is not None:
        return minor_units(given.total)
    return sum(minor_units(getattr(given, name)) for name in CATEGORIES)


def _times(amounts: Minor, ratios: NDArray[Any]) -> Minor:
    """Return each amount times its ratio, cut to whole minor units: nobody is held to a rounded-up figure."""
    found = np.zeros(amounts.shape, dtype=np.int64)
    for ratio in set(ratios.tolist()):
        numerator, denominator = Decimal(ratio).as_integer_ratio()
        rows = ratios == ratio
        found[rows] = divide_rounded(amounts[rows].astype(object) * numerator, denominator, "down").astype(
            np.int64
        )
    return found


def _exceeds(columns: Columns, capacity: Minor) -> NDArray[np.int8]:
    """Say whether what falls due exceeds the ability to pay: 1 confirmed by documents, 0 no, -1 not known."""
    documented = np.all([columns[name] == 1 for name in EVIDENCE], axis=0)
    due = columns["due_monthly"]
    known = (capacity != UNKNOWN) & (due != UNKNOWN)
    found = np.where(due <= capacity, 0, np.where(documented, 1, UNKNOWN))
    return np.where(known, found, UNKNOWN).astype(np.int8)


def _share_limit(capacity: Minor, share: NDArray[Any]) -> Minor:
    return np.where(capacity == UNKNOWN, UNKNOWN, _times(np.maximum(capacity, 0), share))
