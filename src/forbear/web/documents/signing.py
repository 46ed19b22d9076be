"""Signing: a one-time code to the number on file, or the spoken word with its recording; evidence either way."""

from __future__ import annotations

import hmac
import os
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from forbear.documents import render
from forbear.web import evidence
from forbear.web.cases.timeline import append_event
from forbear.web.documents.models import Means, Signature, SigningCode, StoredDocument
from forbear.web.documents.store import DocumentRefused, store
from forbear.web.law.current import packs_at
from forbear.web.outbox.points import best_points
from forbear.web.outbox.services import Body, Draft, enqueue
from forbear.web.portfolio.vault import vault

if TYPE_CHECKING:
    from forbear.web.people.models import User
    from forbear.web.portfolio.models import ContactPoint

SALT_BYTES = 16
Then = Callable[[Signature], None]
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended('signature', 0))"


def nothing(_signature: Signature) -> None:
    """Do nothing more."""


def house(name: str, at: datetime) -> Any:
    """Return one choice of the house about signing."""
    return packs_at(at).value(f"house/signing/{name}", at.date())


@transaction.atomic
def send_code(document: StoredDocument, *, at: datetime, by: User | None) -> SigningCode:
    """Send a fresh code to the debtor's own number on file; the codes before it are spent. Raises DocumentRefused."""
    refuse_signed(document)
    StoredDocument.objects.select_for_update().get(pk=document.pk)
    today = document.codes.filter(made_at__gt=at - timedelta(days=1)).count()
    if today >= house("codes_a_day_max", at):
        raise DocumentRefused(_("No more codes for this document today."))
    point = best_points("sms", [document.customer_id], at).get(document.customer_id)
    if point is None or not point.reserved:
        raise DocumentRefused(_("There is no number on file to which a code may be sent."))
    document.codes.filter(spent_at__isnull=True).update(spent_at=at)
    code = "".join(secrets.choice("0123456789") for _each in range(house("code_digits", at)))
    salt = os.urandom(SALT_BYTES)
    made = SigningCode.objects.create(
        document=document, salt=salt, digest=digest(salt, code, document), sent_to_tail=point.value_tail, made_at=at,
        made_by=by, expires_at=at + timedelta(seconds=house("code_seconds", at)),
    )  # fmt: skip
    made.message = enqueue(
        draft(document, code, point, at), key=f"signing-code-{made.pk}", cause=f"document {document.pk}", at=at,
        not_before=at, not_after=made.expires_at,
    )  # fmt: skip
    made.save(update_fields=["message"])
    return made


def draft(document: StoredDocument, code: str, point: ContactPoint, at: datetime) -> Draft:
    """Return the message with the code: a service message without any figure of the debt."""
    lang = document.lang or "zh"
    words = packs_at(at).value(f"house/signing/code_text_{lang}", at.date())
    said = {
        "bank": packs_at(at).value("house/messages/bank", at.date()),
        "hotline": packs_at(at).value("house/messages/hotline", at.date()),
        "title": document.title,
        "code": code,
        "minutes": house("code_seconds", at) // 60,
    }
    return Draft(
        case=document.case, channel="sms", body=Body(words.format(**said)), template="signing_code",
        template_version="1", language="zh-hans" if lang == "zh" else "en", contact_point=point, purpose="service",
    )  # fmt: skip


def digest(salt: bytes, code: str, document: StoredDocument) -> bytes:
    """Return the keyed digest of a code, bound to the document's bytes."""
    return vault().index(f"{salt.hex()}:{document.sha256}:{code}", "signing_code")


def sign_with_code(
    document: StoredDocument, code: str, *, at: datetime, by: User | None, then: Then = nothing
) -> Signature:
    """Sign with the code the debtor gives, and do `then` with it; a wrong one counts although it is refused.

    Raises DocumentRefused. Not to be called within a transaction: the count of wrong tries has to stay.
    """
    with transaction.atomic():
        refuse_signed(document)
        held = document.codes.select_for_update().filter(spent_at__isnull=True, expires_at__gt=at).last()
        right = held is not None and hmac.compare_digest(
            bytes(held.digest), digest(bytes(held.salt), code.strip(), document)
        )
        if held is not None:
            held.tries += 1
            held.spent_at = at if right or held.tries >= house("code_tries_max", at) else None
            held.save(update_fields=["tries", "spent_at"])
        if held is not None and right:
            signature = record(document, means=Means.CODE, code=held, at=at, by=by)
            then(signature)
            return signature
    if held is None:
        raise DocumentRefused(_("There is no code in force; send a new one."))
    left = max(0, house("code_tries_max", at) - held.tries)
    raise DocumentRefused(_("The code is wrong; %(left)d tries left.") % {"left": left})


