"""Photos and recordings from phones: judged by their bytes, tied to the record that announced them, sealed."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from forbear.web.cases.timeline import locked_case
from forbear.web.complaints.uploads import UploadRefused, media_type_of
from forbear.web.contact.store import lock as gate_lock
from forbear.web.portfolio.vault import vault
from forbear.web.visits import policy
from forbear.web.visits.concluding import conclude
from forbear.web.visits.models import PhoneDay, VisitEvidence, VisitRecord
from forbear.web.visits.records import locked

if TYPE_CHECKING:
    from forbear.web.people.models import User

KIND = "visit_evidence"
EBML = b"\x1a\x45\xdf\xa3"  # Matroska and WebM begin so
FTYP_AT, FTYP = 4, b"ftyp"
FILMS = ("recording",)


class NotAnnounced(LookupError):
    """No record of this phone speaks of this file yet; the records come first."""


def store(
    day: PhoneDay, client_id: UUID, content: bytes, *, received_at: datetime, by: User
) -> VisitEvidence:
    """Keep one file; told twice it is kept once. Raises NotAnnounced, UploadRefused."""
    record = VisitRecord.objects.filter(
        day=day, kind="evidence", data__evidence=str(client_id)
    ).select_related("visit__case", "visit__point").first()  # fmt: skip
    if record is None:
        raise NotAnnounced(NotAnnounced.__doc__)
    if len(content) > policy.value("evidence_bytes_max", received_at):
        raise UploadRefused(_("This file is too large."))
    digest = hashlib.sha256(content).hexdigest()
    if digest != record.data["sha256"]:
        raise UploadRefused(_("This file is not the one that was written down: its digest differs."))
    media_type = type_of(content, film=record.data["what"] in FILMS, at=received_at)
    return keep(record, client_id, content, digest, media_type, received_at=received_at, by=by)


def type_of(content: bytes, *, film: bool, at: datetime) -> str:
    """Return what the bytes are: pictures everywhere, sound and film for recordings."""
    if film and content.startswith(EBML):
        return "video/webm"
    if film and content[FTYP_AT : FTYP_AT + len(FTYP)] == FTYP:
        return "video/mp4"
    return media_type_of(content, pixels_max=policy.value("evidence_pixels_max", at), sound=film)


@transaction.atomic
def keep(
    record: VisitRecord,
    client_id: UUID,
    content: bytes,
    digest: str,
    media_type: str,
    *,
    received_at: datetime,
    by: User,
) -> VisitEvidence:
    """Store the sealed bytes and look at the visit once more, for they may have been all it lacked."""
    gate_lock(record.visit.case.customer_id, bytes(record.visit.point.value_index))
    locked_case(record.visit.case_id)
    visit = locked(record.visit_id)
    found: VisitEvidence | None = VisitEvidence.objects.filter(client_id=client_id).first()
    if found is not None:
        return found
    made = VisitEvidence.objects.create(
        client_id=client_id, visit=visit, media_type=media_type, size=len(content), sha256=digest,
        content_cipher=vault().seal_bytes(content, KIND), received_at=received_at, by=by,
    )  # fmt: skip
    conclude(visit, at=received_at, by=by)
    return made


def opened(row: VisitEvidence) -> bytes:
    """Return the bytes of one file."""
    return vault().open_bytes(bytes(row.content_cipher), KIND)
