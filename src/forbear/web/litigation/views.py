"""The pages of the court room. Whoever opens a matter is written down."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_GET

from forbear.web import clock
from forbear.web.cases.models import Case
from forbear.web.law.current import packs_at
from forbear.web.litigation import batch as batches
from forbear.web.litigation import charts, papers, selectors, services, steps
from forbear.web.litigation.calendar import TYPE, ical
from forbear.web.litigation.figures import excess
from forbear.web.litigation.forms import (
    AgentForm,
    BatchForm,
    CostForm,
    CourtForm,
    EvidenceForm,
    GrantForm,
    HearingForm,
    MoveForm,
    PapersForm,
    ServiceForm,
)
from forbear.web.litigation.limitation import limits
from forbear.web.litigation.models import Agent, CounselGrant, LegalMatter, PaperBatch, ServiceTry
from forbear.web.litigation.requests import StaffRequest, is_outside, matter_for
from forbear.web.litigation.words import PAPERS, STAGES
from forbear.web.people.permissions import may, require
from forbear.web.people.services import log_access, log_accesses

PAGES = (
    ("court", lazy("Docket"), "see_court"),
    ("court_screening", lazy("Screening"), "work_court"),
    ("court_limitation", lazy("Limitation"), "see_all_matters"),
    ("court_batch", lazy("Batch"), "see_all_matters"),
    ("court_calendar", lazy("Calendar"), "see_court"),
    ("court_service", lazy("Service"), "see_all_matters"),
    ("court_costs", lazy("Costs of court"), "see_all_matters"),
    ("court_counsel", lazy("Agents and counsel"), "work_court"),
)
SMALL_WORDS = {
    "mandatory": lazy("Small claim"), "by_agreement": lazy("Small claim if agreed"), "unavailable": lazy("No small claim"),
    "unknown": lazy("Wage of the province not known"),
}  # fmt: skip


def page(request: StaffRequest, template: str, here: str, context: dict[str, Any]) -> HttpResponse:
    """Render a page of the room with its tabs; outside counsel's bears a watermark."""
    at = clock.now()
    pages = [(name, words) for name, words, action in PAGES if may(request.user, action)]
    shown = {
        "pages": pages,
        "here": here,
        "label": {n: w for n, w, _a in PAGES}.get(here, ""),
        "at": at,
    }
    if is_outside(request.user):
        shown["watermark"] = f"{request.user.display_name} {request.user.staff_no} {at:%Y-%m-%d %H:%M}"
    return render(request, template, shown | context)


def tongue() -> str:
    """Return the language of the machine's words."""
    return "en" if (get_language() or "").startswith("en") else "zh"


