"""Send a code, and judge the one that is given: good once, for one person and one thing, for minutes and few tries."""

from __future__ import annotations

import hmac
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from forbear.web.codes.models import OneTimeCode
from forbear.web.law.current import packs_at
from forbear.web.outbox.services import Draft, enqueue
from forbear.web.portfolio.models import ContactPoint, ContactPointState
from forbear.web.portfolio.vault import vault

if TYPE_CHECKING:
    from forbear.web.cases.models import Case
    from forbear.web.people.models import User

SALT_BYTES = 16
USABLE = (ContactPointState.VALID, ContactPointState.UNVERIFIED)


class CodeNotSent(ValueError):
    """No code may be sent now; the message says why and what to do instead."""


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a code is good for: its use, and the one thing (a visit, a document with its hash)."""

    name: str  # identity, sign
    about: str


@dataclass(frozen=True, slots=True)
class Used:
    """What became of a code that was given: the code in force if there was one, whether it was right, tries left."""

    code: OneTimeCode | None
    right: bool
    left: int = 0


def house(name: str, at: datetime) -> Any:
    """Return one value of policy/house/codes.yaml."""
    return packs_at(at).value(f"house/codes/{name}", at.date())


def valid_for(at: datetime) -> timedelta:
    """Return how long a code can be used."""
    return timedelta(minutes=house("minutes", at))


def own_numbers(customer_id: int) -> list[ContactPoint]:
    """Return the debtor's own mobile numbers reserved with the bank, proven ones first."""
    found = ContactPoint.objects.filter(
        customer_id=customer_id, kind="mobile", relation="self", reserved=True, do_not_contact=False, state__in=USABLE
    )  # fmt: skip
    return sorted(found, key=lambda point: (point.state != ContactPointState.VALID, point.pk))


@transaction.atomic
def send(
    case: Case, point: ContactPoint, purpose: Purpose, write: Callable[[str], Draft], *, at: datetime, by: User | None = None
) -> OneTimeCode:  # fmt: skip
    """Send a fresh code; those of the same person and use before it are spent. `write` makes the message.

    Raises CodeNotSent. `by` none: the debtor asked for it, on the own page.
    """
    whose = OneTimeCode.objects.filter(customer_id=case.customer_id, purpose=purpose.name)
    if whose.filter(made_at__gt=at - timedelta(days=1)).count() >= house("a_day_max", at):
        raise CodeNotSent(_("Enough codes were sent for one day. Use another way, or call us."))
    whose.filter(spent_at__isnull=True).update(spent_at=at)
    code = "".join(secrets.choice("0123456789") for _each in range(house("digits", at)))
    salt = os.urandom(SALT_BYTES)
    made = OneTimeCode.objects.create(
        customer_id=case.customer_id, purpose=purpose.name, about=purpose.about, salt=salt,
        digest=digest(salt, case.customer_id, purpose, code), sent_to_tail=point.value_tail, made_at=at, made_by=by,
        expires_at=at + valid_for(at),
    )  # fmt: skip
    made.message = enqueue(
        write(code), key=f"code:{made.pk}", cause=f"code {purpose.name}", at=at, not_before=at, not_after=made.expires_at
    )  # fmt: skip
    made.save(update_fields=["message"])
    return made


def digest(salt: bytes, customer_id: int, purpose: Purpose, code: str) -> bytes:
    """Return the keyed digest of a code together with whom and what it is for."""
    said = f"{salt.hex()}:{customer_id}:{purpose.name}:{purpose.about}:{code}"
    return vault().index(said, "one_time_code")


def in_force(customer_id: int, purpose: Purpose, at: datetime) -> OneTimeCode | None:
    """Return the code that can be used for this very thing now."""
    found: OneTimeCode | None = OneTimeCode.objects.filter(
        customer_id=customer_id, purpose=purpose.name, about=purpose.about, spent_at__isnull=True, expires_at__gt=at
    ).last()  # fmt: skip
    return found


@transaction.atomic
def use(customer_id: int, purpose: Purpose, code: str, *, at: datetime) -> Used:
    """Judge a code that is given; the right one is spent, a wrong one is counted and the last try spends it.

    The caller must not raise within the same transaction on a wrong one: the count has to stay.
    """
    OneTimeCode.objects.select_for_update().filter(customer_id=customer_id, purpose=purpose.name).last()
    held = in_force(customer_id, purpose, at)
    if held is None:
        return Used(None, False)
    given = digest(bytes(held.salt), customer_id, purpose, code.strip())
    right = hmac.compare_digest(bytes(held.digest), given)
    most = int(house("tries_max", at))
    held.tries += 1
    held.spent_at = at if right or held.tries >= most else None
    held.save(update_fields=["tries", "spent_at"])
    return Used(held, right, max(0, most - held.tries))
