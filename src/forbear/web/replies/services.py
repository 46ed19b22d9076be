"""Takes a reply in: finds whose it is, stores it sealed, reads it, and acts, all in one transaction."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from forbear import questions
from forbear.web.cases.models import Case, Hold, Task
from forbear.web.cases.services import append_event, finish_task, release_hold
from forbear.web.contact import store
from forbear.web.portfolio.models import ContactPoint, Customer
from forbear.web.portfolio.vault import vault
from forbear.web.reach import contact_points, wishes
from forbear.web.replies import policy
from forbear.web.replies.acting import act
from forbear.web.replies.models import Reply
from forbear.web.replies.paging import answer, escalate

if TYPE_CHECKING:
    from forbear.web.people.models import User

SEAL, LONGEST = "reply", 2_000  # characters of a reply that are kept and read
BY_CUSTOMER_NO = ("push", "wecom")  # these know a person by the customer's number at the bank
KEY_MAX = 80  # as long as the column
CHINA, MOBILE_DIGITS = "86", 11
NO_DIGIT = re.compile(r"\D")
PAGE = "page"  # the debtor's own: no number, and no channel to close


class UndoRefused(ValueError):
    """What a reply forced cannot be undone like this; the message says why."""


@transaction.atomic
def received(*, channel: str, number: str, text: str, at: datetime, key: str = "") -> list[Reply]:
    """Store a reply for everyone on file with this number and do what it forces; return one Reply for each.

    The same message again (by channel and key; without a key by sender, text and moment) changes nothing and
    returns what it made the first time. A sender nobody knows is kept for a person to look at.
    """
    sealed = vault().seal(*_sender(channel, number))
    kept = text.replace("\0", "").strip()[:LONGEST]
    if not key or len(key) > KEY_MAX:
        said = key or f"{number}\0{kept}\0{at.isoformat()}"
        key = hashlib.sha256(said.encode()).hexdigest()
    owners = _owners(channel, number.strip(), sealed.index)
    for owner in owners:
        store.lock(owner, sealed.index)
    found = _read(kept, at)
    made = []
    for customer_id, at_point in (owners or {None: None}).items():
        fields = {
            "at": at, "sender_index": sealed.index, "sender_tail": sealed.tail, "point": at_point,
            "text_cipher": vault().seal(kept, SEAL).cipher, **found,
        }  # fmt: skip
        reply, is_new = Reply.objects.get_or_create(
            channel=channel, key=key, customer_id=customer_id, defaults=fields
        )
        if is_new:
            _act_on(reply)
        made.append(reply)
    return made


def _sender(channel: str, number: str) -> tuple[str, str]:
    """Return a sender as the book keeps it, and the kind of its index: gateways write +86 before a mobile number."""
    if channel == "email":
        return number.strip(), "email"
    digits = NO_DIGIT.sub("", number)
    if channel in BY_CUSTOMER_NO or not digits:
        return number.strip(), "phone"
    return (
        digits[len(CHINA) :] if digits.startswith(CHINA) and len(digits) > MOBILE_DIGITS else digits
    ), "phone"


def _owners(channel: str, number: str, index: bytes) -> dict[Any, ContactPoint | None]:
    """Return everyone on file with this sender, each with the contact point it is."""
    if channel in BY_CUSTOMER_NO:
        found = Customer.objects.filter(customer_no=number).order_by("pk")
        return dict.fromkeys(found.values_list("pk", flat=True))
    owners: dict[Any, ContactPoint | None] = {}
    for point in ContactPoint.objects.filter(value_index=index).order_by("customer_id", "pk"):
        owners.setdefault(point.customer_id, point)
    return owners


@transaction.atomic
def said_on_page(case: Case, text: str, *, at: datetime) -> Reply:
    """Store what a debtor wrote on the page of their own, read it and do what it forces; never a stop word there."""
    kept = text.strip()[:LONGEST]
    store.lock(case.customer_id, None)
    found = _read(kept, at, words=False)
    reply = Reply.objects.create(
        channel=PAGE, key=secrets.token_hex(16), customer_id=case.customer_id, at=at, sender_index=b"", sender_tail="",
        text_cipher=vault().seal(kept, SEAL).cipher, **found,
    )  # fmt: skip
    _act_on(reply, case)
    return reply


def _read(text: str, at: datetime, *, words: bool = True) -> dict[str, Any]:
    """Return the word, the gravity and the signals of a text."""
    word = policy.word_of(text, at.date()) if words else ""
    if not text or word:
        return {"word": word, "severity": "act" if word else "none", "signals": []}
    answer = questions.ask("debtor_signals", {"text": text, "as_of": at.date().isoformat()})
    signals = [
        {k: one[k] for k in ("signal", "kind", "start", "end", "severity")} for one in answer["signals"]
    ]
    return {"word": "", "severity": answer["answer"], "signals": signals}


def _act_on(reply: Reply, known: Case | None = None) -> None:
    """Act on a new reply where its sender has an open case, and say so on the case's timeline."""
    if reply.customer_id is None:
        return
    case = (
        known
        or Case.objects.filter(customer_id=reply.customer_id, closed_on__isnull=True).order_by("pk").first()
    )
    if case is None:
        return
    reply.case = case
    payload = {
        "reply": reply.pk,
        "channel": reply.channel,
        "word": reply.word,
        "signals": [one["signal"] for one in reply.signals],
    }
    append_event(case, kind="reply", at=reply.at, payload=payload)
    reply.actions = act(reply, case)
    reply.save(update_fields=["case", "actions"])


