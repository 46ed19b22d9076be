"""What happened: attempts are appended as facts, by staff, agency or robot, with or without a permit of ours."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from forbear.web.contact.models import ContactAttempt, Permit, PermitState

if TYPE_CHECKING:
    from forbear.web.cases.models import Case
    from forbear.web.people.models import User
    from forbear.web.portfolio.models import ContactPoint


@transaction.atomic
def record_attempt(
    *,
    permit: Permit,
    case: Case,
    contact_point: ContactPoint | None,
    at: datetime,
    line: str,
    party: str,
    outcome: str,
    answered: bool,
    effective: bool,
    ended_at: datetime | None,
    staff: User | None,
    note: str = "",
    action: str = "CALL_OUT",
    seconds_talked: int | None = None,
) -> ContactAttempt:
    """Append the attempt made under a permit and tie the two together.

    seconds_talked: as the line measured them; without it, from start to end.

    A contact that was made stays a fact even if its permit had expired meanwhile: it is recorded and counts.
    Raises IntegrityError when the permit already has its attempt.
    """
    Permit.objects.filter(pk=permit.pk).update(state=PermitState.USED)
    return ContactAttempt.objects.create(
        permit=permit,
        customer_id=permit.customer_id,
        case=case,
        contact_point=contact_point,
        number_index=permit.number_index,
        channel=permit.channel,
        action=action,
        at=at,
        local_day=permit.local_day,
        ended_at=ended_at,
        seconds_talked=measured(at, ended_at, seconds_talked) if answered else None,
        line=line,
        party=party,
        outcome=outcome,
        answered=answered,
        effective=effective,
        staff=staff,
        agency=staff.agency if staff else "",
        note=note,
    )


def measured(at: datetime, ended_at: datetime | None, seconds: int | None) -> int | None:
    """Return the seconds the line measured, else those from start to end."""
    return talked(at, ended_at) if seconds is None else seconds


def talked(at: datetime, ended_at: datetime | None) -> int | None:
    """Return whole seconds from start to end, none when the end is unknown."""
    return int((ended_at - at).total_seconds()) if ended_at else None
