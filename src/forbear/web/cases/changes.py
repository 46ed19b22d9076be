"""What follows when the bank's facts change: promises judged, claims of payment settled, cases cured or uncured.

Called after a file is applied or reversed, by the nightly run, and by the clock at midnight. It computes states
from facts each time, so running it twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from forbear.web.cases.ageing import CaseAge, age_cases
from forbear.web.cases.holds import release_expired, release_hold
from forbear.web.cases.models import Case, CaseState, Hold, Task
from forbear.web.cases.opening import finish_task
from forbear.web.cases.promises.evaluation import evaluate_promises
from forbear.web.cases.pursuit import left_of_write_offs
from forbear.web.cases.states import move, refuse_illegal, settle_many
from forbear.web.cases.timeline import NewEvent, append_event, append_events, locked_case

CURABLE = (CaseState.NEW, CaseState.ASSIGNED, CaseState.WORKING, CaseState.PTP, CaseState.PLACED)
AT_ONCE = 5000  # cases judged together; bounds memory, not the result


Follow = Callable[[Sequence[int], date, datetime], None]
FOLLOWERS: list[Follow] = []  # what other rooms judge from the bank's facts: plans, settlements


@dataclass(frozen=True, slots=True)
class Changed:
    """How many things moved."""

    promises: int
    claims_settled: int
    cured: int
    uncured: int


def after_facts_changed(
    *, as_of: date, at: datetime, case_ids: Iterable[int] | None = None, accounts: Iterable[int] | None = None
) -> Changed:
    """Bring cases up to date with the bank's facts as of a day.

    case_ids or accounts narrow it to what a file touched; without both, every case that is not ended for good, and
    those cured, whose payment may have been taken back.
    """
    ids = (
        cases_of(accounts)
        if accounts is not None
        else sorted(set(case_ids))
        if case_ids is not None
        else concerned()
    )
    totals = [0, 0, 0, 0]
    for start in range(0, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        with transaction.atomic():
            for place, count in enumerate(update_cases(some, as_of=as_of, at=at)):
                totals[place] += count
    return Changed(*totals)


def update_cases(case_ids: Sequence[int], *, as_of: date, at: datetime) -> tuple[int, int, int, int]:
    """Judge promises, settle claims of payment, age, cure and uncure these cases."""
    promises = len(evaluate_promises(as_of=as_of, at=at, case_ids=case_ids, why="facts changed"))
    claims = settle_claims(case_ids, at=at)
    for follow in FOLLOWERS:
        follow(case_ids, as_of, at)
    ages = age_cases(case_ids, as_of)
    store_ages(case_ids, ages, as_of)
    return (
        promises,
        claims,
        cure(case_ids, ages, as_of=as_of, at=at),
        uncure(case_ids, ages, as_of=as_of, at=at),
    )


# A case nobody has begun follows from the next run of the day; those begun follow their facts at once.
BEGUN_CASES = """
SELECT c.id FROM cases_case c
WHERE c.state IN ('assigned', 'working', 'ptp', 'hold', 'plan', 'placed', 'cured')
  AND EXISTS (
    SELECT 1 FROM portfolio_account a
    WHERE a.customer_id = c.customer_id AND a.product = c.product
      AND (EXISTS (SELECT 1 FROM portfolio_ledgerentry e WHERE e.account_id = a.id AND e.batch_id = %(batch)s)
           OR EXISTS (SELECT 1 FROM portfolio_statement s WHERE s.account_id = a.id AND s.batch_id = %(batch)s)))
ORDER BY c.id
"""


def after_batch(*, batch_id: int, as_of: date, at: datetime) -> Changed:
    """Bring the cases in work up to date with a file that was just applied or taken back."""
    with connection.cursor() as cursor:
        cursor.execute(BEGUN_CASES, {"batch": batch_id})
        ids = [row[0] for row in cursor.fetchall()]
    return after_facts_changed(as_of=as_of, at=at, case_ids=ids)


def concerned() -> list[int]:
    """Return the cases whose state can still follow from facts."""
    gone = (CaseState.SETTLED, CaseState.CLOSED, CaseState.TRANSFERRED)
    return list(Case.objects.exclude(state__in=gone).order_by("pk").values_list("pk", flat=True))


def cases_of(accounts: Iterable[int]) -> list[int]:
    """Return the cases that hold any of these accounts, ended ones included."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT c.id FROM cases_case c JOIN portfolio_account a"
            " ON a.customer_id = c.customer_id AND a.product = c.product WHERE a.id = ANY(%s) ORDER BY 1",
            [list(accounts)],
        )
        return [row[0] for row in cursor.fetchall()]


# A claim is settled by a payment the house had not seen when the claim was made, dated no later than the hold.
SETTLED_CLAIMS = """
SELECT h.id, e.entry_no FROM cases_hold h
JOIN cases_case c ON c.id = h.case_id
JOIN LATERAL (
    SELECT e.entry_no FROM portfolio_account a
    JOIN standing_entries e ON e.account_id = a.id AND e.kind IN ('payment', 'recovery')
    JOIN intake_importbatch b ON b.id = e.batch_id
    WHERE a.customer_id = c.customer_id AND a.product = c.product AND b.applied_at > h.since
      AND NOT EXISTS (SELECT 1 FROM standing_entries r WHERE r.account_id = e.account_id
                      AND r.kind = 'reversal' AND r.reverses_no = e.entry_no)
    ORDER BY e.id LIMIT 1
) e ON true
WHERE h.kind = 'claimed_paid' AND h.released_at IS NULL AND h.case_id = ANY(%s)
ORDER BY h.case_id
"""


