"""Writes of reception: a caller looked up, identified or not, asked what it is about, and handed on.

An inbound contact asks for no permit: the debtor came to us. It is an attempt all the same, of action CALL_IN, that is
on the timeline, uses none of the day's outbound slots, and ends the proof that the debtor cannot be reached.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from forbear.web.cases import services as cases
from forbear.web.cases.models import Case
from forbear.web.contact.facts import local_day
from forbear.web.contact.models import ContactAttempt
from forbear.web.law.current import packs_now
from forbear.web.people.models import Role, User
from forbear.web.people.services import log_accesses
from forbear.web.portfolio.models import ContactPoint, Customer
from forbear.web.portfolio.vault import vault
from forbear.web.reach import wishes
from forbear.web.reception.models import Duty, Inbound, Way
from forbear.web.replies import acting

if TYPE_CHECKING:
    from collections.abc import Mapping

DIGITS = re.compile(r"\D")
ID_TAIL = re.compile(r"\d{3}[\dX]")
CHINA = "86"
FOUND_MAX = 20


class ReceptionRefused(ValueError):
    """This cannot be done like this; `field` names what to change."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Found:
    """People a number or the end of an identity number may belong to; names are masked by the screen."""

    customers: tuple[Customer, ...]
    number_index: bytes | None
    number_tail: str


def look_up(text: str, *, at: datetime, by: User) -> Found:
    """Find people by a whole telephone number, or the last four of an identity number; every find is logged.

    Two index look-ups. Raises ReceptionRefused for anything else.
    """
    said = text.strip().upper()
    if ID_TAIL.fullmatch(said):
        found = list(Customer.objects.filter(id_no_tail=said).order_by("pk")[:FOUND_MAX])
        log_accesses(by, [each.pk for each in found], "reception", at, "identity tail")
        return Found(tuple(found), None, "")
    digits = DIGITS.sub("", said)
    digits = digits[2:] if digits.startswith(CHINA) and len(digits) > 11 else digits
    if not 7 <= len(digits) <= 15:
        raise ReceptionRefused(
            _("Write the whole number that is calling, or the last four of the identity number."), "q"
        )
    index = vault().index(digits, "phone")
    ids = ContactPoint.objects.filter(value_index=index).values_list("customer_id", flat=True)
    found = list(Customer.objects.filter(pk__in=ids).order_by("pk")[:FOUND_MAX])
    log_accesses(by, [each.pk for each in found], "reception", at, f"number ending {digits[-4:]}")
    return Found(tuple(found), index, digits[-4:])


def begin(*, way: str, found: Found | None, customer: Customer | None, at: datetime, by: User) -> Inbound:
    """Open an inbound contact, for somebody on file or a stranger."""
    if customer is not None and found is not None and customer not in found.customers:
        raise ReceptionRefused(_("Choose one of the people found."), "customer")
    return Inbound.objects.create(
        way=Way(way), at=at, taken_by=by, customer=customer,
        number_index=found.number_index if found else None, number_tail=found.number_tail if found else "",
    )  # fmt: skip


def tries_max(at: datetime) -> int:
    """Return how often a caller may try to show who he is."""
    return int(packs_now().value("house/reception/identity_tries_max", at.date()))


@transaction.atomic
def identify(inbound: Inbound, *, name: str, id_tail: str, birth: str, at: datetime, by: User) -> bool:
    """Compare what the caller says with what is on file, without showing any of it; return whether all agrees.

    Name, last four of the identity number and birthday (or, where none is on file, the first two alone). After
    policy's number of failures nobody is identified on this call any more.
    """
    row = Inbound.objects.select_for_update(of=("self",)).select_related("customer").get(pk=inbound.pk)
    if row.customer is None or row.closed_at is not None:
        raise ReceptionRefused(_("Nobody on file was chosen."), "customer")
    if row.tries >= tries_max(at):
        raise ReceptionRefused(_("Identity was tried too often on this call; offer a call back to the number on file."), "name")  # fmt: skip
    on_file = row.customer
    agrees = (
        name.strip() == on_file.name
        and bool(on_file.id_no_tail)
        and id_tail.strip().upper() == on_file.id_no_tail
    )
    if on_file.birth_on is not None:
        agrees = agrees and DIGITS.sub("", birth) == f"{on_file.birth_on:%Y%m%d}"
    if agrees:
        row.identified_at = at
    else:
        row.tries += 1
    row.save(update_fields=["identified_at", "tries"])
    inbound.identified_at, inbound.tries = row.identified_at, row.tries
    return agrees


