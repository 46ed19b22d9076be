"""The call in progress: whose, on which number, under which permit, how far. Kept in the session of the caller."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from forbear.web.cases.models import Case
from forbear.web.contact import gate
from forbear.web.contact.models import Permit
from forbear.web.genuine import codes
from forbear.web.people.models import User
from forbear.web.people.services import log_access
from forbear.web.portfolio.models import ContactPoint
from forbear.web.portfolio.vault import vault
from forbear.web.telephony import seats
from forbear.web.telephony import services as telephony
from forbear.web.telephony.line import is_set_up
from forbear.web.telephony.selectors import call_on, call_to_take_up, handset, is_written_up

KEY = "desk_call"
# What the law calls the person behind a contact point (docs/law.md: a relative is a third person).
PARTIES: Mapping[str, str] = {
    "self": "debtor",
    "guarantor": "guarantor",
    "spouse": "related_third_party",
    "parent": "related_third_party",
    "child": "related_third_party",
}
THIRD = ("related_third_party", "unrelated_third_party")


@dataclass(frozen=True, slots=True)
class LiveCall:
    """A call that was dialled and not yet wrapped up."""

    case_id: int
    permit_id: int
    point_id: int
    third: bool
    started_at: str
    ended_at: str = ""
    identity_at: str = ""
    phone: int = 0  # the call on the line, where the exchange places it
    code: str = ""  # read out to whoever wants to check that the call is ours

    @property
    def started(self) -> datetime:
        """Return when dialling began."""
        return datetime.fromisoformat(self.started_at)

    @property
    def ended(self) -> datetime | None:
        """Return when the collector hung up."""
        return datetime.fromisoformat(self.ended_at) if self.ended_at else None


def party_of(point: ContactPoint) -> str:
    """Return what the law calls whoever answers at a contact point."""
    return PARTIES.get(point.relation, "unrelated_third_party")


class DiallerCalls(RuntimeError):
    """The dialler is calling for this person already; one person speaks on one line."""


def is_third(point: ContactPoint) -> bool:
    """Return whether a contact point belongs to a third person."""
    return party_of(point) in THIRD


def ask_for_permit(case: Case, point: ContactPoint, *, by: User, at: datetime) -> gate.GateReply:
    """Ask the gate for one call; third persons are asked only to pass a word on."""
    third = is_third(point)
    return gate.request_permit(
        case=case,
        contact_point=point,
        channel="voice",
        purpose="locate" if third else "collect",
        party=party_of(point),
        user=by,
        at=at,
        agency=by.agency,
        extra_facts={"discloses_debt": False, "asks_payment": False} if third else None,
    )


def begin(
    request: HttpRequest, case: Case, point: ContactPoint, permit: Permit, by: User, at: datetime
) -> LiveCall:
    """Begin the call: through the exchange, which uses the permit as it dials, or by hand, which uses it now."""
    phone = 0
    if handset(by):
        if not seats.dial_by_hand(by, case, at):
            gate.release(permit, at=at)
            raise DiallerCalls(DiallerCalls.__doc__)
        phone = telephony.place(permit=permit, case=case, contact_point=point, by=by, at=at).pk
    else:
        gate.start(permit, at=at)
    call = LiveCall(
        case.pk,
        permit.pk,
        point.pk,
        is_third(point),
        at.isoformat(),
        phone=phone,
        code=code_for(case.pk, point, by, at),
    )
    keep(request, call)
    return call


def code_for(case_id: int, point: ContactPoint, by: User, at: datetime) -> str:
    """Return a code by which whoever answers can check on the debtor's page that this call is ours."""
    tail = "" if point.kind == "email" else point.value_tail
    return codes.issue("call", f"case:{case_id}", at=at, case_id=case_id, staff=by, number_tail=tail)


def current(request: HttpRequest) -> LiveCall | None:
    """Return the call of this person that is not wrapped up."""
    held: dict[str, Any] | None = request.session.get(KEY)
    return LiveCall(**held) if held else None


def settle(request: HttpRequest, by: User, at: datetime) -> None:
    """Bring the call in progress up to date with the line: drop what the line wrote up, take up what the dialler
    placed. The number is shown with the call, and that is logged.
    """
    if not is_set_up():
        return
    held = current(request)
    if held is not None and held.phone and is_written_up(held.phone):
        forget(request)
        held = None
    placed = call_to_take_up(by) if held is None else None
    if placed is None:
        return
    point = placed.contact_point
    started = (placed.dialled_at or placed.asked_at).isoformat()
    keep(
        request,
        LiveCall(
            placed.case_id,
            placed.permit_id,
            point.pk,
            is_third(point),
            started,
            phone=placed.pk,
            code=code_for(placed.case_id, point, by, at),
        ),
    )
    log_access(
        by, point.customer_id, "number_revealed", at, f"case {placed.case_id} point {point.pk} dialler"
    )


def on_case(request: HttpRequest, case_id: int) -> LiveCall | None:
    """Return the call in progress if it is on this case."""
    call = current(request)
    return call if call and call.case_id == case_id else None


def hang_up(request: HttpRequest, call: LiveCall, at: datetime) -> LiveCall:
    """Note when the collector hung up, and end the call on the line."""
    if phone := call_on(call.phone):
        telephony.stop(phone)
    return call if call.ended_at else keep(request, replace(call, ended_at=at.isoformat()))


def pass_identity(request: HttpRequest, call: LiveCall, at: datetime) -> LiveCall:
    """Note that the other side proved to be the debtor."""
    return keep(request, replace(call, identity_at=at.isoformat()))


def keep(request: HttpRequest, call: LiveCall) -> LiveCall:
    """Store the call in the session."""
    request.session[KEY] = asdict(call)
    return call


def forget(request: HttpRequest) -> None:
    """The call is wrapped up; with it the identity is no longer confirmed."""
    request.session.pop(KEY, None)


def whole_number(point: ContactPoint) -> str:
    """Return the number to dial; only for a call that has its permit, and the caller logs it."""
    return vault().open(bytes(point.value_cipher), "email" if point.kind == "email" else "phone")
