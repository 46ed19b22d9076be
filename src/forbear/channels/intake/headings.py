"""Match a file's headings to a layout's fields, and tell layouts apart by them."""

from __future__ import annotations

import re
from collections.abc import Mapping as Dict
from dataclasses import dataclass

from forbear.channels.intake.mapping import Layout
from forbear.channels.intake.model import ColumnUse, Refused
from forbear.channels.intake.text import heading_unit, normalise_heading

_KNOWN_MIN = 2  # a row with fewer known headings is not a heading row


@dataclass(frozen=True, slots=True)
class Matched:
    """Columns by field (positions; several for remarks), and what became of each heading."""

    columns: Dict[str, tuple[int, ...]]
    uses: tuple[ColumnUse, ...]
    labels: Dict[str, str]  # field -> heading as it stands in the file


def heading_row(rows: list[list[str]], known: set[str]) -> int | None:
    """Return the row with most known headings, None when none has enough."""
    best, most = None, _KNOWN_MIN - 1
    for at, row in enumerate(rows):
        count = len({word for word in map(normalise_heading, row) if word in known})
        if count > most:
            best, most = at, count
    return best


def match_headings(headings: tuple[str, ...], layout: Layout, others: list[Layout]) -> Matched:
    """Assign columns to fields; raise Refused for a missing, doubled or foreign set of headings."""
    by_heading = layout.by_heading()
    columns: dict[str, list[int]] = {}
    uses: list[ColumnUse] = []
    for at, heading in enumerate(headings):
        name = by_heading.get(normalise_heading(heading))
        if (
            name is None
            and layout.fields.get("remark")
            and re.fullmatch(r"备注\d*", normalise_heading(heading))
        ):
            name = "remark"
        if name is not None:
            columns.setdefault(name, []).append(at)
            uses.append(ColumnUse(heading, name, "used"))
        elif heading.strip():
            withheld = any(re.search(one, normalise_heading(heading)) for one in layout.withheld)
            uses.append(ColumnUse(heading, None, "withheld" if withheld else "ignored"))
    _check_swapped(headings, layout, others, columns)
    _check_doubled(headings, layout, columns)
    _check_missing(layout, columns)
    _check_units(headings, layout, columns)
    labels = {name: headings[at[0]].strip() for name, at in columns.items()}
    return Matched({name: tuple(at) for name, at in columns.items()}, tuple(uses), labels)


def layout_score(headings: tuple[str, ...], layout: Layout) -> tuple[bool, int]:
    """Say whether all required columns are there, and how many headings are known."""
    by_heading = layout.by_heading()
    found = {by_heading[word] for word in map(normalise_heading, headings) if word in by_heading}
    complete = all(name in found for name, one in layout.fields.items() if one.column_required)
    return complete, len(found)


def _check_swapped(
    headings: tuple[str, ...], layout: Layout, others: list[Layout], columns: Dict[str, list[int]]
) -> None:
    if all(name in columns for name, one in layout.fields.items() if one.column_required):
        return
    fitting = [
        (layout_score(headings, other)[1], other) for other in others
        if other.name != layout.name and layout_score(headings, other)[0]
    ]  # fmt: skip
    if fitting and max(count for count, _ in fitting) > len(columns):
        found = max(fitting, key=lambda pair: pair[0])[1]
        raise Refused("wrong_layout", found=found.title_zh, expected=layout.title_zh, layout=found.name)


def _check_doubled(headings: tuple[str, ...], layout: Layout, columns: Dict[str, list[int]]) -> None:
    for name, at in columns.items():
        if len(at) > 1 and layout.fields[name].type != "remark":
            words = ", ".join(headings[one].strip() for one in at)
            raise Refused("duplicate_heading", headings=words, column=name)


def _check_missing(layout: Layout, columns: Dict[str, list[int]]) -> None:
    for name, one in layout.fields.items():
        if one.column_required and name not in columns:
            raise Refused(
                "missing_column", column=one.headings[0], headings=", ".join(one.headings), field=name
            )


def _check_units(headings: tuple[str, ...], layout: Layout, columns: Dict[str, list[int]]) -> None:
    for name, at in columns.items():
        one = layout.fields[name]
        said = heading_unit(headings[at[0]]) if one.type == "amount" else None
        if said is not None and said != one.unit:
            raise Refused(
                "unit_conflict", heading=headings[at[0]].strip(), heading_unit=said, mapping_unit=one.unit
            )
