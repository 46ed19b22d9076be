"""The end of a call: the attempt, its result codes and everything they force, in one transaction or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from forbear.web.cases.codes import CodeRefused, Codes, Line, Outcome, Party, check, codes, name_of
from forbear.web.cases.holds import end_of_business_days, frozen_by, place_hold
from forbear.web.cases.models import Case, Task
from forbear.web.cases.opening import add_task, assign
from forbear.web.cases.promises.making import make_promise
from forbear.web.cases.states import settle
from forbear.web.cases.timeline import append_event, locked_case
from forbear.web.contact.gate import record_attempt
from forbear.web.contact.store import lock as gate_lock
from forbear.web.law.current import packs_now
from forbear.web.portfolio.models import ContactPoint
from forbear.web.reach import contact_points, wishes

if TYPE_CHECKING:
    from forbear.web.contact.models import ContactAttempt, Permit
    from forbear.web.people.models import User

EMERGENCY = "emergency"
PREFERENCES = ("this_number", "no_voice")


class WrapUpRefused(ValueError):
    """The call cannot be closed like this; `field` names the step that is missing or wrong."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class PromiseTerms:
    """What was promised."""

    amount_minor: int
    due_on: date
    pay_channel: str
    approved_by: User | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What the caller says the call came to."""

    line: str
    party: str = ""
    outcome: str = ""
    reason: str = ""  # why the debtor is in arrears
    note: str = ""
    promise: PromiseTerms | None = None
    callback_at: datetime | None = None
    preference: str = ""  # this_number, no_voice
    statement_made: bool = False  # told: you owe nothing, paying is your free choice
    identity_passed: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """The call that ends: under which permit, on which number, by whom."""

    case: Case
    permit: Permit
    point: ContactPoint | None
    started_at: datetime
    ended_at: datetime
    by: User
    answered_at: datetime | None = None  # as the line told, where a line placed the call
    network: Mapping[str, Any] | None = None  # what the network said of its end

    @property
    def seconds(self) -> int | None:
        """Return the seconds the line measured from answer to end; None where no line did."""
        if self.answered_at is None:
            return None
        return int((self.ended_at - self.answered_at).total_seconds())


@transaction.atomic
def wrap_up(call: Call, result: Result) -> ContactAttempt:
    """Record the attempt and do what its codes force; raises WrapUpRefused, CodeRefused or PromiseRefused."""
    # The gate's locks come before the case's row, as everywhere: what the call forces may close a number.
    gate_lock(call.case.customer_id, bytes(call.point.value_index) if call.point else None)
    case = locked_case(call.case.pk)
    found = codes(call.ended_at.date())
    line, party, outcome = check(found, line=result.line, party=result.party, outcome=result.outcome)
    reason = refuse_incomplete(case, call, result, found=found, party=party, outcome=outcome)
    if case.owner_id is None:
        assign(case, owner=call.by, at=call.ended_at, by=call.by)
    attempt = record(case, call, result, line=line, party=party)
    append_event(
        case, kind="attempt", at=call.ended_at, by=call.by, payload=told(attempt, call, result, reason)
    )
    if reason:
        case.arrears_reason = reason
        case.save(update_fields=["arrears_reason"])
    mark_point(call, line)
    if result.promise is not None:
        promise(case, call, result.promise, attempt)
    if outcome is not None:
        note_wishes(case, call, result)
        for forced in outcome.do:
            force(case, call, attempt, forced, outcome)
    settle(case, at=call.ended_at, by=call.by, why="call")
    return attempt


def refuse_incomplete(
    case: Case, call: Call, result: Result, *, found: Codes, party: Party | None, outcome: Outcome | None
) -> str:
    """Raise WrapUpRefused when a forced step is missing; return the reason of arrears to record."""
    frozen = frozen_by(case, call.ended_at)
    if frozen and outcome and not outcome.care:
        raise WrapUpRefused(
            _("The case is frozen (%(kind)s): only a care result can close this call.")
            % {"kind": frozen.get_kind_display()},
            "outcome",
        )
    if party and party.code == "P1" and not result.identity_passed:
        raise WrapUpRefused(_("Check the identity first; until then this is “possibly the debtor”."), "party")
    if party and party.third and call.point and call.point.relation == "self" and result.promise:
        raise WrapUpRefused(_("A third person cannot promise for the debtor."), "promise")
    if result.promise is not None and (outcome is None or "promise" not in outcome.needs):
        raise WrapUpRefused(_("A promise needs the result “promises”."), "outcome")
    for need in outcome.needs if outcome else ():
        refuse_missing(need, call, result, outcome)
    return reason_of(result, found=found, party=party, outcome=outcome)


def refuse_missing(need: str, call: Call, result: Result, outcome: Outcome | None) -> None:
    """Raise WrapUpRefused when what an outcome needs was not brought."""
    name = name_of(outcome) if outcome else ""
    missing = {
        "promise": (
            result.promise is None,
            _("“%(o)s” needs the amount, the date and the way of the promise."),
        ),
        "callback": (result.callback_at is None, _("“%(o)s” needs the time of the call back.")),
        "note": (not result.note.strip(), _("“%(o)s” needs a note that says what it was.")),
        "preference": (
            result.preference not in PREFERENCES,
            _("“%(o)s” needs what to stop: this number, or calls."),
        ),
        "statement": (
            not result.statement_made,
            _("“%(o)s”: first tell them that they owe nothing and that paying is their free choice."),
        ),
    }
    lacks, words = missing[need]
    if lacks:
        raise WrapUpRefused(words % {"o": name}, need)
    if need == "callback" and result.callback_at is not None and result.callback_at <= call.ended_at:
        raise WrapUpRefused(_("The call back lies in the past."), "callback")


def reason_of(result: Result, *, found: Codes, party: Party | None, outcome: Outcome | None) -> str:
    """Return the reason of arrears: what was said, else what the outcome itself says."""
    reason = result.reason or (outcome.reason if outcome else "")
    if reason and reason not in found.reasons:
        raise WrapUpRefused(_("This reason is not in the list."), "reason")
    if (
        found.reason_required
        and party
        and party.right_party
        and outcome
        and outcome.code != "B33"
        and not reason
    ):
        raise WrapUpRefused(_("Record why the debtor is in arrears."), "reason")
    return reason


def record(case: Case, call: Call, result: Result, *, line: Line, party: Party | None) -> ContactAttempt:
    """Append the attempt; a talk with the right party counts from the seconds that policy says."""
    seconds = call.seconds
    if seconds is None:
        seconds = int((call.ended_at - call.started_at).total_seconds())
    least = packs_now().value("house/contact/effective_call_seconds_min", call.ended_at.date())
    return record_attempt(
        permit=call.permit,
        case=case,
        contact_point=call.point,
        at=call.started_at,
        line=result.line,
        party=result.party,
        outcome=result.outcome,
        answered=line.answered,
        effective=line.answered and party is not None and party.effective and seconds >= least,
        ended_at=call.ended_at,
        note=result.note,
        staff=call.by,
        seconds_talked=call.seconds,
    )


def told(attempt: ContactAttempt, call: Call, result: Result, reason: str) -> dict[str, Any]:
    """Return what the timeline says about an attempt; never a whole number."""
    return {
        "attempt": attempt.pk,
        "channel": attempt.channel,
        "relation": call.point.relation if call.point else "",
        "tail": call.point.value_tail if call.point else "",
        "line": result.line,
        "party": result.party,
        "outcome": result.outcome,
        "reason": reason,
        "note": result.note,
        "identity_passed": result.identity_passed,
        "statement_made": result.statement_made,
        "seconds": attempt.seconds_talked,
    } | ({"network": dict(call.network)} if call.network else {})


def promise(case: Case, call: Call, terms: PromiseTerms, attempt: ContactAttempt) -> None:
    """Record the promise that was made on the call."""
    make_promise(
        case,
        amount_minor=terms.amount_minor,
        due_on=terms.due_on,
        pay_channel=terms.pay_channel,
        at=call.ended_at,
        by=call.by,
        approved_by=terms.approved_by,
        attempt=attempt,
    )


def mark_point(call: Call, line: Line) -> None:
    """Give the contact point the state that the line showed, unless its owner closed it to us."""
    if call.point and line.point:
        set_point(call.point, line.point, call)


def set_point(point: ContactPoint, state: str, call: Call) -> None:
    """Change the state of a contact point because of what came of a call."""
    contact_points.set_state(point, state, at=call.ended_at, by=call.by, why="call", case=call.case)


def note_wishes(case: Case, call: Call, result: Result) -> None:
    """Keep what the other side asked for: a call back, a number or a channel left alone."""
    if result.callback_at is not None:
        add_task(
            case, kind="callback", due_at=result.callback_at, at=call.ended_at, by=call.by, owner=call.by, note=result.note[:200]
        )  # fmt: skip
    if result.preference == "this_number" and call.point is not None:
        wishes.leave_number_alone(call.point, at=call.ended_at, by=call.by, case=case)
    if result.preference == "no_voice":
        for channel in ("voice", "ai_voice"):
            wishes.close_channel(case.customer_id, channel, at=call.ended_at, by=call.by, case=case)


def force(
    case: Case, call: Call, attempt: ContactAttempt, forced: Mapping[str, Any], outcome: Outcome
) -> None:
    """Do one thing that an outcome forces."""
    if kind := forced.get("hold"):
        place_hold(case, kind=kind, at=call.ended_at, by=call.by, reason=outcome.code)
        case.refresh_from_db()
    elif kind := forced.get("task"):
        if kind == EMERGENCY and Task.objects.filter(case=case, kind=kind, done_at__isnull=True).exists():
            return  # people were called to it during the call; one emergency is one task
        add_task(
            case,
            kind=kind,
            due_at=due(call.ended_at, forced),
            at=call.ended_at,
            by=call.by,
            note=outcome.code,
        )
    elif reason := forced.get("block"):
        if call.point is not None:
            contact_points.block_number(
                call.point, reason, at=call.ended_at, by=call.by, case=case, attempt=attempt
            )
    elif channel := forced.get("channel_off"):
        wishes.close_channel(case.customer_id, channel, at=call.ended_at, by=call.by, case=case)
    elif (state := forced.get("point")) and call.point:
        set_point(call.point, state, call)


def due(at: datetime, forced: Mapping[str, Any]) -> datetime:
    """Return when a forced task is due: in minutes, or at the end of a business day."""
    if "minutes" in forced:
        return at + timedelta(minutes=forced["minutes"])
    return end_of_business_days(at, forced["business_days"])


__all__ = ["Call", "CodeRefused", "PromiseTerms", "Result", "WrapUpRefused", "wrap_up"]
