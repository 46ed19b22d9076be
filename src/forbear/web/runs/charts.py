"""The charts of a run, each answering a question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from forbear.web.people.charts import Chart, Column, bars_of, height_for
from forbear.web.runs import words
from forbear.web.runs.models import DayRun, RollRate

TINY = 1e-9
WORKED = ("call", "visit", "legal", "sms", "push", "email", "letter")
SHOWN_MAX = 14


def what_became(rows: Sequence[Mapping[str, Any]], *, beside: int = 0) -> Chart:
    """What became of the overdue accounts? As tall as the chart beside it, which has so many bars."""
    overdue = [row for row in rows if row["outcome"] != "current"]
    by_outcome: dict[str, int] = {}
    for row in overdue:
        by_outcome[row["outcome"]] = by_outcome.get(row["outcome"], 0) + row["accounts"]
    order = sorted(by_outcome, key=lambda name: -by_outcome[name])
    return Chart(
        name="outcomes",
        title=_("What becomes of the overdue accounts today?"),
        kind="bars",
        data=bars_of([words.outcome(name) for name in order], _("Accounts"), [by_outcome[name] for name in order]),
        columns=[Column(_("Outcome")), Column(_("Reason")), Column(_("Accounts"), "count"), Column(_("Past due"), "money"), Column(_("Total owed"), "money")],
        rows=[
            [words.outcome(r["outcome"]), words.reason(r["reason"]), r["accounts"], r["past_due_minor"], r["total_minor"]]
            for r in rows
        ],
        note=_("Each account has exactly one outcome; accounts without arrears are only in the table."),
        empty=_("No account was overdue."),
        height=height_for(max(len(order), beside)),
    )  # fmt: skip


def capacity_used(resources: Sequence[Mapping[str, Any]]) -> Chart:
    """What does the day run out of?"""
    used = [row for row in resources if row["used"] or row["price"] > TINY]
    return Chart(
        name="capacity",
        title=_("What does the day run out of?"),
        kind="bars",
        data={
            "labels": [words.resource(row["resource"]) for row in used],
            "series": [
                {
                    "name": _("Used"),
                    "values": [row["used"] / row["capacity"] if row["capacity"] else 0 for row in used],
                }
            ],
            "unit": "percent",
            "horizontal": True,
            "show": True,
        },
        columns=[
            Column(_("Resource")), Column(_("Used"), "number"), Column(_("Capacity"), "number"), Column(_("Share"), "percent"),
            Column(_("Worth of one more, yuan"), "number"),
        ],
        rows=[
            [words.resource(r["resource"]), r["used"], r["capacity"], r["used"] / r["capacity"] if r["capacity"] else 0, round(r["price"], 2)]
            for r in resources
        ],
        note=_("Share of each capacity that the plan uses."),
        empty=_("This run used no capacity."),
        height=height_for(len(used)),
    )  # fmt: skip


def shadow_prices(resources: Sequence[Mapping[str, Any]]) -> Chart:
    """What would one more of each be worth?"""
    priced = sorted((row for row in resources if row["price"] > TINY), key=lambda row: -row["price"])[
        :SHOWN_MAX
    ]
    return Chart(
        name="prices",
        title=_("What would one more of each be worth?"),
        kind="bars",
        data=bars_of(
            [words.resource(row["resource"]) for row in priced],
            _("Yuan"),
            [round(row["price"], 2) for row in priced],
            unit="number",
        ),
        columns=[Column(_("Resource")), Column(_("Worth of one more, yuan"), "number")],
        rows=[[words.resource(row["resource"]), round(row["price"], 2)] for row in priced],
        note=_(
            "Shadow prices of the plan: expected recovery, in yuan, of one more minute, message, visit or slot."
        ),
        empty=_("Nothing was scarce: more capacity would bring nothing."),
        height=height_for(len(priced)),
    )


def refused_by_rule(by_action: Mapping[str, Mapping[str, int]], *, beside: int = 0) -> Chart:
    """Which rule keeps us from contacting? As tall as the chart beside it, which has so many bars."""
    rules = sorted({rule for counts in by_action.values() for rule in counts})
    most = {rule: max(counts.get(rule, 0) for counts in by_action.values()) for rule in rules}
    order = sorted(rules, key=lambda rule: (-most[rule], rule))
    return Chart(
        name="refused",
        title=_("Which rule keeps us from contacting?"),
        kind="bars",
        data=bars_of(order, _("Cases"), [most[rule] for rule in order]),
        columns=[
            Column(_("Rule")),
            Column(_("Instrument")),
            Column(_("Action")),
            Column(_("Cases"), "count"),
        ],
        rows=[
            [rule, words.rule(rule), words.outcome(action), counts[rule]]
            for rule in order
            for action, counts in by_action.items()
            if rule in counts
        ],
        note=_("Overdue cases that a rule refuses for at least one channel at the planned moment."),
        empty=_("No rule refused a contact."),
        height=height_for(max(len(order), beside)),
    )


def rolled(rates: Sequence[RollRate], run: DayRun) -> Chart:
    """Where did each bucket go since the run before?"""
    origins = sorted({rate.from_bucket for rate in rates})
    targets = sorted({rate.to_bucket for rate in rates})
    found = {(rate.from_bucket, rate.to_bucket): rate for rate in rates}
    whole = {origin: sum(r.accounts for r in rates if r.from_bucket == origin) for origin in origins}
    values = [
        [found[o, t].accounts / whole[o] if (o, t) in found and whole[o] else None for t in targets]
        for o in origins
    ]
    return Chart(
        name="rolled",
        title=_("Where did each bucket go since the run before?"),
        kind="heatmap",
        data={"rows": [words.bucket(o) for o in origins], "columns": [words.bucket(t) for t in targets], "values": values, "unit": "percent"},
        columns=[Column(_("From")), Column(_("To")), Column(_("Accounts"), "count"), Column(_("Balance"), "money"), Column(_("Share"), "percent")],
        rows=[
            [words.bucket(r.from_bucket), words.bucket(r.to_bucket), r.accounts, r.balance_minor, r.accounts / whole[r.from_bucket]]
            for r in sorted(rates, key=lambda r: (r.from_bucket, r.to_bucket))
        ],
        note=_("Share of the opening bucket by count, up to %(day)s.") % {"day": run.as_of},
        empty=_("There was no committed run before this one."),
        height="tall",
    )  # fmt: skip


def step_seconds(steps: Sequence[Any]) -> Chart:
    """Where does the time of the run go?"""
    return Chart(
        name="seconds",
        title=_("Where does the time of the run go?"),
        kind="bars",
        data=bars_of(
            [words.step(step.step) for step in steps],
            _("Seconds"),
            [round(step.seconds, 2) for step in steps],
            unit="number",
        ),
        columns=[Column(_("Step")), Column(_("Seconds"), "number"), Column(_("Peak MB"), "number")],
        rows=[[words.step(step.step), round(step.seconds, 2), round(step.peak_mb)] for step in steps],
        empty=_("This run has no steps yet."),
        height="tall",
    )
