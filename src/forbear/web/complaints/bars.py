"""Who is kept away from whom: asked by every door that leads to a case."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from forbear.web.complaints.models import Bar, Complaint

if TYPE_CHECKING:
    from forbear.web.people.models import User


def is_barred(user: User, customer_id: int) -> bool:
    """Return whether a report keeps this person away from this debtor now."""
    return Bar.objects.filter(user_id=user.pk, customer_id=customer_id, lifted_at__isnull=True).exists()


def barred_customers(user: User) -> set[int]:
    """Return the debtors a person is kept away from now."""
    return set(
        Bar.objects.filter(user_id=user.pk, lifted_at__isnull=True).values_list("customer_id", flat=True)
    )


def bar(complaint: Complaint, user: User, at: datetime) -> None:
    """Keep a person away from the debtor of a complaint from now on."""
    Bar.objects.get_or_create(
        complaint=complaint, user=user, defaults={"customer_id": complaint.customer_id, "since": at}
    )


def lift(complaint: Complaint, at: datetime) -> None:
    """Let the people a complaint named back, where no other one keeps them away."""
    Bar.objects.filter(complaint=complaint, lifted_at__isnull=True).update(lifted_at=at)
