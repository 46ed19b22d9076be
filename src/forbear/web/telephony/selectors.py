"""Reads of the telephone: who has a handset, how a call stands, how the floor stands."""

from __future__ import annotations

from dataclasses import dataclass
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


# A call that was asked for and is neither written up nor given back undialled holds its collector.
HOLDS = Q(attempt__isnull=True) & ~Q(state=CallState.OVER, dialled_at__isnull=True)


def open_call(user: User) -> PhoneCall | None:
    """Return the call that holds a person, dialled by hand or by the dialler; none: free to be rung."""
    return PhoneCall.objects.filter(HOLDS, staff=user).order_by("-pk").first()


def call_to_take_up(user: User) -> PhoneCall | None:
    """Return the dialler's call that a person's desk is to show; one that nobody took is the line's to record."""
    call = open_call(user)
    if call is None or not call.by_dialler or (call.state == CallState.OVER and call.answered_at is None):
        return None
    return call


def is_written_up(call_id: int) -> bool:
    """Return whether the result of a call was recorded, by its collector or by the line."""
    return PhoneCall.objects.filter(pk=call_id, attempt__isnull=False).exists()


def held_people() -> set[int]:
    """Return the people whom a call holds."""
    return set(PhoneCall.objects.filter(HOLDS).values_list("staff_id", flat=True))


@dataclass(frozen=True, slots=True)
class SeatNow:
    """One collector as the board shows him; `state` is on a call whenever a call holds him on the line."""

    seat: Seat
    state: str
    word: str
    minutes: int


def seats_now(at: datetime) -> list[SeatNow]:
    """Return what each collector with a handset does now, those at work first; two queries."""
    talking = set(
        PhoneCall.objects.filter(HOLDS).exclude(state=CallState.OVER).values_list("staff_id", flat=True)
    )
    found = []
    for seat in Seat.objects.select_related("user").order_by("user__display_name", "pk"):
        state = SeatState.ON_CALL if seat.user_id in talking else SeatState(seat.state)
        found.append(
            SeatNow(seat, state.value, str(state.label), int((at - seat.since).total_seconds()) // 60)
        )
    return sorted(found, key=lambda one: one.state == SeatState.OFFLINE)


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
