"""Calls for help and doors nobody came out of: one open alarm of a kind per visit, until a manager closes it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from forbear.web.replies import acting
from forbear.web.visits import policy
from forbear.web.visits.models import AlarmKind, Visit, VisitAlarm, VisitState
from forbear.web.visits.records import append, locked, tell
from forbear.web.visits.services import VisitRefused, note_incident, people_of

if TYPE_CHECKING:
    from forbear.web.people.models import User


def sos(
    visit: Visit, *, at: datetime, place: Mapping[str, Any] | None, by: User, now: datetime
) -> VisitAlarm:
    """A team calls for help: the case is frozen and the managers are called, on every page they look at."""
    alarm = raise_alarm(visit, AlarmKind.SOS, at=at, place=place)
    acting.emergency(visit.case, at=now, by=by, why=f"sos {visit.number}")
    tell(visit, "visit_sos", at=now, by=by)
    note_incident(visit, people_of(visit), "safety", at)
    return alarm


def raise_alarm(
    visit: Visit, kind: AlarmKind, *, at: datetime, place: Mapping[str, Any] | None = None
) -> VisitAlarm:
    """Open an alarm, or return the one that stands."""
    found: VisitAlarm = VisitAlarm.objects.get_or_create(
        visit=visit, kind=kind, closed_at=None, defaults={"at": at, "place": dict(place) if place else None}
    )[0]
    return found


def raise_overdue(at: datetime) -> list[VisitAlarm]:
    """Open the alarm for each team at a door, or on its way to one, of which nothing was heard in time.

    The term is the planned end, or check-in and the planned minutes where that is later, and the house's grace.
    """
    grace = timedelta(minutes=policy.value("checkout_grace_minutes", at))
    out = Visit.objects.filter(
        state__in=[VisitState.SCHEDULED, VisitState.CHECKED_IN], team__phone_days__isnull=False,
        ends_at__lt=at - grace, checked_out_at__isnull=True,
    ).exclude(alarms__kind=AlarmKind.OVERDUE)  # fmt: skip
    made = []
    for pk in out.order_by("pk").values_list("pk", flat=True).distinct():
        with transaction.atomic():
            visit = locked(pk)
            if due_out(visit) + grace < at and visit.checked_out_at is None:
                made.append(raise_alarm(visit, AlarmKind.OVERDUE, at=at))
                append(visit, "overdue", at=at)
    return made


def due_out(visit: Visit) -> datetime:
    """Return when a team should be out of the door."""
    planned = visit.ends_at
    stayed = visit.checked_in_at and visit.checked_in_at + timedelta(minutes=visit.minutes)
    return max(moment for moment in (planned, stayed) if moment is not None)


@transaction.atomic
def take(alarm: VisitAlarm, *, at: datetime, by: User) -> None:
    """Say that somebody looks after it."""
    VisitAlarm.objects.filter(pk=alarm.pk, taken_at__isnull=True).update(taken_at=at, taken_by=by)


@transaction.atomic
def close(alarm: VisitAlarm, *, note: str, at: datetime, by: User) -> None:
    """End an alarm, saying what was found. Raises VisitRefused without words."""
    if not note.strip():
        raise VisitRefused(_("Say how the team is."))
    visit = locked(alarm.visit_id)
    VisitAlarm.objects.filter(pk=alarm.pk, closed_at__isnull=True).update(
        closed_at=at, note=note.strip()[:300]
    )
    append(visit, "alarm_closed", at=at, by=by, data={"kind": alarm.kind, "note": note.strip()[:300]})


def standing() -> list[VisitAlarm]:
    """Return the open alarms, calls for help first."""
    found = VisitAlarm.objects.filter(closed_at__isnull=True).select_related(
        "visit__team", "visit__case", "taken_by"
    )
    return sorted(found, key=lambda each: (each.kind != AlarmKind.SOS, each.at))
