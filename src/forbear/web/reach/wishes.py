"""Writes of wishes: channels, hours, the workplace, a number to be left alone. The gate obeys them from then on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from forbear import questions
from forbear.web.cases.models import Case
from forbear.web.cases.timeline import append_event
from forbear.web.contact import store
from forbear.web.contact.models import Consent
from forbear.web.law.current import packs_at
from forbear.web.portfolio.models import ContactPoint
from forbear.web.reach import policy
from forbear.web.reach.contact_points import ReachRefused
from forbear.web.reach.reserved_permits import release_reserved

if TYPE_CHECKING:
    from forbear.web.people.models import User


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


def tell(
    customer_id: int, payload: dict[str, Any], *, at: datetime, by: User | None, case: Case | None
) -> None:
    """Write a wish on the timeline of the debtor's open cases, or of the one it was said on."""
    cases = [case] if case else list(Case.objects.filter(customer_id=customer_id, closed_on__isnull=True))
    for each in cases:
        append_event(each, kind="preference", at=at, by=by, payload=payload)
