"""The risk check of a visit: what the book, the law and the house know before anybody is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from forbear import days
from forbear.money import format_minor, parse_minor
from forbear.questions import ask
from forbear.questions.visit_team.facts import COMPLEXITY, RISKS
from forbear.web.cases.holds import open_holds
from forbear.web.cases.models import Case, CaseState, Task
from forbear.web.cases.states import ACTIVE
from forbear.web.contact import gate
from forbear.web.contact.models import ContactAttempt
from forbear.web.law.current import packs_at
from forbear.web.portfolio.models import Account, ContactPoint, ContactPointState
from forbear.web.visits import policy
from forbear.web.visits.models import Visit, VisitAlarm

UNUSABLE = (
    ContactPointState.INVALID, ContactPointState.REFUSED, ContactPointState.WRONG_PERSON,
    ContactPointState.QUARANTINED,
)  # fmt: skip
HOLD_COMPLEXITY = {
    "dispute": "dispute",
    "claimed_paid": "dispute",
    "complaint": "complaint_open",
    "hardship": "hardship",
}
THREAT, SUICIDE = "B25", "B24"  # outcomes of result codes
CONFLICT = "V11"
STAGES = {
    "payment_order": "litigation",
    "suit": "litigation",
    "enforcement": "enforcement",
}  # of matters in court


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for: when, and what the asker knows that the book does not."""

    on: date
    window: tuple[time, time]
    complexity: Sequence[str] = ()
    risk: Sequence[str] = ()
    language: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """What the check found: `facts` of visit_team, its roles and advice, and findings with whether each stops."""

    facts: Mapping[str, Any]
    roles: Sequence[str]
    advice: str
    findings: Sequence[Mapping[str, Any]]

    @property
    def stopped(self) -> bool:
        """Return whether nobody may be sent."""
        return any(each["stops"] for each in self.findings)


def check(case: Case, point: ContactPoint, wish: Wish, at: datetime) -> Checked:
    """Check one visit; nothing is written and nothing reserved."""
    facts = team_facts(case, wish, at)
    answer = ask("visit_team", facts, packs=packs_at(at))
    findings = [
        *of_the_case(case), *of_the_address(case, point, at), *of_the_time(case, wish, at),
        *of_the_gate(case, point, wish, at),
    ]  # fmt: skip
    if answer["advice"] == "do_not_visit":
        findings.append(finding("do_not_visit", stops=True))
    elif answer["advice"] == "manager_decides":
        findings.append(finding("manager_decides"))
    return Checked(facts, answer["roles"], answer["advice"], findings)


def finding(code: str, *, stops: bool = False, **more: Any) -> dict[str, Any]:
    """Return one finding by its code; words are the reader's."""
    return {"code": code, "stops": stops, **more}


def team_facts(case: Case, wish: Wish, at: datetime) -> dict[str, Any]:
    """Return the facts of `visit_team` for one case: what the book knows with what the asker adds."""
    complexity = {*wish.complexity, *known_complexity(case, at)}
    risk = {*wish.risk, *known_risks(case, at)}
    facts = {
        "amount": format_minor(case.total_minor),
        "complexity": [name for name in COMPLEXITY if name in complexity],
        "risk": [name for name in RISKS if name in risk],
        "stage": stage_of(case, complexity),
        "as_of": wish.on.isoformat(),
    }
    return facts | ({"language": wish.language} if wish.language else {})


def known_complexity(case: Case, at: datetime) -> set[str]:
    """Return what makes a case hard as its holds, matters, accounts and people show."""
    kinds = set(open_holds(case, at).values_list("kind", flat=True))
    found = {HOLD_COMPLEXITY[kind] for kind in kinds if kind in HOLD_COMPLEXITY}
    if Account.objects.filter(customer_id=case.customer_id).count() > 1:
        found.add("several_debts")
    if case.matters.filter(ended=False).exists() or could_be_sued(case, at):
        found.add("litigation_possible")
    age = years(case.customer.birth_on, at.date())
    if age is not None and age >= policy.value("elder_age", at):
        found.add("vulnerable")
    return found


def could_be_sued(case: Case, at: datetime) -> bool:
    """Return whether the case is late and large enough for the screening of the court room."""
    packs, on = packs_at(at), at.date()
    total = parse_minor(str(packs.value("house/ladder/legal_from_total", on)))
    return case.dpd >= packs.value("house/ladder/legal_from_dpd", on) and case.total_minor >= total


