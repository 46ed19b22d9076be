"""The manager's board, one page per thing a manager decides on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from forbear.web import clock
from forbear.web.board import charts, selectors
from forbear.web.board.selectors import Row, Span
from forbear.web.people.permissions import require

PAGES = (
    ("board", _("Today")),
    ("board_flow", _("Bucket flow")),
    ("board_contact", _("Contacts and refusals")),
    ("board_team", _("Who has what")),
    ("board_runs", _("Runs")),
)
SPANS = (1, 7, 30, 90)  # days a reader may choose
RUNS_SHOWN = 30


@require("see_board")
def today(request: HttpRequest) -> HttpResponse:
    """Queues and promises of the day."""
    as_of = clock.today()
    around = Span(as_of - timedelta(days=14), as_of + timedelta(days=14))
    day, week = Span(as_of, as_of), Span(as_of - timedelta(days=6), as_of)
    run = selectors.latest_run()
    promises = selectors.promises_by_day(around)
    ageing = selectors.queue_ageing(run, as_of) if run else []
    context = {
        "run": run,
        "progress": selectors.queue_progress(run) if run else None,
        "due": due_today(promises, as_of),
        "kept": kept_rate(promises, as_of),
        "gate": selectors.decisions(day),
        "charts": [
            charts.queue_ageing(ageing),
            charts.promises(promises, around, as_of),
            charts.refusals(selectors.refusals_by_rule(week), as_of),
            charts.hours(selectors.by_hour(week)),
        ],
    }
    return page(request, "board/today.html", "board", context)


def due_today(promises: list[Row], as_of: Any) -> Row:
    """Sum up the promises that fall due on as_of: how many, how much, what came in."""
    rows = [row for row in promises if row["due_on"] == as_of]
    return {
        "promises": sum(row["promises"] for row in rows),
        "kept": sum(row["promises"] for row in rows if row["state"] == "kept"),
        "promised_minor": sum(row["promised_minor"] for row in rows),
        "received_minor": sum(row["received_minor"] for row in rows),
    }


def kept_rate(promises: list[Row], as_of: Any) -> Row:
    """Return kept over matured promises (kept, partly kept, broken) of the fortnight up to as_of."""
    matured = [r for r in promises if r["due_on"] <= as_of and r["state"] in ("kept", "partial", "broken")]
    whole = sum(row["promises"] for row in matured)
    kept = sum(row["promises"] for row in matured if row["state"] == "kept")
    return {"kept": kept, "matured": whole, "rate": kept / whole if whole else None}


@require("see_board")
def flow(request: HttpRequest) -> HttpResponse:
    """Movement between buckets, as a flow and as two matrices."""
    run = selectors.latest_run_with_flow()
    rates = selectors.flow(run) if run else []
    drawn = [
        charts.bucket_flow(rates, run),
        charts.roll_rates(rates, "accounts"),
        charts.roll_rates(rates, "balance_minor"),
    ]
    return page(request, "board/flow.html", "board_flow", {"run": run, "charts": drawn})


@require("see_board")
def contact(request: HttpRequest) -> HttpResponse:
    """What the gate refused and by which rule, and when people answer."""
    span = chosen_span(request, default=30)
    context = {
        "gate": selectors.decisions(span),
        "charts": [
            charts.refusals(selectors.refusals_by_rule(span), span.last),
            charts.hours(selectors.by_hour(span)),
        ],
    }
    return page(request, "board/contact.html", "board_contact", context | span_choice(request, span))


@require("see_board")
def team(request: HttpRequest) -> HttpResponse:
    """Who has what to do now; by name, without ranks and without amounts."""
    span = chosen_span(request, default=30)
    people = selectors.team_load(selectors.latest_run(), span.last, span)
    for person in people:
        person["kept_rate"] = person["kept"] / person["matured"] if person["matured"] else None
        person["all"] = person["waiting"] + person["done"]
    return page(request, "board/team.html", "board_team", {"people": people} | span_choice(request, span))


@require("see_board")
def runs(request: HttpRequest) -> HttpResponse:
    """The runs of the day and the steps of the newest."""
    found = selectors.runs(RUNS_SHOWN)
    context = {"found": found, "chart": charts.run_steps(found[0]) if found else None}
    return page(request, "board/runs.html", "board_runs", context)


def chosen_span(request: HttpRequest, *, default: int) -> Span:
    """Return the days the reader asked for, ending today; an unknown choice is the default."""
    wanted = request.GET.get("days", "")
    days = int(wanted) if wanted in map(str, SPANS) else default
    last = clock.today()
    return Span(last - timedelta(days=days - 1), last)


def span_choice(request: HttpRequest, span: Span) -> dict[str, Any]:
    """Return what the choice of days needs."""
    return {"spans": SPANS, "days": (span.last - span.first).days + 1, "span": span}


def page(request: HttpRequest, template: str, name: str, context: dict[str, Any]) -> HttpResponse:
    """Render one page of the board with its tabs."""
    label = dict(PAGES)[name]
    return render(
        request, template, {"pages": PAGES, "page": name, "label": label, "at": clock.now()} | context
    )
