"""From the calls of one person to the counters of `may_contact`: which calls count is data of the law pack.

`counts` in a jurisdiction.yaml names for each counter the directions and results that count, the marks that take a
call out, and the window. The United States count calls placed, answered or not; others count contacts made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from forbear.packs import Packs
from forbear.questions.facts import BadFact

RESULTS = ("ring_out", "busy", "not_in_service", "voicemail", "dropped", "conversation")
DIRECTIONS = ("outbound", "inbound")
MARKS = ("consented", "professional_recipient")


@dataclass(frozen=True, slots=True)
class Call:
    """One call with one person, on whichever of that person's numbers; `debts` are those it was about."""

    at: datetime
    result: str
    direction: str = "outbound"
    debts: tuple[str, ...] = ("this",)
    marks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse words that no pack could count."""
        for name, value, known in (
            ("result", self.result, RESULTS),
            ("direction", self.direction, DIRECTIONS),
        ):
            if value not in known:
                raise BadFact(name, value, f"one of {', '.join(known)}")
        if unknown := set(self.marks) - set(MARKS):
            raise BadFact("marks", sorted(unknown)[0], f"one of {', '.join(MARKS)}")
        if self.at.tzinfo is None:
            raise BadFact("at", self.at.isoformat(), "a moment with UTC offset")


def count_calls(
    packs: Packs, jurisdiction: str, calls: Iterable[Call], *, at: datetime, timezone: str, debt: str = "this"
) -> dict[str, int]:
    """Return the counters of one person and debt just before a moment, in local days of the person's zone.

    A counter with nothing to count is 0, a "days since" without any is left out. Raises NoLawInForce through the packs.
    """
    here = ZoneInfo(timezone)
    today = at.astimezone(here).date()
    known = [call for call in calls if call.at < at and debt in call.debts]
    facts: dict[str, int] = {}
    for counter, spec in packs.counts.get(jurisdiction, {}).items():
        ages = sorted((today - c.at.astimezone(here).date()).days for c in known if _counts(c, spec))
        if "window_days" not in spec:
            facts |= {counter: ages[0]} if ages else {}
            continue
        days = packs.value(spec["window_days"], today)
        within = [age for age in ages if age < days]
        facts[counter] = len(within)
        limit = _limit(packs, jurisdiction, counter, today)
        if limit is not None and "limiting" in spec and 0 < limit <= len(within):
            facts[spec["limiting"]] = within[limit - 1]
    return facts


def _counts(call: Call, spec: Mapping[str, Any]) -> bool:
    return (
        call.result in spec["results"]
        and call.direction in spec.get("directions", DIRECTIONS)
        and not set(call.marks) & set(spec.get("unless", ()))
    )


def _limit(packs: Packs, jurisdiction: str, counter: str, on: Any) -> int | None:
    """Return the strictest limit that a rule in force sets on a counter."""
    limits = []
    for rule in packs.rules_of("may_contact", [jurisdiction, *packs.houses()]):
        wanted = rule.breach.get(counter)
        if rule.in_force(on) and isinstance(wanted, Mapping) and "at_least" in wanted:
            name = wanted["at_least"]
            limits.append(int(packs.value(name if "/" in name else f"{rule.instrument.key}/{name}", on)))
    return min(limits, default=None)
