"""Which moves of a case are allowed (domain dossier 3.4), and where a case rests once nothing holds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from forbear.web.cases.models import Case, CaseState, Promise, PromiseState
from forbear.web.cases.timeline import NewEvent, append_event, append_events
from forbear.web.contact.models import ContactAttempt

if TYPE_CHECKING:
    from forbear.web.people.models import User

S = CaseState
ACTIVE = frozenset({S.NEW, S.ASSIGNED, S.WORKING, S.PTP, S.PLAN, S.PLACED, S.LEGAL, S.LEGAL_DORMANT})
TERMINAL = frozenset({S.SETTLED, S.CLOSED, S.TRANSFERRED})
SELF_MOVING = frozenset({S.NEW, S.ASSIGNED, S.WORKING, S.PTP})
RANK = {S.NEW: 0, S.ASSIGNED: 1, S.WORKING: 2, S.PTP: 2}
ENDED = TERMINAL | {S.CURED}
FROM_ANY_ACTIVE = frozenset({S.HOLD, S.PLAN, S.PLACED, S.LEGAL, S.CLOSED, S.TRANSFERRED})
MOVES: Mapping[str, frozenset[CaseState]] = {
    S.NEW: FROM_ANY_ACTIVE | {S.ASSIGNED, S.CURED},
    S.ASSIGNED: FROM_ANY_ACTIVE | {S.WORKING, S.PTP, S.CURED, S.SETTLED},
    S.WORKING: FROM_ANY_ACTIVE | {S.PTP, S.CURED, S.SETTLED},
    S.PTP: FROM_ANY_ACTIVE | {S.WORKING, S.CURED, S.SETTLED},
    S.PLAN: FROM_ANY_ACTIVE | {S.WORKING, S.SETTLED},
    S.PLACED: FROM_ANY_ACTIVE | {S.WORKING, S.CURED, S.SETTLED},
    S.LEGAL: FROM_ANY_ACTIVE | {S.LEGAL_DORMANT, S.WORKING, S.SETTLED},
    S.LEGAL_DORMANT: FROM_ANY_ACTIVE,
    S.HOLD: ACTIVE | {S.CLOSED, S.TRANSFERRED},
    # A payment taken back undoes the cure; a new missed minimum opens a new case instead.
    S.CURED: frozenset({S.WORKING}),
}


class IllegalMove(ValueError):
    """A case cannot go from its state to the one asked for."""


def move(case: Case, to: CaseState, *, at: datetime, by: User | None, why: str) -> bool:
    """Move a case if that is allowed and write it to the timeline; return whether it moved.

    The caller holds the case's row lock (see timeline.locked_case). Raises IllegalMove.
    """
    was = CaseState(case.state)
    if was == to:
        return False
    refuse_illegal(was, to)
    case.state = to
    if to == S.HOLD:
        case.held_state = was
    elif was == S.HOLD:
        case.held_state = ""
    case.closed_on = at.date() if to in ENDED else None
    case.save(update_fields=["state", "held_state", "closed_on"])
    append_event(case, kind="state", at=at, by=by, payload={"from": was.value, "to": to.value, "why": why})
    return True


def refuse_illegal(was: CaseState, to: CaseState) -> None:
    """Raise IllegalMove with words when the move is not in the table."""
    if to in MOVES.get(was, frozenset()):
        return
    allowed = ", ".join(str(state.label) for state in CaseState if state in MOVES.get(was, frozenset()))
    words = {"was": was.label, "to": to.label, "allowed": allowed or _("nothing: this state is final")}
    raise IllegalMove(
        _("A case cannot go from “%(was)s” to “%(to)s”. From there it may go to: %(allowed)s.") % words
    )


def resting_state(case: Case) -> CaseState:
    """Return where a held case belongs when nothing holds it: read from its facts, not from memory."""
    if case.held_state and case.held_state not in SELF_MOVING:
        return CaseState(case.held_state)
    if Promise.objects.filter(case=case, state=PromiseState.OPEN).exists():
        return S.PTP
    if case.attempts.exists() or Promise.objects.filter(case=case).exists():
        return S.WORKING
    return S.ASSIGNED if case.owner_id else S.NEW


def settle(case: Case, *, at: datetime, by: User | None, why: str) -> None:
    """Bring one case to its resting state; the object given is refreshed."""
    settle_many([case.pk], at=at, by=by, why=why)
    case.refresh_from_db(fields=["state", "held_state", "closed_on"])


def settle_many(case_ids: Sequence[int], *, at: datetime, by: User | None, why: str) -> int:
    """Bring cases to where their promises and attempts put them; return how many moved.

    Only new, assigned, working and promised cases move by themselves; the caller holds their locks.
    """
    open_promise = Promise.objects.filter(case=OuterRef("pk"), state=PromiseState.OPEN)
    cases = Case.objects.filter(pk__in=case_ids, state__in=SELF_MOVING).annotate(
        promised=Exists(open_promise),
        touched=Exists(Promise.objects.filter(case=OuterRef("pk")))
        | Exists(ContactAttempt.objects.filter(case=OuterRef("pk"))),
    )
    moved: dict[int, str] = {}
    events = []
    for case in cases:
        for to in path_to_rest(case):
            refuse_illegal(CaseState(case.state), to)
            events.append(NewEvent(case.pk, "state", {"from": str(case.state), "to": to.value, "why": why}))
            case.state = to
            moved[case.pk] = to.value
    store_states(moved)
    append_events(events, at=at, by=by)
    return len(events)


STORE = """
UPDATE cases_case c SET state = v.state FROM unnest(%s::bigint[], %s::text[]) AS v(id, state) WHERE c.id = v.id
"""


def store_states(moved: Mapping[int, str]) -> None:
    """Write the states of many cases in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(STORE, [list(moved), list(moved.values())])


def path_to_rest(case: Any) -> list[CaseState]:
    """Return the moves from a case's state to its resting state; a new case is assigned before it is worked."""
    rest = S.PTP if case.promised else S.WORKING if case.touched else S.ASSIGNED if case.owner_id else S.NEW
    if case.state == rest or (RANK[case.state] > RANK[rest] and rest in {S.NEW, S.ASSIGNED}):
        return []  # work that was begun is not unbegun
    return [S.ASSIGNED, rest] if case.state == S.NEW and rest != S.ASSIGNED else [rest]
