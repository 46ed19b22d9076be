"""How a debtor's earlier promises went, and what one more needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection

from forbear.web.cases.models import Case, Promise, PromiseState
from forbear.web.cases.policy import PromisePolicy, promise_policy

FAILED = (PromiseState.BROKEN, PromiseState.PARTIAL)


@dataclass(frozen=True, slots=True)
class PromiseRecord:
    """How a debtor's earlier promises went, and what one more needs."""

    failed: int  # broken or partly kept within the window
    window_days: int
    latest_made_on: date | None
    received_since_minor: int  # value-dated since the latest promise was made
    needs_approval: bool  # unless a down payment stands for it

    def down_payment_minor(self, amount_minor: int, policy: PromisePolicy) -> int:
        """Return what must have arrived since the latest promise to stand for approval, whole fen rounded up."""
        return -int(-policy.down_payment_ratio * amount_minor // 1)


def promise_record(case: Case, on: date) -> PromiseRecord:
    """Return the record of a case's promises within the policy's window."""
    policy = promise_policy(on)
    made = list(
        Promise.objects.filter(
            case=case, made_on__gte=on - timedelta(days=policy.window_days), made_on__lte=on
        )
        .exclude(state__in=[PromiseState.SUPERSEDED, PromiseState.CANCELLED_BY_HOLD])
        .order_by("made_on", "pk")
    )
    # An open promise whose date has passed is failing: replacing it does not wash it away.
    failed = sum(
        1 for each in made if each.state in FAILED or (each.state == PromiseState.OPEN and each.due_on < on)
    )
    latest = made[-1].made_on if made else None
    return PromiseRecord(
        failed=failed,
        window_days=policy.window_days,
        latest_made_on=latest,
        received_since_minor=received_minor(case, since=latest, as_of=on) if latest else 0,
        needs_approval=failed >= policy.failed_before_approval,
    )


RECEIVED = """
SELECT coalesce(sum(r.amount_minor), 0)
FROM standing_receipts r JOIN portfolio_account a ON a.id = r.account_id
WHERE a.customer_id = %s AND a.product = %s AND r.paid_on BETWEEN %s AND %s AND r.booked_on <= %s
"""


def received_minor(case: Case, *, since: date, as_of: date) -> int:
    """Return repayments value-dated from `since` to `as_of` on a case's accounts, less what was taken back of these."""
    with connection.cursor() as cursor:
        cursor.execute(RECEIVED, [case.customer_id, case.product, since, as_of, as_of])
        return int(cursor.fetchone()[0])
