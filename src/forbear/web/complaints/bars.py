"""Who is kept away from whom: asked by every door that leads to a case."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from forbear.web.cases.models import Case, CaseState
from forbear.web.complaints.models import Bar, Complaint
from forbear.web.people.permissions import may

if TYPE_CHECKING:
    from forbear.web.people.models import User


# Kept away by a report; or everything the debtor owed us was passed to another creditor: of each product the newest case.
BARRED = """
SELECT EXISTS (SELECT 1 FROM complaints_bar b WHERE b.user_id = %(user)s AND b.customer_id = %(customer)s AND b.lifted_at IS NULL)
    OR (%(cut)s AND (
        SELECT bool_and(newest.state = 'transferred') FROM (
            SELECT DISTINCT ON (c.product) c.state FROM cases_case c WHERE c.customer_id = %(customer)s
            ORDER BY c.product, c.id DESC) newest) IS TRUE)
"""
PASSED_ON = """
SELECT newest.customer_id FROM (
    SELECT DISTINCT ON (c.customer_id, c.product) c.customer_id, c.state FROM cases_case c WHERE c.customer_id = ANY(%s)
    ORDER BY c.customer_id, c.product, c.id DESC) newest
GROUP BY newest.customer_id HAVING bool_and(newest.state = 'transferred')
"""


def is_barred(user: User, customer_id: int) -> bool:
    """Return whether a report, or a transfer of all the debtor owed us, keeps this person away from this debtor now."""
    asked = {"user": user.pk, "customer": customer_id, "cut": not may(user, "read_passed_on")}
    with connection.cursor() as cursor:
        cursor.execute(BARRED, asked)
        return bool(cursor.fetchone()[0])


def barred_customers(user: User) -> set[int]:
    """Return the debtors a report keeps a person away from now."""
    return set(
        Bar.objects.filter(user_id=user.pk, lifted_at__isnull=True).values_list("customer_id", flat=True)
    )


def passed_on(user: User, customers: Collection[int]) -> set[int]:
    """Return those of some debtors of whom nothing is ours any more and whom this person therefore does not read."""
    if not customers or may(user, "read_passed_on"):
        return set()
    with connection.cursor() as cursor:
        cursor.execute(PASSED_ON, [list(customers)])
        return {row[0] for row in cursor.fetchall()}


def cut_cases(user: User) -> QuerySet[Case]:
    """Return the cases closed to a person since they were passed on; one that came back has a newer case and is read again."""
    newer = Case.objects.filter(
        customer=OuterRef("customer"), product=OuterRef("product"), pk__gt=OuterRef("pk")
    )
    found = Case.objects.filter(~Exists(newer), state=CaseState.TRANSFERRED)
    return found.none() if may(user, "read_passed_on") else found


def is_cut(user: User, case: Case | None) -> bool:
    """Return whether a case was passed on and is closed to a person."""
    return (
        case is not None
        and case.state == CaseState.TRANSFERRED
        and cut_cases(user).filter(pk=case.pk).exists()
    )


def bar(complaint: Complaint, user: User, at: datetime) -> None:
    """Keep a person away from the debtor of a complaint from now on."""
    Bar.objects.get_or_create(
        complaint=complaint, user=user, defaults={"customer_id": complaint.customer_id, "since": at}
    )


def lift(complaint: Complaint, at: datetime) -> None:
    """Let the people a complaint named back, where no other one keeps them away."""
    Bar.objects.filter(complaint=complaint, lifted_at__isnull=True).update(lifted_at=at)