def text_of(reply: Reply) -> str:
    """Return the words of a reply; whoever shows them logs the read."""
    return vault().open(bytes(reply.text_cipher), SEAL)


def handle(reply: Reply, *, at: datetime, by: User) -> None:
    """Note that somebody has read a reply and nothing is left to do; the first one to say so stands."""
    Reply.objects.filter(pk=reply.pk, handled_at__isnull=True).update(handled_at=at, handled_by=by)


@transaction.atomic
def undo(reply: Reply, *, at: datetime, by: User, reason: str) -> None:
    """Take back what a reply forced; raises UndoRefused, or HoldRefused where the role may not lift the hold."""
    if not policy.may_undo(by.role, at.date()):
        allowed = policy.undo_roles(at.date())
        raise UndoRefused(_("Only these roles may undo it: %(roles)s.") % {"roles": ", ".join(allowed)})
    if not reason.strip():
        raise UndoRefused(_("Say why it is undone."))
    if reply.customer_id is not None:
        store.lock(reply.customer_id, bytes(reply.sender_index))
    reply = Reply.objects.select_for_update().get(pk=reply.pk)
    if reply.undone_at is not None or reply.case is None:
        return
    for done in reply.actions:
        _take_back(reply, done, at=at, by=by, reason=reason)
    reply.undone_at, reply.undone_by, reply.undo_reason = at, by, reason
    reply.save(update_fields=["undone_at", "undone_by", "undo_reason"])
    append_event(reply.case, kind="reply_undone", at=at, by=by, payload={"reply": reply.pk, "reason": reason})


def _take_back(reply: Reply, done: dict[str, Any], *, at: datetime, by: User, reason: str) -> None:
    if "hold" in done:
        release_hold(Hold.objects.get(pk=done["hold"]), at=at, by=by, reason=reason)
    elif "task" in done:
        finish_task(Task.objects.get(pk=done["task"]), at=at, by=by)
    elif "channel" in done and reply.customer_id is not None:
        wishes.open_channel(reply.customer_id, done["channel"], at=at, by=by, case=reply.case)
    elif done.get("point") and reply.point is not None:
        contact_points.verify(reply.point, at=at, by=by, why=reason, case=reply.case)


__all__ = ["UndoRefused", "answer", "escalate", "handle", "received", "said_on_page", "text_of", "undo"]
