"""The timeline in words: what each event was, in the reader's language; amounts only once identity is confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from forbear.web.agreements.models import MatterState
from forbear.web.cases.codes import Codes, codes, name_of
from forbear.web.cases.models import Case, CaseEvent, CaseState, HoldKind
from forbear.web.cases.words import TASKS
from forbear.web.desk.message_words import Titles, message_words, titles_of
from forbear.web.desk.titles import MACHINES, PLAIN, STATES, TITLES
from forbear.web.people.templatetags.forbear import masked_number, money
from forbear.web.portfolio.models import ContactPointState
from forbear.web.replies.words import sentence
from forbear.web.visits.models import Verdict
from forbear.web.visits.policy import word_of

SHOWN = 40
HIDDEN = "•••"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the timeline."""

    at: datetime
    who: str
    title: str
    tone: str
    text: str


def timeline(case: Case, *, show_amounts: bool, on: Any) -> list[Line]:
    """Return the latest lines of a case's timeline, newest first; one query, and one for titles of templates that people edited."""
    found = codes(on)
    events = CaseEvent.objects.filter(case=case).select_related("by").order_by("-sequence")[:SHOWN]
    known = titles_of(events)
    return [line(event, found, known, show_amounts=show_amounts) for event in events]


def line(event: CaseEvent, found: Codes, known: Titles, *, show_amounts: bool) -> Line:
    """Put one event into words."""
    title, tone = TITLES.get(event.kind) or matter_title(event)
    if event.kind == "state":
        title = ""  # the two states say it
    return Line(
        event.at, event.by.display_name if event.by else "", str(title), tone,
        message_words(event.payload, known, event.at) if event.kind.startswith("message")
        else words(event.kind, event.payload, found, show_amounts=show_amounts, on=event.at),
    )  # fmt: skip


def matter_title(event: CaseEvent) -> tuple[object, str]:
    """Return the title of a move of a matter: which one, and where it went."""
    machine, to = event.payload.get("machine", ""), event.payload.get("to", "")
    if machine not in MACHINES or to not in MatterState.values:
        return event.kind, "plain"
    return f"{MACHINES[machine]}: {MatterState(to).label}", "soon"


def words(kind: str, said: Mapping[str, Any], found: Codes, *, show_amounts: bool, on: datetime) -> str:
    """Return the sentence of one event."""
    if kind == "means":
        return name_of(found.reasons[said["reason"]]) if said.get("reason") in found.reasons else ""
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
    if kind.startswith("visit_"):
        return visit_words(said, found, on)
    if kind in STATES:
        return f"{said['number']} · {STATES[kind](said['state']).label}"
    if kind in PLAIN:
        return " · ".join(str(said[name]) for name in PLAIN[kind] if said.get(name))
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
