"""One-time codes by SMS: sent through the outbox to a number on file, digested at rest, good once and for one thing."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from forbear.privacy import mask_number
from forbear.web.cases.models import Case
from forbear.web.debtor import policy
from forbear.web.debtor.models import OneTimeCode, Visit
from forbear.web.outbox.services import Body, Draft, enqueue
from forbear.web.portfolio.models import ContactPoint, ContactPointState
from forbear.web.portfolio.vault import vault

DIGITS = 6
USABLE = (ContactPointState.VALID, ContactPointState.UNVERIFIED)
TEMPLATE, VERSION = "one_time_code", "1"


class CodeNotSent(ValueError):
    """No code may be sent now; the message says why and what to do instead."""


def number_for(visit: Visit, at: datetime) -> ContactPoint | None:
    """Return the number on file that may get a code proving identity; None where there is none."""
    link = visit.link
    carried_to = link.message.address_index if link and link.message else None
    apart = policy.value("code_needs_another_number", at)
    for point in own_numbers(visit.customer_id):
        if not (apart and carried_to is not None and bytes(carried_to) == bytes(point.value_index)):
            return point
    return None


def own_numbers(customer_id: int) -> list[ContactPoint]:
    """Return the debtor's own mobile numbers reserved with the bank, proven ones first."""
    found = ContactPoint.objects.filter(
        customer_id=customer_id,
        kind="mobile",
        relation="self",
        reserved=True,
        do_not_contact=False,
        state__in=USABLE,
    )
    return sorted(found, key=lambda point: (point.state != ContactPointState.VALID, point.pk))


@transaction.atomic
def send_code(case: Case, point: ContactPoint, *, purpose: str, about: str, at: datetime) -> OneTimeCode:
    """Send a fresh code for one purpose and one thing (`about` is part of its digest); raises CodeNotSent."""
    minutes = policy.minutes("code_minutes", at)
    made_today = OneTimeCode.objects.filter(customer_id=case.customer_id, made_at__gt=at - timedelta(days=1))
    if made_today.count() >= policy.value("codes_a_day_max", at):
        raise CodeNotSent(_("We sent you enough codes for one day. Use another way, or call us."))
    OneTimeCode.objects.filter(customer_id=case.customer_id, purpose=purpose, used_at__isnull=True).update(
        used_at=at
    )
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    row = OneTimeCode(
        customer_id=case.customer_id, purpose=purpose, code_index=digest(case.customer_id, purpose, about, code),
        made_at=at, expires_at=at + minutes,
    )  # fmt: skip
    text = _("[%(bank)s] Your code is %(code)s. It works for %(minutes)d minutes. Tell it to nobody, not even to us.") % {
        "bank": policy.bank("bank", at), "code": code, "minutes": int(minutes.total_seconds() // 60),
    }  # fmt: skip
    draft = Draft(
        case=case, channel="sms", body=Body(text), template=TEMPLATE, template_version=VERSION,
        contact_point=point, purpose="reply",
    )  # fmt: skip
    row.save()
    row.message = enqueue(
        draft, key=f"code:{row.pk}", cause="own_page", at=at, not_before=at, not_after=at + minutes
    )
    row.save(update_fields=["message"])
    return row


def digest(customer_id: int, purpose: str, about: str, code: str) -> bytes:
    """Return the keyed digest of a code together with whom and what it is for."""
    return vault().index(f"{customer_id}:{purpose}:{about}:{code}", "debtor_code")


@transaction.atomic
def spend(customer_id: int, *, purpose: str, about: str, code: str, at: datetime) -> bool:
    """Use a code up; return whether it was right, fresh and for this very thing."""
    found = (
        OneTimeCode.objects.select_for_update()
        .filter(
            customer_id=customer_id,
            purpose=purpose,
            code_index=digest(customer_id, purpose, about, code),
            used_at__isnull=True,
            expires_at__gt=at,
        )
        .first()
    )
    if found is None:
        return False
    found.used_at = at
    found.save(update_fields=["used_at"])
    return True


def is_identity_code(visit: Visit, answer: str, at: datetime) -> bool:
    """Return whether an answer is the code sent for this visit."""
    return spend(visit.customer_id, purpose="identity", about=str(visit.pk), code=answer, at=at)


def masked(point: ContactPoint) -> str:
    """Write a number so that its owner knows it and nobody else does."""
    return mask_number(point.value_tail)
