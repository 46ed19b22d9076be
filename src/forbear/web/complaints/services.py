"""Complaints taken in and dealt with: every step a change with its reason, every term asked of the law."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from forbear import questions
from forbear.web.cases.holds import HoldRefused, place_hold
from forbear.web.cases.models import Case, Hold
from forbear.web.cases.timeline import append_event, locked_case
from forbear.web.complaints import policy
from forbear.web.complaints.bars import bar
from forbear.web.complaints.conflict import has_conflict
from forbear.web.complaints.machine import ComplaintRefused, locked, move
from forbear.web.complaints.models import Complaint, Evidence, State
from forbear.web.complaints.uploads import Taken
from forbear.web.law.current import packs_now
from forbear.web.people.permissions import may
from forbear.web.portfolio.vault import vault

if TYPE_CHECKING:
    from forbear.web.people.models import User

SEAL, FILE_SEAL = "complaint", "complaint_file"
TERMS = ("complaint_reply", "complaint_reply_complex", "complaint_reply_special")
LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # read aloud without mistakes
NUMBER_LETTERS = 8  # about 39 bits: nobody guesses a neighbour's


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody complains about."""

    kind: str
    text: str
    channel: str = "page"
    stage: str = "first"
    named: Sequence[User] = ()
    files: Sequence[Taken] = ()
    received_at: datetime | None = None  # of what came by another way; default now
    previous: Complaint | None = None


@transaction.atomic
def take_in(case: Case, said: Said, *, at: datetime, by: User | None) -> Complaint:
    """Take a complaint in and register it: term counted, case held, the people named cut off. Raises ComplaintRefused."""
    case = locked_case(case.pk)
    kind = checked(said, at)
    received = said.received_at or at
    earlier = said.previous or Complaint.objects.filter(case=case, kind=said.kind).order_by("-pk").first()
    complaint = Complaint.objects.create(
        number=new_number(at), customer_id=case.customer_id, case=case, kind=said.kind, unlawful=kind["unlawful"],
        channel=said.channel, stage="repeat" if earlier and said.stage == "first" else said.stage, previous=earlier,
        text_cipher=vault().seal(said.text.strip(), SEAL).cipher, received_at=received, term=TERMS[0],
        respond_by=last_day(TERMS[0], received),
    )  # fmt: skip
    digest = hashlib.sha256(said.text.strip().encode()).hexdigest()
    move(
        complaint,
        State.RECEIVED,
        at=at,
        by=by,
        text_sha256=digest,
        channel=said.channel,
        received=received.isoformat(),
    )
    add_evidence(complaint, said.files, at=at)
    complaint.hold = held(case, complaint, at=at, by=by)
    for person in said.named:
        cut_off(complaint, person, at=at, by=by)
    move(
        complaint, State.REGISTERED, at=at, by=by, respond_by=complaint.respond_by.isoformat(),
        files=[each.sha256 for each in said.files], named=[each.pk for each in said.named],
    )  # fmt: skip
    return complaint


def checked(said: Said, at: datetime) -> Mapping[str, Any]:
    """Return the row of the kind; raises ComplaintRefused for what the house's tables do not know."""
    on = at.date()
    for field, table in (("kind", "kinds"), ("channel", "channels"), ("stage", "stages")):
        if getattr(said, field) not in policy.table(table, on):
            raise ComplaintRefused(_("Choose one of the list."), field)
    if not said.text.strip() and not said.files:
        raise ComplaintRefused(_("Tell us in a few words what happened, or add a file."), "text")
    if len(said.text) > policy.value("text_max", on):
        raise ComplaintRefused(
            ngettext(
                "At most %(most)d character.", "At most %(most)d characters.", policy.value("text_max", on)
            )
            % {"most": policy.value("text_max", on)},
            "text",
        )
    if said.received_at is not None and said.received_at > at:
        raise ComplaintRefused(_("It cannot have come in later than now."), "received_at")
    return policy.table("kinds", on)[said.kind]


def new_number(at: datetime) -> str:
    """Return a tracking number: the day and letters nobody can guess."""
    return f"TS{at:%y%m%d}-" + "".join(secrets.choice(LETTERS) for _each in range(NUMBER_LETTERS))


def last_day(term: str, received: datetime) -> date:
    """Return the last day of a term, asked of the question `deadline`."""
    asked = {"kind": term, "event_on": received.date().isoformat()}
    return date.fromisoformat(questions.ask("deadline", asked, packs=packs_now())["answer"]["last_day"])


