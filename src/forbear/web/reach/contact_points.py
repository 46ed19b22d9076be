"""Writes of contact points: stored with source and basis, proved, set apart, blocked for everyone, reopened."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from forbear.web.cases.models import Case
from forbear.web.cases.timeline import append_event
from forbear.web.contact import store
from forbear.web.people.permissions import may
from forbear.web.portfolio.models import ContactPoint, ContactPointState, NumberBlock
from forbear.web.portfolio.vault import vault
from forbear.web.reach import policy
from forbear.web.reach.models import PointChange
from forbear.web.reach.reserved_permits import release_reserved

if TYPE_CHECKING:
    from forbear.web.contact.models import ContactAttempt
    from forbear.web.people.models import User
    from forbear.web.portfolio.models import Customer

State = ContactPointState
CLOSED_TO_US = (State.REFUSED, State.WRONG_PERSON)  # reopened by compliance alone (dossier 3.4)
STATE_OF_BLOCK = {"wrong_person": State.WRONG_PERSON}  # any other reason is a refusal
KINDS = ("mobile", "home_phone", "work_phone", "email", "address")
PHONES = ("mobile", "home_phone", "work_phone")


class ReachRefused(ValueError):
    """A contact point or a wish that cannot be stored like this; `field` names what to change."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@transaction.atomic
def add_contact_point(
    *,
    customer: Customer,
    kind: str,
    number: str,
    relation: str,
    source: str,
    lawful_basis: str,
    at: datetime,
    by: User | None,
    person_name: str = "",
    reserved: bool = False,
) -> ContactPoint:
    """Store a way to reach someone; its source and lawful basis are required, and a block outlives it.

    Raises ReachRefused for a source that the house does not offer, a basis that the source cannot carry, or a
    point that is already on file.
    """
    came_from = policy.sources(at.date()).get(source)
    if kind not in KINDS:
        raise ReachRefused(_("Say what kind of contact point this is."), "kind")
    if not number.strip():
        raise ReachRefused(_("Write the number or address."), "number")
    if came_from is None:
        raise ReachRefused(_("Say where this contact point comes from; no other source is taken."), "source")
    if lawful_basis not in came_from.bases:
        raise ReachRefused(_("This source cannot stand on that lawful basis."), "lawful_basis")
    sealed = vault().seal(number.strip(), "phone" if kind in PHONES else kind)
    store.lock(customer.pk, sealed.index)
    try:
        with transaction.atomic():
            point = ContactPoint.objects.create(
                customer=customer, kind=kind, value_cipher=sealed.cipher, value_index=sealed.index,
                value_tail=sealed.tail if kind != "address" else "", relation=relation, person_name=person_name,
                source=source, lawful_basis=lawful_basis, reserved=reserved, updated_on=at.date(),
                state=first_state(sealed.index, quarantine=came_from.quarantine),
            )  # fmt: skip
    except IntegrityError as error:
        raise ReachRefused(_("This contact point is already on file."), "number") from error
    note_change(point, "", at=at, by=by, why=source)
    return point


def first_state(index: bytes, *, quarantine: bool) -> str:
    """Return the state of a new point: a number that was blocked stays blocked, a doubtful source is set apart."""
    block = NumberBlock.objects.filter(value_index=index, lifted_at__isnull=True).first()
    if block is not None:
        return STATE_OF_BLOCK.get(block.reason, State.REFUSED)
    return State.QUARANTINED if quarantine else State.UNVERIFIED


@transaction.atomic
def set_state(
    point: ContactPoint,
    state: str,
    *,
    at: datetime,
    by: User | None,
    why: str = "",
    case: Case | None = None,
    attempt: ContactAttempt | None = None,
) -> bool:
    """Give a contact point a state and say so on the timeline; return whether anything changed.

    A point whose owner refused, or who is not the debtor, keeps its state: see `reopen`.
    """
    store.lock(point.customer_id, bytes(point.value_index))
    return change_state(point, state, at=at, by=by, why=why, case=case, attempt=attempt)


