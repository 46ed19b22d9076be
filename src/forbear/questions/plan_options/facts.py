"""The facts of `plan_options`, and what a type cannot say about them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Literal, get_args

import msgspec
from msgspec import Meta

from forbear.questions.columns import minor_units
from forbear.questions.facts import Amount, BadFact, Facts
from forbear.questions.periods import check_days

DEBTS_MAX = 50  # a size: more accounts than one person holds
# A size: whole digits of an amount that a plan may hold, so that sums and interest fit 64 bits.
AMOUNT_DIGITS = 11
Kind = Literal[
    "pay_now", "promise", "part_payment", "ordinary_instalment", "personalised_instalment", "deferral", "settlement"
]  # fmt: skip
KINDS: tuple[str, ...] = get_args(Kind)
Product = Literal["credit_card", "cash_advance", "loan"]
COMPONENTS = ("principal", "interest", "compound", "late_fee", "fees", "costs")
Ratio = Annotated[
    str, Meta(pattern=r"^(0(\.[0-9]{1,6})?|1(\.0{1,6})?)$", description='A share: "0.2" is 20 %.')
]
DailyRate = Annotated[str, Meta(pattern=r"^0\.[0-9]{1,10}$", description='Rate a day such as "0.0005".')]


class Components(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one debt consists of; what is not given is 0.00."""

    principal: Amount = "0.00"
    interest: Amount = "0.00"
    compound: Amount = "0.00"
    late_fee: Amount = "0.00"
    fees: Amount = "0.00"
    costs: Amount = "0.00"


class Debt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One account of the debtor with this bank."""

    id: Annotated[str, Meta(min_length=1, max_length=64, description="The reference of the account.")]
    components: Annotated[Components, Meta(description="All that is owed, by component.")]
    past_due: Annotated[Amount | None, Meta(description="What is past due. Default all of it.")] = None
    minimum_due: Annotated[
        Amount | None, Meta(description="What falls due a month as things stand. Default not known.")
    ] = None
    due_on: Annotated[date | None, Meta(description="Oldest unpaid due day. Default not known.")] = None
    dpd: Annotated[
        Annotated[int, Meta(ge=0, le=40_000)] | None,
        Meta(description="Days past due. Default counted from due_on, else not known."),
    ] = None
    currency: Annotated[
        Annotated[str, Meta(pattern=r"^[A-Z]{3}$")],
        Meta(description="Accounts in another currency than `currency` are left out of a plan."),
    ] = "CNY"
    product: Annotated[Product, Meta(description="Default a credit card.")] = "credit_card"
    already_instalment: Annotated[
        bool | None, Meta(description="Is the balance in instalments already? Default not known.")
    ] = None
    next_statement_on: Annotated[
        date | None, Meta(description="Its next statement day; interest is posted then. Default not known.")
    ] = None
    daily_rate: Annotated[
        DailyRate | None, Meta(description="Its agreed rate a day. Default: the estimate of the house.")
    ] = None
    secured: Annotated[bool, Meta(description="Secured for all of it? Default no.")] = False


class Authority(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the asker may agree to alone; overrides the table of the house, such as for a delegation."""

    kinds: Annotated[list[Kind], Meta(max_length=len(KINDS), description="Options the asker may agree to.")]
    amount_max: Annotated[Amount, Meta(description="The most that is owed in all.")]
    months_max: Annotated[int, Meta(ge=0, le=600, description="The longest term in months.")]
    waiver_max: Annotated[Amount, Meta(description="The most that may be waived.")]
    waiver_share_max: Annotated[
        Ratio, Meta(description="The largest share of what is owed that may be waived.")
    ]


