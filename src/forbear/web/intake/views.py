"""The files screens: what arrived, what became of it, what waits for a person."""

from __future__ import annotations

import logging
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from forbear.channels import BadMapping
from forbear.web import clock
from forbear.web.intake import exports, selectors, uploads
from forbear.web.intake.forms import BatchFilter, RowForm, UploadForm
from forbear.web.intake.models import BatchState, ImportBatch, Upload
from forbear.web.intake.requests import StaffRequest
from forbear.web.intake.services import (
    BookedByUs,
    CannotReverse,
    DoesNotReconcile,
    NotStanding,
    reverse_batch,
)
from forbear.web.people.permissions import require
from forbear.web.people.services import log_accesses
from forbear.web.reading import reading_lang

PAGE_ROWS = 50
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
log = logging.getLogger(__name__)


@require("read_files")
@require_GET
def files(request: StaffRequest) -> HttpResponse:
    """Show what is expected, what arrived, what is under way."""
    return render(request, "intake/files.html", board(request, UploadForm()))


def board(request: StaffRequest, upload_form: UploadForm) -> dict[str, Any]:
    """Return what the files board shows."""
    shown = BatchFilter(request.GET or None)
    chosen = shown.cleaned_data if shown.is_bound and shown.is_valid() else {}
    found = selectors.batches(**{name: chosen.get(name, "") for name in ("state", "layout", "name")})
    at = clock.now()
    query = request.GET.copy()
    query.pop("page", None)
    page = Paginator(found, PAGE_ROWS).get_page(request.GET.get("page"))
    selectors.count_waiting(page.object_list)
    return {
        "page": page,
        "query": query.urlencode(),
        "filter": shown,
        "upload_form": upload_form,
        "expected": selectors.expected_today(at),
        "uploads": list(selectors.uploads_to_show(at)),
        "alert_kinds": selectors.alert_kinds(),
        "layouts": selectors.layout_names(reading_lang()),
        "at": at,
    }


@require("import_files")
@require_POST
def upload(request: StaffRequest) -> HttpResponse:
    """Take files: small ones are applied while the sender waits, large ones by a worker."""
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return render(request, "intake/files.html", board(request, form), status=422)
    for file in form.cleaned_data["files"]:
        asked = {"layout": form.cleaned_data["layout"], "force": form.cleaned_data["force"]}
        if uploads.is_small(file):
            _apply_now(request, file, asked)
        else:
            uploads.queue_upload(file=file, user=request.user, at=clock.now(), **asked)
            messages.info(
                request, _("%(name)s is being applied; you may leave this page.") % {"name": file.name}
            )
    return redirect("files")


def _apply_now(request: StaffRequest, file: Any, asked: dict[str, Any]) -> None:
    try:
        batch = uploads.apply_now(file=file, user=request.user, at=clock.now(), **asked)
    except (DoesNotReconcile, BadMapping) as error:
        log.exception("upload of %s failed", file.name)
        words = {"name": file.name, "error": error}
        messages.error(request, _("%(name)s was not applied, nothing was changed: %(error)s") % words)
        return
    tell_outcome(request, batch)


def tell_outcome(request: StaffRequest, batch: ImportBatch) -> None:
    """Say in a toast what became of a file."""
    words = {"name": batch.received_name, "applied": batch.rows_applied, "aside": batch.rows_quarantined}
    if batch.state == BatchState.APPLIED and batch.rows_quarantined:
        text = ngettext(
            "%(name)s: %(applied)d row applied, %(aside)d set aside.",
            "%(name)s: %(applied)d rows applied, %(aside)d set aside.",
            batch.rows_applied,
        )
        messages.warning(request, text % words)
    elif batch.state == BatchState.APPLIED:
        messages.success(
            request,
            ngettext(
                "%(name)s: %(applied)d row applied.",
                "%(name)s: %(applied)d rows applied.",
                batch.rows_applied,
            )
            % words,
        )
    else:
        tongue = reading_lang()
        said = (batch.refusal or {}).get("message", {}).get(tongue, batch.get_state_display())
        messages.warning(request, f"{batch.received_name}: {said}")


