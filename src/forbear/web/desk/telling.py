"""The timeline in words: what each event was, in the reader's language; amounts only once identity is confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from forbear.web.agreements.models import MatterState
from forbear.web.cases.codes import Codes, codes, name_of
from forbear.web.cases.models import Case, CaseEvent, CaseState, HoldKind
from forbear.web.cases.words import TASKS
from forbear.web.complaints.models import State as ComplaintState
from forbear.web.people.templatetags.forbear import masked_number, money
from forbear.web.portfolio.models import ContactPointState
from forbear.web.replies.words import sentence
from forbear.web.visits.models import Verdict
from forbear.web.visits.policy import word_of

SHOWN = 40
HIDDEN = "•••"
TITLES: Mapping[str, tuple[LazyText, str]] = {
    "opened": (lazy("Case opened"), "plain"),
    "assigned": (lazy("Assigned"), "plain"),
    "state": (lazy("State"), "plain"),
    "attempt": (lazy("Call"), "info"),
    "inbound": (lazy("Came in"), "info"),
    "recording": (lazy("Recording kept"), "plain"),
    "recording_deleted": (lazy("Recording deleted"), "plain"),
    "visit_file_deleted": (lazy("Photo or recording of a visit deleted"), "plain"),
    "note": (lazy("Note"), "plain"),
    "identity": (lazy("Identity passed"), "good"),
    "task": (lazy("To do"), "soon"),
    "task_done": (lazy("Done"), "plain"),
    "hold": (lazy("On hold"), "soon"),
    "complaint": (lazy("Complaint"), "soon"),
    "hold_released": (lazy("Hold lifted"), "plain"),
    "promise_made": (lazy("Promise made"), "info"),
    "promise_kept": (lazy("Promise kept"), "good"),
    "promise_partial": (lazy("Promise partly kept"), "soon"),
    "promise_broken": (lazy("Promise broken"), "bad"),
    "promise_open": (lazy("Promise open again"), "info"),
    "promise_superseded": (lazy("Promise superseded"), "plain"),
    "promise_cancelled": (lazy("Promise cancelled by a hold"), "plain"),
    "approval_given": (lazy("Approved"), "good"),
    "approval_declined": (lazy("Approval declined"), "bad"),
    "approval_expired": (lazy("Nobody answered in time"), "soon"),
    "contact_point": (lazy("Contact point"), "plain"),
    "preference": (lazy("Preference"), "soon"),
    "number_blocked": (lazy("Number blocked"), "bad"),
    "means": (lazy("Means recorded"), "info"),
    "plan_proposed": (lazy("Plan proposed"), "info"),
    "plan_docs_pending": (lazy("Plan waits for proofs"), "soon"),
    "plan_under_review": (lazy("Plan under review"), "info"),
    "plan_approved": (lazy("Plan approved"), "good"),
    "plan_offered": (lazy("Plan offered"), "info"),
    "plan_signed": (lazy("Plan signed"), "good"),
    "plan_active": (lazy("Collection stopped"), "good"),
    "plan_late": (lazy("Plan behind"), "bad"),
    "plan_breach_notice": (lazy("Notice of breach given"), "bad"),
    "plan_breached": (lazy("Plan broken"), "bad"),
    "plan_completed": (lazy("Plan completed"), "good"),
    "plan_expired": (lazy("Offer not signed in time"), "soon"),
    "plan_declined": (lazy("Plan declined"), "plain"),
    "notice_delivered": (lazy("Notice of breach delivered"), "bad"),
    "waiver_requested": (lazy("Settlement asked for"), "info"),
    "waiver_approved": (lazy("Settlement approved"), "good"),
    "waiver_rejected": (lazy("Settlement rejected"), "bad"),
    "waiver_paid": (lazy("Settlement paid"), "good"),
    "waiver_executed": (lazy("Waiver posted"), "good"),
    "waiver_expired": (lazy("Settlement expired"), "soon"),
    "document": (lazy("Document made"), "plain"),
    "document_received": (lazy("Document received"), "plain"),
    "signed": (lazy("Signed"), "good"),
    "withdrawn": (lazy("Messages withdrawn"), "plain"),
    "matter_freed": (lazy("Matter closed"), "plain"),
    "not_settled": (lazy("No certificate: something is left"), "bad"),
    "payment_pending": (lazy("Paid on the page, not posted yet"), "good"),
    "payment_posted": (lazy("Payment from the page posted"), "good"),
    "payment_refunded": (lazy("Payment from the page given back"), "soon"),
    "refund_asked": (lazy("Refund asked for"), "soon"),
    "payer_link": (lazy("Link made by which somebody else pays"), "info"),
    "helper_granted": (lazy("Somebody may help the debtor on the own page"), "info"),
    "helper_ended": (lazy("A helper's rights ended"), "plain"),
    "helper_acted": (lazy("A helper did something on the own page"), "info"),
    "own_page_link": (lazy("Link to their own page sent"), "info"),
    "reply": (lazy("Reply"), "info"),
    "reply_undone": (lazy("What a reply forced was undone"), "plain"),
    "paged": (lazy("Called to an emergency"), "bad"),
    "page_answered": (lazy("Took the emergency"), "good"),
    "own_page": (lazy("Was on their own page"), "info"),
    "wrong_person": (lazy("Says the number is not the debtor's"), "soon"),
    "message": (lazy("Message sent"), "info"),
    "message_sent": (lazy("Message taken by the carrier"), "info"),
    "message_delivered": (lazy("Message delivered"), "good"),
    "message_failed": (lazy("Message failed"), "bad"),
    "message_settled": (lazy("Uncertain message settled"), "soon"),
    "visit_requested": (lazy("Visit asked for"), "info"),
    "visit_refused": (lazy("Visit refused by the risk check"), "bad"),
    "visit_approved": (lazy("Visit approved"), "good"),
    "visit_declined": (lazy("Visit declined"), "plain"),
    "visit_scheduled": (lazy("Visit on a route"), "info"),
    "visit_called_off": (lazy("Visit called off"), "plain"),
    "visit_checked_in": (lazy("Team at the door"), "info"),
    "visit_result": (lazy("Visit"), "info"),
    "visit_sos": (lazy("Team called for help"), "bad"),
    "visit_reviewed": (lazy("Visit reviewed"), "plain"),
    "cured": (lazy("Cured"), "good"),
    "cure_undone": (lazy("Cure undone"), "bad"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the timeline."""

    at: datetime
    who: str
    title: str
    tone: str
    text: str