class PlanOptionsFacts(Facts, frozen=True):
    """What can be agreed with this debtor? A condition that is not known never makes an option sendable: see needs."""

    as_of: Annotated[date, Meta(description="The day of the talk; its law and policy hold.")]
    debts: Annotated[
        list[Debt], Meta(min_length=1, max_length=DEBTS_MAX, description="The accounts the plan is about.")
    ]
    jurisdiction: Annotated[Literal["cn", "uk", "us"], Meta(description="Default cn.")] = "cn"
    currency: Annotated[
        Annotated[str, Meta(pattern=r"^[A-Z]{3}$")], Meta(description="Of the budget. Default CNY.")
    ] = "CNY"
    designated: Annotated[
        str | None, Meta(description="The debt the debtor wants paid first (art. 560). Default none.")
    ] = None
    capacity: Annotated[
        Amount | None, Meta(description="What can be paid a month (`affordability`). Default not known.")
    ] = None
    stress_capacity: Annotated[
        Amount | None, Meta(description="The same with a lower income (`affordability`). Default not known.")
    ] = None
    down_payment: Annotated[
        Amount | None,
        Meta(description="What can be paid at once, beside the monthly budget. Default not known."),
    ] = None
    payday: Annotated[
        Annotated[int, Meta(ge=1, le=31)] | None,
        Meta(description="Day of the month on which money comes. Default: the usual paydays of the house."),
    ] = None
    income_returns_on: Annotated[
        date | None, Meta(description="The day from which income is back. Default not known.")
    ] = None
    capacity_later: Annotated[
        Amount | None, Meta(description="What can be paid a month from that day on. Default: capacity.")
    ] = None
    exceeds_ability: Annotated[
        bool | None,
        Meta(description="Is the debt confirmed to exceed the ability to pay? Default not known."),
    ] = None
    willing: Annotated[bool | None, Meta(description="Is the debtor willing to pay? Default not known.")] = (
        None
    )
    hardship: Annotated[bool | None, Meta(description="Is a hardship recognised? Default not known.")] = None
    dispute_open: Annotated[bool, Meta(description="Is an objection open? Default no.")] = False
    fraud_claimed: Annotated[bool, Meta(description="Says the debtor it was another's use? Default no.")] = (
        False
    )
    deceased: Annotated[bool, Meta(description="Has the debtor died? Default no.")] = False
    incapacity: Annotated[bool, Meta(description="Can the debtor not act for himself? Default no.")] = False
    bankruptcy: Annotated[bool, Meta(description="Is a bankruptcy open? Default no.")] = False
    plan_in_force: Annotated[bool, Meta(description="Is a plan signed and not breached? Default no.")] = False
    time_barred: Annotated[
        bool | None,
        Meta(description="Has limitation run out (`limitation`)? Default not known, taken as no."),
    ] = None
    time_barred_told: Annotated[
        bool, Meta(description="Was the debtor told what agreeing to pay a barred debt means? Default no.")
    ] = False
    failed_promises: Annotated[
        Annotated[int, Meta(ge=0, le=10_000)] | None,
        Meta(description="Promises broken or partly kept in the window of the house. Default not known."),
    ] = None
    paid_since_promise: Annotated[
        Amount | None, Meta(description="What has arrived since the latest promise. Default not known.")
    ] = None
    promise_approved: Annotated[
        bool, Meta(description="Has a lead approved one more promise? Default no.")
    ] = False
    role: Annotated[
        Annotated[str, Meta(min_length=1, max_length=40)] | None,
        Meta(
            description="Who would agree: a role of the table of authority, self_service for the debtor's page."
        ),
    ] = None
    authority: Annotated[
        Authority | None, Meta(description="What the asker may agree to. Default: by role.")
    ] = None


def check(facts: Any) -> None:
    """Raise BadFact for what the types let pass."""
    check_days(facts, ("as_of", "income_returns_on"))
    for field, value, expected in _problems(facts):
        raise BadFact(field, value, expected)


def _problems(facts: PlanOptionsFacts) -> Iterator[tuple[str, Any, str]]:
    names = [debt.id for debt in facts.debts]
    if len(set(names)) < len(names):
        yield "debts", names, "a different id for each"
    if facts.designated is not None and facts.designated not in names:
        yield "designated", facts.designated, f"one of {', '.join(names)}"
    if facts.capacity_later is not None and facts.income_returns_on is None:
        yield "income_returns_on", None, "give the day from which capacity_later holds"
    yield from _too_large((name, getattr(facts, name)) for name in ("capacity", "capacity_later", "stress_capacity", "down_payment", "paid_since_promise"))  # fmt: skip
    stressed, capacity = facts.stress_capacity, facts.capacity
    if stressed is not None and capacity is not None and minor_units(stressed) > minor_units(capacity):
        yield "stress_capacity", stressed, "not above capacity"
    for index, debt in enumerate(facts.debts):
        yield from _debt_problems(f"debts[{index}]", debt)


def _debt_problems(where: str, debt: Debt) -> Iterator[tuple[str, Any, str]]:
    check_days(debt, ("due_on", "next_statement_on"), f"{where}.")
    parts = [(f"components.{name}", getattr(debt.components, name)) for name in COMPONENTS]
    amounts = [*parts, ("past_due", debt.past_due), ("minimum_due", debt.minimum_due)]
    yield from _too_large((f"{where}.{name}", value) for name, value in amounts)
    owed = sum(minor_units(value) for _, value in parts)
    if owed == 0:
        yield f"{where}.components", "0.00", "something owed: a settled account needs no plan"
    for name in ("past_due", "minimum_due"):
        value = getattr(debt, name)
        if value is not None and minor_units(value) > owed:
            yield f"{where}.{name}", value, "not more than the components sum to"


def _too_large(amounts: Any) -> Iterator[tuple[str, Any, str]]:
    for name, value in amounts:
        if value is not None and len(value.partition(".")[0]) > AMOUNT_DIGITS:
            yield name, value, f"at most {AMOUNT_DIGITS} digits before the point"
