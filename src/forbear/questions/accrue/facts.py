"""The facts of `accrue`, and what a type cannot say about them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from forbear.ledger import OWED
from forbear.questions.facts import Amount, BadFact, Facts
from forbear.questions.periods import EARLIEST, LATEST

ENTRIES_MAX = 10_000  # a size: the most rows of one account that a fact may hold
STATEMENTS_MAX = 1_000  # a size
PERIODS_MAX = 200  # a size
LONGEST = 40_000  # a size: days that one answer may cover
Kind = Literal[
    "opening", "purchase", "cash", "interest", "compound", "late_fee", "fee", "cost", "refund", "waiver",
    "write_off", "payment", "recovery", "reversal",
]  # fmt: skip
Rate = Annotated[
    str, Meta(pattern=r"^0(\.[0-9]{1,8})?$", description='A rate as a decimal: "0.0005" is 0.05 %.')
]
Name = Annotated[str, Meta(min_length=1, max_length=64)]


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row of the ledger; the kind says whether it raises or lowers the debt, the amount is its size."""

    on: Annotated[date, Meta(description="Value day: the day from which it counts.")]
    kind: Annotated[
        Kind,
        Meta(
            description="opening: a balance brought forward, without interest-free days; interest, compound, late_fee: "
            "charged by the bank before `from`; write_off moves nothing that is owed; refund is no repayment."
        ),
    ]
    amount: Amount
    id: Annotated[Name | None, Meta(description="Needed where another entry reverses it.")] = None
    reverses: Annotated[Name | None, Meta(description="Of a reversal: the id of the entry it reverses.")] = (
        None
    )
    booked_on: Annotated[date | None, Meta(description="The day the bank posted it. Default on.")] = None
    component: Annotated[
        Literal["principal", "interest", "compound", "late_fee", "fee", "cost"] | None,
        Meta(description="Of a waiver: what it waives. Default by house policy."),
    ] = None


class BilledStatement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A statement: its day, its due day, and the minimum payment where one is known."""

    on: date
    due_on: date
    minimum: Annotated[
        Amount | None, Meta(description="Minimum payment. Without it no late fee is computed.")
    ] = None


class RatePeriod(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"from_": "from"}
):
    """A rate from a day on."""

    from_: date
    daily_rate: Rate
    cash_daily_rate: Annotated[Rate | None, Meta(description="Of cash advances. Default daily_rate.")] = None


class AccrueFacts(Facts, frozen=True, rename={"from_": "from"}):
    """What is owed at the end of `to`? What is not given is a term of the product in house policy."""

    entries: Annotated[
        list[Entry], Meta(max_length=ENTRIES_MAX, description="The rows of one account's ledger.")
    ]
    to: Annotated[date, Meta(description="The day at whose end balances are taken.")]
    from_: Annotated[
        date | None, Meta(description="First day whose interest and late fees are computed. Default: all.")
    ] = None
    statements: Annotated[
        list[BilledStatement],
        Meta(max_length=STATEMENTS_MAX, description="Interest is posted on these days."),
    ] = []
    rate_periods: Annotated[
        Annotated[list[RatePeriod], Meta(min_length=1, max_length=PERIODS_MAX)] | None,
        Meta(description="Rates by date. Default those of the product."),
    ] = None
    product: Annotated[str, Meta(pattern=r"^[a-z0-9_]{1,40}$", description="A product of the house.")] = (
        "credit_card"
    )
    method: Annotated[
        Literal["full_amount", "unpaid_part"] | None,
        Meta(
            description="full_amount: the whole statement bears interest from each purchase (全额计息); unpaid_part: what was not paid (未还部分计息)."
        ),
    ] = None
    count_statement_day: Annotated[
        bool | None, Meta(description="Does interest run to the end of the statement day?")
    ] = None
    capitalise: Annotated[bool | None, Meta(description="Does posted interest bear interest?")] = None
    interest_on_fees: Annotated[
        bool | None, Meta(description="Was interest on fees agreed? Law bars it from 2017 on.")
    ] = None
    granularity: Annotated[
        Literal["statement", "purchase", "day"] | None,
        Meta(description="What is rounded: one line a statement, a purchase, or a purchase and day."),
    ] = None
    rounding: Annotated[
        Literal["half_up", "half_even", "down", "up"] | None,
        Meta(description="How a line is rounded to the cent."),
    ] = None
    late_fee_ratio: Annotated[
        Rate | None, Meta(description="Late fee as a share of what of the minimum was not paid.")
    ] = None
    late_fee_floor: Annotated[
        Amount | None, Meta(description="A late fee that is due at all is at least this much.")
    ] = None
    grace_days: Annotated[
        Annotated[int, Meta(ge=0, le=60)] | None,
        Meta(description="Days after the due day on which a payment still counts as in time."),
    ] = None
    grace_amount: Annotated[
        Amount | None, Meta(description="A shortfall of up to this much counts as paid.")
    ] = None
    by_day: Annotated[bool, Meta(description="List every day beside the lines?")] = True


def check(facts: Any) -> None:
    """Raise BadFact for what the types let pass."""
    for field, value, expected in _problems(facts):
        raise BadFact(field, value, expected)


def _problems(facts: AccrueFacts) -> Iterator[tuple[str, Any, str]]:
    yield from _days(facts)
    named = [entry.id for entry in facts.entries if entry.id is not None]
    if len(set(named)) < len(named):
        yield "entries", named, "a different id for each"
    for i, entry in enumerate(facts.entries):
        if (entry.kind == "reversal") != (entry.reverses is not None):
            yield f"entries[{i}].reverses", entry.reverses, "the id of an entry, and only of a reversal"
        if entry.reverses is not None and entry.reverses not in named:
            yield f"entries[{i}].reverses", entry.reverses, "the id of an entry that is given"
        if entry.component is not None and entry.kind != "waiver":
            yield f"entries[{i}].component", entry.component, f"only of a waiver; one of {', '.join(OWED)}"
    for i, (one, other) in enumerate(zip(facts.statements, facts.statements[1:], strict=False)):
        if other.on <= one.on:
            yield f"statements[{i + 1}].on", other.on.isoformat(), "in order of day, one a day"
    for i, statement in enumerate(facts.statements):
        if statement.due_on < statement.on:
            yield f"statements[{i}].due_on", statement.due_on.isoformat(), "not before its statement"


def _days(facts: AccrueFacts) -> Iterator[tuple[str, Any, str]]:
    days: list[tuple[str, date]] = [("to", facts.to)]
    days += [(f"entries[{i}].on", entry.on) for i, entry in enumerate(facts.entries)]
    days += [(f"entries[{i}].booked_on", e.booked_on) for i, e in enumerate(facts.entries) if e.booked_on]
    days += [(f"statements[{i}].due_on", statement.due_on) for i, statement in enumerate(facts.statements)]
    for name, day in days:
        if not EARLIEST <= day <= LATEST:
            yield name, day.isoformat(), f"between {EARLIEST} and {LATEST}"
    first = min((entry.on for entry in facts.entries), default=facts.to)
    if (facts.to - first).days > LONGEST:
        yield "to", facts.to.isoformat(), f"at most {LONGEST} days after the first entry"
