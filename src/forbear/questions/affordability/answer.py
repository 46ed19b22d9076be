"""The columnar answer of `affordability`, and its public JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forbear.money import format_minor
from forbear.packs import Packs
from forbear.questions.affordability.facts import EVIDENCE
from forbear.questions.columns import UNKNOWN, Columns
from forbear.questions.envelope import envelope
from forbear.questions.periods import Days

CUT = "house/affordability/stress_cut"
SHARE = "house/affordability/plan_share_warn"
NEEDED = ("income", "expenses", "other_debts")
Minor = NDArray[np.int64]


@dataclass(frozen=True)
class AffordabilityAnswer:
    """Columns of shape (n,), minor units a month, -1 not known; flags 1, 0, -1. JSON of a row:

    answer: {monthly_capacity, stress_capacity, exceeds_ability, plan: fits | warned | exceeds | null, evidence:
    documented | part | stated}; `formula` and `stress_formula` in words; `lines` {income, expenses, floor, people,
    living, other_debts, left}; `share_limit`, the monthly payment from which on a plan is warned about.
    """

    n: int
    capacity: Minor
    stress_capacity: Minor
    left: Minor
    stress_left: Minor
    stress_income: Minor
    living: Minor
    expenses: Minor
    floor: Minor
    people: Minor
    floor_sources: list[Mapping[str, str]]
    exceeds_ability: NDArray[np.int8]
    share_limit: Minor
    as_of: Days
    facts: Columns
    packs: Packs

    def rendered(self, i: int, lang: str) -> dict[str, Any]:
        """Return the public JSON object of one row."""
        on = self.as_of[i].astype(object)
        plan = self._plan(i)
        values = self._values(i, on, lang)
        effects: dict[str, str | None] = dict.fromkeys(self._rules(i, plan))
        if plan is not None and self.facts["plan_monthly"][i] > self.stress_capacity[i]:
            effects["HOUSE-AFFORD-STRESS"] = "discourage"
        reasons = {
            rule: self.packs.reason(rule, on=on, effect=effect, lang=lang, **values)
            for rule, effect in effects.items()
        }
        result = {
            "monthly_capacity": _written(self.capacity[i]),
            "stress_capacity": _written(self.stress_capacity[i]),
            "exceeds_ability": None if self.exceeds_ability[i] == UNKNOWN else bool(self.exceeds_ability[i]),
            "plan": plan,
            "evidence": self._evidence(i),
        }
        shown = {
            "formula": reasons.get("HOUSE-AFFORD-FORMULA", {}).get("text"),
            "stress_formula": reasons.get("HOUSE-AFFORD-STRESS", {}).get("text"),
            "lines": self._lines(i),
            "share_limit": _written(self.share_limit[i]),
            "floor_source": self.floor_sources[i][lang],
        }
        needs = self._needs(i)
        return envelope(result, shown, list(reasons.values()), on=on, packs=self.packs, needs=needs)

    def _plan(self, i: int) -> str | None:
        monthly = self.facts["plan_monthly"][i]
        if monthly == UNKNOWN or self.capacity[i] == UNKNOWN:
            return None
        if monthly > self.capacity[i]:
            return "exceeds"
        return "warned" if monthly > min(self.share_limit[i], self.stress_capacity[i]) else "fits"

    def _rules(self, i: int, plan: str | None) -> list[str]:
        """Name the rules of one answer, the strongest first."""
        if self.capacity[i] == UNKNOWN:
            return []
        monthly = self.facts["plan_monthly"][i]
        asked = {
            "HOUSE-AFFORD-OVER": plan == "exceeds",
            "HOUSE-AFFORD-SHARE": plan is not None and monthly > self.share_limit[i],
            "HOUSE-AFFORD-FORMULA": True,
            "HOUSE-AFFORD-FLOOR": self.living[i] > self.expenses[i],
            "HOUSE-AFFORD-STRESS": True,
            "HOUSE-AFFORD-EXCEEDS": self.facts["due_monthly"][i] > self.capacity[i],
        }
        return [rule for rule, holds in asked.items() if holds]

    def _values(self, i: int, on: date, lang: str) -> dict[str, Any]:
        columns = {
            "income": self.facts["income"], "other_debts": self.facts["other_debts"], "living": self.living,
            "left": self.left, "capacity": self.capacity, "expenses": self.expenses, "floor": self.floor,
            "stress_income": self.stress_income, "stress_left": self.stress_left,
            "stress_capacity": self.stress_capacity, "plan": self.facts["plan_monthly"],
            "due": self.facts["due_monthly"],
        }  # fmt: skip
        return {
            **{name: format_minor(int(column[i])) for name, column in columns.items()},
            "people": int(self.people[i]),
            "floor_source": self.floor_sources[i][lang],
            "cut": _percent(self.packs.value(CUT, on)),
            "share": _percent(self.packs.value(SHARE, on)),
        }

    def _lines(self, i: int) -> dict[str, Any]:
        known = self.capacity[i] != UNKNOWN
        return {
            "income": _written(self.facts["income"][i]),
            "expenses": _written(self.expenses[i]),
            "floor": _written(self.floor[i]),
            "people": int(self.people[i]),
            "living": _written(self.living[i]),
            "other_debts": _written(self.facts["other_debts"][i]),
            "left": format_minor(int(self.left[i])) if known else None,
        }

    def _evidence(self, i: int) -> str:
        held = [self.facts[name][i] == 1 for name in EVIDENCE]
        return "documented" if all(held) else "part" if any(held) else "stated"

    def _needs(self, i: int) -> list[str]:
        """Name what is missing for a figure, then what could change it."""
        values = (self.facts["income"][i], self.expenses[i], self.facts["other_debts"][i])
        found = [name for name, value in zip(NEEDED, values, strict=True) if value == UNKNOWN]
        found += ["dependants"] if self.facts["dependants"][i] == UNKNOWN else []
        if self.facts["due_monthly"][i] != UNKNOWN and self.exceeds_ability[i] == UNKNOWN:
            found += [name for name in EVIDENCE if self.facts[name][i] != 1]
        return found


def _written(minor: Any) -> str | None:
    return None if minor == UNKNOWN else format_minor(int(minor))


def _percent(ratio: Decimal) -> str:
    return f"{(ratio * 100).normalize():f}"
