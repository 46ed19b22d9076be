"""The end of a visit: the attempt, what its result forces, what is missing. Done once, whatever order records came in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from forbear.web.cases.codes import Party, codes
from forbear.web.cases.holds import end_of_business_days, place_hold
from forbear.web.cases.opening import add_task
from forbear.web.cases.states import settle
from forbear.web.contact import gate
from forbear.web.contact.facts import local_day
from forbear.web.contact.models import ContactAttempt
from forbear.web.reach import contact_points, wishes
from forbear.web.replies import acting
from forbear.web.visits import policy, proofs
from forbear.web.visits.folding import Story
from forbear.web.visits.models import AddressPlace, Visit, VisitState
from forbear.web.visits.records import append, tell
from forbear.web.visits.services import note_incident, people_of, tick_off

if TYPE_CHECKING:
    from forbear.web.people.models import User

ACTION = "VISIT"


def conclude(visit: Visit, *, at: datetime, by: User | None, force_end: bool = False) -> None:
    """End a visit whose records are whole (or that is given up on), or look again at one that was ended.

    The caller holds the locks of debtor, case and visit.
    """
    if visit.state in (VisitState.REVIEWED,):
        return
    found = proofs.look(visit, at)
    story = found.story
    if visit.closed_at is None or visit.attempt_id is None:
        if not story.whole and not force_end:
            return
        finish(visit, story, at=at, by=by)
    was, visit.missing = visit.missing, proofs.missing(found)
    visit.state = VisitState.REPORT_DUE if visit.missing or is_incident(story, at) else VisitState.DONE
    visit.save(update_fields=["missing", "state"])
    if was != visit.missing:
        append(visit, "checked", at=at, data={"missing": visit.missing})


def is_incident(story: Story, at: datetime) -> bool:
    """Return whether somebody was in danger: such a visit is always looked at."""
    return story.sos_at is not None or bool(policy.table("results", at).get(story.result, {}).get("incident"))


def finish(visit: Visit, story: Story, *, at: datetime, by: User | None) -> None:
    """Record the attempt and do what the result forces."""
    row = policy.table("results", at).get(story.result, {})
    party = party_of(story, at)
    visit.attempt = attempt(visit, story, row, party, at=at, by=by)
    visit.result, visit.closed_at = story.result, at
    visit.checked_out_at = story.checked_out_at
    visit.save(update_fields=["attempt", "result", "closed_at", "checked_out_at"])
    append(visit, "concluded", at=at, data={"attempt": visit.attempt.pk, "result": story.result})
    tell(
        visit, "visit_result", at=at, by=by, result=story.result, talk=story.talk, note=story.note, attempt=visit.attempt.pk
    )  # fmt: skip
    for forced in (*row.get("do", ()), *talk_forces(story, row, at)):
        force(visit, forced, at=at, by=by, why=story.result)
    if row.get("emergency"):
        acting.emergency(visit.case, at=at, by=by, why=f"visit {visit.number}")
    if row.get("incident"):
        note_incident(visit, people_of(visit), "safety", at)
    if row.get("met") and story.identity_at is not None:
        learn_address(visit, story, at=at, by=by)
    tick_off(visit.case_id, at)
    settle(visit.case, at=at, by=by, why="visit")


def party_of(story: Story, at: datetime) -> Party | None:
    """Return whom the visit spoke with, as result codes know parties; without a passed check nobody is the debtor."""
    code = policy.table("door", at).get(story.who, {}).get("party", "")
    if code == "P1" and story.identity_at is None:
        code = "P2"
    return codes(at.date()).parties.get(code)


def attempt(
    visit: Visit, story: Story, row: Mapping[str, Any], party: Party | None, *, at: datetime, by: User | None
) -> ContactAttempt:
    """Append the attempt: under its permit where there is one; a contact that was made is a fact without one too."""
    met = bool(row.get("met")) and story.identity_at is not None
    given: dict[str, Any] = {
        "case": visit.case, "contact_point": visit.point, "at": story.checked_in_at or at, "line": "",
        "party": party.code if party else "", "outcome": story.talk if met else "",
        "answered": bool(row.get("answered")), "effective": met, "ended_at": story.checked_out_at, "staff": by,
        "action": ACTION,
    }  # fmt: skip
    if visit.permit is not None:
        return gate.record_attempt(permit=visit.permit, **given)
    return ContactAttempt.objects.create(
        customer_id=visit.case.customer_id, number_index=visit.point.value_index, channel="visit",
        local_day=local_day(visit.case.customer, given["at"]), agency=by.agency if by else "", **given,
    )  # fmt: skip


def talk_forces(story: Story, row: Mapping[str, Any], at: datetime) -> list[Mapping[str, Any]]:
    """Return what the debtor's words force; only the debtor's, and only those the house takes at a door."""
    if not row.get("met") or story.identity_at is None or story.talk not in policy.value("talks", at):
        return []
    return list(codes(at.date()).outcomes[story.talk].do)


def force(visit: Visit, forced: Mapping[str, Any], *, at: datetime, by: User | None, why: str) -> None:
    """Do one thing."""
    case = visit.case
    if kind := forced.get("hold"):
        place_hold(case, kind=kind, at=at, by=by, reason=f"{visit.number} {why}")
        case.refresh_from_db()
    elif kind := forced.get("task"):
        due = (
            at + timedelta(minutes=forced["minutes"])
            if "minutes" in forced
            else end_of_business_days(at, forced["business_days"])
        )
        add_task(case, kind=kind, due_at=due, at=at, by=by, note=f"{visit.number} {why}")
    elif channel := forced.get("channel_off"):
        wishes.close_channel(case.customer_id, channel, at=at, by=by, case=case)
    elif state := forced.get("point"):
        contact_points.set_state(visit.point, state, at=at, by=by, why=visit.number, case=case)


def learn_address(visit: Visit, story: Story, *, at: datetime, by: User | None) -> None:
    """Note that the debtor lives there, and where that is if nobody knew."""
    contact_points.verify(visit.point, at=at, by=by, why=visit.number, case=visit.case)
    if story.place is not None:
        AddressPlace.objects.get_or_create(
            point=visit.point,
            defaults={
                "latitude_e6": story.place["lat"],
                "longitude_e6": story.place["lon"],
                "source": "check_in",
                "at": at,
            },
        )
