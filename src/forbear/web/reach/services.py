"""Everything that is written about how a person may be reached. Desk, reception, replies and files all call this.

Each write takes the gate's lock on the debtor (and the number) and holds it to its commit: a permit is decided
either wholly before or wholly after, so a wish binds every channel from the moment it is stored. Permits that were
reserved and not yet used are released, and whoever holds one is told by `PermitLost`. Order of locks everywhere:
debtor, number, then the rows of cases.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from forbear import questions
from forbear.web.cases.models import Case
from forbear.web.cases.timeline import append_event
from forbear.web.contact import store
from forbear.web.contact.models import Consent, Permit, PermitState
from forbear.web.law.current import packs_at
from forbear.web.people.permissions import may
from forbear.web.portfolio.models import ContactPoint, ContactPointState, NumberBlock
from forbear.web.portfolio.vault import vault
from forbear.web.reach import policy
from forbear.web.reach.models import PointChange

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


# ---- contact points ----


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


# ---- wishes ----


@transaction.atomic
def leave_number_alone(
    point: ContactPoint, *, at: datetime, by: User | None, case: Case | None = None
) -> None:
    """Note that this number is not to be called again for this debtor."""
    store.lock(point.customer_id, bytes(point.value_index))
    point.do_not_contact = True
    point.save(update_fields=["do_not_contact"])
    release_reserved(point.customer_id, bytes(point.value_index))
    tell(point.customer_id, {"this_number": point.value_tail}, at=at, by=by, case=case)


def close_channel(
    customer_id: int, channel: str, *, at: datetime, by: User | None, case: Case | None = None
) -> None:
    """Note that a debtor does not want to be reached on a channel."""
    wish(customer_id, "channel_off", channel, at=at, by=by, case=case, releases=(channel,))


def open_channel(
    customer_id: int, channel: str, *, at: datetime, by: User | None, case: Case | None = None
) -> None:
    """Note that a debtor takes a channel again."""
    wish(customer_id, "channel_on", channel, at=at, by=by, case=case)


@transaction.atomic
def only_in_writing(customer_id: int, *, at: datetime, by: User | None, case: Case | None = None) -> None:
    """Close every channel that is not writing (policy says which)."""
    for channel in policy.writing_only_closes(at.date()):
        close_channel(customer_id, channel, at=at, by=by, case=case)


def set_quiet_hours(
    customer_id: int, windows: Sequence[Sequence[str]], *, at: datetime, by: User | None, case: Case | None = None
) -> None:  # fmt: skip
    """Note hours in which a debtor is to be left alone: [["12:00", "14:00"]] or with days "sat sun"; empty lifts it."""
    wish(
        customer_id,
        "quiet_hours",
        [list(window) for window in windows],
        at=at,
        by=by,
        case=case,
        releases=None,
    )


def consent_to_hours(
    customer_id: int, windows: Sequence[Sequence[str]], *, at: datetime, by: User | None, case: Case | None = None
) -> None:  # fmt: skip
    """Note hours outside the usual ones to which a debtor agreed; empty withdraws the consent."""
    wish(customer_id, "hours", [list(window) for window in windows], at=at, by=by, case=case)


def leave_workplace_alone(
    customer_id: int, *, at: datetime, by: User | None, off: bool = True, case: Case | None = None
) -> None:
    """Note that a debtor is not to be called at work, or may be again."""
    wish(customer_id, "workplace", "off" if off else "on", at=at, by=by, case=case, releases=None)


@transaction.atomic
def wish(
    customer_id: int,
    kind: str,
    value: Any,
    *,
    at: datetime,
    by: User | None,
    case: Case | None = None,
    releases: Sequence[str] | None = (),
) -> Consent:
    """Store a wish under the debtor's lock; it holds for every later answer of the gate.

    releases: channels whose reserved permits lose their right; None for all. Raises ReachRefused for hours
    that cannot be read.
    """
    store.lock(customer_id, None)
    if kind in FACT_OF_HOURS:
        refuse_unreadable_hours(kind, value, at)
    stored = Consent.objects.create(customer_id=customer_id, kind=kind, value=value, at=at, by=by)
    if releases is None or releases:
        release_reserved(customer_id, None, releases)
    tell(customer_id, {kind: value}, at=at, by=by, case=case)
    return stored


FACT_OF_HOURS = {"hours": "consented_hours", "quiet_hours": "inconvenient_times"}


def refuse_unreadable_hours(kind: str, windows: Sequence[Sequence[str]], at: datetime) -> None:
    """Raise ReachRefused for hours that the question of contact itself could not read."""
    facts = {"at": at.isoformat(), "channel": "letter", FACT_OF_HOURS[kind]: windows}
    try:
        questions.ask("may_contact", facts, packs=packs_at(at))
    except questions.BadFact as error:
        raise ReachRefused(_("Write hours like 12:00-14:00."), "hours") from error


def release_reserved(
    customer_id: int | None, number_index: bytes | None, channels: Sequence[str] | None = None
) -> int:
    """Take back permits that were reserved and not yet used; return how many."""
    reserved = Permit.objects.filter(state=PermitState.RESERVED)
    if customer_id is not None:
        reserved = reserved.filter(customer_id=customer_id)
    if number_index is not None:
        reserved = reserved.filter(number_index=number_index)
    if channels:
        reserved = reserved.filter(channel__in=channels)
    return reserved.update(state=PermitState.RELEASED)


def tell(
    customer_id: int, payload: dict[str, Any], *, at: datetime, by: User | None, case: Case | None
) -> None:
    """Write a wish on the timeline of the debtor's open cases, or of the one it was said on."""
    cases = [case] if case else list(Case.objects.filter(customer_id=customer_id, closed_on__isnull=True))
    for each in cases:
        append_event(each, kind="preference", at=at, by=by, payload=payload)
