"""Keeping documents: sealed on the way in, checked against their hash on the way out, every read logged."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from forbear.documents import Document
from forbear.privacy import SealBroken
from forbear.web.cases.timeline import append_event
from forbear.web.documents.models import StoredDocument
from forbear.web.people.permissions import NotAllowed, may
from forbear.web.people.services import log_access
from forbear.web.portfolio.vault import vault

if TYPE_CHECKING:
    from forbear.web.cases.models import Case
    from forbear.web.people.models import User

KIND = "document"  # binds the seal to what it holds
PDF = "application/pdf"
RECEIVED_MAX = 10_000_000  # bytes: a scan of some pages
# What may come in, told by its first bytes and not by its name.
MAGIC = {b"%PDF-": PDF, b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


class DocumentRefused(ValueError):
    """A document can't be kept, read or signed like this; the message says why."""


def store(made: Document, case: Case, *, number: str, at: datetime, by: User | None) -> StoredDocument:
    """Keep a finished document of a case."""
    return _keep(
        case, made.pdf, kind=made.name, title=made.title, media_type=PDF, at=at, by=by, number=number, lang=made.lang,
        template_version=made.version, template_sha256=made.template_sha256,
    )  # fmt: skip


def receive(
    case: Case, content: bytes, *, kind: str, title: str, at: datetime, by: User | None
) -> StoredDocument:
    """Keep a proof that somebody brought (`by` none: the debtor, on the own page): PDF, PNG or JPEG, told by its first bytes; raises DocumentRefused."""
    if len(content) > RECEIVED_MAX:
        raise DocumentRefused(_("The file is larger than %(most)d MB.") % {"most": RECEIVED_MAX // 1_000_000})
    media = next((media for magic, media in MAGIC.items() if content.startswith(magic)), None)
    if media is None:
        raise DocumentRefused(_("Only PDF, PNG and JPEG files are taken; this is none of them."))
    return _keep(case, content, kind=kind, title=title[:120], media_type=media, at=at, by=by, received=True)


def _keep(
    case: Case, content: bytes, *, kind: str, title: str, media_type: str, at: datetime, by: User | None,
    number: str = "", lang: str = "", template_version: str = "", template_sha256: str = "", received: bool = False,
) -> StoredDocument:  # fmt: skip
    kept = StoredDocument.objects.create(
        case=case, customer_id=case.customer_id, kind=kind, number=number, title=title, lang=lang,
        template_version=template_version, template_sha256=template_sha256, received=received, media_type=media_type,
        size=len(content), sha256=hashlib.sha256(content).hexdigest(), cipher=vault().seal_bytes(content, KIND),
        made_at=at, made_by=by,
    )  # fmt: skip
    said = {
        "document": kept.pk,
        "kind": kind,
        "number": number,
        "sha256": kept.sha256,
        "version": template_version,
    }
    append_event(case, kind="document_received" if received else "document", at=at, by=by, payload=said)
    return kept


def plain(document: StoredDocument) -> bytes:
    """Return the bytes of a document; raises SealBroken where they are not those that were kept."""
    content = vault().open_bytes(bytes(document.cipher), KIND)
    if hashlib.sha256(content).hexdigest() != document.sha256:
        raise SealBroken(f"document {document.pk} is not what was stored: its hash differs")
    return content


def read(document: StoredDocument, *, by: User, at: datetime) -> bytes:
    """Return the bytes for a person who may read documents, and log it; raises NotAllowed."""
    if not may(by, "read_documents"):
        raise NotAllowed("read_documents")
    content = plain(document)
    log_access(by, document.customer_id, "document", at, f"{document.kind} {document.pk}")
    return content
