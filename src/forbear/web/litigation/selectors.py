"""What the court screens show; outside counsel sees only what is granted, for as long as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet, Sum

from forbear.money import format_minor, parse_minor
from forbear.packs import Packs
from forbear.questions import ask_columns
from forbear.web.board.selectors import latest_run
from forbear.web.cases.models import CaseState
from forbear.web.cases.states import ACTIVE
from forbear.web.litigation.models import CounselGrant, Hearing, LegalMatter, MatterCost
from forbear.web.people.permissions import may

if TYPE_CHECKING:
    from forbear.web.people.models import User

SHOWN = 2000  # rows of a grid; beyond it a person filters first
SMALL = ("mandatory", "by_agreement", "unavailable", "unknown")
PAID = """
SELECT m.id, coalesce(sum(r.amount_minor), 0)::bigint FROM litigation_legalmatter m
JOIN cases_case c ON c.id = m.case_id
JOIN portfolio_account a ON a.customer_id = c.customer_id AND a.product = c.product
JOIN standing_receipts r ON r.account_id = a.id AND r.paid_on > m.claim_on
WHERE m.id = ANY(%s) GROUP BY m.id
"""
CANDIDATES = """
SELECT c.id, cu.id, cu.name, cu.province, c.dpd, c.total_minor, c.aged_on,
       (SELECT max(o.p_pay) FROM runs_outcome o JOIN portfolio_account a ON a.id = o.account_id
        WHERE o.run_id = %(run)s AND a.customer_id = c.customer_id AND a.product = c.product) AS p_pay
FROM cases_case c JOIN portfolio_customer cu ON cu.id = c.customer_id
WHERE c.state = ANY(%(states)s) AND c.closed_on IS NULL AND c.dpd >= %(dpd)s AND c.total_minor >= %(total)s
  AND NOT EXISTS (SELECT 1 FROM litigation_legalmatter m WHERE m.case_id = c.id AND NOT m.ended)
ORDER BY c.total_minor DESC, c.id LIMIT %(most)s
"""


def visible(user: User, at: datetime) -> QuerySet[LegalMatter]:
    """Return the matters a person may see at a moment."""
    rows = LegalMatter.objects.select_related("case__customer", "owner", "agent")
    if not may(user, "read_passed_on"):
        rows = rows.exclude(case__state=CaseState.TRANSFERRED)  # the claim is another creditor's
    if may(user, "see_all_matters"):
        return rows
    granted = CounselGrant.objects.filter(
        matter=OuterRef("pk"), counsel=user, since__lte=at, until__gt=at, revoked_at__isnull=True
    )
    return rows.filter(Exists(granted))


def docket(user: User, at: datetime, *, ended: bool = False) -> list[LegalMatter]:
    """Return the matters of the docket with `cost_minor`, the next term of ours first."""
    rows = visible(user, at).filter(ended=ended).annotate(cost_minor=Sum("costs__amount_minor"))
    return list(rows.order_by("next_last_day", "number")[:SHOWN])


def recovered(matters: Sequence[LegalMatter]) -> dict[int, int]:
    """Return what was paid since each claim was counted, less what was taken back of just that; minor units by matter."""
    with connection.cursor() as cursor:
        cursor.execute(PAID, [[each.pk for each in matters]])
        return dict(cursor.fetchall())


def hearings(user: User, since: datetime, at: datetime, *, cancelled: bool = False) -> QuerySet[Hearing]:
    """Return the hearings of the matters a person may see, from a moment on; the cancelled ones only when asked for."""
    rows = Hearing.objects.select_related("matter").filter(matter__in=visible(user, at), begins_at__gte=since)
    rows = rows if cancelled else rows.filter(cancelled_at__isnull=True)
    return rows.order_by("begins_at", "pk")


def running_costs(matters: Sequence[LegalMatter]) -> dict[str, int]:
    """Return what was spent by kind of cost; minor units."""
    rows = MatterCost.objects.filter(matter__in=[each.pk for each in matters]).values("kind")
    return {row["kind"]: row["sum"] for row in rows.annotate(sum=Sum("amount_minor")).order_by("-sum")}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A case that could go to court: the ways open, what the court charges, what it is expected to bring."""

    case_id: int
    customer_id: int
    name: str
    dpd: int
    total_minor: int
    p_pay: float | None  # chance to pay by itself, of the last run
    payment_order: bool
    small_claims: str
    fee_minor: int
    gain_minor: int  # an estimate


def candidates(on: date, packs: Packs) -> list[Candidate]:
    """Return the cases policy would screen for court, the most owed first; one query and two columnar questions."""
    run = latest_run()
    given: dict[str, Any] = {
        "run": run.pk if run else None, "states": sorted(ACTIVE - {CaseState.PLAN, CaseState.LEGAL, CaseState.LEGAL_DORMANT}),
        "dpd": packs.value("house/ladder/legal_from_dpd", on), "most": SHOWN,
        "total": parse_minor(str(packs.value("house/ladder/legal_from_total", on))),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(CANDIDATES, given)
        rows = cursor.fetchall()
    if not rows:
        return []
    claim = np.array([row[5] for row in rows], dtype=np.int64)
    wages = {
        row["province"]: parse_minor(row["wage"]) for row in packs.value("house/litigation/average_wage", on)
    }
    wage = np.array([wages.get(row[3], -1) for row in rows], dtype=np.int64)
    day = np.datetime64(on, "D")
    routes = ask_columns(
        "procedure_route",
        {"claim": claim, "province_average_wage": wage, "as_of": day},
        packs=packs,
        n=len(rows),
    )
    fees = ask_columns(
        "court_fee", {"claim": claim, "procedure": "ordinary", "as_of": day}, packs=packs, n=len(rows)
    )
    gains = expected_gain(claim, fees.fee_minor, packs, on)
    return [
        Candidate(
            row[0], row[1], row[2], row[4], row[5], row[7], bool(routes.payment_order[i]),
            SMALL[routes.small_claims[i]], int(fees.fee_minor[i]), int(gains[i]),
        )
        for i, row in enumerate(rows)
    ]  # fmt: skip


def expected_gain(claim: Any, fee: Any, packs: Packs, on: date) -> Any:
    """Return what a step to court is expected to add beyond waiting, less its costs; shape (n,), minor units.

    The house's own uplift of the late stage stands for the chance; the screen says that it is an estimate.
    """
    late = next(row for row in packs.value("house/values/uplift", on) if row["stage"] == "late")
    numerator, denominator = Decimal(late["legal"]).as_integer_ratio()
    unit = parse_minor(packs.value("house/values/cost", on)["legal"])
    return claim * numerator // denominator - fee - unit


def days_left(matter: LegalMatter, on: date) -> int | None:
    """Return the days until the next term of ours ends; negative once it has passed."""
    return (matter.next_last_day - on).days if matter.next_last_day else None


def tone(left: int | None) -> str:
    """Return the mark of a number of days left."""
    if left is None:
        return "plain"
    soon, near = timedelta(days=3).days, timedelta(days=30).days
    return "bad" if left <= soon else "soon" if left <= near else "info"


__all__ = [
    "Candidate", "candidates", "days_left", "docket", "format_minor", "hearings", "recovered", "running_costs",
    "tone", "visible",
]  # fmt: skip
