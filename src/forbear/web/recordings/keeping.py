"""What keeps a record of a contact: the open case, what is owed elsewhere, limitation, a legal hold, the question `retention`."""

from __future__ import annotations

from datetime import date, datetime

from forbear import questions
from forbear.web.cases.models import Case, CaseState
from forbear.web.law.current import packs_at
from forbear.web.litigation.limitation import limits
from forbear.web.recordings.models import LegalHold

SETTLED = (CaseState.CURED, CaseState.SETTLED)  # the debt itself is gone
ORAL_PLAN = "oral_plan_recording"


def why_kept(case: Case | None, record: str, made_on: date, at: datetime) -> str:
    """Return the rule or reason that keeps a record of a case today; empty when it may go."""
    if case is None or case.closed_on is None:
        return "case open"  # it may still prove the claim
    if Case.objects.filter(customer_id=case.customer_id, closed_on__isnull=True).exists():
        return "claim not settled"  # owed on another case: evidence stays
    last_day = None
    if (
        case.state not in SETTLED
    ):  # closed or handed on unpaid: it proves the claim until limitation has ended
        limit = limits([case.pk], at.date(), packs_at(at)).get(case.pk)
        last_day = limit.last_day if limit else None
        if last_day is None:
            return "claim not settled"
    held = LegalHold.objects.filter(customer_id=case.customer_id, lifted_at__isnull=True).exists()
    facts = retention_facts(record, made_on, case.closed_on, held, at.date(), last_day)
    answer = questions.ask("retention", facts, packs=packs_at(at))
    if answer["deletion"] == "allowed":
        return ""
    return str(next((reason["rule"] for reason in answer["reasons"]), answer["deletion"]))


def retention_facts(
    record: str, made_on: date, closed_on: date, held: bool, today: date, limitation: date | None = None
) -> dict[str, object]:
    """Return the facts of the question for one record; of a claim that was not settled, when its limitation ends."""
    ended = (
        {"limitation_last_day": limitation.isoformat()}
        if limitation
        else {"settled_on": closed_on.isoformat()}
    )
    return ended | {
        "record": record, "made_on": made_on.isoformat(), "oral_plan": record == ORAL_PLAN, "litigation_hold": held,
        "deleted_on": max(today, made_on).isoformat(),
    }  # fmt: skip
