"""What each collector is doing: states of the seat, rest after abuse, and who may be rung."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from forbear.web.telephony.models import Seat, SeatState
from forbear.web.telephony.policy import dialler_policy

if TYPE_CHECKING:
    from forbear.web.cases.models import Case
    from forbear.web.contact.models import ContactAttempt
    from forbear.web.people.models import User

WITH_CALL = (SeatState.ON_CALL, SeatState.AFTER_CALL)
AT_WORK = (*WITH_CALL, SeatState.IDLE, SeatState.PREVIEW, SeatState.RESTING)


def move(
    seat: Seat, state: str, at: datetime, *, not_before: datetime | None = None, case: Case | None = None
) -> None:
    """Put a seat in a state."""
    seat.state, seat.since, seat.not_before, seat.case = SeatState(state).value, at, not_before, case
    seat.save(update_fields=["state", "since", "not_before", "case"])


def claim(seat: Seat, at: datetime) -> bool:
    """Put a seat whose preview is over on the call; False when its person left, skipped or dialled meanwhile."""
    looking = Seat.objects.filter(pk=seat.pk, state=SeatState.PREVIEW, since=seat.since)
    claimed = bool(looking.update(state=SeatState.ON_CALL, since=at, not_before=None))
    if claimed:
        seat.state, seat.since, seat.not_before = SeatState.ON_CALL, at, None
    return claimed


def dial_by_hand(user: User, case: Case, at: datetime) -> bool:
    """Put a seat on the call that its person dials; False when the dialler is calling for it already."""
    mine = Seat.objects.filter(user=user)
    free = mine.filter(state__in=(SeatState.IDLE, SeatState.PREVIEW, SeatState.AFTER_CALL))
    if free.update(state=SeatState.ON_CALL, since=at, not_before=None, case=case):
        return True
    return not mine.filter(state=SeatState.ON_CALL).exists()


def is_at_work(user: User) -> bool:
    """Return whether the dialler chooses this person's next case."""
    return Seat.objects.filter(user=user, state__in=AT_WORK).exists()


def begin_work(user: User, at: datetime) -> Seat:
    """Let the dialler ring a person; a rest after abuse is not cut short by signing in anew."""
    seat = Seat.objects.get(user=user)
    if seat.state in (SeatState.OFFLINE, SeatState.BREAK):
        resting = seat.not_before if seat.not_before and seat.not_before > at else None
        seat.skipped = []
        seat.save(update_fields=["skipped"])
        move(seat, SeatState.RESTING if resting else SeatState.IDLE, at, not_before=resting)
    return seat


def pause(user: User, at: datetime, *, to: str = SeatState.BREAK) -> Seat:
    """Take a person off the dialler; a rest that has begun goes on, a call in progress is not cut."""
    seat = Seat.objects.get(user=user)
    kept = seat.not_before if seat.state == SeatState.RESTING else None
    move(seat, to, at, not_before=kept)
    return seat


def skip(user: User, at: datetime) -> Seat:
    """Pass over the case in preview for today."""
    seat = Seat.objects.get(user=user)
    if seat.state == SeatState.PREVIEW and seat.case_id:
        seat.skipped = [*seat.skipped, seat.case_id]
        seat.save(update_fields=["skipped"])
        move(seat, SeatState.IDLE, at)
    return seat


def after_call(user: User, attempt: ContactAttempt, at: datetime) -> None:
    """A call was written up: some time before the next, and a rest after an abusive one (not idleness).

    Whoever was not on the dialler keeps the rest for when he comes to it.
    """
    seat = Seat.objects.filter(user=user).first()
    if seat is None:
        return
    rules = dialler_policy(at.date())
    if attempt.outcome in rules.abusive_outcomes:
        state = SeatState.RESTING if seat.state in AT_WORK else seat.state
        move(seat, state, at, not_before=at + rules.after_abuse)
    elif seat.state in WITH_CALL:
        move(seat, SeatState.AFTER_CALL, at, not_before=at + rules.after_call)


def move_on(seat: Seat, state: str, at: datetime) -> bool:
    """Move a seat on unless it was moved meanwhile; return whether it was."""
    unmoved = Seat.objects.filter(pk=seat.pk, state=seat.state, since=seat.since)
    return bool(unmoved.update(state=SeatState(state).value, since=at, not_before=None, case=None))


def look_again(seat: Seat, when: datetime) -> None:
    """Leave a free seat that has nothing to dial alone until then, unless it was moved meanwhile."""
    Seat.objects.filter(pk=seat.pk, state=seat.state, since=seat.since).update(not_before=when)
