"""Rows set aside and alerts: correct and replay, drop, settle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from forbear.channels import open_raw_row
from forbear.web import clock
from forbear.web.intake import selectors
from forbear.web.intake.forms import DropForm, SettleForm
from forbear.web.intake.models import Alert, RowIssue
from forbear.web.intake.replay import editable
from forbear.web.intake.requests import StaffRequest
from forbear.web.intake.selectors import people_named
from forbear.web.intake.services import NotOpen, drop_issue, replay_issue, settle_alert
from forbear.web.people.models import User
from forbear.web.people.permissions import require
from forbear.web.people.services import log_accesses
from forbear.web.portfolio.vault import vault
from forbear.web.reading import reading_lang

PAGE_ROWS = 50


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the form in which a row is corrected."""

    heading: str
    value: str
    wrong: bool


@require("import_files")
@require_http_methods(["GET", "POST"])
def issue(request: StaffRequest, issue_id: int) -> HttpResponse:
    """Show a row set aside with its faults marked, and replay it as corrected."""
    found = get_object_or_404(RowIssue.objects.select_related("batch"), pk=issue_id, severity="error")
    cells = cells_of(found)
    problems: tuple[Mapping[str, Mapping[str, str]], ...] = ()
    status = 200
    if request.method == "POST":
        cells = {
            heading: request.POST.get(f"cell-{at}", value)
            for at, (heading, value) in enumerate(cells.items())
        }
        try:
            done = replay_issue(issue=found, corrected=cells, user=request.user, at=clock.now())
        except NotOpen:
            messages.error(request, _("This row was settled meanwhile."))
            return redirect("file_batch", found.batch_id)
        if done.batch:
            messages.success(request, _("Row %(row)d is applied.") % {"row": found.row_no})
            return redirect("file_batch", found.batch_id)
        problems, status = done.problems, 422
    else:
        _log_read(request.user, found, cells)
    siblings = list(found.batch.issues.filter(row_no=found.row_no).order_by("severity", "pk"))
    wrong = {each.column for each in siblings if each.severity == "error"}
    context = {
        "issue": found,
        "siblings": siblings,
        "problems": problems,
        "cells": [Cell(heading, value, heading in wrong) for heading, value in cells.items()],
        "layouts": selectors.layout_names(reading_lang()),
    }
    return render(request, "intake/issue.html", context, status=status)


def cells_of(issue: RowIssue) -> dict[str, str]:
    """Return the cells of a row that a person may correct, by heading; none when the row could not be cut."""
    if issue.held is not None:
        return editable(issue.held)
    if issue.raw_row_cipher is None:
        return {}
    return dict(open_raw_row(bytes(issue.raw_row_cipher), vault()).cells)


def _log_read(user: User, issue: RowIssue, cells: Mapping[str, str]) -> None:
    people = people_named(cells.values())
    log_accesses(user, people, "set_aside_row", clock.now(), f"batch {issue.batch_id} row {issue.row_no}")


@require("import_files")
@require_POST
def drop(request: StaffRequest, issue_id: int) -> HttpResponse:
    """Settle a row without applying it."""
    found = get_object_or_404(RowIssue, pk=issue_id, severity="error")
    form = DropForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say why the row is not applied. Nothing was changed."))
        return redirect("file_issue", issue_id)
    try:
        drop_issue(issue=found, reason=form.cleaned_data["reason"], user=request.user, at=clock.now())
    except NotOpen:
        messages.error(request, _("This row was settled meanwhile."))
    else:
        messages.success(request, _("Row %(row)d is settled without being applied.") % {"row": found.row_no})
    return redirect("file_batch", found.batch_id)


@require("read_files")
@require_GET
def alerts(request: StaffRequest) -> HttpResponse:
    """List what a person should look at about accepted files."""
    kind, settled = request.GET.get("kind", ""), request.GET.get("settled") == "1"
    found = selectors.alerts(kind=kind, settled=settled)
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "page": Paginator(found, PAGE_ROWS).get_page(request.GET.get("page")),
        "query": query.urlencode(),
        "kinds": selectors.alert_kinds(),
        "kind": kind,
        "settled": settled,
    }
    return render(request, "intake/alerts.html", context)


@require("import_files", "approve")
@require_POST
def settle(request: StaffRequest, alert_id: int) -> HttpResponse:
    """Settle an alert with what was found."""
    found = get_object_or_404(Alert, pk=alert_id)
    form = SettleForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say what was found. Nothing was changed."))
    else:
        try:
            settle_alert(alert=found, finding=form.cleaned_data["finding"], user=request.user, at=clock.now())
        except ValueError:
            messages.error(request, _("This alert was settled meanwhile."))
    return redirect("file_alerts")
