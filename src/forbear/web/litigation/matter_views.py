"""The page of one matter: what happened, what may be done next and what that needs. Whoever opens it is written down."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from forbear.web import clock
from forbear.web.law.current import packs_at
from forbear.web.litigation import papers, selectors, services, steps
from forbear.web.litigation.figures import excess
from forbear.web.litigation.forms import (
    CostForm,
    CourtForm,
    EvidenceForm,
    GrantForm,
    HearingForm,
    MoveForm,
    PapersForm,
    ServiceForm,
)
from forbear.web.litigation.frame import page
from forbear.web.litigation.limitation import limits
from forbear.web.litigation.models import LegalMatter
from forbear.web.litigation.requests import StaffRequest, matter_for
from forbear.web.litigation.words import PAPERS, STAGES
from forbear.web.people.permissions import may, require
from forbear.web.people.services import log_access
from forbear.web.reading import reading_lang


@require("see_court")
@require_GET
def matter(request: StaffRequest, pk: int) -> HttpResponse:
    """One matter: what happened, which terms run, what may be done next and what that needs."""
    at = clock.now()
    shown = matter_for(request, pk, at)
    log_access(request.user, shown.case.customer_id, "matter", at, shown.number)
    return page(request, "litigation/matter.html", "court", matter_context(request, shown))


def matter_context(request: StaffRequest, shown: LegalMatter, wrong: Any = None) -> dict[str, Any]:
    """Return what a matter's page is drawn from; `wrong` is a form that was refused."""
    at, court = clock.now(), services.machine_at(clock.now())
    today = at.date()
    held = papers.newest(shown)
    void = papers.invalid(list(held.values()))
    broken = services.broken_moves(shown)
    works = may(request.user, "work_court")
    kinds = [
        (row["kind"], row[reading_lang()])
        for row in packs_at(at).value("house/litigation/evidence_required", today)
    ]
    question = steps.waiting(shown)
    context = {
        "matter": shown, "state": court.states[shown.state].words[reading_lang()], "stage": STAGES[shown.stage],
        "moves": [(row, court.moves[row.move].words[reading_lang()]) for row in shown.moves.select_related("by").order_by("-sequence")],
        "terms": [
            (row, services.words_of(row.kind), (row.last_day - today).days, selectors.tone((row.last_day - today).days))
            for row in shown.terms.order_by("ended_on", "last_day")
        ],
        "whole": not broken and services.as_matter(shown) == services.replayed(shown, at), "broken": broken,
        "papers": [(row, PAPERS[kind], void.get(row.pk)) for kind, row in held.items()],
        "evidence": shown.case.court_evidence.defer("content_cipher").order_by("-at"), "kinds": dict(kinds),
        "hearings": shown.hearings.order_by("-begins_at"), "service": shown.service.order_by("-sent_on"),
        "costs": shown.costs.order_by("-paid_on"), "paid": selectors.recovered([shown]).get(shown.pk, 0),
        "limit": limits([shown.case_id], today, packs_at(at))[shown.case_id], "question": question,
        "may_answer": question is not None and question in steps.waiting_for(request.user, at),
        "works": works, "over": excess(shown, today, packs_at(at)),
    }  # fmt: skip
    return context | (work_forms(shown, kinds) if works else {}) | (wrong or {})


def work_forms(shown: LegalMatter, kinds: list[tuple[str, str]]) -> dict[str, Any]:
    """Return the forms of whoever works the matter, one per move that may come next."""
    at = clock.now()
    court, today = services.machine_at(at), at.date()
    fee = steps.fee_due(shown, on=today, at=at)
    moves = [
        (move, move.words[reading_lang()], MoveForm(move, today, fee=fee), needs(shown, move.code))
        for move in court.moves_from(shown.state)
    ]
    return {
        "next": moves, "court_form": CourtForm(today, initial={"court": shown.court, "agent": shown.agent_id}),
        "papers_form": PapersForm(initial={"counted_on": today}), "evidence_form": EvidenceForm(kinds),
        "hearing_form": HearingForm(), "service_form": ServiceForm(initial={"sent_on": today}),
        "cost_form": CostForm(initial={"paid_on": today}), "grant_form": GrantForm(),
    }  # fmt: skip


def needs(shown: LegalMatter, code: str) -> list[str]:
    """Return in words what a move still lacks that the system can see."""
    at = clock.now()
    try:
        steps.proved(shown, services.machine_at(at).moves[code], on=at.date(), at=at)
    except services.MatterRefused as refused:
        return [str(refused)]
    return []
