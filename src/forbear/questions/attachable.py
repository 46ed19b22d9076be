"""How much may be taken: of a month's income beside what the debtor lives on, of heirs within what they inherited?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from forbear.money import format_minor
from forbear.packs import NoLawInForce, Packs, gettext_noop
from forbear.questions.columns import UNKNOWN, Columns, minor_units
from forbear.questions.envelope import envelope
from forbear.questions.facts import Amount, Facts
from forbear.questions.living import Region, local_row, named
from forbear.questions.periods import check_days
from forbear.questions.registry import Question

AMOUNT, LIVING, HEIR = "ENF-RESERVE-AMOUNT", "ENF-RESERVE", "HEIR-1161"
TABLE = "HOUSE-RESERVE-TABLE"
Persons = Annotated[int, Meta(ge=0, le=50)]
Money = NDArray[np.int64]


class AttachableFacts(Facts, frozen=True, kw_only=True):
    """What there is, and who lives on it; null means "not known"."""

    as_of: Annotated[date, Meta(description="The day it is taken, or the estate answers for the debt.")]
    monthly_income: Annotated[Amount | None, Meta(description="The debtor's income a month.")] = None
    local_minimum_living: Annotated[
        Amount | None, Meta(description="The local minimum-living standard a person and month.")
    ] = None
    region: Annotated[
        Region | None,
        Meta(
            description="Where the debtor lives (GB/T 2260); serves where `local_minimum_living` is not given."
        ),
    ] = None
    dependants: Annotated[
        Persons | None, Meta(description="Persons the debtor supports, without the debtor.")
    ] = None
    debt: Annotated[Amount | None, Meta(description="What the deceased owed.")] = None
    inherited: Annotated[Amount | None, Meta(description="The real value of what the heir got.")] = None
    renounced: Annotated[bool | None, Meta(description="The heir renounced the estate.")] = None


def check(facts: AttachableFacts) -> None:
    """Raise BadFact for a day that cannot be meant."""
    check_days(facts, ("as_of",))


@dataclass(frozen=True)
class AttachableAnswer:
    """Money in minor units of shape (n,), -1 where a fact it needs is not known; `sources` of the house's minima."""

    n: int
    minimum: Money
    sources: Sequence[Mapping[str, str] | None]
    reserve: Money
    takeable: Money
    heir_owes: Money
    columns: Columns
    packs: Packs

    def rendered(self, i: int, lang: str) -> dict[str, Any]:
        """Return the public JSON object of one row."""
        on = self.columns["as_of"][i].astype(object)
        results = {
            name: _text(getattr(self, name)[i]) for name in ("minimum", "reserve", "takeable", "heir_owes")
        }
        reasons = []
        if results["reserve"] is not None:
            persons = int(self.columns["dependants"][i]) + 1
            said: dict[str, Any] = {"persons": persons, **results}
            reasons.append(self.packs.reason(AMOUNT, on=on, lang=lang, **said))
            if self.packs.rules[LIVING].in_force(on):
                reasons.append(self.packs.reason(LIVING, on=on, lang=lang, effect="note"))
            if (source := self.sources[i]) is not None:
                reasons.append(self.packs.reason(TABLE, on=on, lang=lang, source=source[lang]))
        if results["heir_owes"] is not None:
            reasons.append(self.packs.reason(HEIR, on=on, lang=lang))
        return envelope(
            {"takeable": results["takeable"], "heir_owes": results["heir_owes"]},
            results, reasons, on=on, packs=self.packs, needs=self._needs(i),
        )  # fmt: skip

    def _needs(self, i: int) -> list[str]:
        """Name the facts that the part asked for still lacks; a part of which nothing is given was not asked."""
        living, estate = (
            ("monthly_income", "local_minimum_living", "dependants"),
            ("debt", "inherited", "renounced"),
        )
        settled = self.columns["renounced"][i] == 1  # who renounced owes nothing, whatever the sums
        parts = [living, () if settled else estate]
        asked = [part for part in parts if any(self.columns[name][i] != UNKNOWN for name in part)]
        wanted = [name for part in asked or (() if settled else parts) for name in part]
        held = {"local_minimum_living": self.minimum}
        return [name for name in wanted if held.get(name, self.columns[name])[i] == UNKNOWN]


def _text(minor: Any) -> str | None:
    return None if minor == UNKNOWN else format_minor(int(minor))


def answer(columns: Columns, *, packs: Packs, n: int) -> AttachableAnswer:
    """Compute n cases; raises NoLawInForce with rows where the norm asked about does not bind yet."""
    income, dependants = columns["monthly_income"], columns["dependants"]
    minimum, sources = _minima(columns, packs, n)
    living = (income != UNKNOWN) & (minimum != UNKNOWN) & (dependants != UNKNOWN)
    reserve = np.where(living, minimum * (dependants + 1), UNKNOWN)
    takeable = np.where(living, np.maximum(income - reserve, 0), UNKNOWN)
    debt, inherited, renounced = (columns[k] for k in ("debt", "inherited", "renounced"))
    estate = (debt != UNKNOWN) & (inherited != UNKNOWN) & (renounced == 0)
    owes = np.where(renounced == 1, 0, np.where(estate, np.minimum(debt, inherited), UNKNOWN))
    for rule, asked in ((AMOUNT, living), (HEIR, owes != UNKNOWN)):
        _in_force(packs, rule, columns["as_of"], asked)
    return AttachableAnswer(n, minimum, sources, reserve, takeable, owes, columns, packs)


def _minima(columns: Columns, packs: Packs, n: int) -> tuple[Money, list[Mapping[str, str] | None]]:
    """Return what is left to a person a month: as given, else of the region; the national mean is no local standard."""
    minimum, sources = columns["local_minimum_living"].copy(), list[Mapping[str, str] | None]([None] * n)
    for i in np.flatnonzero(minimum == UNKNOWN):
        code, on = columns["region"][i], columns["as_of"][i].astype(object)
        row = local_row(packs, on, code) if code else None
        if row is not None:
            minimum[i], sources[i] = minor_units(row["monthly"]), named(row)
    return minimum, sources


def _in_force(packs: Packs, rule: str, on: NDArray[np.datetime64], asked: NDArray[np.bool_]) -> None:
    found = packs.rules.get(rule)
    binds = np.zeros(len(on), dtype=bool)
    if found is not None:
        binds = (on >= np.datetime64(found.starts_on)) & (
            found.until is None or on <= np.datetime64(found.until)
        )
    if (missing := asked & ~binds).any():
        said = gettext_noop("rule %(rule)s is not in force on %(day)s")
        raise NoLawInForce.of_rows(lambda i: NoLawInForce(said, rule=rule, day=on[i]), missing)


QUESTION = Question(
    "attachable",
    "How much of income or of an estate may be taken for a debt?",
    AttachableFacts,
    answer,
    check=check,
)
