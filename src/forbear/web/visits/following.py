"""What follows from approvals and holds; connected once when the app starts."""

from __future__ import annotations

from forbear.web.cases import approvals, holds
from forbear.web.cases.models import Hold
from forbear.web.visits import services
from forbear.web.visits.models import Visit


def connect() -> None:
    """Register with the case's approvals and holds."""
    approvals.register(services.KIND, approvals.Kind(services.on_approved, services.on_refused))
    holds.PLACED.append(on_hold)


def on_hold(hold: Hold) -> None:
    """Call off the visits of a debtor whose case is held; whoever is at the door already is told by the phone."""
    standing = Visit.objects.filter(
        case__customer_id=hold.case.customer_id, state__in=services.BEFORE_THE_DOOR
    )
    for visit in standing:
        services.call_off(visit, why=f"hold: {hold.kind}", at=hold.since, by=hold.by)
