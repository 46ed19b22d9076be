"""Papers for court from data. What a template requires and nobody knows is named; nothing blank is ever printed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from forbear.documents import BadDocument, docx_of, html, render, template
from forbear.web.cases.timeline import append_event
from forbear.web.litigation.dossier import CannotDraft, Dossier, gather
from forbear.web.litigation.figures import stale_papers
from forbear.web.litigation.models import LegalMatter, MatterPaper
from forbear.web.litigation.paper_kinds import KINDS
from forbear.web.litigation.words import PAPERS, missing_words
from forbear.web.portfolio.vault import vault

if TYPE_CHECKING:
    from forbear.web.litigation.models import PaperBatch
    from forbear.web.people.models import User

SEAL = "court_paper"
CLAIMING = ("complaint", "payment_order_application")  # drafting one sets what the matter claims
BEFORE_COURT = ("screen", "docs", "approved")  # states in which the claim may still be counted anew


class PaperIncomplete(CannotDraft):
    """Items are missing; `missing` are their codes."""

    def __init__(self, missing: list[str]) -> None:
        self.missing = missing
        super().__init__(_("Missing: %(items)s.") % {"items": missing_words(missing)})


@dataclass(frozen=True)
class Draft:
    """A paper as data, the template it is printed with, and the codes of what is missing."""

    kind: str
    template: str
    data: Mapping[str, Any]
    missing: list[str]


def draft(d: Dossier, kind: str) -> Draft:
    """Return a paper as data with what is missing of what its template requires; raises CannotDraft."""
    if kind not in KINDS:
        raise CannotDraft(_("There is no such paper: %(kind)s.") % {"kind": kind})
    form = form_of(d, kind)
    try:
        wanted = template(form).variables
    except BadDocument as error:
        raise CannotDraft(str(error)) from error
    data = {name: value for name, value in KINDS[kind](d).items() if name in wanted}
    missing = [
        name
        for name, variable in wanted.items()
        if not variable.optional and data.get(name) in (None, "", [])
    ]
    return Draft(kind, form, data, missing)


def form_of(d: Dossier, kind: str) -> str:
    """Return the template of a paper: the one its court asks for where policy names one, else the house's own."""
    asked = {(row["court"], row["paper"]): row["template"] for row in d.house("court_templates")}
    return str(asked.get((d.matter.court, kind), kind))


@transaction.atomic
def make_papers(
    matter: LegalMatter,
    kinds: Iterable[str],
    *,
    on: date,
    at: datetime,
    by: User,
    extra: Mapping[str, Any] | None = None,
    batch: PaperBatch | None = None,
) -> list[MatterPaper]:
    """Draft papers of one matter, all or none; raises PaperIncomplete naming everything that is missing."""
    d = gather(matter, on, at, extra)
    drafts = [draft(d, kind) for kind in kinds]
    if missing := list(dict.fromkeys(item for each in drafts for item in each.missing)):
        raise PaperIncomplete(missing)
    made = [_made(d, each, by=by, batch=batch) for each in drafts]
    MatterPaper.objects.bulk_create(made)
    total = d.figures.total.total_minor
    if {each.kind for each in drafts} & set(CLAIMING) and matter.state in BEFORE_COURT:
        matter.claim_minor, matter.claim_on = total, on
        matter.save(update_fields=["claim_minor", "claim_on"])
    payload = {
        "matter": matter.number, "papers": [each.kind for each in made], "sha256": [each.sha256 for each in made],
        "claim_minor": total, "counted_on": on.isoformat(),
    }  # fmt: skip
    append_event(matter.case, kind="court_papers", at=at, by=by, payload=payload)
    return made


def _made(d: Dossier, drafted: Draft, *, by: User, batch: PaperBatch | None) -> MatterPaper:
    try:
        pdf = render(drafted.template, drafted.data, lang="zh")
        words = html(drafted.template, drafted.data, lang="zh")
    except BadDocument as error:
        raise CannotDraft(str(error)) from error
    return MatterPaper(
        matter=d.matter, batch=batch, kind=drafted.kind, counted_on=d.on, claim_minor=d.figures.total.total_minor,
        court=d.matter.court, agent=d.matter.agent, made_at=d.at, made_by=by, template=pdf.name, template_version=pdf.version, template_sha256=pdf.template_sha256, sha256=pdf.sha256,
        pdf_cipher=vault().seal_bytes(pdf.pdf, SEAL), words_cipher=vault().seal_bytes(words.encode(), SEAL),
    )  # fmt: skip


def newest(matter: LegalMatter) -> dict[str, MatterPaper]:
    """Return the newest paper of each kind, without its content."""
    rows = (
        matter.papers.defer("pdf_cipher", "words_cipher").order_by("kind", "-made_at", "-pk").distinct("kind")
    )
    return {row.kind: row for row in rows}


def invalid(rows: Sequence[MatterPaper]) -> dict[int, str]:
    """Return in words why a drafted paper may no longer be handed in, by id: paid since, another court or agent."""
    stale, said = stale_papers(each.pk for each in rows), {}
    for each in rows:
        if each.pk in stale:
            said[each.pk] = _("“%(paper)s” is older than the last payment; draft it again.")
        elif (each.court, each.agent_id) != (each.matter.court, each.matter.agent_id):
            said[each.pk] = _("“%(paper)s” names another court or agent; draft it again.")
    return {each.pk: said[each.pk] % {"paper": PAPERS[each.kind]} for each in rows if each.pk in said}


def papers_not_ready(matter: LegalMatter, wanted: Iterable[str]) -> list[str]:
    """Return in words what speaks against handing in these papers: not drafted, or no longer valid."""
    held = newest(matter)
    wrong = invalid(list(held.values()))
    said = []
    for kind in wanted:
        paper = held.get(kind)
        if paper is None:
            said.append(_("“%(paper)s” is not drafted.") % {"paper": PAPERS[kind]})
        elif paper.pk in wrong:
            said.append(wrong[paper.pk])
    days = {held[kind].counted_on for kind in wanted if kind in held and kind != "power_of_attorney"}
    if len(days) > 1:
        said.append(_("The papers count the debt on different days; draft them together."))
    return said


def opened(paper: MatterPaper, form: str) -> bytes:
    """Return a stored paper as pdf or docx."""
    if form == "pdf":
        return vault().open_bytes(bytes(paper.pdf_cipher), SEAL)
    words = vault().open_bytes(bytes(paper.words_cipher), SEAL).decode()
    return docx_of(words, template(paper.template).title["zh"], paper.made_at.date(), "zh")
