"""What stands around the rows: the file's name, and control lines before or after them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import PurePath

from forbear.channels.intake.amounts import read_amount
from forbear.channels.intake.dates import read_date
from forbear.channels.intake.text import clean

_DAY_IN_NAME = re.compile(r"(?<!\d)(\d{4})[-_]?(\d{2})[-_]?(\d{2})(?!\d)")
_SEQUENCE = re.compile(r"(?<!\d)\d{4}[-_]?\d{2}[-_]?\d{2}[-_.](\d{1,5})(?!\d)")
_COUNT_WORDS = re.compile(
    r"(?:总?笔数|记录数|总?条数|行数|共计?|count|rows|records)\s*[:=]?\s*(\d[\d,]*)", re.IGNORECASE
)
_SUM_WORDS = re.compile(
    r"(?:总?金额|合计金额|sum|amount|total)\s*[:=]?\s*([-(]?[￥¥]?\d[\d,]*(?:\.\d+)?[)-]?)", re.IGNORECASE
)
_HEAD_MARKS = {"h", "hd", "hdr", "head", "header", "头", "头记录"}
_END_MARKS = {"t", "tr", "trl", "trailer", "eof", "end", "尾", "尾记录"}


@dataclass(frozen=True, slots=True)
class FileName:
    """What a name such as CC_OVD_20261124_001.csv says."""

    prefix: str
    data_on: date | None
    sequence: int | None


@dataclass(frozen=True, slots=True)
class Control:
    """What a control line declares; None where it is silent."""

    rows: int | None = None
    sum_minor: int | None = None
    data_on: date | None = None


def read_name(received_name: str) -> FileName:
    """Take prefix, business date and sequence from a file name."""
    stem = PurePath(received_name).name.split(".")[0]
    day = _DAY_IN_NAME.search(stem)
    found = read_date("".join(day.groups()))[0] if day else None
    if day is None or found is None:
        return FileName(stem, None, None)
    sequence = _SEQUENCE.search(stem)
    return FileName(stem[: day.start()].rstrip("-_."), found, int(sequence.group(1)) if sequence else None)


def read_control(cells: tuple[str, ...], unit: str, sum_column: int | None) -> Control:
    """Read one control line: T|10000|123456.78, 合计 with the sum under its column, or 总笔数:2 总金额:30.00."""
    filled = [clean(cell) for cell in cells]
    line = " ".join(cell for cell in filled if cell)
    count, amount = _COUNT_WORDS.search(line), _SUM_WORDS.search(line)
    if count or amount:
        return Control(
            _whole(count.group(1)) if count else None, _money(amount.group(1), unit) if amount else None
        )
    values = [cell for cell in filled if cell]
    mark = values[0].casefold() if values else ""
    if mark in _HEAD_MARKS | _END_MARKS:
        return _marked(values[1:], unit)
    if sum_column is not None and sum_column < len(filled) and filled[sum_column]:
        return Control(None, _money(filled[sum_column], unit))
    return Control()


def is_head_mark(cells: tuple[str, ...]) -> bool:
    """Say whether a line before the headings is a control line."""
    return bool(cells) and clean(cells[0]).casefold() in _HEAD_MARKS


def _marked(values: list[str], unit: str) -> Control:
    """Read date, count and sum by position: a date may come first, then the count, then the sum."""
    day = None
    if values and re.fullmatch(r"\d{8}|\d{4}[-/]\d{1,2}[-/]\d{1,2}", values[0]):
        day = read_date(values[0])[0]
        values = values[1:] if day else values
    count = _whole(values[0]) if values else None
    amount = _money(values[1], unit) if len(values) > 1 else None
    return Control(count, amount, day)


def _whole(text: str) -> int | None:
    digits = text.replace(",", "")
    return int(digits) if digits.isdigit() else None


def _money(text: str, unit: str) -> int | None:
    return read_amount(text, unit)[0]


def merge(controls: list[Control]) -> Control:
    """Keep the first value of each kind over several control lines."""
    return Control(
        next((one.rows for one in controls if one.rows is not None), None),
        next((one.sum_minor for one in controls if one.sum_minor is not None), None),
        next((one.data_on for one in controls if one.data_on is not None), None),
    )