def settle_claims(case_ids: Sequence[int], *, at: datetime) -> int:
    """Close "I have paid" holds whose payment has posted, and end those whose days are over; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(SETTLED_CLAIMS, [list(case_ids)])
        posted = dict(cursor.fetchall())
    for hold in Hold.objects.filter(pk__in=posted).select_related("case").order_by("case_id"):
        release_hold(hold, at=at, by=None, reason=f"posted: {posted[hold.pk]}")
        for task in Task.objects.filter(case_id=hold.case_id, kind="payment_check", done_at__isnull=True):
            finish_task(task, at=at, by=None)
    ended = Hold.objects.filter(case_id__in=case_ids, released_at__isnull=True, until__lte=at)
    over = sum(
        release_expired(locked_case(case_id), at=at)
        for case_id in sorted(set(ended.values_list("case_id", flat=True)))
    )
    return len(posted) + over


def store_ages(case_ids: Sequence[int], ages: dict[int, CaseAge], as_of: date) -> None:
    """Copy the ages to the cases that we know statements of, so that lists sort without recomputing."""
    changed = []
    for case in Case.objects.filter(pk__in=case_ids).filter(Q(aged_on__isnull=True) | Q(aged_on__lte=as_of)):
        age = ages[case.pk]
        if age.statements and (case.dpd, case.past_due_minor, case.bucket) != (
            age.dpd,
            age.past_due_minor,
            age.bucket,
        ):
            case.dpd, case.past_due_minor, case.bucket, case.aged_on = (
                age.dpd,
                age.past_due_minor,
                age.bucket,
                as_of,
            )
            changed.append(case)
    Case.objects.bulk_update(changed, ["dpd", "past_due_minor", "bucket", "aged_on"], batch_size=2000)


def cure(case_ids: Sequence[int], ages: dict[int, CaseAge], *, as_of: date, at: datetime) -> int:
    """Cure the cases in which nothing is past due any more; return how many.

    A case without any statement is not known to be current: it stays. So does one that was written off until all of it
    has come in: a bank that bills nothing any more on such an account has forgiven nothing.
    """
    current = [case for case in case_ids if ages[case].statements and not ages[case].past_due_minor]
    pursued = left_of_write_offs(current)
    current = [case for case in current if case not in pursued]
    cases = list(
        Case.objects.select_for_update()
        .filter(pk__in=current, state__in=CURABLE, opened_on__lte=as_of)
        .order_by("pk")
    )
    return end_cured(cases, as_of=as_of, at=at)


def end_cured(cases: Sequence[Case], *, as_of: date, at: datetime) -> int:
    """Write the cure of cases: state, open tasks, timeline."""
    events = []
    for case in cases:
        refuse_illegal(CaseState(case.state), CaseState.CURED)
        was, case.state, case.closed_on = str(case.state), CaseState.CURED, as_of
        events.append(NewEvent(case.pk, "state", {"from": was, "to": "cured", "why": "nothing past due"}))
        events.append(NewEvent(case.pk, "cured", {"as_of": as_of.isoformat()}))
    Case.objects.bulk_update(cases, ["state", "closed_on"], batch_size=2000)
    # What was still to do on a cured case is done: nobody calls back someone who has paid.
    open_tasks = Task.objects.filter(case__in=[case.pk for case in cases], done_at__isnull=True)
    events += [
        NewEvent(task.case_id, "task_done", {"task": task.pk, "kind": task.kind}) for task in open_tasks
    ]
    open_tasks.update(done_at=at)
    append_events(events, at=at)
    return len(cases)


def uncure(case_ids: Sequence[int], ages: dict[int, CaseAge], *, as_of: date, at: datetime) -> int:
    """Take back the cure of cases whose payment was taken back; return how many.

    A minimum missed after the cure is a new case instead, so only arrears older than the cure count, and only
    while no newer case is open.
    """
    count = 0
    for case in Case.objects.filter(pk__in=case_ids, state=CaseState.CURED).order_by("pk"):
        age = ages[case.pk]
        older = age.oldest_unpaid_due_on is not None and age.oldest_unpaid_due_on < (case.closed_on or as_of)
        if not older or has_newer(case):
            continue
        case = locked_case(case.pk)
        move(case, CaseState.WORKING, at=at, by=None, why="payment taken back")
        append_event(case, kind="cure_undone", at=at, payload={"as_of": as_of.isoformat()})
        settle_many([case.pk], at=at, by=None, why="promise judged")
        count += 1
    return count


def has_newer(case: Case) -> bool:
    """Return whether the customer's work went on in another case."""
    newer: Any = Case.objects.filter(customer_id=case.customer_id, product=case.product, pk__gt=case.pk)
    return bool(newer.exists())
