"""The credit room: months told, accounts withheld, records of accounts, objections."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST
from procrastinate.contrib.django import app

from forbear.ledger import month_ends
from forbear.web import clock
from forbear.web.credit import charts, files, notices, policy, running, selectors
from forbear.web.credit.columns import latest_run
from forbear.web.credit.forms import MonthForm
from forbear.web.credit.models import CreditDelta, CreditDownload, CreditRun
from forbear.web.credit.running import CreditRefused
from forbear.web.desk.requests import StaffRequest
from forbear.web.people.permissions import require
from forbear.web.people.services import log_accesses

PAGES = (
    ("credit", lazy("Months")),
    ("credit_withheld", lazy("Withheld")),
    ("credit_objections", lazy("Objections")),
)
PAGE_ROWS = 100
STEP_WORDS = {
    "": lazy("Waiting for a worker"), "read": lazy("Reading the book"), "letters": lazy("A letter for every account"),
    "write": lazy("Corrections, law, lines, file"), "done": lazy("Done"),
}  # fmt: skip
RUNS = 24


def page(
    request: StaffRequest, template: str, here: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """Render a page of the room with its tabs."""
    shown = {"pages": PAGES, "here": here, "label": dict(PAGES).get(here, lazy("Credit record"))}
    return render(request, f"credit/{template}.html", shown | context, status=status)


@require("see_credit")
@require_GET
def months(request: StaffRequest) -> HttpResponse:
    """Show what was told of each month, and let those who may tell the next."""
    return page(request, "months", "credit", months_context(MonthForm(initial={"month": next_month()})))


def months_context(form: MonthForm) -> dict[str, Any]:
    """Return what the page of months is drawn from."""
    on = clock.today()
    runs = list(CreditRun.objects.select_related("by").order_by("-month")[:RUNS])
    coming = month_ends(on, 1)[0]
    return {
        "figures": selectors.figures(on), "runs": [run_row(run) for run in runs], "form": form,
        "chart": charts.months(runs, on), "deltas": CreditDelta.objects.select_related("by").order_by("-pk")[:RUNS],
        "coming": coming, "told": selectors.notices(coming), "carried": CreditDownload.objects.select_related("by", "run", "delta").order_by("-pk")[:5],
    }  # fmt: skip


def run_row(run: CreditRun) -> dict[str, Any]:
    """Return one month as the table shows it."""
    counts = run.counts or {"reported": {}, "withheld": {}, "corrections": {}, "all": 0}
    bad = {letter for letter, row in policy.letters(run.month).items() if row["bad"]}
    return {
        "run": run, "all": counts["all"], "reported": sum(counts["reported"].values()), "withheld": sum(counts["withheld"].values()),
        "bad": sum(n for letter, n in counts["reported"].items() if letter in bad), "corrected": sum(counts["corrections"].values()),
        "step": STEP_WORDS.get(run.step, run.step), "place": running.STEPS.index(run.step) + 1 if run.step in running.STEPS else 0,
        "steps": len(running.STEPS),
    }  # fmt: skip


def next_month() -> date:
    """Return the last month that is over."""
    return month_ends(clock.today(), 2)[0]


@require("work_credit")
@require_POST
def tell(request: StaffRequest) -> HttpResponse:
    """Begin to tell a month in the background."""
    form = MonthForm(request.POST)
    if form.is_valid():
        try:
            run = running.begin(form.cleaned_data["month"], at=clock.now(), by=request.user)
        except CreditRefused as refused:
            form.add_error("month", str(refused))
        else:
            app.configure_task("forbear.web.credit.tasks.tell_month", queue="files").defer(run_id=run.pk)
            messages.success(request, _("It is being told; you may leave this page."))
            return redirect("credit")
    return page(request, "months", "credit", months_context(form), status=422)


@require("see_credit")
@require_GET
def progress(request: StaffRequest, pk: int) -> HttpResponse:
    """The row of one month alone, fresh, while it is being told."""
    run = get_object_or_404(CreditRun.objects.select_related("by"), pk=pk)
    return render(request, "credit/_run.html", {"each": run_row(run)})


@require("work_credit")
@require_POST
def tell_debtors(request: StaffRequest) -> HttpResponse:
    """Plan messages to those who would be bad news at the month's end."""
    found = notices.plan_notices(at=clock.now(), by=request.user)
    said = _(
        "Messages planned: %(planned)d. Without a number: %(none)d; on their way already: %(already)d; accounts without a case: %(case)d."
    )
    messages.success(
        request,
        said
        % {
            "planned": found.planned,
            "none": found.without_point,
            "already": found.already,
            "case": found.without_case,
        },
    )
    return redirect("credit")


@require("work_credit")
@require_POST
def correct(request: StaffRequest) -> HttpResponse:
    """Correct what changed since the last month, and write a file of all that no file holds yet."""
    at = clock.now()
    try:
        running.correct_now(at=at)
        delta = files.write_delta(at=at, by=request.user)
        messages.success(
            request,
            ngettext(
                "The file holds %(rows)d correction.", "The file holds %(rows)d corrections.", delta.rows
            )
            % {"rows": delta.rows},
        )
    except CreditRefused as refused:
        messages.info(request, str(refused))
    return redirect("credit")


@require("work_credit")
@require_POST
def carry(request: StaffRequest, what: str, pk: int) -> HttpResponseBase:
    """Hand out a file in the clear; who carried it away is kept."""
    at = clock.now()
    if what == "month":
        run = get_object_or_404(CreditRun, pk=pk, finished_at__isnull=False)
        CreditDownload.objects.create(run=run, by=request.user, at=at)
        path, size, name = files.month_path(run), run.bytes, f"credit-{run.month:%Y%m}.txt"
    else:
        delta = get_object_or_404(CreditDelta, pk=pk)
        CreditDownload.objects.create(delta=delta, by=request.user, at=at)
        path, size, name = files.delta_path(delta), delta.bytes, f"credit-corrections-{delta.pk}.txt"
    answer = StreamingHttpResponse(files.opened(path, size), content_type="application/octet-stream")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@require("see_credit")
@require_GET
def withheld(request: StaffRequest) -> HttpResponse:
    """Name the accounts that were not reported, each with why and what to do."""
    run = (
        get_object_or_404(CreditRun, pk=request.GET["run"])
        if request.GET.get("run", "").isdecimal()
        else latest_run()
    )
    why = request.GET.get("why", "")
    if run is None:
        return page(request, "withheld", "credit_withheld", {"run": None})
    rows = Paginator(selectors.withheld(request.user, run, why), PAGE_ROWS).get_page(request.GET.get("page"))
    log_accesses(
        request.user,
        sorted({line.account.customer_id for line in rows.object_list}),
        "credit",
        clock.now(),
        f"withheld {run}",
    )
    context = {
        "run": run,
        "why": why,
        "page": rows,
        "reasons": selectors.by_reason(run),
        "query": f"run={run.pk}&why={why}",
    }
    return page(request, "withheld", "credit_withheld", context)
