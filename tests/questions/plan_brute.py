"""Every plan there is for a small case, one by one in plain Python: what the solver of plan_options is held against.

Nothing here is shared with the solver: days are walked, amounts are whole fen, the policy is read by name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import combinations
from math import ceil, floor
from typing import Any

from forbear.packs import Packs

KINDS = ["pay_now", "promise", "part_payment", "ordinary_instalment", "personalised_instalment", "deferral", "settlement"]  # fmt: skip
PARTS = ["principal", "interest", "compound", "late_fee", "fees", "costs"]
BANDS = ["sustainable", "careful", "strained"]


@dataclass(frozen=True)
class Plan:
    kind: str
    owed: int
    monthly: tuple[int, ...]  # what falls due in each month, charges included
    committed: int
    waived: int
    charges: int
    last_on: date
    term: int = 0
    surety: int = 0  # paid first for the promise's sake: the budget carries the whole promise

    def heaviest(self) -> int:
        return max(self.monthly) + self.committed + self.surety if self.monthly else 0


def fen(amount: str | None) -> int:
    return int(Decimal(amount or "0") * 100)


def owed(debt: dict[str, Any]) -> int:
    return sum(fen(amount) for amount in debt["components"].values())


def past_due(debt: dict[str, Any]) -> int:
    return fen(debt["past_due"]) if debt.get("past_due") is not None else owed(debt)


def days_from(start: date, days: int) -> Iterator[date]:
    return (start + timedelta(days=number) for number in range(days))


def is_day_of_month(day: date, wanted: int) -> bool:
    """Say whether a day is the wanted one of its month, or the last where the month is shorter."""
    is_last = (day + timedelta(days=1)).month != day.month
    return day.day == wanted or (is_last and day.day < wanted)


def monthly_days(first: date, wanted: int, count: int) -> list[date]:
    return [day for day in days_from(first, 31 * count) if is_day_of_month(day, wanted)][:count]


def equal_parts(total: int, count: int) -> list[int]:
    parts = [total // count] * count
    parts[-1] += total - sum(parts)
    return parts


class Brute:
    def __init__(self, facts: dict[str, Any], packs: Packs) -> None:
        self.facts = facts
        self.on = date.fromisoformat(facts["as_of"])
        self.read = lambda name: packs.value(name, self.on)
        self.debts = facts["debts"]
        self.cash = fen(facts["down_payment"])
        self.capacity = fen(facts["capacity"])
        self.owed = sum(map(owed, self.debts))
        self.past_due = sum(map(past_due, self.debts))
        self.first = self.payday(self.read("house/plans/first_row_days_min"))

    def payday(self, after: int) -> date:
        days = days_from(self.on + timedelta(days=after), 40)
        return next(day for day in days if is_day_of_month(day, self.facts["payday"]))

    def all_plans(self) -> Iterator[Plan]:
        yield from self.pay_now()
        yield from self.promised()
        yield from self.ordinary()
        yield from self.personalised()
        yield from self.deferred()
        yield from self.settled()

    def pay_now(self) -> Iterator[Plan]:
        for amount in (self.past_due, self.owed):
            if 0 < amount <= self.cash:
                yield Plan("pay_now", amount, (), 0, 0, 0, self.on)

    def promised(self) -> Iterator[Plan]:
        """Every amount paid first, from nothing to all but a fen, on every payday within the term of a promise."""
        enough = self.read("house/promises/failed_before_approval")
        first = 0
        if self.facts["failed_promises"] >= enough and not self.facts["promise_approved"]:
            first = ceil(Fraction(self.read("house/promises/down_payment_ratio")) * self.past_due)
            first = 0 if fen(self.facts["paid_since_promise"]) >= first else first
        least = ceil(Fraction(self.read("house/plans/part_payment_share_min")) * self.past_due)
        for day in days_from(self.on + timedelta(days=1), self.read("house/promises/days_ahead_max")):
            if not is_day_of_month(day, self.facts["payday"]):
                continue
            for down in range(min(self.cash, self.past_due - 1) + 1):
                rest = (self.past_due - down,)
                if down == first:
                    yield Plan("promise", self.past_due, rest, 0, 0, 0, day, surety=down)
                if down >= max(first, least, 1):
                    yield Plan("part_payment", self.past_due, rest, 0, 0, 0, day)

    def instalments(self, kind: str, debts: list[Any], months: int, rate: Decimal) -> Iterator[Plan]:
        rest = [debt for debt in self.debts if debt not in debts]
        total = sum(map(owed, debts))
        financed = total - (self.cash - sum(map(past_due, rest)))
        if not 0 < financed <= total:
            return
        parts = equal_parts(financed, months)
        if months > 1 and parts[0] < fen(str(self.read("house/plans/row_min"))):
            return
        left, charges = financed, []
        for part in parts:
            charges.append(int((left * rate / 12).to_integral_value(ROUND_HALF_UP)))
            left -= part
        monthly = tuple(part + charge for part, charge in zip(parts, charges, strict=True))
        last = monthly_days(self.first, self.facts["payday"], months)[-1]
        committed = sum(fen(debt["minimum_due"]) for debt in rest)
        yield Plan(kind, total, monthly, committed, 0, sum(charges), last, months)

    def ordinary(self) -> Iterator[Plan]:
        late = self.read("house/plans/ordinary_dpd_max")
        able = [debt for debt in self.debts if not debt["already_instalment"] and debt["dpd"] <= late]
        for term in self.read("house/plans/ordinary_terms"):
            for size in range(1, len(able) + 1):
                for chosen in combinations(able, size):
                    rate = Decimal(term["annual_rate"])
                    yield from self.instalments("ordinary_instalment", list(chosen), term["months"], rate)

    def personalised(self) -> Iterator[Plan]:
        if self.facts["exceeds_ability"] and self.facts["willing"]:
            rate = self.read("house/plans/personalised_annual_rate")
            for months in range(1, self.read("house/plans/personalised_months_max") + 1):
                yield from self.instalments("personalised_instalment", self.debts, months, rate)

    def deferred(self) -> Iterator[Plan]:
        if not self.facts["hardship"] or not self.past_due:
            return
        first = self.on + timedelta(days=self.read("house/plans/deferral_days_min"))
        months = self.read("house/plans/deferral_months_max")
        latest = monthly_days(self.on, self.on.day, months + 1)[-1]
        paydays = [day for day in days_from(first, (latest - first).days + 1) if is_day_of_month(day, self.facts["payday"])]  # fmt: skip
        for term, day in enumerate(paydays, start=1):
            charge = sum(self.interest(debt, (day - self.on).days) for debt in self.debts)
            yield Plan("deferral", self.past_due, (self.past_due + charge,), 0, 0, charge, day, term)

    def interest(self, debt: dict[str, Any], days: int) -> int:
        base = sum(fen(debt["components"].get(name)) for name in ("principal", "interest", "compound"))
        return int((base * Decimal(debt["daily_rate"]) * days).to_integral_value(ROUND_HALF_UP))

    def settled(self) -> Iterator[Plan]:
        """Every waiver from nothing to the most, over every number of months."""
        if not self.facts["exceeds_ability"] or self.cash >= self.owed:
            return
        if any(debt["dpd"] < self.read("house/settlement/dpd_min") for debt in self.debts):
            return
        shares = {
            row["component"]: Fraction(row["share_max"]) for row in self.read("house/settlement/waivable")
        }
        most = sum(
            floor(fen(debt["components"].get(name)) * share)
            for debt in self.debts
            for name, share in shares.items()
        )
        for waived in range(most + 1):
            rest = self.owed - waived - self.cash
            if rest == 0:
                yield Plan("settlement", self.owed, (), 0, waived, 0, self.on)
            for months in range(1, self.read("house/settlement/stages_max") + 1):
                parts = tuple(equal_parts(rest, months)) if rest > 0 else ()
                if parts and (months == 1 or parts[0] >= fen(str(self.read("house/plans/row_min")))):
                    last = monthly_days(self.first, self.facts["payday"], months)[-1]
                    yield Plan("settlement", self.owed, parts, 0, waived, 0, last, months)

    def may_be_agreed(self, plan: Plan) -> bool:
        if plan.kind == "pay_now":
            return True
        rows = [
            row
            for row in self.read("house/authority/limits")
            if row["others"] or row["role"] == self.facts["role"]
        ]
        return any(
            plan.kind in row["kinds"]
            and plan.owed <= fen(row["amount_max"])
            and plan.term <= row["months_max"]
            and plan.waived <= fen(row["waiver_max"])
            and plan.waived <= Fraction(row["waiver_share_max"]) * plan.owed
            for row in rows
        )

    def key(self, plan: Plan) -> tuple[Any, ...]:
        heaviest = plan.heaviest()
        half = floor(Fraction(self.read("house/affordability/plan_share_warn")) * self.capacity)
        warnings = int(heaviest > fen(self.facts["stress_capacity"])) + int(heaviest > half)
        return (warnings, plan.waived, plan.last_on, plan.charges, len(plan.monthly))

    def budget(self, plan: Plan) -> int:
        back = self.facts.get("income_returns_on")
        if plan.kind == "deferral" and back and plan.last_on >= date.fromisoformat(back):
            return fen(self.facts["capacity_later"])
        return self.capacity

    def feasible(self) -> list[Plan]:
        """Return every plan that can be kept and agreed to."""
        return [
            plan for plan in self.all_plans()
            if plan.heaviest() <= self.budget(plan)
            and self.may_be_agreed(plan)
        ]  # fmt: skip


def best_key(facts: dict[str, Any], packs: Packs) -> tuple[Any, ...] | None:
    """Return the key of the best plan, None where there is none."""
    brute = Brute(facts, packs)
    return min(map(brute.key, brute.feasible()), default=None)


def best_by_kind(facts: dict[str, Any], packs: Packs) -> dict[str, tuple[Any, ...]]:
    """Return the key of the best plan of each kind that has one."""
    brute = Brute(facts, packs)
    found: dict[str, tuple[Any, ...]] = {}
    for plan in brute.feasible():
        found[plan.kind] = min(found.get(plan.kind, brute.key(plan)), brute.key(plan))
    return found


def key_of_answer(plan: dict[str, Any]) -> tuple[Any, ...]:
    """Return the same key of a plan in an answer of plan_options."""
    last = date.fromisoformat(plan["last_due_on"])
    return (BANDS.index(plan["band"]), fen(plan["waived"]), last, fen(plan["charges"]), plan["months"])