@transaction.atomic
def sign_spoken(
    document: StoredDocument, recording: str, *, at: datetime, by: User, then: Then = nothing
) -> Signature:
    """Record that the debtor agreed by word of mouth; lawful only with its recording (art. 70 para. 3)."""
    refuse_signed(document)
    if not recording.strip():
        raise DocumentRefused(_("An agreement by word of mouth needs its recording."))
    signature = record(document, means=Means.SPOKEN, recording=recording.strip(), at=at, by=by)
    then(signature)
    return signature


def refuse_signed(document: StoredDocument) -> None:
    """Raise DocumentRefused for what was brought from outside, or is signed already."""
    if document.received:
        raise DocumentRefused(_("Only a document of the house is signed here."))
    if Signature.objects.filter(document=document).exists():
        raise DocumentRefused(_("This document is signed already."))


def record(
    document: StoredDocument, *, means: Means, at: datetime, by: User | None, code: SigningCode | None = None,
    recording: str = "",
) -> Signature:  # fmt: skip
    """Append the signature to the chain of signatures, with its own record as a document."""
    with connection.cursor() as cursor:
        cursor.execute(ONE_AT_A_TIME)
    last = Signature.objects.order_by("-pk").first()
    made = Signature(
        document=document, sha256=document.sha256, means=means, code=code, recording=recording, signed_at=at, witness=by,
        previous_hash=bytes(last.hash) if last else evidence.GENESIS,
    )  # fmt: skip
    made.record = written(made)
    made.hash = evidence.link(bytes(made.previous_hash), chained(made))
    made.save()
    said = {
        "document": document.pk,
        "sha256": document.sha256,
        "means": means.value,
        "record": made.record.pk,
    }
    append_event(document.case, kind="signed", at=at, by=by, payload=said)
    return made


def chained(signature: Signature) -> dict[str, Any]:
    """Return what the hash of a signature covers."""
    return {
        "document": signature.document_id, "sha256": signature.sha256, "means": str(signature.means),
        "code": signature.code_id, "recording": signature.recording, "at": signature.signed_at,
        "witness": signature.witness_id, "record": signature.record_id,
    }  # fmt: skip


def verify_signatures() -> int | None:
    """Recompute the chain of all signatures; return the first that does not follow, or None."""
    previous = evidence.GENESIS
    for each in Signature.objects.order_by("pk"):
        whole = bytes(each.previous_hash) == previous and bytes(each.hash) == evidence.link(
            previous, chained(each)
        )
        if not whole or each.sha256 != each.document.sha256:
            return int(each.pk)
        previous = bytes(each.hash)
    return None


def written(signature: Signature) -> StoredDocument:
    """Make and keep the record of a signature, in the language of what was signed."""
    document, code = signature.document, signature.code
    with translation.override("en" if document.lang == "en" else "zh-hans"):
        means = str(Means(signature.means).label)
    data = {
        "document_title": document.title, "document_no": document.number or str(document.pk),
        "template": f"{document.kind} {document.template_version}", "sha256": document.sha256,
        "signer": document.customer.name, "identity_tail": document.customer.id_no_tail or "—",
        "means": means if code else f"{means} {signature.recording}",
        "sent_to": f"****{code.sent_to_tail}" if code else None, "sent_at": code.made_at if code else None,
        "tries": code.tries if code else None, "signed_at": signature.signed_at,
        "witness": f"{signature.witness.display_name} {signature.witness.staff_no}" if signature.witness else means,
    }  # fmt: skip
    made = render("signing_record", data, lang=document.lang or "zh")
    return store(made, document.case, number=document.number, at=signature.signed_at, by=signature.witness)
