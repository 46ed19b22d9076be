"""What compliance and legal find in the demo: a month told to the register, an objection, write-offs being prepared."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.db.models import F
from django.db.models.functions import Mod

from forbear.ledger import month_ends
from forbear.web import clock
from forbear.web.cases.models import Case
from forbear.web.credit import notices, objections, running
from forbear.web.credit.models import CreditLine
from forbear.web.disposal import policy
from forbear.web.disposal.machine import DisposalRefused
from forbear.web.disposal.write_offs.preparation import prepare as prepare_write_off
from forbear.web.outbox.models import MessageState, OutboxMessage
from forbear.web.people.models import Role, User

UNTOLD_EVERY = 5  # the demo has no carrier: of so many notices one stays without a receipt
PREPARED = 3
SAID = "当月二十日已通过手机银行还款，有回单，请核实。"


def make_records(staff: list[User], *, as_of: date, told_on: date) -> None:
    """Tell debtors, then the month before the demo's day, take in one objection, begin some write-offs."""
    keeper, lawyer = (
        next(user for user in staff if user.role == role) for role in (Role.COMPLIANCE, Role.LEGAL)
    )
    month = month_ends(as_of, 2)[0]
    notices.plan_notices(at=_at(min(told_on, month - timedelta(days=1))), by=keeper)
    deliver_notices()
    run = running.run_month(running.begin(month, at=_at(month + timedelta(days=2)), by=keeper))
    bad = (
        CreditLine.objects.filter(run=run, reported=True, letter="2")
        .select_related("account")
        .order_by("pk")
        .first()
    )
    if bad is not None:
        received = run.reported_on + timedelta(days=1)
        objections.take_in(
            bad.account,
            [month],
            ground="paid",
            text=SAID,
            received_on=received,
            at=max(_at(received), run.at),
            by=keeper,
        )
    begin_write_offs(as_of, lawyer)


def deliver_notices() -> None:
    """Let most notices have the receipt that a carrier would have sent."""
    told = OutboxMessage.objects.filter(template=notices.TEMPLATE, state=MessageState.PLANNED)
    told.annotate(place=Mod("pk", UNTOLD_EVERY)).exclude(place=0).update(
        state=MessageState.DELIVERED, settled_at=F("not_before")
    )


def begin_write_offs(as_of: date, by: User) -> None:
    """Prepare the write-off of the latest cases; the proofs are left to whoever tries the demo."""
    days = min(row["days_from"] for row in policy.value("criteria", as_of))
    late = Case.objects.filter(closed_on__isnull=True, dpd__gte=days).order_by("-dpd", "pk")
    for case in late[:PREPARED]:
        try:
            prepare_write_off(case, "pursued", at=_at(as_of), by=by)
        except DisposalRefused:
            continue  # what cannot be written off is not shown as if it could


def _at(day: date) -> datetime:
    return min(datetime.combine(day, time(10), tzinfo=clock.bank_zone()), clock.now())
