"""Links and visits: a one-time token becomes a visit of one phone, and identity is proved within it."""

from __future__ import annotations

import base64
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F

from forbear.web.cases.models import Case
from forbear.web.cases.timeline import append_event
from forbear.web.debtor import codes, policy, throttle
from forbear.web.debtor.models import AccessLink, Visit
from forbear.web.portfolio.vault import vault

if TYPE_CHECKING:
    from forbear.web.outbox.models import OutboxMessage
    from forbear.web.people.models import User

NONCE_BYTES, SIGNATURE_BYTES = 16, 8
TOKEN_LENGTH = 32  # characters of the base64 form of both
TOUCH_SECONDS = 60  # a visit's last touch is written at most this often


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link just made; the token exists only here and in the message that carries it."""

    link: AccessLink
    token: str


@dataclass(frozen=True, slots=True)
class NewVisit:
    """A visit just begun; the key goes into the phone's cookie and nowhere else."""

    visit: Visit
    key: str


def signature(nonce: bytes) -> bytes:
    """Return what only this installation can put behind a nonce."""
    return vault().index(nonce.hex(), "debtor_link_signature")[:SIGNATURE_BYTES]


def make_link(
    case: Case, *, at: datetime, by: User | None = None, message: OutboxMessage | None = None
) -> NewLink:
    """Make a one-time link for the debtor of a case."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    token = base64.urlsafe_b64encode(nonce + signature(nonce)).decode()
    link = AccessLink.objects.create(
        token_index=vault().index(token, "debtor_link"),
        customer_id=case.customer_id,
        case=case,
        message=message,
        made_at=at,
        made_by=by,
        expires_at=at + policy.hours("link_hours", at),
    )
    return NewLink(link, token)


def is_signed(token: str) -> bool:
    """Return whether a token was made here; a forged one is refused without a look at the database."""
    if len(token) != TOKEN_LENGTH:
        return False
    try:
        raw = base64.b64decode(token.encode(), altchars=b"-_", validate=True)
    except ValueError:
        return False
    return hmac.compare_digest(raw[NONCE_BYTES:], signature(raw[:NONCE_BYTES]))


@transaction.atomic
def open_link(token: str, at: datetime) -> NewVisit | None:
    """Spend a link and begin a visit; None for a forged, spent, revoked or expired one, without saying which."""
    if not is_signed(token):
        return None
    found = (
        AccessLink.objects.select_for_update()
        .filter(
            token_index=vault().index(token, "debtor_link"),
            opened_at__isnull=True,
            revoked_at__isnull=True,
            expires_at__gt=at,
        )
        .first()
    )
    if found is None:
        return None
    found.opened_at = at
    found.save(update_fields=["opened_at"])
    return begin_visit(found, at)


def begin_visit(link: AccessLink, at: datetime) -> NewVisit:
    """Begin a visit in which nothing is proved yet."""
    key = secrets.token_urlsafe(NONCE_BYTES * 2)
    visit = Visit.objects.create(
        key_index=vault().index(key, "debtor_visit"),
        customer_id=link.customer_id,
        case_id=link.case_id,
        link=link,
        opened_at=at,
        seen_at=at,
        expires_at=at + policy.hours("visit_hours_max", at),
    )
    return NewVisit(visit, key)


def visit_of(key: str, at: datetime) -> Visit | None:
    """Return the running visit of a cookie, touched; None when there is none or it has ended; one query."""
    if not key:
        return None
    visit = (
        Visit.objects.select_related("customer", "case", "link")
        .filter(
            key_index=vault().index(key, "debtor_visit"),
            ended_at__isnull=True,
            expires_at__gt=at,
            seen_at__gt=at - policy.minutes("visit_minutes", at),
        )
        .first()
    )
    if visit is not None and (at - visit.seen_at).total_seconds() > TOUCH_SECONDS:
        Visit.objects.filter(pk=visit.pk).update(seen_at=at)
    return visit


def end_visits(customer_id: int, at: datetime) -> None:
    """End every visit and revoke every unspent link of a debtor."""
    Visit.objects.filter(customer_id=customer_id, ended_at__isnull=True).update(ended_at=at)
    unspent = AccessLink.objects.filter(
        customer_id=customer_id, opened_at__isnull=True, revoked_at__isnull=True
    )
    unspent.update(revoked_at=at)


def end_visit(visit: Visit, at: datetime) -> None:
    """End one visit, as the person leaves."""
    Visit.objects.filter(pk=visit.pk, ended_at__isnull=True).update(ended_at=at)


# ---- the second factor ----


@dataclass(frozen=True, slots=True)
class Proof:
    """What became of a try to prove identity."""

    passed: bool
    again_at: datetime | None = None  # too many tries: from when another is judged
    over: bool = False  # the visit has ended; a new link is needed


def prove(visit: Visit, *, how: str, answer: str, address: str, at: datetime) -> Proof:
    """Judge the second factor: `id_tail` or `sms_code`; counted per person and per address, in constant time."""
    turn = throttle.begin(kind="identity", who=str(visit.customer_id), address=address, at=at)
    if not turn.allowed:
        return Proof(False, again_at=turn.again_at)
    right = {"id_tail": is_id_tail, "sms_code": codes.is_identity_code}[how](visit, answer.strip(), at)
    if not right:
        return failed(visit, at)
    throttle.succeed(turn)
    pass_identity(visit, how, at)
    return Proof(True)


def is_id_tail(visit: Visit, answer: str, at: datetime) -> bool:
    """Return whether an answer is the end of the debtor's identity number."""
    known = visit.customer.id_no_tail
    same = hmac.compare_digest(answer.upper().encode(), known.upper().encode())
    return same and bool(known)


@transaction.atomic
def pass_identity(visit: Visit, how: str, at: datetime) -> None:
    """Note that the visitor is the debtor, on the visit and on the case."""
    visit.proved_at, visit.proved_by = at, how
    visit.save(update_fields=["proved_at", "proved_by"])
    append_event(visit.case, kind="own_page", at=at, payload={"proved_by": how})


def failed(visit: Visit, at: datetime) -> Proof:
    """Count a wrong answer; too many end the visit for good."""
    Visit.objects.filter(pk=visit.pk).update(failed=F("failed") + 1)
    visit.refresh_from_db(fields=["failed"])
    over = visit.failed >= policy.value("link_tries_max", at)
    if over:
        end_visit(visit, at)
    return Proof(False, over=over)
