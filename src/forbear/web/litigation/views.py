"""The lists of the court room: docket, screening, limitation, batches, calendar, service, costs, counsel."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_GET

from forbear.web import clock
from forbear.web.cases.models import Case
from forbear.web.law.current import packs_at
from forbear.web.litigation import batch as batches
from forbear.web.litigation import charts, papers, selectors, services, steps
from forbear.web.litigation.calendar import TYPE, ical
from forbear.web.litigation.forms import AgentForm, BatchForm, CourtForm
from forbear.web.litigation.frame import page
from forbear.web.litigation.limitation import limits
from forbear.web.litigation.models import Agent, CounselGrant, PaperBatch, ServiceTry
from forbear.web.litigation.requests import StaffRequest
from forbear.web.litigation.words import PAPERS, STAGES
from forbear.web.people.permissions import require
from forbear.web.people.services import log_accesses
from forbear.web.reading import reading_lang

SMALL_WORDS = {
    "mandatory": lazy("Small claim"), "by_agreement": lazy("Small claim if agreed"), "unavailable": lazy("No small claim"),
    "unknown": lazy("Wage of the province not known"),
}  # fmt: skip


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
            "matter": row, "state": states[row.state].words[reading_lang()], "stage": STAGES[row.stage],
            "term": services.words_of(row.next_term), "left": selectors.days_left(row, at.date()),
            "tone": selectors.tone(selectors.days_left(row, at.date())),
        }
        for row in rows
    ]  # fmt: skip
    waiting = steps.waiting_for(request.user, at)
    context = {"rows": shown, "ended": ended, "waiting": waiting, "chart": charts.stages(rows)}
    return page(request, "litigation/docket.html", "court", context)


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
    shown = [
        (row, states[row.state].words[reading_lang()], row.pk in asked) for row in rows[: selectors.SHOWN]
    ]
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
