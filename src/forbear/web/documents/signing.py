"""Signing: a one-time code to the number on file, or the spoken word with its recording; evidence either way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from forbear.documents import render
from forbear.web import evidence
from forbear.web.cases.timeline import append_event
from forbear.web.codes import services as codes
from forbear.web.codes.services import Purpose
from forbear.web.documents.models import Means, Signature, StoredDocument
from forbear.web.documents.store import DocumentRefused, store
from forbear.web.law.current import packs_at
from forbear.web.outbox.services import Body, Draft

if TYPE_CHECKING:
    from forbear.web.codes.models import OneTimeCode
    from forbear.web.people.models import User
    from forbear.web.portfolio.models import ContactPoint

CODE_TEXTS = {"zh": "house/signing/code_text_zh", "en": "house/signing/code_text_en"}
BANKS = {"zh": "house/messages/bank", "en": "house/messages/bank_en"}
Then = Callable[[Signature], None]
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended('signature', 0))"


def nothing(_signature: Signature) -> None:
    """Do nothing more."""


def purpose_of(document: StoredDocument) -> Purpose:
    """Return what a code for a document is good for: these very bytes."""
    return Purpose("sign", f"{document.pk}:{document.sha256}")


@transaction.atomic
def send_code(document: StoredDocument, *, at: datetime, by: User | None) -> OneTimeCode:
    """Send a fresh code to the debtor's own number on file; the codes before it are spent. Raises DocumentRefused."""
    refuse_signed(document)
    StoredDocument.objects.select_for_update().get(pk=document.pk)
    point = next(iter(codes.own_numbers(document.customer_id)), None)
    if point is None:
        raise DocumentRefused(_("There is no number on file to which a code may be sent."))
    try:
        return codes.send(
            document.case, point, purpose_of(document), lambda code: draft(document, code, point, at), at=at, by=by
        )  # fmt: skip
    except codes.CodeNotSent as refused:
        raise DocumentRefused(str(refused)) from refused


def code_in_force(document: StoredDocument, at: datetime) -> OneTimeCode | None:
    """Return the code by which a document can be signed now."""
    return codes.in_force(document.customer_id, purpose_of(document), at)


def draft(document: StoredDocument, code: str, point: ContactPoint, at: datetime) -> Draft:
    """Return the message with the code: a service message without any figure of the debt."""
    lang = document.lang or "zh"
    words = packs_at(at).value(CODE_TEXTS[lang], at.date())
    said = {
        "bank": packs_at(at).value(BANKS[lang], at.date()),
        "hotline": packs_at(at).value("house/messages/hotline", at.date()),
        "title": document.title,
        "code": code,
        "minutes": codes.house("minutes", at),
    }
    return Draft(
        case=document.case, channel="sms", body=Body(words.format(**said)), template="signing_code",
        template_version="1", language="zh-hans" if lang == "zh" else "en", contact_point=point, purpose="service",
    )  # fmt: skip


def sign_with_code(
    document: StoredDocument, code: str, *, at: datetime, by: User | None, then: Then = nothing
) -> Signature:
    """Sign with the code the debtor gives, and do `then` with it; a wrong one counts although it is refused.

    Raises DocumentRefused. Not to be called within a transaction: the count of wrong tries has to stay.
    """
    with transaction.atomic():
        refuse_signed(document)
        used = codes.use(document.customer_id, purpose_of(document), code, at=at)
        if used.right:
            signature = record(document, means=Means.CODE, code=used.code, at=at, by=by)
            then(signature)
            return signature
    if used.code is None:
        raise DocumentRefused(_("There is no code in force; send a new one."))
    raise DocumentRefused(
        ngettext(
            "The code is wrong; %(left)d try left.", "The code is wrong; %(left)d tries left.", used.left
        )
        % {"left": used.left}
    )


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
    document: StoredDocument, *, means: Means, at: datetime, by: User | None, code: OneTimeCode | None = None,
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
        "sent_to": f"****{code.sent_to_tail}" if code else None, "sent_at": code.made_at.astimezone(signature.signed_at.tzinfo) if code else None,
        "tries": code.tries if code else None, "signed_at": signature.signed_at,
        "witness": f"{signature.witness.display_name} {signature.witness.staff_no}" if signature.witness else means,
    }  # fmt: skip
    made = render("signing_record", data, lang=document.lang or "zh")
    return store(made, document.case, number=document.number, at=signature.signed_at, by=signature.witness)
