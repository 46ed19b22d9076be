"""What people do to many matters at once: open, name court and agent, ask, say yes, draft, download."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST
from procrastinate.contrib.django import app

from forbear.web import clock
from forbear.web.cases.models import Case
from forbear.web.litigation import batch, records, services, steps
from forbear.web.litigation.actions import FORMS
from forbear.web.litigation.figures import figures
from forbear.web.litigation.forms import BatchForm, CourtForm
from forbear.web.litigation.models import LegalMatter, PaperBatch
from forbear.web.litigation.requests import StaffRequest
from forbear.web.litigation.services import MatterRefused
from forbear.web.people.permissions import require
from forbear.web.people.services import log_accesses

CHOSEN_MAX = 1000  # matters of one form


def chosen(request: StaffRequest, name: str) -> list[int]:
    """Return the ids that were ticked; what is no number is left out."""
    return [int(each) for each in request.POST.getlist(name)[:CHOSEN_MAX] if each.isdecimal()]


@require("work_court")
@require_POST
def open_many(request: StaffRequest) -> HttpResponse:
    """Open a matter on each chosen case and begin to gather its papers."""
    at, opened = clock.now(), 0
    route = request.POST.get("route") or "suit"
    for case in Case.objects.filter(pk__in=chosen(request, "case")).order_by("pk"):
        total = figures(case, at.date()).total.total_minor
        try:
            made = services.open_matter(case, claim_minor=total, claim_on=at.date(), at=at, by=request.user)
            steps.step(made, "gather", on=at.date(), facts={"route": route}, at=at, by=request.user)
            opened += 1
        except MatterRefused as refused:
            messages.error(request, f"{case.pk}: {refused}")
    if opened:
        said = ngettext("%(count)d matter opened.", "%(count)d matters opened.", opened)
        messages.success(request, said % {"count": opened})
    return redirect("court_batch" if opened else "court_screening")


@require("see_all_matters")
@require_POST
def batch_do(request: StaffRequest) -> HttpResponse:
    """Do one thing to every chosen matter: name court and agent, ask, say yes, draft."""
    do = {"court": _many_courts, "ask": _ask_many, "yes": _yes_many, "draft": _draft_many}.get(
        request.POST.get("do", "")
    )
    if do is None:
        raise Http404(request.POST.get("do"))
    answered: HttpResponse = do(request, chosen(request, "matter"))  # type: ignore[assignment]  # the guard widens the type
    return answered


@require("work_court")
def _many_courts(request: StaffRequest, chosen_ids: list[int]) -> HttpResponse:
    at = clock.now()
    form = CourtForm(at.date(), request.POST)
    if not form.is_valid():
        messages.error(request, _("Name a court and an agent whose mandate holds."))
        return redirect("court_batch")
    return _each(
        request, chosen_ids, lambda m: records.set_court(m, **form.cleaned_data, at=at, by=request.user)
    )


@require("work_court")
def _ask_many(request: StaffRequest, chosen_ids: list[int]) -> HttpResponse:
    at = clock.now()
    facts = {"balance_on": at.date()}
    return _each(
        request,
        chosen_ids,
        lambda m: steps.step(m, "approve", on=at.date(), facts=facts, at=at, by=request.user),
    )


@require("approve")
def _yes_many(request: StaffRequest, chosen_ids: list[int]) -> HttpResponse:
    at = clock.now()

    def yes(matter: LegalMatter) -> None:
        if (question := steps.waiting(matter)) is None:
            raise MatterRefused(_("Nothing waits for an answer here."))
        steps.answer(question, yes=True, at=at, by=request.user)

    return _each(request, chosen_ids, yes)


@require("work_court")
def _draft_many(request: StaffRequest, chosen_ids: list[int]) -> HttpResponse:
    at = clock.now()
    form = BatchForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose matters and papers."))
        return redirect("court_batch")
    try:
        made = batch.ask_papers(
            chosen_ids, form.cleaned_data["kinds"], on=form.cleaned_data["counted_on"], at=at, by=request.user
        )
    except MatterRefused as refused:
        messages.error(request, str(refused))
        return redirect("court_batch")
    app.configure_task("forbear.web.litigation.tasks.draft_papers", queue="files").defer(batch_id=made.pk)
    return redirect("court_batch_detail", made.pk)


def _each(request: StaffRequest, chosen_ids: list[int], do: Callable[[LegalMatter], Any]) -> HttpResponse:
    done = 0
    rows = (
        LegalMatter.objects.filter(pk__in=chosen_ids).select_related("case__customer", "agent").order_by("pk")
    )
    for row in rows:
        try:
            do(row)
            done += 1
        except MatterRefused as refused:
            messages.error(request, f"{row.number}: {refused}")
    said = ngettext("Done for %(count)d matter.", "Done for %(count)d matters.", done) % {"count": done}
    messages.success(request, said) if done else messages.info(request, said)
    return redirect("court_batch")


@require("work_court")
@require_GET
def batch_zip(request: StaffRequest, pk: int, form: str) -> HttpResponse:
    """Hand out the papers of a batch; whose they are is written down."""
    found = get_object_or_404(PaperBatch, pk=pk)
    if form not in FORMS:
        raise Http404(form)
    customers = found.papers.values_list("matter__case__customer_id", flat=True).distinct()
    log_accesses(request.user, list(customers), "court_paper", clock.now(), f"batch {found.pk}")
    made = HttpResponse(batch.packed(found, form), content_type="application/zip")
    made["Content-Disposition"] = f'attachment; filename="papers-{found.pk}-{form}.zip"'
    return made
