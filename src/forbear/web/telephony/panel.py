"""What the dialler's panel shows a collector: how the seat stands, who is next and why, when he answers, what the gate says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from forbear.web.contact import gate
from forbear.web.desk.queue import QueueRow, my_day
from forbear.web.desk.screen import contact_points, drawn_meter, next_to_dial
from forbear.web.telephony.line import is_set_up
from forbear.web.telephony.models import Seat, SeatState
from forbear.web.telephony.seats import AT_WORK
from forbear.web.telephony.selectors import open_call

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forbear.web.cases.models import Case
    from forbear.web.people.models import User
    from forbear.web.portfolio.models import ContactPoint


@dataclass(frozen=True, slots=True)
class Preview:
    """The case that will be dialled next; no amount, for nobody's identity is confirmed."""

    case: Case
    row: QueueRow | None  # why it is next; none when it left the day's list meanwhile
    point: ContactPoint | None
    meter: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Panel:
    """One collector's dialler; `key` changes whenever what is drawn would."""

    seat: Seat
    working: bool
    preview: Preview | None
    call_case: int  # the case of the call that holds the collector; 0 for none
    key: str


def panel(user: User, at: datetime) -> Panel | None:
    """Return the dialler's panel of a person; none for whoever has no handset or no line."""
    seat = Seat.objects.select_related("case__customer").filter(user=user).first() if is_set_up() else None
    if seat is None or not seat.handset:
        return None
    call = open_call(user)
    looked = preview(seat, user, at) if seat.state == SeatState.PREVIEW and seat.case else None
    return Panel(
        seat, seat.state in AT_WORK, looked, call.case_id if call else 0, key_of(seat, call.pk if call else 0)
    )


def key_of(seat: Seat, call: int) -> str:
    """Return what changes when the seat or its call does."""
    return f"{seat.state}-{seat.since.timestamp():.3f}-{seat.not_before.timestamp() if seat.not_before else 0:.0f}-{call}"


def preview(seat: Seat, user: User, at: datetime) -> Preview | None:
    """Return the look at the next case, with the gate's answer of this moment."""
    case = seat.case
    if case is None:
        return None
    point = next_to_dial(contact_points(case, at))
    row = next((each for each in my_day(user, at).rows if each.case_id == case.pk), None)
    return Preview(case, row, point, drawn_meter(gate.meter(case, point, at)))
