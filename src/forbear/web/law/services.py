"""Writing, submitting, publishing and acknowledging. Every step checks again; screens only show."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from forbear.packs import PackError, Packs
from forbear.web.law import current, overlay
from forbear.web.law.advice import Advice, advice, idle_policy, in_words
from forbear.web.law.changes import changes, concern_contact
from forbear.web.law.checks import Checked, check_draft, readable
from forbear.web.law.models import Acknowledgement, Draft, DraftState, Publication
from forbear.web.law.replay import before_publishing
from forbear.web.law.words import told
from forbear.web.people.models import User
from forbear.web.people.permissions import may

ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended('law publication', 0))"


class LawRefused(ValueError):
    """The house says no to a step of publishing; `checked` holds what the packs' checks found, if it was they."""

    def __init__(self, message: str, checked: Checked | None = None) -> None:
        super().__init__(message)
        self.checked = checked


def base_text(file: str, at: datetime) -> str:
    """Return the text of a file in force at a moment, published or shipped; empty for a new file."""
    published = current.text_at(file, at)
    return overlay.shipped_text(file) if published is None else published


def write_draft(
    *, by: User, at: datetime, file: str, text: str, effective_at: datetime, note: str, everyone_reads: bool = False,
    draft: Draft | None = None,
) -> Draft:  # fmt: skip
    """Begin a draft, or change one's own that is not submitted; what is wrong with it may still be wrong."""
    demand(by, "draft_law")
    if draft is not None and (draft.state != DraftState.DRAFT or draft.author_id != by.pk):
        raise LawRefused(_("Only its author changes a draft, and only before it is submitted."))
    written = draft or Draft(author=by, created_at=at, file=file)
    written.text = text.replace("\r\n", "\n")
    written.effective_at, written.note, written.everyone_reads = effective_at, note, everyone_reads
    written.base = base_text(written.file, effective_at)
    written.save()
    return written


def submit(draft: Draft, *, by: User, at: datetime) -> Draft:
    """Hand a draft to a second person, with what it would have changed in the days before; raises LawRefused."""
    demand(by, "draft_law")
    if draft.state != DraftState.DRAFT or draft.author_id != by.pk:
        raise LawRefused(_("Only its author submits a draft, and only once."))
    checked = checked_draft(draft, at)
    points = left_open(draft, checked)
    draft.what_if = before_publishing(checked, at=at, effective_at=draft.effective_at) | {"open": points}
    draft.state, draft.returned = DraftState.SUBMITTED, ""
    draft.save()
    return draft


def left_open(draft: Draft, checked: Packs) -> list[Advice]:
    """Return what the worked cases do not hold; raises LawRefused where a question breaks or a number is idle."""
    try:
        points = advice(current.packs_at(draft.effective_at), checked)
    except (PackError, LookupError, TypeError, ValueError) as error:
        # The shape of a table is known to its question alone, so only asking shows that it no longer fits.
        said = _("With this draft a question can no longer be answered: %(error)s")
        raise LawRefused(said % {"error": readable(told(error))}) from error
    if idle := idle_policy(points, checked):
        raise LawRefused(" ".join(map(in_words, idle)))
    return points


def withdraw(draft: Draft, *, by: User) -> Draft:
    """Give a draft up before it is published; kept, never deleted."""
    demand(by, "draft_law")
    with transaction.atomic():
        held = locked(draft)
        if held.state not in (DraftState.DRAFT, DraftState.SUBMITTED) or held.author_id != by.pk:
            raise LawRefused(_("Only its author withdraws a draft, and only before it is published."))
        held.state = DraftState.WITHDRAWN
        held.save()
    return held


def send_back(draft: Draft, *, by: User, reason: str) -> Draft:
    """Give a submitted draft back to its author with the reason."""
    with transaction.atomic():
        held = for_second_person(draft, by)
        if not reason.strip():
            raise LawRefused(_("Write what should change, so that the author knows."))
        held.state, held.returned = DraftState.DRAFT, reason.strip()
        held.save()
    return held


def publish(draft: Draft, *, by: User, at: datetime) -> Publication:
    """Publish as the second person; everything is checked again under the lock. Raises LawRefused."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(ONE_AT_A_TIME)
        current.forget()  # another may have published while this one waited
        held = for_second_person(draft, by)
        checked = checked_draft(held, at)
        found = changes(current.packs_at(held.effective_at), checked)
        publication = Publication.objects.create(
            draft=held, file=held.file, text=held.text, note=held.note, author=held.author, approved_by=by,
            approved_at=at, effective_at=held.effective_at, changes=found, what_if=held.what_if,
            must_acknowledge=held.everyone_reads or concern_contact(found, current.packs_at(held.effective_at), checked),
        )  # fmt: skip
        held.state = DraftState.PUBLISHED
        held.save()
    current.forget()
    return publication


def for_second_person(draft: Draft, by: User) -> Draft:
    """Lock and return a submitted draft that this person may judge: four eyes, so never the author's own."""
    demand(by, "publish_law")
    held = locked(draft)
    if held.state != DraftState.SUBMITTED:
        raise LawRefused(_("This draft is not waiting for a second person."))
    if held.author_id == by.pk:
        raise LawRefused(_("Four eyes: a second person of compliance publishes, never the author."))
    return held


def checked_draft(draft: Draft, at: datetime) -> Any:
    """Return the packs with the draft; raise LawRefused where time, base or content speak against it."""
    if draft.effective_at < at + current.LEAD:
        raise LawRefused(
            _(
                "A change takes effect one minute from now at the earliest, so that every desk has it: choose a later moment."
            )
        )
    later = [
        p for p in current.publications() if p.file == draft.file and p.effective_at > draft.effective_at
    ]
    if later:
        raise LawRefused(
            _(
                "A later change of the same file is already published and would undo this one: choose a moment after it."
            )
        )
    if draft.base != base_text(draft.file, draft.effective_at):
        raise LawRefused(
            _(
                "The file has changed since this draft was written: send it back, and save it again over the new text."
            )
        )
    if draft.text == draft.base:
        raise LawRefused(_("The draft changes nothing."))
    checked = check_draft(draft.file, draft.text, draft.effective_at)
    if checked.packs is None:
        raise LawRefused(checked.problem, checked)
    return checked.packs


def acknowledge(publication: Publication, *, by: User, at: datetime) -> Acknowledgement:
    """Note that a person has read a publication; again is the same."""
    demand(by, "acknowledge")
    return Acknowledgement.objects.get_or_create(user=by, publication=publication, defaults={"at": at})[0]


def demand(by: User, action: str) -> None:
    """Raise LawRefused for a person who may not do this."""
    if not may(by, action):
        raise LawRefused(_("Your role may not do this."))


def locked(draft: Draft) -> Draft:
    """Return the draft as it is now, locked until the transaction ends."""
    return Draft.objects.select_for_update().get(pk=draft.pk)
