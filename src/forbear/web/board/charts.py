"""The board's charts: each answers the question in its title."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _

from forbear.web.board import words
from forbear.web.board.selectors import Row, Span
from forbear.web.cases.models import PromiseState
from forbear.web.law import titles
from forbear.web.people.charts import Chart, Column, bars_of
from forbear.web.runs.models import DayRun, RollRate

BUCKETS = ("new", "M0", "M1", "M2", "M3", "M4", "M5", "M6", "M7+", "cured", "settled", "absent")
HOURS = range(24)
PROMISE_TONES = {
    "kept": "good",
    "partial": "soon",
    "broken": "bad",
    "open": "info",
    "cancelled_by_hold": "plain",
}


def queue_ageing(rows: Sequence[Row]) -> Chart:
    """How long have waiting cases not been tried?"""
    queues = [code for code in words.QUEUES if any(row["queue"] == code for row in rows)]
    queues += sorted({row["queue"] for row in rows} - set(queues))
    held = {(row["queue"], row["band"]): row["cases"] for row in rows}
    series = [
        {
            "name": str(words.queue(code)),
            "values": [held.get((code, band), 0) for band in range(len(words.WAITING))],
        }
        for code in queues
    ]
    return Chart(
        name="queue-ageing",
        title=_("How long have waiting cases not been tried?"),
        kind="stacked",
        data={"labels": [str(name) for name in words.WAITING], "series": series, "unit": "count"},
        columns=[
            Column(_("Queue")), Column(_("Not tried for")), Column(_("Cases"), "count"),
            Column(_("Past due"), "money"), Column(_("Longest, days"), "number"),
        ],
        rows=[
            [words.queue(row["queue"]), words.WAITING[row["band"]], row["cases"], row["past_due_minor"], row["longest"]]
            for row in rows
        ],
        note=_("Places of the latest run that nobody has finished, by days since the last try."),
        empty=_("No case waits. Either every place is done, or no run has filled the queues yet."),
    )  # fmt: skip


def promises(rows: Sequence[Row], span: Span, today: date) -> Chart:
    """Are promises kept on the day they fall due?"""
    days = [span.first + timedelta(days=each) for each in range((span.last - span.first).days + 1)]
    held = {(row["due_on"], row["state"]): row["promises"] for row in rows}
    series = [
        {
            "name": str(PromiseState(state).label),
            "values": [held.get((each, state), 0) for each in days],
            "tone": tone,
            "outlined": state == "open",
        }
        for state, tone in PROMISE_TONES.items()
        if any(row["state"] == state for row in rows)
    ]
    return Chart(
        name="promises",
        title=_("Are promises kept on the day they fall due?"),
        kind="stacked",
        data={
            "labels": [each.strftime("%m-%d") for each in days],
            "series": series,
            "unit": "count",
            "focus": today.strftime("%m-%d"),
        },
        columns=[
            Column(_("Due"), "day"), Column(_("State")), Column(_("Promises"), "count"),
            Column(_("Promised"), "money"), Column(_("Received"), "money"),
        ],
        rows=[
            [row["due_on"], PromiseState(row["state"]).label, row["promises"], row["promised_minor"], row["received_minor"]]
            for row in rows
        ],
        note=_("Promises by due day; the dotted line is today. Superseded promises are left out."),
        empty=_("No promise falls due in these days."),
    )  # fmt: skip


def place(code: str) -> int:
    """Return where a bucket stands from early to late; unknown names come last."""
    return BUCKETS.index(code) if code in BUCKETS else len(BUCKETS)


def tone(origin: str, target: str) -> str:
    """Return green for cured or settled, amber for deeper, grey for what stayed, came back or came in."""
    if target in ("cured", "settled"):
        return "good"
    deeper = target in BUCKETS and origin in BUCKETS and place(target) > place(origin)
    return "soon" if deeper and target != "absent" else "plain"


def movement_word(origin: str, target: str) -> str:
    """Say the same as the colour."""
    if target in ("cured", "settled"):
        return str(words.bucket(target))
    if origin == "new":
        return _("newly past due")
    if target not in BUCKETS or target == "absent":
        return str(words.bucket(target))
    step = place(target) - place(origin)
    return _("deeper") if step > 0 else _("back") if step < 0 else _("stayed")


def bucket_flow(rates: Sequence[RollRate], run: DayRun | None) -> Chart:
    """Which bucket leaks?"""
    moved = sorted(
        (rate for rate in rates if rate.accounts), key=lambda r: (place(r.from_bucket), place(r.to_bucket))
    )
    # M0 that stayed M0 is most of the book and no news; it would flatten everything else.
    drawn = [rate for rate in moved if not (rate.from_bucket == "M0" and rate.to_bucket == "M0")]
    origins = sorted({rate.from_bucket for rate in drawn}, key=place)
    targets = sorted({rate.to_bucket for rate in drawn}, key=place)
    links = [
        {
            "from": origins.index(rate.from_bucket),
            "to": targets.index(rate.to_bucket),
            "value": rate.accounts,
            "tone": tone(rate.from_bucket, rate.to_bucket),
            "words": movement_word(rate.from_bucket, rate.to_bucket),
        }
        for rate in drawn
    ]
    sides = [[str(words.bucket(code)) for code in codes] for codes in (origins, targets)]
    return Chart(
        name="flow",
        title=_("Which bucket leaks?"),
        kind="sankey",
        data={"sides": sides, "links": links, "unit": "count"},
        columns=[
            Column(_("From")), Column(_("To")), Column(_("Movement")), Column(_("Accounts"), "count"),
            Column(_("Opening balance"), "money"),
        ],
        rows=[
            [words.bucket(r.from_bucket), words.bucket(r.to_bucket), movement_word(r.from_bucket, r.to_bucket),
             r.accounts, r.balance_minor]
            for r in moved
        ],
        note=_("Accounts from the run before (left) to the run of %(day)s (right): amber went deeper, green was cured or settled, grey stayed or came back. M0 that stayed M0 is only in the table.") % {"day": run.as_of} if run else "",
        empty=_("Two committed runs are needed before anything can have moved."),
        height="tall",
    )  # fmt: skip


def roll_rates(rates: Sequence[RollRate], measure: str) -> Chart:
    """What share of each bucket went where? measure: accounts or balance_minor."""
    origins = sorted({rate.from_bucket for rate in rates}, key=place)
    targets = sorted({rate.to_bucket for rate in rates}, key=place)
    amounts = {(rate.from_bucket, rate.to_bucket): getattr(rate, measure) for rate in rates}
    whole: dict[str, int] = defaultdict(int)
    for (origin, _target), amount in amounts.items():
        whole[origin] += amount
    # A movement that did not happen is left blank, so that the eye finds those that did.
    values = [
        [
            amounts[origin, target] / whole[origin] if amounts.get((origin, target)) else None
            for target in targets
        ]
        for origin in origins
    ]
    kind = "count" if measure == "accounts" else "money"
    by_count = measure == "accounts"
    return Chart(
        name=f"roll-{kind}",
        title=_("Where did each bucket's accounts go?") if by_count else _("Where did each bucket's balance go?"),
        kind="heatmap",
        data={
            "rows": [str(words.bucket(code)) for code in origins],
            "columns": [str(words.bucket(code)) for code in targets],
            "values": values,
            "unit": "percent",
            "row_title": _("From"),
        },
        columns=[Column(_("From")), Column(_("To")), Column(_("Amount") if not by_count else _("Accounts"), kind), Column(_("Share"), "percent")],
        rows=[
            [words.bucket(origin), words.bucket(target), amounts[origin, target], values[row][column]]
            for row, origin in enumerate(origins)
            for column, target in enumerate(targets)
            if amounts.get((origin, target))
        ],
        note=_("Share of the opening bucket, by count; closed cohort.") if by_count else _("Share of the opening bucket, by opening balance; closed cohort."),
        empty=_("Two committed runs are needed before anything can have moved."),
        height="tall",
    )  # fmt: skip


def refusals(rows: Sequence[Row], on: date) -> Chart:
    """Which rule stops contacts? Told by what each says on a day."""
    said = {row["rule"]: titles.title(row["rule"], on) for row in rows}
    return Chart(
        name="refusals",
        title=_("Which rule stops contacts?"),
        kind="bars",
        data=bars_of(
            titles.labels(said), _("Refusals"), [row["decisions"] for row in rows], hints=[titles.hint(*each) for each in said.items()]
        ),
        columns=[
            Column(_("Rule")), Column(_("Id")), Column(_("Instrument")), Column(_("Article")), Column(_("Refusals"), "count"),
            Column(_("People"), "count"), Column(_("Last"), "moment"),
        ],
        rows=[
            [said[r["rule"]], r["rule"], words.instrument(r["rule"]), words.article(r["rule"], r["article"]), r["decisions"], r["people"], r["last_at"]] for r in rows
        ],
        note=_("Requests the gate refused; a request refused by two rules counts under both."),
        empty=_("No contact was refused in these days."),
        height="medium" if len(rows) < 10 else "tall",
    )  # fmt: skip


def hours(rows: Iterable[Row]) -> Chart:
    """At what hour do people answer?"""
    by_hour = {row["hour"]: row for row in rows}
    labels = [f"{hour:02d}" for hour in HOURS]
    parts = {"answered": (_("Answered"), "info"), "unanswered": (_("Not answered"), "plain"), "refused": (_("Refused by the gate"), "bad")}  # fmt: skip
    return Chart(
        name="hours",
        title=_("At what hour do people answer?"),
        kind="stacked",
        data={
            "labels": labels,
            "series": [
                {
                    "name": name,
                    "values": [by_hour.get(hour, {}).get(part, 0) for hour in HOURS],
                    "tone": colour,
                    "outlined": part == "refused",
                }
                for part, (name, colour) in parts.items()
            ],
            "unit": "count",
            "name_title": _("Hour of the debtor's day"),
        },
        columns=[Column(_("Hour"))] + [Column(name, "count") for name, _tone in parts.values()],
        rows=[
            [f"{hour:02d}:00", *(by_hour[hour][part] for part in parts)] for hour in HOURS if hour in by_hour
        ],
        note=_("Every try by staff, agencies and robots, and every request the gate refused."),
        empty=_("Nobody was contacted in these days."),
    )


def run_steps(run: DayRun) -> Chart:
    """Where does the time of the run go?"""
    steps: list[Any] = list(run.steps.all())
    return Chart(
        name="steps",
        title=_("Where does the time of the run go?"),
        kind="bars",
        data={
            "labels": [words.step(step.step) for step in steps],
            "series": [{"name": _("Seconds"), "values": [round(step.seconds, 2) for step in steps]}],
            "unit": "number",
            "horizontal": True,
            "show": True,
            "value_title": _("Seconds"),
        },
        columns=[
            Column(_("Step")), Column(_("State")), Column(_("Rows in"), "count"), Column(_("Rows out"), "count"),
            Column(_("Seconds"), "number"), Column(_("Peak MB"), "number"), Column(_("Tries"), "number"),
        ],
        rows=[
            [words.step(s.step), words.STEP_STATES.get(s.state, s.state), s.rows_in, s.rows_out, round(s.seconds, 2), round(s.peak_mb), s.attempts]
            for s in steps
        ],
        note=_("Steps of the run of %(day)s, in order.") % {"day": run.as_of},
        empty=_("This run has no steps yet."),
        height="tall" if len(steps) > 8 else "medium",
    )  # fmt: skip
