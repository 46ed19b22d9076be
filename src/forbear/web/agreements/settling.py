"""Settlements kept or not, from what was posted: paid in time they are executed, else they lapse and nothing is waived."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from forbear.money import parse_minor
from forbear.web.agreements.keeping import received
from forbear.web.agreements.machine import move
from forbear.web.agreements.models import Waiver, WaiverState
from forbear.web.agreements.policy import house
from forbear.web.agreements.settled import certify
from forbear.web.agreements.waiver_paper import number_of
from forbear.web.cases.models import Case, CaseState
from forbear.web.cases.owed import total_owed_minor
from forbear.web.cases.states import ENDED
from forbear.web.cases.states import move as move_case
from forbear.web.cases.timeline import append_event, locked_case
from forbear.web.intake.models import BatchState, ImportBatch
from forbear.web.portfolio.models import LedgerEntry


def judge_waivers(case_ids: Sequence[int], as_of: date, at: datetime) -> int:
    """Execute settlements whose money has come by their day, and end those whose day is over; return how many moved."""
    moved = 0
    found = Waiver.objects.filter(case_id__in=list(case_ids), state=WaiverState.APPROVED).order_by("case_id")
    for waiver in found.select_related("case__customer"):
        locked_case(waiver.case_id)
        moved += judge_waiver(waiver, as_of, at)
    return moved


def judge_waiver(waiver: Waiver, as_of: date, at: datetime) -> int:
    """Judge one settlement as of a day; return whether it moved."""
    if waiver.approved_at is None:
        return 0
    case = waiver.case
    came = received(
        case.customer_id,
        case.product,
        since=waiver.approved_at,
        until=min(as_of, waiver.valid_until),
        as_of=as_of,
    )
    waiver.received_minor = came
    waiver.save(update_fields=["received_minor"])
    short = parse_minor(str(house("waiver_tolerance", at)))
    facts: dict[str, Any] = {"received_minor": came}
    if came >= waiver.pay_minor - short:
        move(waiver, "waiver", WaiverState.PAID, at=at, by=None, why="full payment by the valid day", **facts)
        execute(waiver, at=at)
        return 1
    if missed := missed_stage(waiver, as_of, short=short, at=at):
        why = "a payment was missed" if waiver.stages else "not paid in full by the valid day"
        move(
            waiver, "waiver", WaiverState.EXPIRED, at=at, by=None, why=why, due_on=missed.isoformat(), **facts
        )
        return 1
    return 0


def missed_stage(waiver: Waiver, as_of: date, *, short: int, at: datetime) -> date | None:
    """Return the day of the first payment whose money did not come value-dated by then, its days of posting over."""
    if waiver.approved_at is None:
        return None
    posting = timedelta(days=house("waiver_posting_days", at))
    whole: list[dict[str, Any]] = [
        {"due_on": waiver.valid_until.isoformat(), "amount_minor": waiver.pay_minor}
    ]
    needed, case = 0, waiver.case
    for row in waiver.stages or whole:
        due_on, needed = date.fromisoformat(row["due_on"]), needed + row["amount_minor"]
        if as_of <= due_on + posting:
            return None
        came = received(case.customer_id, case.product, since=waiver.approved_at, until=due_on, as_of=as_of)
        if came < needed - short:
            return due_on
    return None


def execute(waiver: Waiver, *, at: datetime) -> None:
    """Post the waiver entries in a batch of their own, and settle the case if nothing is left."""
    case, number = waiver.case, number_of(waiver)
    batch = ImportBatch.objects.create(
        received_at=at, received_name=f"waiver {number}", sha256=hashlib.sha256(number.encode()).hexdigest(),
        state=BatchState.APPLIED, applied_at=at, data_on=at.date(), rows_applied=len(waiver.parts), ours=True,
    )  # fmt: skip
    LedgerEntry.objects.bulk_create(
        LedgerEntry(
            entry_no=f"{number}-{serial}", account_id=row["account"], kind="waiver", amount_minor=row["waived_minor"],
            value_on=at.date(), booked_on=at.date(), memo=row["part"], batch=batch,
        )
        for serial, row in enumerate(waiver.parts, 1) if row["waived_minor"]
    )  # fmt: skip
    move(waiver, "waiver", WaiverState.EXECUTED, at=at, by=None, why="entries posted", batch=batch.pk)
    case.refresh_from_db()
    if total_owed_minor(case, at.date()) <= 0:
        settle(case, waiver, at=at)


def settle(case: Case, waiver: Waiver, *, at: datetime) -> None:
    """End the case as settled, unless it is held or its first payment had cured it, and certify it."""
    state = CaseState(case.state)
    if state == CaseState.HOLD or state in ENDED:
        said = f"settlement executed while the case is: {state.value}"
        append_event(case, kind="note", at=at, payload={"text": said})
    else:
        if state == CaseState.NEW:
            move_case(case, CaseState.ASSIGNED, at=at, by=None, why="settlement")
        move_case(case, CaseState.SETTLED, at=at, by=None, why="settlement executed")
    certify(case, paid_minor=waiver.received_minor, waived_minor=waiver.waived_minor, at=at, lang=waiver.lang)
