"""Reads of the telephone: who has a handset, how a call stands, how the floor stands."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.db.models import Count, Q

from forbear.web.people.models import User
from forbear.web.telephony.line import is_set_up
from forbear.web.telephony.models import CallState, PhoneCall, Seat, SeatState
from forbear.web.telephony.pacing import Floor


def handset(user: User) -> str:
    """Return where a person's calls are placed through the exchange; empty: they dial by hand."""
    if not is_set_up():
        return ""
    seat = Seat.objects.filter(user=user).first()
    return seat.handset if seat else ""


def call_on(pk: int) -> PhoneCall | None:
    """Return how a call stands now."""
    return PhoneCall.objects.filter(pk=pk).first() if pk else None


def floor(at: datetime) -> Floor:
    """Return the floor as the pacing sees it: who waits, what rings, and the day's share; one look each."""
    today = datetime.combine(at.date(), time(), tzinfo=at.tzinfo)
    calls = PhoneCall.objects.filter(
        by_dialler=True, asked_at__gte=today, asked_at__lt=today + timedelta(days=1)
    )
    counted = calls.aggregate(
        in_flight=Count("pk", filter=Q(answered_at__isnull=True) & ~Q(state=CallState.OVER)),
        answered=Count("pk", filter=Q(answered_at__isnull=False)),
        abandoned=Count("pk", filter=Q(abandoned=True)),
    )
    # Whoever looks at a case is free; whoever waits for a ringing line is too, while he has not left the seat.
    free = Seat.objects.filter(state__in=(SeatState.IDLE, SeatState.PREVIEW)).count()
    waiting = calls.filter(staff__seat__state=SeatState.ON_CALL, answered_at__isnull=True).exclude(
        state=CallState.OVER
    )
    return Floor(free=free + waiting.count(), **counted)


def seats() -> list[Seat]:
    """Return every seat with its person, those at work first; for the board."""
    return list(Seat.objects.select_related("user").order_by("state", "since"))
