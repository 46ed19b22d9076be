"""The charts of the outbox, each answering a question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from forbear.web.clock import bank_zone
from forbear.web.law import titles
from forbear.web.outbox import words
from forbear.web.outbox.models import MessageState
from forbear.web.people.charts import Chart, Column, bars_of

HOUR = timedelta(hours=1)


def states(rows: Sequence[Mapping[str, Any]]) -> Chart:
    """Where are the messages?"""
    held = {(row["channel"], row["state"]): row["messages"] for row in rows}
    channels = [code for code in words.CHANNELS if any(row["channel"] == code for row in rows)]
    series = [
        {
            "name": str(state.label),
            "values": [held.get((code, state), 0) for code in channels],
            "tone": words.TONES.get(state, "plain"),
            "outlined": state == MessageState.PLANNED,
        }
        for state in MessageState
        if any(row["state"] == state for row in rows)
    ]
    return Chart(
        name="outbox-states",
        title=_("Where are the messages?"),
        kind="stacked",
        data={"labels": [words.channel(code) for code in channels], "series": series, "unit": "count"},
        columns=[Column(_("Channel")), Column(_("State")), Column(_("Messages"), "count")],
        rows=[[words.channel(r["channel"]), MessageState(r["state"]).label, r["messages"]] for r in rows],
        note=_("All messages that were ever planned, by what became of them."),
        empty=_("No message was planned yet."),
    )


def throughput(rows: Sequence[tuple[str, datetime, int]], until: datetime, hours: int) -> Chart:
    """How many messages go out in an hour?"""
    last = until.astimezone(bank_zone()).replace(minute=0, second=0, microsecond=0)
    slots = [last - HOUR * back for back in range(hours - 1, -1, -1)]
    held = {(channel, at.astimezone(bank_zone())): count for channel, at, count in rows}
    channels = [code for code in words.CHANNELS if any(row[0] == code for row in rows)]
    return Chart(
        name="outbox-throughput",
        title=_("How many messages go out in an hour?"),
        kind="stacked",
        data={
            "labels": [f"{slot:%H:00}" for slot in slots],
            "series": [
                {"name": words.channel(code), "values": [held.get((code, slot), 0) for slot in slots]}
                for code in channels
            ],
            "unit": "count",
        },
        columns=[Column(_("Channel")), Column(_("Hour")), Column(_("Messages"), "count")],
        rows=[[words.channel(c), f"{at.astimezone(bank_zone()):%m-%d %H:00}", n] for c, at, n in rows],
        note=_("By the hour in which each was handed over, the bank's own time."),
        empty=_("No message went out in this time."),
    )


def withdrawn(rows: Sequence[Mapping[str, Any]], on: date) -> Chart:
    """Why did messages stay behind? Rules are told by what each says on a day."""
    totals: dict[str, int] = {}
    for row in rows:
        name = row["rule"] or words.reason(row["why"])
        totals[name] = totals.get(name, 0) + row["messages"]
    said = {row["rule"]: titles.title(row["rule"], on) for row in rows if row["rule"]}
    order = sorted(totals, key=lambda name: -totals[name])
    return Chart(
        name="outbox-withdrawn",
        title=_("Why did messages stay behind?"),
        kind="bars",
        data=bars_of(
            titles.labels({name: said.get(name, name) for name in order}), _("Messages"), [totals[name] for name in order],
            hints=[titles.hint(name, said.get(name, name)) for name in order],
        ),
        columns=[
            Column(_("Channel")),
            Column(_("Reason")),
            Column(_("Rule")),
            Column(_("Id")),
            Column(_("Messages"), "count"),
        ],
        rows=[
            [words.channel(r["channel"]), words.reason(r["why"]), said.get(r["rule"], ""), r["rule"], r["messages"]] for r in rows
        ],
        note=_("A message that several rules refuse counts under each."),
        empty=_("Nothing was withdrawn and nothing expired in this time."),
    )  # fmt: skip
