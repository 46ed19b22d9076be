"""Ten days of calls before today: each through the gate, with codes, promises and events, as the desk makes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import numpy as np

from forbear.web import clock
from forbear.web.cases.authority import alone_minor
from forbear.web.cases.models import Case
from forbear.web.cases.wrap_up import Call, PromiseTerms, Result, wrap_up
from forbear.web.contact import gate
from forbear.web.people.models import Role, User
from forbear.web.portfolio.models import ContactPoint

DAYS = 10
CALLS = 450
NO_ANSWER, RIGHT_PARTY = 0.55, 0.38  # the rest: a third person answers
FIRST, LAST = time(9, 0), time(19, 40)
LATE = time(22, 7)
REASONS = ("unemployment", "illness", "business_failure", "forgot", "short_of_cash")


@dataclass(frozen=True)
class Receipt:
    """A payment that will arrive: for a promise that is going to be kept."""

    customer_no: str
    amount_minor: int
    paid_on: date


def make_calls(
    staff: Sequence[User],
    receipts: Sequence[Receipt],
    *,
    as_of: date,
    seed: int,
    progress: Callable[[int, int], None],
) -> int:
    """Make the calls in order of time; return how many the gate allowed."""
    rng = np.random.default_rng(seed)
    collectors = [user for user in staff if user.role == Role.COLLECTOR]
    coming = {receipt.customer_no: receipt for receipt in receipts}
    moments = sorted(moment(rng, as_of) for _ in range(CALLS))
    cases = pick_cases(rng, coming)
    points = {
        point.customer_id: point
        for point in ContactPoint.objects.filter(
            customer__in=[case.customer_id for case in cases], kind="mobile", relation="self"
        )
    }
    made = 0
    for number, (case, at) in enumerate(zip(cases, moments, strict=False), start=1):
        point = points.get(case.customer_id)
        if point is not None and call(rng, case, point, collectors[number % len(collectors)], at, coming):
            made += 1
            tempt(number, case, point, collectors[number % len(collectors)], at)
        progress(number, len(cases))
    return made


def tempt(number: int, case: Case, point: ContactPoint, user: User, at: datetime) -> None:
    """Now and then ask for what must be refused: a call too late in the evening, a relative without proof."""
    if number % 20 == 0:
        late = datetime.combine(at.date(), LATE, tzinfo=at.tzinfo)
        ask(case, point, user, late)
    if number % 30 == 0:
        other = (
            ContactPoint.objects.filter(customer=case.customer, kind="mobile")
            .exclude(relation="self")
            .first()
        )
        if other is not None:
            ask(
                case, other, user, at + timedelta(minutes=10), purpose="locate", party="unrelated_third_party"
            )


def pick_cases(rng: np.random.Generator, coming: dict[str, Receipt]) -> list[Case]:
    """Return the cases to call, half of them of people whose payment is on its way."""
    open_cases = list(Case.objects.filter(closed_on=None).select_related("customer").order_by("id"))
    paying = [case for case in open_cases if case.customer.customer_no in coming]
    others = [case for case in open_cases if case.customer.customer_no not in coming]
    chosen = [paying[i] for i in rng.permutation(len(paying))[: CALLS // 4]]
    chosen += [others[i] for i in rng.permutation(len(others))[: CALLS - len(chosen)]]
    return [chosen[i] for i in rng.permutation(len(chosen))]


def moment(rng: np.random.Generator, as_of: date) -> datetime:
    """Return a working moment on one of the days before."""
    day = as_of - timedelta(days=int(rng.integers(1, DAYS + 1)))
    span = (LAST.hour - FIRST.hour) * 3600 + (LAST.minute - FIRST.minute) * 60
    return datetime.combine(day, FIRST, tzinfo=clock.bank_zone()) + timedelta(
        seconds=int(rng.integers(0, span))
    )


def call(
    rng: np.random.Generator,
    case: Case,
    point: ContactPoint,
    user: User,
    at: datetime,
    coming: dict[str, Receipt],
) -> bool:
    """Make one call as the desk does; return whether the gate allowed it."""
    reply = ask(case, point, user, at)
    if reply.permit is None:
        return False
    gate.start(reply.permit, at=at)
    ended = at + timedelta(seconds=int(rng.integers(20, 300)))
    wrap_up(
        Call(case, reply.permit, point, at, ended, user),
        result(rng, case, at, coming, alone_minor("promise", by=user, at=at)),
    )
    return True


def ask(
    case: Case,
    point: ContactPoint,
    user: User,
    at: datetime,
    *,
    purpose: str = "collect",
    party: str = "debtor",
) -> gate.GateReply:
    """Request a permit for a recorded call on the bank's own line."""
    third = {"discloses_debt": False, "asks_payment": False} if party != "debtor" else {}
    return gate.request_permit(
        case=case, contact_point=point, channel="voice", purpose=purpose, party=party, user=user, at=at,
        extra_facts={"recording": True, "device_authorised": True, **third},
    )  # fmt: skip


def result(
    rng: np.random.Generator, case: Case, at: datetime, coming: dict[str, Receipt], most: int
) -> Result:
    """Draw what came of a call; whoever is about to pay promises that payment, up to what the collector takes alone."""
    draw = rng.random()
    receipt = coming.get(case.customer.customer_no)
    if draw < NO_ANSWER and receipt is None:
        return Result(line="L02")
    if draw > NO_ANSWER + RIGHT_PARTY and receipt is None:
        return Result(line="L01", party="P5", outcome="B26")
    reason = REASONS[int(rng.integers(len(REASONS)))]
    if receipt is None or receipt.paid_on <= at.date():
        amount, due_on = (
            max(10_000, case.past_due_minor // 2),
            at.date() + timedelta(days=int(rng.integers(2, 9))),
        )
    else:
        amount, due_on = receipt.amount_minor, receipt.paid_on
    terms = PromiseTerms(
        min(amount, case.total_minor, most), due_on, "mobile_bank"
    )  # nobody promises more than the debt
    return Result(line="L01", party="P1", outcome="B02", reason=reason, promise=terms, identity_passed=True)
