"""The columnar answer of `allocate_payment` and its public JSON form."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forbear.ledger import BOUNDARY, COMPONENTS, PaymentOrder
from forbear.money import format_minor
from forbear.packs import Packs
from forbear.questions.allocate_payment.flat import COLUMNS, OWED, Flat
from forbear.questions.columns import Columns
from forbear.questions.envelope import envelope

BETWEEN_RULE = "PAY-560"


@dataclass(frozen=True)
class AllocatePaymentAnswer:
    """What each debt got: `applied` and `after` of shape (debts, 6) in minor units, `overpaid_minor` (n,)."""

    n: int
    flat: Flat
    applied: NDArray[np.int64]
    after: NDArray[np.int64]
    overpaid_minor: NDArray[np.int64]
    orders: tuple[PaymentOrder, ...]
    order_of: NDArray[np.int64]  # index into `orders` of each debt
    facts: Columns
    packs: Packs

    def rendered(self, i: int, lang: str) -> dict[str, Any]:
        """Return the public JSON object of one payment."""
        on = self.facts["as_of"][i].astype(object)
        rows = range(int(self.flat.starts[i]), int(self.flat.starts[i + 1]))
        shown = COLUMNS if self.flat.owed[rows.start : rows.stop, -1].any() else COMPONENTS
        total = slice(rows.start, rows.stop)
        result = {
            "applied": _written(self.applied[total].sum(axis=0), shown),
            "after": _written(self.after[total].sum(axis=0), shown),
            "overpayment": format_minor(int(self.overpaid_minor[i])),
        }
        named: dict[str, Any] = dict(result)
        if self.facts["debts"][i] is not None:
            named["debts"] = [self._debt(row) for row in rows]
        else:
            named["order"] = list(self.orders[self.order_of[rows.start]].components)
        return envelope(
            result,
            named,
            self._reasons(i, rows, on, lang),
            on=on,
            packs=self.packs,
            needs=self._needs(i, rows),
        )

    def _debt(self, row: int) -> dict[str, Any]:
        whole = bool(self.flat.owed[row, -1])
        shown = (OWED,) if whole else COMPONENTS
        return {
            "id": self.flat.ids[row],
            "applied": _written(self.applied[row], shown),
            "after": _written(self.after[row], shown),
            "applied_total": format_minor(int(self.applied[row].sum())),
            "after_total": format_minor(int(self.after[row].sum())),
            "order": None if whole else list(self.orders[self.order_of[row]].components),
        }

    def _reasons(self, i: int, rows: range, on: date, lang: str) -> list[dict[str, Any]]:
        rules = dict.fromkeys(self.orders[self.order_of[row]].rule for row in rows)
        reasons = [self.packs.reason(rule, on=on, lang=lang, **self._values(rule, on)) for rule in rules]
        if len(rows) > 1:
            reasons.insert(0, self.packs.reason(BETWEEN_RULE, on=on, lang=lang))
        return reasons

    def _values(self, rule: str, on: date) -> dict[str, Any]:
        return {"dpd_max": self.packs.value(BOUNDARY, on)} if rule == "CC11-57-ORDER" else {}

    def _needs(self, i: int, rows: range) -> tuple[str, ...]:
        """Name the facts that could have changed the answer: burdens, where several debts were not all paid."""
        asked = (
            len(rows) > 1 and not self.flat.rate_known[i] and bool(self.after[rows.start : rows.stop].any())
        )
        return ("debts[].annual_rate",) if asked else ()


def _written(minor: NDArray[np.int64], shown: tuple[str, ...]) -> dict[str, str]:
    return {name: format_minor(int(minor[COLUMNS.index(name)])) for name in shown}
