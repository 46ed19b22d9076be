"""Which way to court is open: payment order, small claims, or only the ordinary suit?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from forbear.ledger import in_force
from forbear.money import Money
from forbear.packs import Packs
from forbear.questions.columns import UNKNOWN, Columns
from forbear.questions.envelope import envelope
from forbear.questions.facts import Amount, Facts
from forbear.questions.periods import check_days, on_day
from forbear.questions.registry import Question

LAW = "cn/civil-procedure-law/routes"
MANDATORY, AGREED = f"{LAW}/small_claims_mandatory_ratio", f"{LAW}/small_claims_agreed_ratio"
ORDER_CONDITIONS, SMALL_CONDITIONS = f"{LAW}/payment_order_conditions", f"{LAW}/small_claims_conditions"
NAMES = (MANDATORY, AGREED, ORDER_CONDITIONS, SMALL_CONDITIONS)
SMALL = ("mandatory", "by_agreement", "unavailable", "unknown")
BANDS = ("SMALL-165-MANDATORY", "SMALL-165-AGREED", "SMALL-165-ABOVE")
OVER_AGREED, NOT_KNOWN = SMALL.index("unavailable"), SMALL.index("unknown")

Known = bool | None


class ProcedureRouteFacts(Facts, frozen=True):
    """Which routes are open? A flag that is null is not known: it closes no route and is named in `needs`."""

    claim: Annotated[Amount, Meta(description="The amount claimed.")]
    province_average_wage: Annotated[
        Amount | None,
        Meta(description="Published average wage of the province, year before. Default not known."),
    ] = None
    due_and_certain: Annotated[
        Known, Meta(description="Is the money due and certain? Default not known.")
    ] = None
    other_debts_between: Annotated[Known, Meta(description="Other debts between the parties?")] = None
    serviceable: Annotated[Known, Meta(description="Can an order be served on the debtor?")] = None
    debtor_missing: Annotated[Known, Meta(description="Is the debtor missing?")] = None
    debtor_in_china: Annotated[Known, Meta(description="Is the debtor in China?")] = None
    preserved_before_suit: Annotated[Known, Meta(description="Was preservation applied for before suit?")] = (
        None
    )
    facts_clear: Annotated[Known, Meta(description="Facts clear, duties plain, little dispute?")] = None
    foreign_element: Annotated[Known, Meta(description="Has the case a foreign element?")] = None
    needs_appraisal: Annotated[Known, Meta(description="Is an appraisal needed or disputed?")] = None
    counterclaim: Annotated[Known, Meta(description="Is there a counterclaim?")] = None
    as_of: Annotated[
        date | None, Meta(description="The day whose law holds. Default the first day of the newest law.")
    ] = None


@dataclass(frozen=True)
class ProcedureRouteAnswer:
    """Columns of shape (n,): `payment_order` (open or not) and `small_claims` (index into SMALL)."""

    n: int
    payment_order: NDArray[np.bool_]
    small_claims: NDArray[np.int8]
    by_amount: NDArray[np.int8]  # what the amount alone says, index into SMALL
    day: NDArray[np.datetime64]
    facts: Columns
    packs: Packs

    def rendered(self, i: int, lang: str) -> dict[str, Any]:
        """Return the public JSON object of one row."""
        on = self.day[i].astype(object)
        routes = {
            "payment_order": "available" if self.payment_order[i] else "unavailable",
            "small_claims": SMALL[self.small_claims[i]],
            "ordinary": "available",
        }
        limits = self._limits(i)
        closed, order_open = self._conditions(ORDER_CONDITIONS, i)
        barred, small_open = self._conditions(SMALL_CONDITIONS, i)
        by_amount = self.by_amount[i]
        rules = (closed or ["PO-225"]) + barred + ([BANDS[by_amount]] if by_amount != NOT_KNOWN else [])
        reasons = [self.packs.reason(rule, on=on, lang=lang, **limits) for rule in dict.fromkeys(rules)]
        needs = [] if closed else order_open
        if not barred and by_amount != OVER_AGREED:
            needs += small_open + (["province_average_wage"] if by_amount == NOT_KNOWN else [])
        if np.isnat(self.facts["as_of"][i]):
            needs.append("as_of")
        results = {**routes, "small_claims_limits": limits or None}
        return envelope(routes, results, reasons, on=on, packs=self.packs, needs=list(dict.fromkeys(needs)))

    def _limits(self, i: int) -> dict[str, str]:
        wage, on = int(self.facts["province_average_wage"][i]), self.day[i].astype(object)
        if wage == UNKNOWN:
            return {}
        names = {"mandatory": MANDATORY, "agreed": AGREED}
        # Shown rounded down; the comparison itself is exact.
        return {
            key: str(Money(wage, "CNY").times(self.packs.value(name, on), "down"))
            for key, name in names.items()
        }

    def _conditions(self, name: str, i: int) -> tuple[list[str], list[str]]:
        """Return the rules that bar a route and the facts that are not known."""
        table = self.packs.value(name, self.day[i].astype(object))
        held = [(row, int(self.facts[row["fact"]][i])) for row in table]
        barred = [row["rule"] for row, value in held if value not in (UNKNOWN, int(row["must_be"]))]
        return barred, [row["fact"] for row, value in held if value == UNKNOWN]


def answer(columns: Columns, *, packs: Packs, n: int) -> ProcedureRouteAnswer:
    """Say for n claims which routes are open, each under the law of its day; raises NoLawInForce."""
    day = on_day(columns["as_of"], packs, NAMES)
    for name in NAMES:
        packs.values(name, day)  # raises, marking the rows of days before this law
    by_amount = np.full(n, OVER_AGREED, dtype=np.int8)
    # The wider limit first, so that the narrower one has the last word.
    for code, name in reversed(list(enumerate((MANDATORY, AGREED)))):
        for ratio, rows in in_force(packs, name, day):
            by_amount[rows & _at_most(columns, ratio)] = code
    by_amount[(columns["province_average_wage"] == UNKNOWN)] = NOT_KNOWN
    small = np.where(_open(columns, packs, SMALL_CONDITIONS, day), by_amount, OVER_AGREED).astype(np.int8)
    order = _open(columns, packs, ORDER_CONDITIONS, day)
    return ProcedureRouteAnswer(n, order, small, by_amount, day, columns, packs)


def _at_most(columns: Columns, ratio: Decimal) -> NDArray[np.bool_]:
    """Say where the claim is at most this multiple of the wage, exactly."""
    numerator, denominator = ratio.as_integer_ratio()
    claim, wage = columns["claim"].astype(object), columns["province_average_wage"].astype(object)
    return np.asarray(claim * denominator <= wage * numerator, dtype=bool)


def _open(columns: Columns, packs: Packs, name: str, day: NDArray[np.datetime64]) -> NDArray[np.bool_]:
    found = np.ones(day.shape, dtype=bool)
    for table, rows in in_force(packs, name, day):
        found[rows & _breaks_one(columns, table)] = False
    return found


def _breaks_one(columns: Columns, table: Sequence[Any]) -> NDArray[np.bool_]:
    broken = [columns[row["fact"]] == (not row["must_be"]) for row in table]
    return np.asarray(np.logical_or.reduce(broken), dtype=np.bool_)


def check(facts: ProcedureRouteFacts) -> None:
    """Raise BadFact for a day that no file can mean."""
    check_days(facts, ("as_of",))


QUESTION = Question(
    "procedure_route", "Which ways to court are open?", ProcedureRouteFacts, answer, check=check
)