def held(case: Case, complaint: Complaint, *, at: datetime, by: User | None) -> Hold | None:
    """Hold the case while the complaint is looked into; a closed case has nothing to hold."""
    try:
        return place_hold(case, kind="complaint", at=at, by=by, reason=complaint.number)
    except HoldRefused:
        return None


def add_evidence(complaint: Complaint, files: Sequence[Taken], *, at: datetime) -> None:
    """Keep files sealed."""
    Evidence.objects.bulk_create(
        Evidence(
            complaint=complaint, name=each.name, media_type=each.media_type, size=len(each.content), sha256=each.sha256,
            cipher=vault().seal_bytes(each.content, FILE_SEAL), at=at,
        )
        for each in files
    )  # fmt: skip


def cut_off(complaint: Complaint, person: User, *, at: datetime, by: User | None) -> None:
    """Keep a person away from the debtor now, and take the case off their hands."""
    bar(complaint, person, at)
    for case in Case.objects.select_for_update().filter(customer_id=complaint.customer_id, owner=person):
        Case.objects.filter(pk=case.pk).update(owner=None)
        said = {"owner": None, "from": person.pk, "why": complaint.number}
        append_event(case, kind="assigned", at=at, by=by, payload=said)


@transaction.atomic
def name_person(complaint: Complaint, person: User, *, at: datetime, by: User) -> None:
    """Name a person later, found out by whoever looks into it; they are cut off like one named at once."""
    complaint = locked(complaint.pk)
    refuse_unless_handling(complaint, by)
    if complaint.finding:
        raise ComplaintRefused(_("This complaint is decided already."), "named")
    cut_off(complaint, person, at=at, by=by)
    move(complaint, State.ASSIGNED, at=at, by=by, why=_("somebody was named"), named=[person.pk])
    if (
        complaint.handler_id
        and complaint.handler is not None
        and has_conflict(complaint.handler, complaint, at)
    ):
        complaint.handler = None
        complaint.save(update_fields=["handler"])


@transaction.atomic
def assign(complaint: Complaint, person: User, *, at: datetime, by: User) -> None:
    """Give a complaint to somebody who has no part in it; raises ComplaintRefused."""
    complaint = locked(complaint.pk)
    if not may(person, "handle_complaints"):
        raise ComplaintRefused(_("This person does not deal with complaints."), "handler")
    if why := has_conflict(person, complaint, at):
        raise ComplaintRefused(_("Conflict of interest: %(why)s") % {"why": why}, "handler")
    complaint.handler = person
    move(complaint, State.ASSIGNED, at=at, by=by, handler=person.pk)


@transaction.atomic
def investigate(complaint: Complaint, *, at: datetime, by: User) -> None:
    """Begin to look into a complaint."""
    complaint = locked(complaint.pk)
    refuse_unless_handling(complaint, by)
    move(complaint, State.INVESTIGATING, at=at, by=by)


@transaction.atomic
def extend(complaint: Complaint, *, reason: str, at: datetime, by: User) -> None:
    """Take the next longer term the law knows, with a reason, before the present one ends; raises ComplaintRefused."""
    complaint = locked(complaint.pk)
    refuse_unless_handling(complaint, by)
    if not reason.strip():
        raise ComplaintRefused(_("Say why more time is needed."), "reason")
    step = TERMS.index(complaint.term) + 1
    if step == len(TERMS):
        raise ComplaintRefused(_("The law knows no longer term."), "reason")
    if at.date() > complaint.respond_by:
        raise ComplaintRefused(_("The term has passed; it can no longer be made longer."), "reason")
    complaint.term, complaint.respond_by = TERMS[step], last_day(TERMS[step], complaint.received_at)
    move(
        complaint, State.EXTENDED, at=at, by=by, why=reason, term=complaint.term, respond_by=complaint.respond_by.isoformat()
    )  # fmt: skip


def refuse_unless_handling(complaint: Complaint, by: User) -> None:
    """Raise ComplaintRefused where somebody else has the complaint."""
    if complaint.handler_id != by.pk:
        raise ComplaintRefused(
            _("Only the person who has this complaint may do that; take it over first."), "handler"
        )


def review_until(complaint: Complaint) -> date | None:
    """Return the last day on which a review may be asked for."""
    if complaint.answered_at is None:
        return None
    on = complaint.answered_at.astimezone().date()
    return on + timedelta(days=int(policy.value("review_ask_days", on)))


def text_of(complaint: Complaint) -> str:
    """Return what was complained about; whoever shows it to staff logs the read."""
    return vault().open(bytes(complaint.text_cipher), SEAL)


def answer_of(complaint: Complaint) -> str:
    """Return the answer, empty before there is one."""
    return vault().open(bytes(complaint.answer_cipher), SEAL) if complaint.answer_cipher else ""
