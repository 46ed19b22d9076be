"""A chart as plain data: the question it answers, what to draw, and the table behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise

Words = str | Promise


MEDIUM_HOLDS, TALL_HOLDS = 8, 14  # bars with a readable label each


def height_for(bars: int) -> str:
    """Return the height at which that many horizontal bars keep a label each."""
    return "medium" if bars <= MEDIUM_HOLDS else "tall" if bars <= TALL_HOLDS else "taller"


def bars_of(
    labels: Sequence[Any],
    name: Words,
    values: Sequence[Any],
    *,
    unit: str = "count",
    hints: Sequence[str] = (),
) -> dict[str, Any]:
    """Return the data of horizontal bars of one series, each with its figure beside it; a hint says more than a label."""
    series = [{"name": name, "values": list(values)}]
    data = {"labels": list(labels), "series": series, "unit": unit, "horizontal": True, "show": True}
    return data | ({"hints": list(hints)} if hints else {})


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the table behind a chart; kind is text, count, money (minor units), percent (0 to 1) or day."""

    label: Words
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class Chart:
    """What `{% chart %}` draws.

    kind is one of bars, stacked, lines, sankey, heatmap, waterfall; data is what static/charts.js reads for it,
    money in minor units and shares from 0 to 1. A chart without rows is drawn as an empty state saying `empty`.
    """

    name: str  # unique on the page
    title: Words  # the question it answers
    kind: str
    data: dict[str, Any]
    columns: Sequence[Column] = ()
    rows: Sequence[Sequence[Any]] = field(default_factory=list)
    note: Words = ""  # what is counted, as of when
    empty: Words = ""
    height: str = "medium"  # small, medium, tall, taller

    def cells(self) -> list[list[tuple[Any, str]]]:
        """Return each row as pairs of value and column kind."""
        return [
            [(value, column.kind) for value, column in zip(row, self.columns, strict=True)]
            for row in self.rows
        ]
