"""Plans kept or not, from what was posted by value date: late, caught up, noticed, broken, completed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils.translation import gettext as _

from forbear.web.agreements.machine import LIVE, AgreementRefused, move
from forbear.web.agreements.models import Plan, PlanState
from forbear.web.agreements.policy import bank, words
from forbear.web.agreements.settled import certify
from forbear.web.agreements.stopping import resume_collection
from forbear.web.cases.models import CaseState
from forbear.web.cases.timeline import locked_case
from forbear.web.law.current import packs_at
from forbear.web.outbox.models import MessageState
from forbear.web.outbox.services import Body, Draft, enqueue

if TYPE_CHECKING:
    from forbear.web.people.models import User

# What came under a plan: value-dated since it was signed, not yet seen by the house when it was, less what was taken
# back of just these payments: one that came before the plan and is taken back now is no shortfall of the plan.
RECEIVED = """
SELECT coalesce(sum(r.amount_minor), 0)
FROM standing_receipts r
JOIN portfolio_account a ON a.id = r.account_id
JOIN intake_importbatch b ON b.id = r.payment_batch_id
WHERE a.customer_id = %(customer)s AND a.product = %(product)s
  AND r.paid_on BETWEEN %(since)s AND %(until)s AND r.booked_on <= %(as_of)s
  AND (r.paid_on > %(since)s OR b.applied_at IS NULL OR b.applied_at > %(at)s)
