"""The facts of `affordability`, and what a type cannot say about them."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import msgspec
from msgspec import Meta

from forbear.questions.facts import Amount, BadFact, Facts
from forbear.questions.living import Region
from forbear.questions.periods import check_days

CATEGORIES = (
    "housing", "food", "utilities", "transport", "communication", "medical", "education", "care", "insurance", "other",
)  # fmt: skip
EVIDENCE = ("income_evidenced", "expenses_evidenced", "other_debts_evidenced")


class Expenses(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What life costs in a month, by category; give `total` alone where it was not asked category by category."""

    housing: Amount = "0.00"
    food: Amount = "0.00"
    utilities: Amount = "0.00"
    transport: Amount = "0.00"
    communication: Amount = "0.00"
    medical: Amount = "0.00"
    education: Amount = "0.00"
    care: Amount = "0.00"
    insurance: Amount = "0.00"
    other: Amount = "0.00"
    total: Annotated[Amount | None, Meta(description="All of them, instead of categories.")] = None


class AffordabilityFacts(Facts, frozen=True):
    """How much can be paid in a month? Without income, expenses and other debts no figure is given: see needs."""

    income: Annotated[Amount | None, Meta(description="Net income a month. Default not known.")] = None
    expenses: Annotated[
        Expenses | None, Meta(description="Living expenses a month by category. Default not known.")
    ] = None
    other_debts: Annotated[
        Amount | None, Meta(description="Payments a month to other creditors. Default not known.")
    ] = None
    dependants: Annotated[
        Annotated[int, Meta(ge=0, le=30)] | None,
        Meta(
            description="People who live on this income beside the debtor. Default not known, counted as none."
        ),
    ] = None
    local_minimum_living: Annotated[
        Amount | None,
        Meta(description="What a person needs a month at least; overrides the table of the house."),
    ] = None
    region: Annotated[
        Region | None,
        Meta(description="Where the debtor lives (GB/T 2260), for the floor only. Default the nation."),
    ] = None
    income_evidenced: Annotated[
        bool | None, Meta(description="Is the income documented? Default not known.")
    ] = None
    expenses_evidenced: Annotated[
        bool | None, Meta(description="Are the expenses documented? Default not known.")
    ] = None
    other_debts_evidenced: Annotated[
        bool | None, Meta(description="Are the other debts documented? Default not known.")
    ] = None
    due_monthly: Annotated[
        Amount | None,
        Meta(
            description="What falls due a month as things stand; asks whether it exceeds the ability to pay."
        ),
    ] = None
    plan_monthly: Annotated[
        Amount | None,
        Meta(description="The highest monthly payment of a plan; asks whether it can be carried."),
    ] = None
    as_of: Annotated[date | None, Meta(description="The day asked about. Default: the newest policy.")] = None


def check(facts: AffordabilityFacts) -> None:
    """Raise BadFact for what the types let pass."""
    check_days(facts, ("as_of",))
    expenses = facts.expenses
    if expenses is None or expenses.total is None:
        return
    for name in CATEGORIES:
        if getattr(expenses, name) != "0.00":
            raise BadFact(f"expenses.{name}", getattr(expenses, name), "give either total or categories")
