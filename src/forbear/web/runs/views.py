"""The runs: which days were run, what came of each, and why one account got its outcome."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from forbear.nightly import Day, explain_account
from forbear.web import clock
from forbear.web.complaints.bars import is_barred
from forbear.web.law.current import packs_now
from forbear.web.people.permissions import require
from forbear.web.people.services import log_access
from forbear.web.reading import reading_lang
from forbear.web.runs import charts, selectors, words
from forbear.web.runs.forms import AccountForm
from forbear.web.runs.models import DayRun, RunState
from forbear.web.runs.portfolios import portfolio


@require("read_runs")
def run_list(request: HttpRequest) -> HttpResponse:
    """List the runs, newest first."""
    return render(request, "runs/list.html", {"found": [summed(run) for run in selectors.recent_runs()]})


def summed(run: DayRun) -> dict[str, Any]:
    """Return a run with the figures its line shows."""
    steps = list(run.steps.all())
    return {
        "run": run,
        "tone": words.STATE_TONES[RunState(run.state)],
        "accounts": run.summary.get("intake", {}).get("accounts"),
        "overdue": run.summary.get("ageing", {}).get("overdue"),
        "seconds": sum(step.seconds for step in steps),
        "restarts": sum(step.attempts - 1 for step in steps),
    }


@require("read_runs")
def run_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one run: steps, outcomes, proof, capacity, refusals, roll rates, messages."""
    run = get_object_or_404(DayRun, pk=pk)
    summary = run.summary
    steps = list(run.steps.order_by("ordinal"))
    drawn = []
    if summary:
        resources = summary["allocation"]["resources"]
        used, prices = charts.capacity_used(resources), charts.shadow_prices(resources)
        refused = summary["eligibility"]["refused_by_rule"]
        drawn = [
            charts.what_became(summary["by_reason"], beside=len(used.data["labels"])),
            used,
            prices,
            charts.refused_by_rule(refused, beside=len(prices.data["labels"])),
            charts.rolled(list(run.roll_rates.all()), run),
            charts.step_seconds(steps),
        ]
    context = {
        "run": run,
        "tone": words.STATE_TONES[RunState(run.state)],
        "summary": summary,
        "charts": drawn,
        "steps": [(step, words.step(step.step), words.STEP_TONES.get(step.state, "plain")) for step in steps],
        "proof": [(words.check(line), line) for line in summary.get("proof", [])],
        "batches": selectors.message_batches(run),
        "form": AccountForm(),
        "why": _why_that_law(run),
        "wrong": selectors.what_was_wrong(run),
    }
    return render(request, "runs/detail.html", context)


def _why_that_law(run: DayRun) -> str:
    book = portfolio(packs_now(), run.portfolio, run.as_of)
    return book.why.get(reading_lang(), "") if run.law_on != run.as_of else ""


@require("read_runs")
def run_account(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer why an account got its outcome. Looking is logged, as every read of a person's data."""
    run = get_object_or_404(DayRun, pk=pk)
    form = AccountForm(request.POST or None)
    context: dict[str, Any] = {"run": run, "form": form}
    if request.method == "POST" and form.is_valid():
        context |= _answer(request, run, form.cleaned_data["account"])
    return render(request, "runs/account.html", context)


def _answer(request: HttpRequest, run: DayRun, account_no: str) -> dict[str, Any]:
    found = selectors.outcome_of(run, account_no)
    if found is None or is_barred(request.user, found.customer_id):  # type: ignore[arg-type]
        return {"missing": _("This run has no account %(account)s.") % {"account": account_no}}
    log_access(request.user, found.customer_id, "run", clock.now(), f"run {run.pk}")  # type: ignore[arg-type]
    answer: dict[str, Any] = {
        "found": found,
        "outcome": words.outcome(found.outcome),
        "reason": words.reason(found.reason),
        "segment": words.segment(found.segment, run.as_of),
        "rules": [(rule, words.rule(rule)) for rule in filter(None, found.rules.split(","))],
        "with_case": found.outcome == "with_case",
    }
    folder = selectors.folder_of(run)
    if folder is None:
        return {**answer, "gone": True}
    book = portfolio(packs_now(), run.portfolio, run.as_of)
    day = Day(run.as_of, run.law_on, packs_now(), run.seed, run.portfolio, book.assume_points)
    explained = explain_account(folder, day, found.account_id)
    if explained is None:
        return answer
    weighed = [
        (
            words.outcome(each.action),
            words.VERDICTS[each.reason],
            each,
            [words.resource(name) for name in each.short_of],
        )
        for each in explained.weighed
    ]
    score = [(each.en if reading_lang() == "en" else each.zh, each.effect) for each in explained.score]
    return {**answer, "explained": explained, "weighed": weighed, "score": score}
