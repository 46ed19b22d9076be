"""Papers for many matters in one go: the incomplete ones are left out and named, the others packed for download."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from forbear.channels import escape_for_export
from forbear.web.litigation.dossier import CannotDraft
from forbear.web.litigation.models import LegalMatter, MatterPaper, PaperBatch
from forbear.web.litigation.paper_kinds import KINDS
from forbear.web.litigation.papers import PaperIncomplete, invalid, make_papers, opened
from forbear.web.litigation.services import MatterRefused
from forbear.web.litigation.words import missing_words

if TYPE_CHECKING:
    from forbear.web.people.models import User

MOST = 1000  # matters of one batch; a day's work of a court's filing desk is far below
TOLD_EVERY = 20  # matters between two looks at the progress
DATED = (1980, 1, 1, 0, 0, 0)


def ask_papers(
    matters: Sequence[int], kinds: Iterable[str], *, on: date, at: datetime, by: User
) -> PaperBatch:
    """Write down which papers are wanted for which matters; `draft_all` makes them. Raises MatterRefused."""
    wanted = [kind for kind in KINDS if kind in set(kinds)]
    if not matters or not wanted:
        raise MatterRefused(_("Choose matters and papers."))
    if len(matters) > MOST:
        raise MatterRefused(_("At most %(most)s matters in one go.") % {"most": MOST})
    if on > at.date():
        raise MatterRefused(_("What is owed on a day to come is not known yet."))
    return PaperBatch.objects.create(
        kinds=wanted, matters=list(matters), counted_on=on, asked_by=by, asked_at=at
    )


def draft_all(batch: PaperBatch, at: datetime) -> PaperBatch:
    """Draft what is not drafted yet, matter by matter; started again after a crash it goes on where it stopped."""
    there = set(batch.papers.values_list("matter_id", flat=True)) | {row["matter"] for row in batch.left_out}
    todo = [pk for pk in batch.matters if pk not in there]
    rows = LegalMatter.objects.select_related("case__customer", "agent").in_bulk(todo)
    batch.done = len(batch.matters) - len(todo)
    for i, pk in enumerate(todo, 1):
        _one(batch, rows.get(pk), pk, at)
        batch.done += 1
        if i % TOLD_EVERY == 0:
            batch.save(update_fields=["done", "left_out"])
    batch.finished_at = at
    batch.save(update_fields=["done", "left_out", "finished_at"])
    return batch


def _one(batch: PaperBatch, matter: LegalMatter | None, pk: int, at: datetime) -> None:
    left: dict[str, Any] = {"matter": pk, "number": matter.number if matter else str(pk)}
    if matter is None or matter.ended:
        batch.left_out.append(left | {"missing": [], "why": _("The matter has ended.")})
        return
    try:
        make_papers(matter, batch.kinds, on=batch.counted_on, at=at, by=batch.asked_by, batch=batch)
    except PaperIncomplete as error:
        batch.left_out.append(left | {"missing": error.missing, "why": ""})
    except CannotDraft as error:
        batch.left_out.append(left | {"missing": [], "why": str(error)})


def left_out(batch: PaperBatch) -> list[tuple[int, str, str]]:
    """Return who was left out and why, in the reader's words."""
    return [
        (row["matter"], row["number"], missing_words(row["missing"]) or row["why"]) for row in batch.left_out
    ]


def packed(batch: PaperBatch, form: str) -> bytes:
    """Return the papers of a batch as ZIP, a folder per matter; invalid ones are left out and named beside it."""
    papers = list(batch.papers.select_related("matter").order_by("matter__number", "kind"))
    wrong = invalid(papers)
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as into:
        for paper in papers:
            if paper.pk not in wrong:
                name = f"{paper.matter.number}/{paper.kind}.{form}"
                into.writestr(zipfile.ZipInfo(name, DATED), opened(paper, form), zipfile.ZIP_DEFLATED)
        into.writestr(zipfile.ZipInfo("left_out.csv", DATED), _told(batch, papers, wrong))
    return kept.getvalue()


def _told(batch: PaperBatch, papers: Sequence[MatterPaper], wrong: Mapping[int, str]) -> bytes:
    out = io.StringIO()
    lines = csv.writer(out)
    lines.writerow([_("Matter"), _("Why it was left out")])
    for _pk, number, why in left_out(batch):
        lines.writerow([escape_for_export(number), escape_for_export(why)])
    for paper in papers:
        if paper.pk in wrong:
            lines.writerow([escape_for_export(paper.matter.number), escape_for_export(wrong[paper.pk])])
    return out.getvalue().encode("utf-8-sig")
