"""The chart of the credit room."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext as _

from forbear.web.credit import policy
from forbear.web.credit.models import CreditRun, Why
from forbear.web.people.charts import Chart, Column

SHOWN = 12  # months


def months(runs: Sequence[CreditRun], on: date) -> Chart:
    """What was told of each month?"""
    rows = [run for run in reversed(runs[:SHOWN]) if run.finished_at]
    series = [
        {"name": _("Paid as agreed"), "values": [_told(run, bad=False, on=on) for run in rows]},
        {"name": _("Bad news"), "values": [_told(run, bad=True, on=on) for run in rows]},
        {"name": _("Withheld: not told before"), "values": [run.counts["withheld"].get(Why.NO_NOTICE, 0) for run in rows]},
        {"name": _("Withheld: other"), "values": [_withheld(run) for run in rows]},
    ]  # fmt: skip
    return Chart(
        name="credit-months", title=_("What was told of each month?"), kind="stacked",
        data={"labels": [f"{run.month:%Y-%m}" for run in rows], "unit": "count", "series": series},
        columns=[Column(_("Month")), *(Column(str(each["name"]), "count") for each in series)],
        rows=[[f"{run.month:%Y-%m}", *(each["values"][i] for each in series)] for i, run in enumerate(rows)],
        note=_("Every account of the book once a month: reported and withheld make all."),
        empty=_("No month was reported yet."), height="small",
    )  # fmt: skip


def _told(run: CreditRun, *, bad: bool, on: date) -> int:
    known = policy.letters(on)
    return sum(count for letter, count in run.counts["reported"].items() if known[letter]["bad"] is bad)


def _withheld(run: CreditRun) -> int:
    return sum(count for why, count in run.counts["withheld"].items() if why != Why.NO_NOTICE)