@require("see_court")
@require_GET
def docket(request: StaffRequest) -> HttpResponse:
    """Every matter a person may see: stage, court, number, next term, cost so far."""
    at = clock.now()
    ended = request.GET.get("ended") == "1"
    rows = selectors.docket(request.user, at, ended=ended)
    log_accesses(request.user, [row.case.customer_id for row in rows], "matter", at, "docket")
    states = services.machine_at(at).states
    shown = [
        {
            "matter": row, "state": states[row.state].words[tongue()], "stage": STAGES[row.stage],
            "term": services.words_of(row.next_term), "left": selectors.days_left(row, at.date()),
            "tone": selectors.tone(selectors.days_left(row, at.date())),
        }
        for row in rows
    ]  # fmt: skip
    waiting = steps.waiting_for(request.user, at)
    context = {"rows": shown, "ended": ended, "waiting": waiting, "chart": charts.stages(rows)}
    return page(request, "litigation/docket.html", "court", context)


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
        (row["kind"], row[tongue()])
        for row in packs_at(at).value("house/litigation/evidence_required", today)
    ]
    question = steps.waiting(shown)
    context = {
        "matter": shown, "state": court.states[shown.state].words[tongue()], "stage": STAGES[shown.stage],
        "moves": [(row, court.moves[row.move].words[tongue()]) for row in shown.moves.select_related("by").order_by("-sequence")],
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
        (move, move.words[tongue()], MoveForm(move, today, fee=fee), needs(shown, move.code))
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


@require("work_court")
@require_GET
def screening(request: StaffRequest) -> HttpResponse:
    """Cases that could go to court: the ways open, the court's fee, what it is expected to add."""
    at = clock.now()
    found = selectors.candidates(at.date(), packs_at(at))
    log_accesses(request.user, [each.customer_id for each in found], "matter", at, "screening")
    ends = limits([each.case_id for each in found], at.date(), packs_at(at))
    rows = [(each, SMALL_WORDS[each.small_claims], ends[each.case_id]) for each in found]
    return page(request, "litigation/screening.html", "court_screening", {"rows": rows})


@require("see_all_matters")
@require_GET
def radar(request: StaffRequest) -> HttpResponse:
    """Whose limitation ends soon, or has."""
    at = clock.now()
    late = Case.objects.filter(closed_on__isnull=True, dpd__gt=0).values_list("pk", flat=True)
    ends = limits(list(late), at.date(), packs_at(at))
    near = sorted(
        (each for each in ends.values() if each.level >= 0), key=lambda each: (each.last_day, each.case_id)
    )[: selectors.SHOWN]
    cases = Case.objects.select_related("customer").in_bulk([each.case_id for each in near])
    log_accesses(request.user, [cases[each.case_id].customer_id for each in near], "matter", at, "limitation")
    rows = [(each, cases[each.case_id], (each.last_day - at.date()).days) for each in near if each.last_day]
    context = {
        "rows": rows,
        "chart": charts.radar(list(ends.values()), packs_at(at), at.date()),
        "all": len(ends),
    }
    return page(request, "litigation/radar.html", "court_limitation", context)


@require("see_all_matters")
@require_GET
def batch_board(request: StaffRequest) -> HttpResponse:
    """Many matters at once: ask, approve, draft."""
    at = clock.now()
    states = services.machine_at(at).states
    rows = (
        selectors.visible(request.user, at)
        .filter(ended=False, state__in=papers.BEFORE_COURT)
        .order_by("state", "number")
    )
    asked = {each.terms["matter"] for each in steps.open_questions()}
    shown = [(row, states[row.state].words[tongue()], row.pk in asked) for row in rows[: selectors.SHOWN]]
    context = {
        "rows": shown, "form": BatchForm(initial={"counted_on": at.date(), "kinds": ["complaint", "calculation_annex"]}),
        "batches": PaperBatch.objects.select_related("asked_by").order_by("-pk")[:20],
        "court_form": CourtForm(at.date()),
    }  # fmt: skip
    return page(request, "litigation/batch.html", "court_batch", context)


@require("see_all_matters")
@require_GET
def batch_detail(request: StaffRequest, pk: int) -> HttpResponse:
    """One batch: how far it is, who was left out and why."""
    shown = get_object_or_404(PaperBatch.objects.select_related("asked_by"), pk=pk)
    void = papers.invalid(list(shown.papers.select_related("matter").defer("pdf_cipher", "words_cipher")))
    made = shown.papers.values("matter").distinct().count()
    context = {
        "batch": shown, "all": len(shown.matters), "left_out": batches.left_out(shown), "made": made,
        "stale": shown.papers.filter(pk__in=void).values("matter").distinct().count(),
        "kinds": [PAPERS[kind] for kind in shown.kinds],
    }  # fmt: skip
    return page(request, "litigation/batch_detail.html", "court_batch", context)


@require("see_court")
@require_GET
def calendar(request: StaffRequest) -> HttpResponse:
    """Hearings to come, and terms of ours."""
    at = clock.now()
    rows = selectors.docket(request.user, at)
    terms = [
        (row, services.words_of(row.next_term), selectors.days_left(row, at.date()), selectors.tone(selectors.days_left(row, at.date())))
        for row in rows
        if row.next_last_day
    ]  # fmt: skip
    found = selectors.hearings(request.user, at - timedelta(days=1), at)
    return page(request, "litigation/calendar.html", "court_calendar", {"hearings": found, "terms": terms})


@require("see_court")
@require_GET
def calendar_file(request: StaffRequest) -> HttpResponse:
    """The same as iCalendar: numbers and courts, nobody's name."""
    at = clock.now()
    made = ical(
        selectors.hearings(request.user, at - timedelta(days=1), at, cancelled=True),
        selectors.docket(request.user, at),
        at,
    )
    answer = HttpResponse(made, content_type=TYPE)
    answer["Content-Disposition"] = 'attachment; filename="court.ics"'
    return answer


@require("see_all_matters")
@require_GET
def service(request: StaffRequest) -> HttpResponse:
    """Service on debtors: what is under way, what came back."""
    at = clock.now()
    rows = (
        ServiceTry.objects.filter(matter__ended=False).select_related("matter").order_by("result", "sent_on")
    )
    shown = [(row, (at.date() - row.sent_on).days) for row in rows[: selectors.SHOWN]]
    return page(request, "litigation/service.html", "court_service", {"rows": shown})


@require("see_all_matters")
@require_GET
def costs(request: StaffRequest) -> HttpResponse:
    """What matters cost and what came in since."""
    at = clock.now()
    rows = [*selectors.docket(request.user, at), *selectors.docket(request.user, at, ended=True)]
    paid = selectors.recovered(rows)
    shown = [
        (
            row,
            getattr(row, "cost_minor", 0) or 0,
            paid.get(row.pk, 0),
            paid.get(row.pk, 0) - (getattr(row, "cost_minor", 0) or 0),
        )
        for row in rows
    ]
    chart = charts.costs(selectors.running_costs(rows))
    return page(request, "litigation/costs.html", "court_costs", {"rows": shown, "chart": chart})


@require("work_court")
@require_GET
def counsel(request: StaffRequest) -> HttpResponse:
    """Who acts for us, and who outside may read what until when."""
    at = clock.now()
    grants = CounselGrant.objects.select_related("matter", "counsel", "by").order_by("-made_at")[:500]
    context = {
        "agents": [(each, each.holds_on(at.date())) for each in Agent.objects.order_by("name")],
        "grants": [(each, each.revoked_at is None and each.until > at) for each in grants],
        "form": AgentForm(), "live": _("Valid"),
    }  # fmt: skip
    return page(request, "litigation/counsel.html", "court_counsel", context)
