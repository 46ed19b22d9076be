"""What people write down beside the moves: court, agent, evidence, hearings, service, costs, access of counsel."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from forbear.web.cases.timeline import append_event
from forbear.web.litigation.models import (
    Agent,
    CounselGrant,
    CourtEvidence,
    Hearing,
    LegalMatter,
    MatterCost,
    ServiceTry,
)
from forbear.web.litigation.services import MatterRefused
from forbear.web.portfolio.vault import vault

if TYPE_CHECKING:
    from forbear.web.people.models import User

SEAL = "court_evidence"
LICENCE = "lawyers_licence"
SIGNATURES = (b"%PDF-", b"\x89PNG\r\n", b"\xff\xd8\xff")  # PDF, PNG, JPEG


@transaction.atomic
def set_court(matter: LegalMatter, *, court: str, agent: Agent, at: datetime, by: User) -> None:
    """Say which court a matter goes to and who acts for the bank."""
    matter.court, matter.agent = court.strip(), agent
    matter.save(update_fields=["court", "agent"])
    payload = {"matter": matter.number, "court": matter.court, "agent": agent.pk}
    append_event(matter.case, kind="matter_court", at=at, by=by, payload=payload)


@transaction.atomic
def add_evidence(
    matter: LegalMatter, *, kind: str, title: str, pages: int, content: bytes, at: datetime, by: User
) -> CourtEvidence:
    """Put evidence on file, sealed. Raises MatterRefused for what is no PDF or picture, or is there already."""
    if not content.startswith(SIGNATURES):
        raise MatterRefused(_("Evidence is a PDF, PNG or JPEG."))
    digest = hashlib.sha256(content).hexdigest()
    if CourtEvidence.objects.filter(case=matter.case, sha256=digest).exists():
        raise MatterRefused(_("This file is on file already."))
    kept: CourtEvidence = CourtEvidence.objects.create(
        case=matter.case, kind=kind, title=title.strip(), pages=pages, sha256=digest,
        content_cipher=vault().seal_bytes(content, SEAL), at=at, by=by,
    )  # fmt: skip
    payload = {"matter": matter.number, "evidence": kind, "sha256": digest}
    append_event(matter.case, kind="court_evidence", at=at, by=by, payload=payload)
    return kept


@transaction.atomic
def prove_licence(agent: Agent, content: bytes) -> None:
    """Keep what proves a licence, sealed. Raises MatterRefused for what is no PDF or picture."""
    if not content.startswith(SIGNATURES):
        raise MatterRefused(_("Evidence is a PDF, PNG or JPEG."))
    agent.evidence_sha256 = hashlib.sha256(content).hexdigest()
    agent.evidence_cipher = vault().seal_bytes(content, LICENCE)
    agent.save(update_fields=["evidence_sha256", "evidence_cipher"])


def set_hearing(
    matter: LegalMatter,
    *,
    begins_at: datetime,
    minutes: int,
    place: str,
    at: datetime,
    by: User,
    judge: str = "",
) -> Hearing:
    """Put a day in court into the calendar. Raises MatterRefused where the court has given no number yet."""
    if not matter.court_case_no:
        raise MatterRefused(_("Without the court's case number there is no hearing yet."))
    made: Hearing = Hearing.objects.create(
        matter=matter,
        begins_at=begins_at,
        minutes=minutes,
        place=place.strip(),
        judge=judge.strip(),
        set_at=at,
        set_by=by,
    )
    return made


@transaction.atomic
def cancel_hearing(hearing: Hearing, *, why: str, at: datetime, by: User) -> None:
    """Take a hearing out of the calendar, with the reason. Raises MatterRefused for one that is over or without a reason."""
    if hearing.cancelled_at is not None or hearing.begins_at <= at:
        raise MatterRefused(_("Only a hearing to come is cancelled, once."))
    if not why.strip():
        raise MatterRefused(_("Say why the hearing does not take place."))
    hearing.cancelled_at, hearing.cancelled_by, hearing.cancelled_why = at, by, why.strip()[:120]
    hearing.save(update_fields=["cancelled_at", "cancelled_by", "cancelled_why"])
    payload = {
        "matter": hearing.matter.number,
        "begins_at": hearing.begins_at.isoformat(),
        "why": hearing.cancelled_why,
    }
    append_event(hearing.matter.case, kind="hearing_cancelled", at=at, by=by, payload=payload)


def note_service(
    matter: LegalMatter, *, way: str, sent_on: date, result: str, result_on: date | None, note: str, at: datetime,
    by: User,
) -> ServiceTry:  # fmt: skip
    """Write down a try of service. Raises MatterRefused for a result without its day or before it was sent."""
    if result != ServiceTry.Result.OPEN and result_on is None:
        raise MatterRefused(_("A result has a day."))
    if result_on is not None and result_on < sent_on:
        raise MatterRefused(_("A result cannot come before it was sent."))
    made: ServiceTry = ServiceTry.objects.create(
        matter=matter,
        way=way,
        sent_on=sent_on,
        result=result,
        result_on=result_on,
        note=note.strip(),
        at=at,
        by=by,
    )
    return made


def add_cost(
    matter: LegalMatter, *, kind: str, amount_minor: int, paid_on: date, memo: str, at: datetime, by: User
) -> MatterCost:
    """Write down a cost; a negative one takes back a mistake. Raises MatterRefused for nothing or a day to come."""
    if not amount_minor or paid_on > at.date():
        raise MatterRefused(_("A cost has an amount and a day that has come."))
    made: MatterCost = MatterCost.objects.create(
        matter=matter, kind=kind, amount_minor=amount_minor, paid_on=paid_on, memo=memo.strip(), at=at, by=by
    )
    return made


@transaction.atomic
def grant(matter: LegalMatter, *, counsel: User, until: datetime, at: datetime, by: User) -> CounselGrant:
    """Let outside counsel read one matter until a moment. Raises MatterRefused for others and for no time at all."""
    from forbear.web.people.models import Role

    if counsel.role != Role.COUNSEL:
        raise MatterRefused(_("Only outside counsel needs access to a single matter."))
    if until <= at:
        raise MatterRefused(_("Access ends before it begins."))
    made: CounselGrant = CounselGrant.objects.create(
        matter=matter, counsel=counsel, since=at, until=until, by=by, made_at=at
    )
    payload = {"matter": matter.number, "counsel": counsel.pk, "until": until.isoformat()}
    append_event(matter.case, kind="counsel_granted", at=at, by=by, payload=payload)
    return made


@transaction.atomic
def revoke(given: CounselGrant, *, at: datetime, by: User) -> None:
    """End access now."""
    if given.revoked_at is None:
        given.revoked_at = at
        given.save(update_fields=["revoked_at"])
        payload = {"matter": given.matter.number, "counsel": given.counsel_id}
        append_event(given.matter.case, kind="counsel_revoked", at=at, by=by, payload=payload)
