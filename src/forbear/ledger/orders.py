"""Which order of payment holds: the law's groups by context and day, filled in by the house without contradiction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forbear.ledger.allocation import COMPONENTS
from forbear.packs import Packs, PolicyLoosensLaw, gettext_noop

CONTEXTS = ("card", "civil_default", "enforcement", "criminal_amount")
BOUNDARY = "cn/cc-2011-2/allocation_interest_first_dpd_max"
# By house order: the parameter that holds the law's groups, and the rule that a reason names.
LAW: Mapping[str, tuple[str, str]] = {
    "card_interest_first": ("cn/cc-2011-2/allocation/interest_first", "CC11-57-ORDER"),
    "card_principal_first": ("cn/cc-2011-2/allocation/principal_first", "CC11-57-ORDER"),
    "civil_default": ("cn/civil-code/allocation/order", "PAY-561"),
    "enforcement": ("cn/enforcement-interest-2014/allocation/order", "ENF-ORDER"),
    "criminal_amount": ("cn/card-fraud-2018/allocation/order", "CRIM-OD-9"),
}
BETWEEN_DEBTS = "cn/civil-code/allocation/between_debts"


@dataclass(frozen=True)
class PaymentOrder:
    """One order in force: components first paid first, and the rule behind it."""

    name: str
    components: tuple[str, ...]
    rule: str

    @property
    def columns(self) -> NDArray[np.int64]:
        """Return the order as column numbers of COMPONENTS."""
        return np.array([COMPONENTS.index(name) for name in self.components], dtype=np.int64)


def order_names(context: str, dpd: NDArray[np.integer[Any]], *, on: date, packs: Packs) -> NDArray[np.str_]:
    """Name the order that holds for each account; only card debt asks how late it is. Raises NoLawInForce."""
    if context != "card":
        return np.full(dpd.shape, context)
    late = dpd > packs.value(BOUNDARY, on)
    return np.where(late, "card_principal_first", "card_interest_first")


def payment_order(name: str, *, on: date, packs: Packs) -> PaymentOrder:
    """Return a complete order; raises NoLawInForce, or PolicyLoosensLaw where the house contradicts the law."""
    parameter, rule = LAW[name]
    groups = [tuple(group["pays"]) for group in packs.value(parameter, on)]
    chosen = tuple(packs.value(f"house/allocation/{name}", on))
    _check(name, chosen, groups, packs, on)
    return PaymentOrder(name, chosen, rule)


def _check(name: str, chosen: Sequence[str], groups: list[tuple[str, ...]], packs: Packs, on: date) -> None:
    if sorted(chosen) != sorted(COMPONENTS):
        raise PolicyLoosensLaw(
            gettext_noop("house/allocation/%(name)s = %(chosen)s: name each of %(components)s once"),
            name=name,
            chosen=list(chosen),
            components=list(COMPONENTS),
        )
    rank = {component: place for place, group in enumerate(groups) for component in group}
    named = [rank[component] for component in chosen if component in rank]
    if named != sorted(named):
        law = packs.parameter(LAW[name][0])
        raise PolicyLoosensLaw(
            gettext_noop(
                "house/allocation/%(name)s = %(chosen)s from %(on)s contradicts %(law)s, %(article)s: keep the order %(order)s"
            ),
            name=name,
            chosen=list(chosen),
            on=on,
            law=law.name,
            article=law.article,
            order=[list(group) for group in groups],
        )