"""


def received(customer_id: int, product: str, *, since: datetime, until: date, as_of: date) -> int:
    """Return repayments value-dated from `since` to `until` and posted by `as_of`, less what was taken back of these."""
    with connection.cursor() as cursor:
        cursor.execute(
            RECEIVED,
            {"customer": customer_id, "product": product, "since": since.date(), "at": since, "until": until, "as_of": as_of},
        )  # fmt: skip
        return int(cursor.fetchone()[0])


def due_by(plan: Plan, on: date) -> int:
    """Return what must have come by a day, grace considered: the first payment from signing, each row from its due day."""
    if plan.signed_at is None:
        return 0
    grace = timedelta(days=plan.grace_days)
    first = plan.down_payment_minor if on > plan.signed_at.date() + grace else 0
    return first + sum(row.amount_minor for row in plan.rows.all() if on > row.due_on + grace)


def judge_plans(case_ids: Sequence[int], as_of: date, at: datetime) -> int:
    """Judge the live plans of cases, and end offers nobody signed in time; return how many moved."""
    found = Plan.objects.filter(case_id__in=list(case_ids), state__in=[*LIVE, PlanState.OFFERED]).order_by(
        "case_id"
    )
    moved = 0
    for plan in found.select_related("case").prefetch_related("rows"):
        locked_case(plan.case_id)
        if plan.state == PlanState.OFFERED:
            if plan.valid_until is not None and as_of > plan.valid_until:
                move(plan, "plan", PlanState.EXPIRED, at=at, by=None, why="not signed in time")
                moved += 1
        else:
            moved += judge_plan(plan, as_of, at)
    return moved


def judge_plan(plan: Plan, as_of: date, at: datetime) -> int:
    """Judge one live plan as of a day; return whether it moved."""
    if plan.signed_at is None:
        return 0
    came = received(plan.case.customer_id, plan.case.product, since=plan.signed_at, until=as_of, as_of=as_of)
    note_delivery(plan)
    to = state_of(plan, came, due_by(plan, as_of))
    plan.received_minor = came
    plan.save(update_fields=["received_minor", "notice_delivered_on"])
    if to == plan.state:
        return 0
    move(plan, "plan", to, at=at, by=None, why="judged", received_minor=came, as_of=as_of.isoformat())
    if to == PlanState.COMPLETED:
        resume_collection(plan.case, to=CaseState.SETTLED, at=at, by=None, why="plan completed")
        certify(plan.case, paid_minor=came, waived_minor=0, at=at)
    return 1


def state_of(plan: Plan, came: int, due: int) -> str:
    """Return the state that follows from what came and what was due."""
    if came >= plan.payable_minor:
        return PlanState.COMPLETED
    if came >= due:
        return PlanState.ACTIVE
    return str(plan.state) if plan.state == PlanState.BREACH_NOTICE else PlanState.LATE


def note_delivery(plan: Plan) -> None:
    """Take the day of delivery from the outbox once the other end confirmed the notice."""
    notice = plan.notice
    if plan.notice_delivered_on is None and notice is not None and notice.state == MessageState.DELIVERED:
        plan.notice_delivered_on = notice.settled_at.date() if notice.settled_at else None


@transaction.atomic
def give_notice(plan: Plan, *, at: datetime, by: User) -> Plan:
    """Tell the debtor that the plan is behind and how many days are left to make it good."""
    case = locked_case(plan.case_id)
    plan.refresh_from_db()
    if plan.state != PlanState.LATE:
        raise AgreementRefused(_("Only a plan that is behind gets a notice of breach."))
    text = words("notice_text", at, "zh").format(
        bank=bank("bank", at), hotline=bank("hotline", at), days=plan.cure_days
    )
    draft = Draft(
        case=case,
        channel="sms",
        body=Body(text),
        template="breach_notice",
        template_version="1",
        purpose="service",
    )
    plan.notice = enqueue(
        draft, key=f"breach-notice-{plan.pk}-{at:%Y%m%d%H%M%S}", cause=f"plan {plan.pk}", at=at
    )
    plan.notice_delivered_on = None
    move(plan, "plan", PlanState.BREACH_NOTICE, at=at, by=by, why="behind", message=plan.notice.pk)
    return plan


@transaction.atomic
def notice_delivered(plan: Plan, *, on: date, evidence: str, at: datetime, by: User) -> Plan:
    """Record that a notice reached the debtor by other means, with the evidence: a receipt, a recording."""
    locked_case(plan.case_id)
    plan.refresh_from_db()
    if plan.state != PlanState.BREACH_NOTICE or not evidence.strip():
        raise AgreementRefused(_("Say what proves the delivery of the notice."), field="evidence")
    if plan.notice is None or not plan.notice.planned_at.date() <= on <= at.date():
        raise AgreementRefused(_("The delivery lies between the notice and today."), field="on")
    plan.notice_delivered_on = on
    plan.save(update_fields=["notice_delivered_on"])
    from forbear.web.cases.timeline import append_event

    said = {"plan": plan.pk, "on": on.isoformat(), "evidence": evidence.strip()}
    append_event(plan.case, kind="notice_delivered", at=at, by=by, payload=said)
    return plan


def curable_until(plan: Plan) -> date | None:
    """Return the last day on which the plan can be made good; none before the notice was delivered."""
    return plan.notice_delivered_on + timedelta(days=plan.cure_days) if plan.notice_delivered_on else None


@transaction.atomic
def confirm_breach(plan: Plan, *, at: datetime, by: User) -> Plan:
    """Confirm a breach after notice and cure period; from here collection resumes. Raises AgreementRefused."""
    case = locked_case(plan.case_id)
    plan.refresh_from_db()
    judge_plan(plan, at.date(), at)
    plan.refresh_from_db()
    if plan.state != PlanState.BREACH_NOTICE:
        raise AgreementRefused(_("Only a plan whose notice was given can be broken."))
    last = curable_until(plan)
    if last is None:
        raise AgreementRefused(_("The notice has not been delivered; its days have not begun."))
    if at.date() <= last:
        raise AgreementRefused(_("The plan can be made good until %(day)s.") % {"day": last.isoformat()})
    if by.role not in ("manager", "compliance"):
        raise AgreementRefused(_("A breach is confirmed by a manager."))
    figures = breach_figures(plan, at.date(), at)
    move(
        plan, "plan", PlanState.BREACHED, at=at, by=by, why="notice and cure period over",
        left_minor=figures.left_minor, forborne_minor=figures.forborne_minor, revive=plan.revive_forborne,
    )  # fmt: skip
    resume_collection(case, to=CaseState.WORKING, at=at, by=by, why="plan broken")
    return plan


@dataclass(frozen=True, slots=True)
class BreachFigures:
    """Both figures to be seen before anyone says a number to the debtor (W10)."""

    left_minor: int  # what is left of the plan
    forborne_minor: int  # interest that was not charged meanwhile: an estimate at the house's rate
    revives: bool  # whether the signed clause lets it be charged
    rate: Decimal

    @property
    def due_minor(self) -> int:
        """Return what may be asked for under the signed clause."""
        return self.left_minor + (self.forborne_minor if self.revives else 0)


DAY_BY_DAY = """
SELECT r.paid_on, sum(r.amount_minor) FROM standing_receipts r JOIN portfolio_account a ON a.id = r.account_id
WHERE a.customer_id = %s AND a.product = %s AND r.paid_on > %s AND r.paid_on <= %s AND r.booked_on <= %s
GROUP BY 1 ORDER BY 1
"""


def breach_figures(plan: Plan, on: date, at: datetime) -> BreachFigures:
    """Return what is left, and what interest was forborne on principal from signing to a day, half up to the fen."""
    since = plan.signed_at.date() if plan.signed_at else plan.as_of
    rate = Decimal(packs_at(at).value("house/desk/forecast_daily_rate", on))
    with connection.cursor() as cursor:
        cursor.execute(DAY_BY_DAY, [plan.case.customer_id, plan.case.product, since, on, on])
        paid = [(day, int(amount)) for day, amount in cursor.fetchall()]
    principal, interest, start = plan.principal_minor, Decimal(0), since
    for day, amount in [*paid, (on, 0)]:
        interest += Decimal(max(principal, 0)) * rate * (day - start).days
        principal, start = principal - amount, day
    forborne = int(interest.quantize(Decimal(1), ROUND_HALF_UP))
    return BreachFigures(
        plan.payable_minor - plan.received_minor, forborne, plan.revive_forborne == "yes", rate
    )
