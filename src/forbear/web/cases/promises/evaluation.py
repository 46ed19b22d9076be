"""Writes down what judging promises changed: the promise, its audit row, the timeline, the case's state."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import connection, transaction

from forbear.web.cases.models import Case, Promise, PromiseChange, PromiseState
from forbear.web.cases.promises.judging import judge_promises
from forbear.web.cases.promises.record import FAILED
from forbear.web.cases.states import settle_many
from forbear.web.cases.timeline import NewEvent, append_events


@transaction.atomic
def evaluate_promises(
    *, as_of: date, at: datetime, case_ids: Sequence[int] | None = None, why: str = "judged"
) -> list[PromiseChange]:
    """Judge promises and write what changed: the promise, its audit row, the timeline, the case's state.

    First looks without locks, then judges the few that differ again under the locks of their cases.
    """
    differing = changed_cases(as_of, case_ids)
    if not differing:
        return []
    list(
        Case.objects.select_for_update().filter(pk__in=differing).order_by("pk").values_list("pk", flat=True)
    )
    judged = judge_promises(as_of, differing)
    stored = Promise.objects.in_bulk(judged.id.tolist())
    moved, changes, events = [], [], []
    for promise_id, state, received in zip(
        judged.id.tolist(), judged.states, judged.received.tolist(), strict=True
    ):
        promise = stored[promise_id]
        if (promise.state, promise.received_minor) == (state, received):
            continue
        old, promise.state, promise.received_minor = promise.state, state, received
        moved.append(promise)
        if old != state:
            changes.append(change_of(promise, old, at=at, as_of=as_of, why=why))
            events.append(NewEvent(promise.case_id, f"promise_{state}", told_change(promise, old)))
    store_judged(moved)
    PromiseChange.objects.bulk_create(changes, batch_size=2000)
    append_events(events, at=at)
    settle_many(sorted({change.promise.case_id for change in changes}), at=at, by=None, why="promise judged")
    return changes


# One statement over columns: Django's bulk_update writes a CASE arm per row, which took most of two minutes at 50,000 promises.
STORE = """
UPDATE cases_promise p SET state = v.state, received_minor = v.received
FROM unnest(%s::bigint[], %s::text[], %s::bigint[]) AS v(id, state, received) WHERE p.id = v.id
"""


def store_judged(moved: Sequence[Promise]) -> None:
    """Write state and money received of promises that were judged anew."""
    ids, states = [each.pk for each in moved], [str(each.state) for each in moved]
    received = [each.received_minor for each in moved]
    with connection.cursor() as cursor:
        cursor.execute(STORE, [ids, states, received])


def changed_cases(as_of: date, case_ids: Sequence[int] | None) -> list[int]:
    """Return the cases with a promise whose state or money differs from what is stored."""
    judged = judge_promises(as_of, case_ids)
    rows = Promise.objects.filter(made_on__lte=as_of).exclude(
        state__in=[PromiseState.SUPERSEDED, PromiseState.CANCELLED_BY_HOLD]
    )
    if case_ids is not None:
        rows = rows.filter(case_id__in=list(case_ids))
    stored = {
        pk: (state, received) for pk, state, received in rows.values_list("pk", "state", "received_minor")
    }
    differing = {
        case
        for pk, case, state, received in zip(
            judged.id.tolist(), judged.case.tolist(), judged.states, judged.received.tolist(), strict=True
        )
        if stored.get(pk) != (state, received)
    }
    return sorted(differing)


def change_of(promise: Promise, old: str, *, at: datetime, as_of: date, why: str) -> PromiseChange:
    """Return the audit row of one judged move; a move out of a final state names the late or undone posting."""
    reason = why
    if old in FAILED and promise.state == PromiseState.KEPT:
        reason = "late_posting_by_value_date"
    elif old == PromiseState.KEPT:
        reason = "payment_taken_back"
    return PromiseChange(
        promise=promise, at=at, as_of=as_of, old_state=old, new_state=promise.state, reason=reason,
        received_minor=promise.received_minor,
    )  # fmt: skip


def told_change(promise: Promise, old: str) -> dict[str, object]:
    """Return what the timeline says about a judged promise."""
    return {
        "promise": promise.pk,
        "from": str(old),
        "amount_minor": promise.amount_minor,
        "received_minor": promise.received_minor,
        "due_on": promise.due_on.isoformat(),
    }