def topics(at: datetime) -> dict[str, Mapping[str, object]]:
    """Return what callers may want, by code (house policy)."""
    return {row["code"]: row for row in packs_now().value("house/reception/topics", at.date())}


def open_case(customer: Customer | None) -> Case | None:
    """Return the open case of a customer."""
    if customer is None:
        return None
    return (
        Case.objects.filter(customer=customer, closed_on__isnull=True)
        .select_related("owner", "customer")
        .first()
    )


def on_duty(case: Case | None, at: datetime) -> User | None:
    """Return the right person now: the case's owner, else a colleague of the owner's group, else a lead."""
    present = Duty.objects.filter(starts_at__lte=at, ends_at__gt=at, user__is_active=True).select_related(
        "user"
    )
    people = [each.user for each in present.order_by("pk")]
    owner = case.owner if case else None
    if owner is not None and owner in people:
        return owner
    group = owner.skill_group if owner else ""
    same = [
        each for each in people if each.role == Role.COLLECTOR and (not group or each.skill_group == group)
    ]
    leads = [each for each in people if each.role == Role.MANAGER]
    return next(iter([*same, *leads]), None)


@transaction.atomic
def finish(
    inbound: Inbound, *, topic: str, note: str, callback_at: datetime | None, at: datetime, by: User
) -> Inbound:
    """Close an inbound contact: the attempt, what the topic forces, the call back, the person it goes to.

    Raises ReceptionRefused for an unknown topic, or a call back without a time to come.
    """
    row = Inbound.objects.select_for_update(of=("self",)).select_related("customer").get(pk=inbound.pk)
    if row.closed_at is not None:
        raise ReceptionRefused(_("This contact is closed already."))
    known = topics(at).get(topic)
    if known is None:
        raise ReceptionRefused(_("Say what it is about."), "topic")
    if callback_at is not None and callback_at <= at:
        raise ReceptionRefused(_("The call back lies in the past."), "callback_at")
    case = open_case(row.customer)
    row.topic, row.note, row.closed_at = topic, note.strip()[:500], at
    row.handed_to = on_duty(case, at)
    if row.customer is not None:
        row.attempt = record(row, case, at, by)
    row.save()
    if case is not None:
        force(row, case, known, callback_at, at, by)
    return row


def record(row: Inbound, case: Case | None, at: datetime, by: User) -> ContactAttempt:
    """Append the inbound attempt; it never counts as an outbound call."""
    if row.customer is None:
        raise ReceptionRefused(_("Nobody on file was chosen."), "customer")
    point = ContactPoint.objects.filter(customer=row.customer, value_index=row.number_index).first()
    attempt = ContactAttempt.objects.create(
        customer=row.customer, case=case, contact_point=point if row.identified_at else None,
        number_index=row.number_index, channel="voice" if row.way == Way.CALL else "visit", action="CALL_IN" if row.way == Way.CALL else "FACE",
        at=row.at, local_day=local_day(row.customer, row.at), ended_at=at, seconds_talked=int((at - row.at).total_seconds()), line="L01",
        party="P1" if row.identified_at else "P2", answered=True, effective=False, staff=by, source="reception",
        note=row.note,
    )  # fmt: skip
    if case is not None:
        payload = {
            "attempt": attempt.pk, "action": attempt.action, "channel": attempt.channel, "tail": row.number_tail,
            "party": attempt.party, "topic": row.topic, "note": row.note,
            "identity_passed": row.identified_at is not None,
        }  # fmt: skip
        cases.append_event(case, kind="inbound", at=at, by=by, payload=payload)
    return attempt