def known_risks(case: Case, at: datetime) -> set[str]:
    """Return the dangers that earlier contacts and visits of this debtor showed."""
    found = set()
    said = ContactAttempt.objects.filter(customer_id=case.customer_id, outcome__in=[THREAT, SUICIDE])
    outcomes = set(said.values_list("outcome", flat=True))
    if THREAT in outcomes or Task.objects.filter(case__customer_id=case.customer_id, kind="safety").exists():
        found.add("threat_to_staff")
    kinds = set(open_holds(case, at).values_list("kind", flat=True))
    if SUICIDE in outcomes or "emergency" in kinds:
        found.add("self_harm")
    if "incapacity" in kinds:
        found.add("mental_illness")
    past = Visit.objects.filter(case__customer_id=case.customer_id)
    if (
        past.filter(result=CONFLICT).exists()
        or VisitAlarm.objects.filter(visit__in=past, kind="sos").exists()
    ):
        found.add("violence_history")
    return found


def stage_of(case: Case, complexity: set[str]) -> str:
    """Return how far the case is, as `visit_team` knows it."""
    matter = case.matters.filter(ended=False).first()
    if matter is not None:
        return STAGES.get(matter.stage, "pre_litigation")
    if case.state in (CaseState.LEGAL, CaseState.LEGAL_DORMANT):
        return "pre_litigation"
    return "collection" if case.dpd > 0 else "reminder"


def of_the_case(case: Case) -> list[dict[str, Any]]:
    """Return what the state of the case says."""
    if CaseState(case.state) not in ACTIVE:
        return [finding("case_not_active", stops=True)]
    if case.state == CaseState.PLACED:
        return [finding("with_agency", stops=True)]
    return []


def of_the_address(case: Case, point: ContactPoint, at: datetime) -> list[dict[str, Any]]:
    """Return what is known against the address."""
    found = []
    if point.customer_id != case.customer_id or point.kind != "address" or point.relation != "self":
        found.append(finding("not_own_address", stops=True))
    if point.state in UNUSABLE or point.do_not_contact:
        found.append(finding("address_closed", stops=True))
    oldest = at.date() - timedelta(days=policy.value("address_age_days", at))
    if point.updated_on is None or point.updated_on < oldest:
        found.append(finding("address_old"))
    if not hasattr(point, "place"):
        found.append(finding("place_unknown"))
    if (age := years(case.customer.birth_on, at.date())) is not None and age < policy.value("adult_age", at):
        found.append(finding("debtor_minor", stops=True))
    return found


def of_the_time(case: Case, wish: Wish, at: datetime) -> list[dict[str, Any]]:
    """Return what speaks against the day and the hours."""
    found = []
    if not at.date() <= wish.on <= at.date() + timedelta(days=policy.value("ahead_days_max", at)):
        found.append(finding("day_out_of_reach", stops=True))
    if not policy.value("on_rest_days", at) and not days.is_business_day(wish.on):
        found.append(finding("rest_day", stops=True))
    begin, end = policy.clock_time("hours_from", at), policy.clock_time("hours_to", at)
    if not begin <= wish.window[0] < wish.window[1] <= end:
        found.append(finding("outside_hours", stops=True))
    return found


def of_the_gate(case: Case, point: ContactPoint, wish: Wish, at: datetime) -> list[dict[str, Any]]:
    """Return the rules that refuse a visit at the wanted hour, as things stand now."""
    moment = datetime.combine(wish.on, wish.window[0], tzinfo=ZoneInfo(case.customer.timezone))
    reply = gate.judge(
        case=case, contact_point=point, channel="visit", purpose="collect", party="debtor", at=max(moment, at)
    )
    if reply["answer"] != "refused":
        return []
    rules = [reason["rule"] for reason in reply["reasons"] if reason["effect"] == "refuse"]
    return [finding("gate_refuses", stops=True, rules=rules)]


def years(birth_on: date | None, on: date) -> int | None:
    """Return an age in whole years."""
    if birth_on is None:
        return None
    return on.year - birth_on.year - ((on.month, on.day) < (birth_on.month, birth_on.day))