def timeline(case: Case, *, show_amounts: bool, on: Any) -> list[Line]:
    """Return the latest lines of a case's timeline, newest first; one query."""
    found = codes(on)
    events = CaseEvent.objects.filter(case=case).select_related("by").order_by("-sequence")[:SHOWN]
    return [line(event, found, show_amounts=show_amounts) for event in events]


def line(event: CaseEvent, found: Codes, *, show_amounts: bool) -> Line:
    """Put one event into words."""
    title, tone = TITLES.get(event.kind) or matter_title(event)
    if event.kind == "state":
        title = ""  # the two states say it
    return Line(
        event.at, event.by.display_name if event.by else "", str(title), tone,
        words(event.kind, event.payload, found, show_amounts=show_amounts, on=event.at),
    )  # fmt: skip


MACHINES: Mapping[str, LazyText] = {
    "hardship": lazy("Hardship"), "dispute": lazy("Objection"), "status": lazy("Standing of the person")
}  # fmt: skip


def matter_title(event: CaseEvent) -> tuple[LazyText | str, str]:
    """Return the title of a move of a matter: which one, and where it went."""
    machine, to = event.payload.get("machine", ""), event.payload.get("to", "")
    if machine not in MACHINES or to not in MatterState.values:
        return event.kind, "plain"
    return f"{MACHINES[machine]}: {MatterState(to).label}", "soon"


def words(kind: str, said: Mapping[str, Any], found: Codes, *, show_amounts: bool, on: datetime) -> str:
    """Return the sentence of one event."""
    if kind in {"attempt", "inbound"}:
        return attempt_words(said, found)
    if kind.startswith("promise_") and "amount_minor" in said:
        return promise_words(said, show_amounts=show_amounts)
    if kind == "state":
        return f"{CaseState(said['from']).label} → {CaseState(said['to']).label}"
    if kind in {"hold", "hold_released"}:
        until = f" → {said['until'][:16].replace('T', ' ')}" if said.get("until") else ""
        return f"{HoldKind(said['kind']).label}{until}"
    if kind in {"task", "task_done"}:
        due = f" · {said['due_at'][:16].replace('T', ' ')}" if said.get("due_at") else ""
        return f"{TASKS.get(said['kind'], said['kind'])}{due}"
    if kind in {"reply", "reply_undone", "paged", "page_answered"}:
        return sentence(kind, said)
    if kind in {"contact_point", "number_blocked"}:
        return f"{masked_number(said.get('tail', ''))} {point_words(said)}"
    if kind.startswith("message"):
        return " · ".join(filter(None, (said.get("channel"), said.get("template"), said.get("text"))))
    if kind.startswith("visit_"):
        return visit_words(said, found, on)
    if kind == "complaint":
        return f"{said['number']} · {ComplaintState(said['state']).label}"
    return str(said.get("text") or said.get("reason") or "")


def point_words(said: Mapping[str, Any]) -> str:
    """Return the state a contact point took, or why its number is blocked."""
    state = {"third_party_refused": "refused"}.get(
        said.get("reason", ""), said.get("to") or said.get("reason", "")
    )
    return str(ContactPointState(state).label) if state in ContactPointState.values else state


def visit_words(said: Mapping[str, Any], found: Codes, at: datetime) -> str:
    """Return number, result, what the debtor said and note of a visit."""
    talk = found.outcomes.get(said.get("talk", ""))
    verdict = said.get("verdict", "")
    parts = [
        said.get("visit", ""), word_of("results", said["result"], at) if said.get("result") else "", name_of(talk) if talk else "",
        str(Verdict(verdict).label) if verdict in Verdict.values else "",
        said.get("note") or said.get("text") or said.get("reason") or "",
    ]  # fmt: skip
    return " · ".join(filter(None, parts))


def attempt_words(said: Mapping[str, Any], found: Codes) -> str:
    """Return number, line, party, outcome, reason and note of an attempt."""
    parts = [masked_number(said["tail"]) if said.get("tail") else ""]
    parts += [
        name_of(table[code])
        for table, code in (
            (found.lines, said.get("line", "")),
            (found.parties, said.get("party", "")),
            (found.outcomes, said.get("outcome", "")),
            (found.reasons, said.get("reason", "")),
        )
        if code in table
    ]
    if said.get("statement_made"):
        parts.append(_("told: owes nothing, free choice"))
    parts.append(said.get("note", ""))
    return " · ".join(part for part in parts if part)


def promise_words(said: Mapping[str, Any], *, show_amounts: bool) -> str:
    """Return amount, date and what came of a promise."""
    amount = money(said["amount_minor"]) if show_amounts else HIDDEN
    received = f" ({money(said['received_minor'])})" if show_amounts and "received_minor" in said else ""
    return f"{amount} · {said['due_on']}{received}"