def force(
    row: Inbound,
    case: Case,
    known: Mapping[str, object],
    callback_at: datetime | None,
    at: datetime,
    by: User,
) -> None:
    """Do what the topic forces: a hold only for what the caller's own word suffices, a task at once, the call back."""
    owner = row.handed_to or case.owner
    if known.get("silence") and row.identified_at is not None:
        silence(row, case, at, by)
    if known.get("hold") == acting.EMERGENCY:
        acting.emergency(case, at=at, by=by, why="reception")
    elif hold := known.get("hold"):
        cases.place_hold(case, kind=str(hold), at=at, by=by, reason="reception")
    if (task := known.get("task")) and task != acting.EMERGENCY:
        cases.add_task(case, kind=str(task), due_at=at, at=at, by=by, owner=owner, note=row.note[:200])
    if callback_at is not None:
        cases.add_task(
            case, kind="callback", due_at=callback_at, at=at, by=by, owner=owner, note=row.note[:200]
        )


def silence(row: Inbound, case: Case, at: datetime, by: User) -> None:
    """Let an identified debtor's word stop all but writing, and the number he called from, at once.

    Somebody who was not identified stops nothing by himself; the review task that the topic forces looks at it.
    """
    wishes.only_in_writing(case.customer_id, at=at, by=by, case=case)
    point = ContactPoint.objects.filter(customer=case.customer_id, value_index=row.number_index).first()
    if row.number_index is not None and point is not None:
        wishes.leave_number_alone(point, at=at, by=by, case=case)


def put_on_duty(user: User, *, starts_at: datetime, ends_at: datetime) -> Duty:
    """Put a person on the roster; raises ReceptionRefused for a stretch that ends before it begins, or overlaps."""
    if ends_at <= starts_at:
        raise ReceptionRefused(_("The end comes after the beginning."), "until")
    if Duty.objects.filter(user=user, starts_at__lt=ends_at, ends_at__gt=starts_at).exists():
        raise ReceptionRefused(_("This person is on duty in that time already."), "user")
    return Duty.objects.create(user=user, starts_at=starts_at, ends_at=ends_at)


@transaction.atomic
def take_off_duty(duty: Duty, *, at: datetime) -> None:
    """Take a stretch off the roster: one to come goes, one under way ends now, what is over stays as it was."""
    held = Duty.objects.select_for_update().get(pk=duty.pk)
    if held.starts_at >= at:
        held.delete()
    elif held.ends_at > at:
        held.ends_at = at
        held.save(update_fields=["ends_at"])


def week(at: datetime) -> list[tuple[date, list[Duty]]]:
    """Return the roster of seven days from today, day by day."""
    today = datetime.combine(at.date(), time(), tzinfo=at.tzinfo)
    rows = list(
        Duty.objects.filter(starts_at__lt=today + timedelta(days=7), ends_at__gt=today)
        .select_related("user").order_by("starts_at", "pk")
    )  # fmt: skip
    days = [today + timedelta(days=n) for n in range(7)]
    return [
        (begin.date(), [each for each in rows if each.starts_at < begin + timedelta(days=1) and each.ends_at > begin])
        for begin in days
    ]  # fmt: skip


def roster(at: datetime) -> list[Duty]:
    """Return who is on duty today, in order."""
    today = datetime.combine(at.date(), time(), tzinfo=at.tzinfo)
    days = Duty.objects.filter(Q(starts_at__lt=today + timedelta(days=1)) & Q(ends_at__gt=today))
    return list(days.select_related("user").order_by("starts_at"))
