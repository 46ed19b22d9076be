"""The facts of `limitation`: where the period starts, and what happened since."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, get_args

import msgspec
from msgspec import Meta

from forbear.questions.facts import Amount, BadFact, Facts
from forbear.questions.periods import LONGEST, check_days

Kind = Literal[
    "demand", "sms", "letter", "email", "debtor_signed_demand", "public_notice", "debit", "part_payment", "plan",
    "promise", "security", "delay_request", "new_agreement", "suit", "arbitration", "mediation", "payment_order",
    "preservation", "enforcement", "bankruptcy_claim", "set_off", "joinder", "missing_or_death_declaration",
    "police_report", "assignment_notice", "acceleration", "force_majeure", "no_legal_agent",
    "no_heir_or_administrator", "creditor_controlled", "other_obstacle",
]  # fmt: skip
KINDS: tuple[str, ...] = get_args(Kind)
PROOFS = ("to_reserved_contact", "delivered", "whereabouts_unknown", "promises_payment", "waives_rest")


class Event(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One act of either side, or an obstacle. What is not known proves nothing."""

    on: Annotated[date, Meta(description="The day of it; of an obstacle or a procedure its first day.")]
    kind: Annotated[Kind, Meta(description="What happened; what each kind does is data of the law pack.")]
    to_reserved_contact: Annotated[
        bool | None,
        Meta(description="Sent to the phone, address or e-mail on file? Null, the default: not known."),
    ] = None
    delivered: Annotated[
        bool | None, Meta(description="Did it reach the debtor? Null, the default: not known.")
    ] = None
    whereabouts_unknown: Annotated[
        bool | None, Meta(description="Of a public notice: was the debtor nowhere to be found?")
    ] = None
    promises_payment: Annotated[
        bool | None, Meta(description="Does it show that the debtor agrees to pay (the rest)?")
    ] = None
    waives_rest: Annotated[
        bool | None, Meta(description="Of a demand for a part: was the rest clearly given up?")
    ] = None
    amount: Annotated[Amount | None, Meta(description="Of a payment or a demand for a part.")] = None
    until: Annotated[
        date | None,
        Meta(
            description="Last day of an obstacle, or end of a procedure. Null, the default: still going on."
        ),
    ] = None
    last_due_on: Annotated[
        date | None, Meta(description="Of a plan, promise or agreement: the day its last instalment is due.")
    ] = None


class LimitationFacts(Facts, frozen=True):
    """When does limitation of this claim end, as seen on a day?"""

    starts_on: Annotated[
        date, Meta(description="The day the creditor knew of the breach: the due day passed. Not counted.")
    ]
    as_of: Annotated[date, Meta(description="The day asked about; later events are left out.")]
    events: Annotated[list[Event], Meta(max_length=LONGEST, description="In any order. Default none.")] = []
    infringed_on: Annotated[
        date | None, Meta(description="Where the outer limit starts. Default as starts_on.")
    ] = None
    instalments_last_due_on: Annotated[
        date | None,
        Meta(description="Where the debt itself is owed by instalments, the last due day. Default not so."),
    ] = None
    waived_in_advance: Annotated[
        bool, Meta(description="Does a clause waive limitation in advance? It is void. Default no.")
    ] = False


def check(facts: LimitationFacts) -> None:
    """Raise BadFact for days that cannot be meant."""
    check_days(facts, ("starts_on", "as_of", "infringed_on", "instalments_last_due_on"))
    if facts.infringed_on is not None and facts.infringed_on > facts.starts_on:
        raise BadFact("infringed_on", facts.infringed_on.isoformat(), "not after starts_on")
    for place, event in enumerate(facts.events):
        check_days(event, ("on", "until", "last_due_on"), f"events[{place}].")
        if event.until is not None and event.until < event.on:
            raise BadFact(f"events[{place}].until", event.until.isoformat(), "not before `on`")
