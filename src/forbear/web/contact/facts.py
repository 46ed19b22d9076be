"""From what the database knows to the facts of the question `may_contact`, and back to the attempt meter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from forbear import questions
from forbear.web.contact.store import Read, Request
from forbear.web.law.current import packs_at

if TYPE_CHECKING:
    from forbear.web.portfolio.models import Customer

JURISDICTION = "cn"
# Which facts of the question each kind of hold makes true; what each fact then stops is law and policy.
HOLD_FACTS = {
    "plan": ("plan_in_force",),
    "dispute": ("dispute_open",),
    "claimed_paid": ("dispute_open",),
    "complaint": ("complaint_open",),
    "hardship": ("hardship_hold",),
    "incapacity": ("hardship_hold", "debtor_incapacitated"),
    "emergency": ("hardship_hold",),
    "bankruptcy": ("hardship_hold",),
    "deceased": ("deceased",),
}
FACTS_OF_HOLDS = frozenset(fact for facts in HOLD_FACTS.values() for fact in facts)
READ_BY_THE_GATE = frozenset(
    {
        "at",
        "at_workplace",
        "attempts_unanswered_today_number",
        "channel",
        "claim_transferred",
        "consecutive_failed_attempts",
        "consented_hours",
        "debtor_number_invalid",
        "effective_calls_today_debtor",
        "inconvenient_times",
        "jurisdiction",
        "party",
        "party_refused",
        "product",
        "purpose",
        "timezone",
        "workplace_prohibited",
        *FACTS_OF_HOLDS,
    }
)


def refuse_replaced_facts(extra: Mapping[str, Any]) -> None:
    """Raise BadFact when an asker tries to replace a fact that the gate reads from its own counters."""
    for name in sorted(READ_BY_THE_GATE & extra.keys()):
        raise questions.BadFact(name, extra[name], "a fact the gate reads itself; leave it out")


def local_day(customer: Customer, at: datetime) -> date:
    """Return the debtor's calendar day; daily counters run on it."""
    return at.astimezone(ZoneInfo(customer.timezone)).date()


def permit_lifetime_seconds(at: datetime, channel: str) -> int:
    """Return how long an unused permit holds its slot (house policy); the way to a door is longer than dialling."""
    name = "house/visits/permit_seconds" if channel == "visit" else "house/contact/permit_seconds"
    return int(packs_at(at).value(name, at.date()))


def assemble(asked: Request, read: Read, product: str, extra: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts of `may_contact` for one request."""
    facts: dict[str, Any] = {
        "at": asked.at.isoformat(),
        "jurisdiction": JURISDICTION,
        "product": product,
        "channel": asked.channel,
        "purpose": asked.purpose,
        "party": asked.party,
        "timezone": read.time_zone,
        "attempts_unanswered_today_number": read.number_unanswered,
        "effective_calls_today_debtor": read.effective_calls,
        "consecutive_failed_attempts": failures_that_count(read, asked.at),
        "party_refused": read.number_blocked,
        "debtor_number_invalid": read.own_numbers_dead,
        "claim_transferred": read.passed_on,
        **held(read.hold_kinds),
        **extra,
    }
    if read.consented_hours:
        facts["consented_hours"] = read.consented_hours
    if read.quiet_hours:
        facts["inconvenient_times"] = read.quiet_hours
    if read.workplace_off:
        facts |= {"workplace_prohibited": True, "at_workplace": read.at_workplace}
    return facts


def failures_that_count(read: Read, at: datetime) -> int:
    """Return the failed tries in a row that still prove the debtor cannot be reached; the proof ages (policy)."""
    days = packs_at(at).value("house/reach/unreachable_proof_days", at.date())
    if read.last_failed_at is None or at - read.last_failed_at > timedelta(days=days):
        return 0
    return read.failed_in_a_row


def held(kinds: Sequence[str]) -> dict[str, bool]:
    """Return every fact that a hold can make true, true or false: the book knows which holds there are."""
    true = {fact for kind in kinds for fact in HOLD_FACTS[kind]}
    return {fact: fact in true for fact in FACTS_OF_HOLDS}


def meter(reply: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """Return used and lawful by counter, from the answer's `remaining` and the caps in force."""
    on = at.date()
    remaining = reply["remaining"]
    effective_max = int(packs_at(at).value("cn/gbt-45251-2025/effective_calls_a_day_max", on))
    number_max = int(packs_at(at).value("cn/cba-2026-guide/attempts_a_number_a_day_max", on))
    return {
        "answer": reply["answer"],
        "effective_today": effective_max - remaining["debtor_effective_calls"],
        "effective_max": effective_max,
        "number_attempts_today": number_max - remaining["number_attempts"],
        "number_attempts_max": number_max,
        "next_lawful_at": reply["earliest_at"],
        "reasons": reply["reasons"],
    }