def change_state(
    point: ContactPoint,
    state: str,
    *,
    at: datetime,
    by: User | None,
    why: str,
    case: Case | None,
    attempt: ContactAttempt | None,
) -> bool:
    """Change a state under a lock of the number that is already held."""
    old = ContactPoint.objects.select_for_update().values_list("state", flat=True).get(pk=point.pk)
    if old == state or old in CLOSED_TO_US:
        point.state = old
        return False
    point.state = State(state).value
    point.save(update_fields=["state"])
    release_reserved(point.customer_id, bytes(point.value_index)) if state != State.VALID else None
    note_change(point, old, at=at, by=by, why=why, case=case, attempt=attempt)
    return True


def verify(point: ContactPoint, *, at: datetime, by: User | None, why: str, case: Case | None = None) -> bool:
    """Note that a contact point was shown to be the person's own."""
    return set_state(point, State.VALID, at=at, by=by, why=why, case=case)


def quarantine(
    point: ContactPoint, *, at: datetime, by: User | None, why: str, case: Case | None = None
) -> bool:
    """Set a contact point apart whose source is in doubt; it is not used until somebody verifies it."""
    return set_state(point, State.QUARANTINED, at=at, by=by, why=why, case=case)


@transaction.atomic
def block_number(
    point: ContactPoint,
    reason: str,
    *,
    at: datetime,
    by: User | None,
    case: Case | None = None,
    attempt: ContactAttempt | None = None,
) -> None:
    """Block a number for everyone: it survives re-import and binds every other case that holds it (R05)."""
    index = bytes(point.value_index)
    store.lock(point.customer_id, index)
    said = {
        "reason": reason, "at": at, "by": by, "attempt": attempt, "lifted_at": None, "lifted_by": None,
    }  # fmt: skip
    NumberBlock.objects.update_or_create(value_index=index, defaults=said)
    release_reserved(None, index)
    state = STATE_OF_BLOCK.get(reason, State.REFUSED)
    for each in ContactPoint.objects.filter(value_index=index).exclude(state__in=CLOSED_TO_US):
        # The number's lock is held; another debtor's own lock is not taken here, for it comes before the number's.
        its_case = case if each.pk == point.pk else None
        change_state(each, state, at=at, by=by, why=reason, case=its_case, attempt=attempt)
    point.refresh_from_db(fields=["state"])
    if case is not None:
        payload = {"tail": point.value_tail, "reason": reason}
        append_event(case, kind="number_blocked", at=at, by=by, payload=payload)


@transaction.atomic
def reopen(
    point: ContactPoint, *, at: datetime, by: User, why: str, case: Case | None = None
) -> ContactPoint:
    """Let a refused or wrong number be used again, as unverified; compliance alone may, and says why.

    Raises PermissionDenied for any other role, ReachRefused without a reason or for a number that is not closed.
    """
    if not may(by, "reopen_number"):
        raise PermissionDenied("only compliance reopens a number")
    if not why.strip():
        raise ReachRefused(_("Say why the number may be used again."), "why")
    index = bytes(point.value_index)
    store.lock(point.customer_id, index)
    old = ContactPoint.objects.select_for_update().values_list("state", flat=True).get(pk=point.pk)
    if old not in CLOSED_TO_US:
        raise ReachRefused(_("This number is not closed."), "point")
    NumberBlock.objects.filter(value_index=index, lifted_at__isnull=True).update(lifted_at=at, lifted_by=by)
    point.state, point.do_not_contact = State.UNVERIFIED, False
    point.save(update_fields=["state", "do_not_contact"])
    note_change(point, old, at=at, by=by, why=why.strip(), case=case)
    return point


def note_change(
    point: ContactPoint,
    old: str,
    *,
    at: datetime,
    by: User | None,
    why: str,
    case: Case | None = None,
    attempt: ContactAttempt | None = None,
) -> None:
    """Append what happened to a contact point, and tell it on the case it happened on."""
    PointChange.objects.create(
        point=point, at=at, by=by, old_state=old, new_state=point.state, why=why[:200], attempt=attempt
    )
    case = case or Case.objects.filter(customer_id=point.customer_id, closed_on__isnull=True).first()
    if case is not None:
        payload = {"point": point.pk, "tail": point.value_tail, "from": old, "to": point.state}
        append_event(case, kind="contact_point", at=at, by=by, payload=payload)
