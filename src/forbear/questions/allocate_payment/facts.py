"""The facts of `allocate_payment`, and what a type cannot say about them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from forbear.questions.facts import Amount, BadFact, Facts

DEBTS_MAX = 1_000
SEVERAL_DEBTS_IN = ("card", "civil_default")
Context = Literal["card", "civil_default", "enforcement", "criminal_amount"]
Rate = Annotated[
    str, Meta(pattern=r"^[0-9]{1,3}(\.[0-9]{1,8})?$", description='A rate as a decimal: "0.18" is 18 %.')
]
Dpd = Annotated[int, Meta(ge=0, le=40_000)]


class Components(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one debt consists of; what is not given is 0.00."""

    principal: Amount = "0.00"
    interest: Amount = "0.00"
    fees: Amount = "0.00"
    costs: Amount = "0.00"
    doubled_interest: Amount = "0.00"


class Debt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of several debts of the same debtor to the same creditor."""

    id: Annotated[str, Meta(min_length=1, max_length=64)]
    due_on: Annotated[date, Meta(description="The day it fell or falls due.")]
    components: Components | None = None
    owed: Annotated[Amount | None, Meta(description="All of it, where its components are not known.")] = None
    dpd: Annotated[Dpd | None, Meta(description="Days past due; default counted from due_on.")] = None
    secured: Annotated[bool, Meta(description="Secured for all of it? Default no.")] = False
    secured_amount: Annotated[
        Amount | None, Meta(description="How much of it is secured, if only a part.")
    ] = None
    annual_rate: Annotated[
        Rate | None, Meta(description="Its burden. Unless all have one, burden is left out; see needs.")
    ] = None


class AllocatePaymentFacts(Facts, frozen=True):
    """What does a payment cover first? Give `components` of one debt, or `debts`."""

    amount: Annotated[Amount, Meta(description="The payment.")]
    as_of: Annotated[
        date, Meta(description="The day whose law holds, and default of booked_on and value_on.")
    ]
    context: Annotated[
        Context,
        Meta(
            description="card: a payment on card debt; civil_default: nothing agreed; enforcement: money collected by "
            "the court; criminal_amount: measuring an offence only, no ledger follows it."
        ),
    ] = "card"
    components: Annotated[Components | None, Meta(description="What one debt consists of.")] = None
    dpd: Annotated[
        Dpd | None,
        Meta(description="Days past due before the payment counts; in context card needed for one debt."),
    ] = None
    due_on: Annotated[
        date | None, Meta(description="Oldest unpaid due day; instead of dpd, which is then counted from it.")
    ] = None
    booked_on: Annotated[date | None, Meta(description="Posting day of the payment. Default as_of.")] = None
    value_on: Annotated[date | None, Meta(description="Value day of the payment. Default as_of.")] = None
    debts: Annotated[
        Annotated[list[Debt], Meta(min_length=1, max_length=DEBTS_MAX)] | None,
        Meta(description="Several debts, instead of components."),
    ] = None
    designated: Annotated[
        str | None,
        Meta(description="The debt that the debtor named when paying; a payment to a card names it."),
    ] = None


def check(facts: Any) -> None:
    """Raise BadFact for what the types let pass."""
    for field, value, expected in _problems(facts):
        raise BadFact(field, value, expected)


def _problems(facts: AllocatePaymentFacts) -> Iterator[tuple[str, Any, str]]:
    if (facts.components is None) == (facts.debts is None):
        yield "components", facts.components, "give either components or debts"
    if facts.debts is not None:
        yield from _debt_problems(facts, facts.debts)
    elif facts.designated is not None:
        yield "designated", facts.designated, "only among debts"
    elif facts.context == "card" and facts.dpd is None and facts.due_on is None:
        yield "dpd", None, "this fact, or due_on, is required in context card"


def _debt_problems(facts: AllocatePaymentFacts, debts: list[Debt]) -> Iterator[tuple[str, Any, str]]:
    names = [debt.id for debt in debts]
    if len(set(names)) < len(names):
        yield "debts", names, "a different id for each"
    if facts.designated is not None and facts.designated not in names:
        yield "designated", facts.designated, f"one of {', '.join(names)}"
    if facts.context not in SEVERAL_DEBTS_IN:
        yield "context", facts.context, f"several debts only in {' or '.join(SEVERAL_DEBTS_IN)}"
    for index, debt in enumerate(debts):
        if (debt.components is None) == (debt.owed is None):
            yield f"debts[{index}].owed", debt.owed, "give either components or owed"
        if debt.secured and debt.secured_amount is not None:
            yield (
                f"debts[{index}].secured_amount",
                debt.secured_amount,
                "only for a debt that is not secured for all",
            )
