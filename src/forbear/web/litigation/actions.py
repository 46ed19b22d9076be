"""What people do in the court room; every refusal is shown in words, nothing is changed by it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from forbear.money import parse_minor
from forbear.web import clock
from forbear.web.law.current import packs_at
from forbear.web.litigation import papers, records, services, steps
from forbear.web.litigation.dossier import CannotDraft
from forbear.web.litigation.forms import (
    AgentForm,
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
from forbear.web.litigation.matter_views import matter_context
from forbear.web.litigation.models import CounselGrant, Hearing, LegalMatter, MatterPaper
from forbear.web.litigation.requests import StaffRequest, is_outside, matter_for
from forbear.web.litigation.services import MatterRefused
from forbear.web.people.permissions import require
from forbear.web.people.services import log_access

FORMS = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


@require("work_court")
@require_POST
def make(request: StaffRequest, pk: int, code: str) -> HttpResponse:
    """Make a move, or ask for the second person it needs."""
    at = clock.now()
    shown = matter_for(request, pk, at)
    move = services.machine_at(at).moves.get(code)
    if move is None:
        raise Http404(code)
    form = MoveForm(move, at.date(), request.POST)
    if form.is_valid():
        try:
            steps.step(shown, code, on=form.cleaned_data["on"], facts=form.facts(), at=at, by=request.user)
            messages.success(request, _("Written down."))
            return redirect("court_matter", pk)
        except MatterRefused as refused:
            form.add_error(None, str(refused))
    return _refused(request, shown, {"wrong_code": code, "wrong_form": form})


def _refused(request: StaffRequest, shown: LegalMatter, wrong: dict[str, Any]) -> HttpResponse:
    shown.refresh_from_db()
    answer = page(request, "litigation/matter.html", "court", matter_context(request, shown, wrong))
    answer.status_code = 422
    return answer


@require("approve")
@require_POST
def answer(request: StaffRequest, pk: int) -> HttpResponse:
    """Say yes or no to the move that waits for a second person."""
    at = clock.now()
    shown = matter_for(request, pk, at)
    question = steps.waiting(shown)
    if question is None:
        messages.info(request, _("Nothing waits for an answer here."))
        return redirect("court_matter", pk)
    try:
        yes = request.POST.get("yes") == "1"
        steps.answer(question, yes=yes, at=at, by=request.user, reason=request.POST.get("reason", ""))
    except MatterRefused as refused:
        messages.error(request, str(refused))
    return redirect("court_matter", pk)


# ---- what is written down beside the moves ----
def _court(shown: LegalMatter, data: dict[str, Any], common: dict[str, Any]) -> None:
    records.set_court(shown, court=data["court"], agent=data["agent"], **common)


def _evidence(shown: LegalMatter, data: dict[str, Any], common: dict[str, Any]) -> None:
    records.add_evidence(
        shown,
        kind=data["kind"],
        title=data["title"],
        pages=data["pages"],
        content=data["file"].read(),
        **common,
    )


def _papers(shown: LegalMatter, data: dict[str, Any], common: dict[str, Any]) -> None:
    if data["counted_on"] > common["at"].date():
        raise MatterRefused(_("What is owed on a day to come is not known yet."))
    extra = {name: value for name, value in data.items() if name not in ("kinds", "counted_on") and value}
    try:
        papers.make_papers(shown, data["kinds"], on=data["counted_on"], extra=extra, **common)
    except CannotDraft as error:
        raise MatterRefused(str(error)) from error


def _hearing(shown: LegalMatter, data: dict[str, Any], common: dict[str, Any]) -> None:
    records.set_hearing(shown, **data, **common)


def _service(shown: LegalMatter, data: dict[str, Any], common: dict[str, Any]) -> None:
    records.note_service(shown, **data, **common)


def _cost(shown: LegalMatter, data: dict[str, Any], common: dict[str, Any]) -> None:
    minor = parse_minor(f"{data['amount']:.2f}")
    records.add_cost(
        shown, kind=data["kind"], amount_minor=minor, paid_on=data["paid_on"], memo=data["memo"], **common
    )


def _grant(shown: LegalMatter, data: dict[str, Any], common: dict[str, Any]) -> None:
    records.grant(shown, **data, **common)


WRITES: dict[str, tuple[Callable[..., Any], Callable[..., None]]] = {
    "court": (CourtForm, _court), "evidence": (EvidenceForm, _evidence), "papers": (PapersForm, _papers),
    "hearing": (HearingForm, _hearing), "service": (ServiceForm, _service), "cost": (CostForm, _cost),
    "grant": (GrantForm, _grant),
}  # fmt: skip


@require("work_court")
@require_POST
def write(request: StaffRequest, pk: int, what: str) -> HttpResponse:
    """Write down court and agent, evidence, papers, a hearing, a try of service, a cost, access of counsel."""
    at = clock.now()
    shown = matter_for(request, pk, at)
    if what not in WRITES:
        raise Http404(what)
    form_of, do = WRITES[what]
    rows = packs_at(at).value("house/litigation/evidence_required", at.date())
    required = [(row["kind"], row["zh"]) for row in rows]
    choices: dict[str, list[Any]] = {"court": [at.date()], "evidence": [required]}
    first = choices.get(what, [])
    form = form_of(*first, request.POST, request.FILES or None)
    if form.is_valid():
        try:
            do(shown, form.cleaned_data, {"at": at, "by": request.user})
            messages.success(request, _("Written down."))
            return redirect("court_matter", pk)
        except MatterRefused as refused:
            form.add_error(None, str(refused))
    return _refused(request, shown, {f"{what}_form": form, "open": what})


@require("work_court")
@require_GET
def paper(request: StaffRequest, pk: int, form: str) -> HttpResponse:
    """Hand out one drafted paper; opening it is written down. Outside counsel has no copy to carry away."""
    at = clock.now()
    found = get_object_or_404(MatterPaper.objects.select_related("matter"), pk=pk)
    shown = matter_for(request, found.matter_id, at)
    if form not in FORMS or is_outside(request.user):
        raise Http404(form)
    log_access(request.user, shown.case.customer_id, "court_paper", at, f"{shown.number} {found.kind}")
    made = HttpResponse(papers.opened(found, form), content_type=FORMS[form])
    made["Content-Disposition"] = f'attachment; filename="{shown.number}-{found.kind}.{form}"'
    return made


# ---- who acts for the bank, and hearings that are off ----
@require("work_court")
@require_POST
def add_agent(request: StaffRequest) -> HttpResponse:
    """Add a lawyer or employee who acts for the bank."""
    form = AgentForm(request.POST, request.FILES)
    if form.is_valid() and form.cleaned_data["valid_from"] <= form.cleaned_data["valid_until"]:
        form.instance.added_at, form.instance.added_by = clock.now(), request.user
        try:
            with transaction.atomic():
                agent = form.save()
                if proof := form.cleaned_data["evidence"]:
                    records.prove_licence(agent, proof.read())
            messages.success(request, _("Written down."))
        except MatterRefused as refused:
            messages.error(request, str(refused))
    else:
        messages.error(request, _("Fill in every field; the last day is not before the first."))
    return redirect("court_counsel")


@require("work_court")
@require_POST
def cancel(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a hearing out of the calendar."""
    at = clock.now()
    held = get_object_or_404(Hearing.objects.select_related("matter__case"), pk=pk)
    matter_for(request, held.matter_id, at)
    try:
        records.cancel_hearing(held, why=request.POST.get("why", ""), at=at, by=request.user)
        messages.success(request, _("Written down."))
    except MatterRefused as refused:
        messages.error(request, str(refused))
    return redirect("court_matter", held.matter_id)


@require("work_court")
@require_POST
def revoke(request: StaffRequest, pk: int) -> HttpResponse:
    """End an outside counsel's access now."""
    records.revoke(get_object_or_404(CounselGrant, pk=pk), at=clock.now(), by=request.user)
    return redirect("court_counsel")
