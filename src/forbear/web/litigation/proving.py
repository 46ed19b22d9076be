"""What the system establishes itself for a move: papers, evidence, the second person. Nobody's word is taken for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from forbear.litigation import Move
from forbear.web.law.current import packs_at
from forbear.web.litigation import papers
from forbear.web.litigation.dossier import CannotDraft, gather
from forbear.web.litigation.models import LegalMatter
from forbear.web.litigation.services import FOUR_EYES, MatterRefused
from forbear.web.litigation.words import missing_words
from forbear.web.people.models import User

# Facts that a person's word is not asked for and not taken.
PROVED = ("documents", "documents_complete", FOUR_EYES)
FOR_COURT = ("complaint", "calculation_annex")  # what `documents_complete` means before a route is taken


def established(
    matter: LegalMatter, move: Move, facts: Mapping[str, Any], *, on: date, at: datetime
) -> dict[str, Any]:
    """Return the facts of a move with those that must be proved looked at now, whatever the caller says of them."""
    given = {name: value for name, value in facts.items() if name not in PROVED}
    if FOUR_EYES in move.needs:
        given |= second_person(facts.get(FOUR_EYES), on=on, at=at)
    return given | proved(matter, move, on=on, at=at)


def second_person(approver: Any, *, on: date, at: datetime) -> dict[str, Any]:
    """Return the second person where that is somebody of ours who may agree; raises MatterRefused."""
    roles = packs_at(at).value("house/litigation/approver_roles", on)
    if approver and not User.objects.filter(pk=approver, is_active=True, role__in=roles).exists():
        raise MatterRefused(_("A second person of the roles that may approve has to agree."))
    return {FOUR_EYES: approver} if approver else {}


def proved(matter: LegalMatter, move: Move, *, on: date, at: datetime) -> dict[str, Any]:
    """Return the facts that papers and evidence prove for a move; raises MatterRefused saying what lacks."""
    if "documents" in move.needs:
        if said := papers.papers_not_ready(matter, wanted_papers(move.code, on, at)):
            raise MatterRefused(" ".join(said))
        return {"documents": True}
    if "documents_complete" in move.needs:
        if missing := lacking(matter, on=on, at=at):
            raise MatterRefused(_("Missing: %(items)s.") % {"items": missing_words(missing)})
        return {"documents_complete": True}
    return {}


def wanted_papers(code: str, on: date, at: datetime) -> list[str]:
    """Return the papers a move hands in, as policy lists them."""
    rows = packs_at(at).value("house/litigation/papers", on)
    return [paper for row in rows if row["move"] == code for paper in row["papers"]]


def lacking(matter: LegalMatter, *, on: date, at: datetime) -> list[str]:
    """Return the codes of what the complaint and its annex would lack on a day."""
    try:
        d = gather(matter, on, at)
        return list(dict.fromkeys(item for kind in FOR_COURT for item in papers.draft(d, kind).missing))
    except CannotDraft as error:
        raise MatterRefused(str(error)) from error
