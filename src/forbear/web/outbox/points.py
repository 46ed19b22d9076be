"""Which contact point a message goes to: the debtor's own, the best kind and the surest state first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from forbear.web.outbox.policy import row_of
from forbear.web.portfolio.models import ContactPoint, ContactPointState

USABLE = (ContactPointState.VALID, ContactPointState.UNVERIFIED)


def needs_point(channel: str, at: datetime) -> bool:
    """Return whether a channel goes to a contact point; push and WeCom go to the customer's own number at the bank."""
    return bool(row_of("points", channel, at)["kinds"])


def best_points(channel: str, customer_ids: Iterable[int], at: datetime) -> Mapping[int, ContactPoint]:
    """Return the contact point to use by customer, for those who have one."""
    kinds = list(row_of("points", channel, at)["kinds"])
    found = ContactPoint.objects.filter(
        customer_id__in=list(customer_ids),
        kind__in=kinds,
        relation="self",
        do_not_contact=False,
        state__in=USABLE,
    )
    best: dict[int, ContactPoint] = {}
    for point in sorted(found, key=lambda point: rank(point, kinds)):
        best.setdefault(point.customer_id, point)
    return best


def rank(point: ContactPoint, kinds: list[str]) -> tuple[int, bool, bool, int]:
    """Order contact points: kind, proven ones, those on file with the bank, older ones."""
    return kinds.index(point.kind), point.state != ContactPointState.VALID, not point.reserved, point.pk