@require("read_files")
@require_GET
def under_way(request: StaffRequest) -> HttpResponse:
    """Show the uploads under way; the page asks again until none is."""
    at = clock.now()
    return render(
        request, "intake/under_way.html", {"uploads": list(selectors.uploads_to_show(at)), "polled": True}
    )


@require("import_files")
@require_POST
def upload_again(request: StaffRequest, upload_id: int) -> HttpResponse:
    """Start an upload again that failed or whose worker died."""
    waiting = get_object_or_404(Upload, pk=upload_id)
    try:
        uploads.restart(upload=waiting)
    except ValueError as error:
        messages.error(request, str(error))
    return redirect("files")


@require("read_files")
@require_GET
def batch(request: StaffRequest, batch_id: int) -> HttpResponse:
    """Show one file: counts, sums, its findings, and where a row is."""
    found = get_object_or_404(selectors.batches(), pk=batch_id)
    selectors.count_waiting([found])
    shown = {name: request.GET.get(name, "") for name in ("rule", "severity")}
    issues = selectors.issues_of(found, **shown, waiting=request.GET.get("waiting") == "1")
    row_form = RowForm(request.GET if "row" in request.GET else None)
    asked = row_form.is_bound and row_form.is_valid()
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "batch": found,
        "page": Paginator(issues, PAGE_ROWS).get_page(request.GET.get("page")),
        "query": query.urlencode(),
        "shown": shown,
        "rules": selectors.rules_of(found),
        "row_form": row_form,
        "answer": selectors.where_is_row(found, row_form.cleaned_data["row"]) if asked else None,
        "layouts": selectors.layout_names(reading_lang()),
        "replays": list(found.replays.order_by("pk")),
        "alerts": list(selectors.alerts().filter(batch=found)[:PAGE_ROWS]),
    }
    return render(request, "intake/batch.html", context)


@require("import_files")
@require_GET
def rows(request: StaffRequest, batch_id: int, kind: str) -> HttpResponse:
    """Download the rows set aside, with reason and original, as CSV or XLSX."""
    found = get_object_or_404(ImportBatch, pk=batch_id)
    export = exports.set_aside(found, reading_lang())
    log_accesses(
        request.user,
        selectors.people_named(export.cells),
        "export",
        clock.now(),
        f"rows set aside, batch {found.pk}",
    )
    content = exports.as_xlsx(export.lines) if kind == "xlsx" else exports.as_csv(export.lines)
    response = HttpResponse(content, content_type=XLSX if kind == "xlsx" else "text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="set-aside-{found.pk}.{kind}"'
    return response


@require("reverse_batch")
@require_http_methods(["POST"])
def reverse(request: StaffRequest, batch_id: int) -> HttpResponse:
    """Take a file back as a whole, once the box that says so is ticked."""
    found = get_object_or_404(ImportBatch, pk=batch_id)
    if request.POST.get("sure") != "yes":
        messages.error(request, _("Tick the box to say that you mean it. Nothing was changed."))
        return redirect("file_batch", batch_id)
    try:
        reverse_batch(batch=found, user=request.user, at=clock.now())
    except CannotReverse as error:
        names = ", ".join(f"{number} ({name})" for number, name in error.blockers)
        messages.error(
            request, _("Later files build on this one; reverse first: %(names)s") % {"names": names}
        )
    except BookedByUs:
        messages.error(request, _("This was booked here and approved; it is taken back in its own room."))
    except NotStanding:
        messages.error(request, _("Only an applied file can be reversed."))
    else:
        messages.success(request, _("%(name)s is reversed as a whole.") % {"name": found.received_name})
    return redirect("file_batch", batch_id)
