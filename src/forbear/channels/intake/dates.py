"""Read dates in every form that banks and spreadsheets write."""

from __future__ import annotations

import re
from datetime import date, timedelta

_EPOCH = date(1899, 12, 30)  # day 0 of the 1900 date system as it counts after its false 29 February 1900
_SERIALS = range(20_000, 80_000)  # 1954 to 2119
_YEARS = range(1900, 2101)
_TIME = r"(?:[ T]\d{1,2}:\d{1,2}(?::\d{1,2}(?:\.\d+)?)?)?(?:Z|[+-]\d\d:?\d\d)?"
_YMD = re.compile(r"(\d{4})([-/.年])(\d{1,2})[-/.月](\d{1,2})日?" + _TIME)
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:\d{6})?" + _TIME)
_DAY_MONTH = re.compile(r"(\d{1,2})[-/.](\d{1,2}|[A-Za-z]{3}|\d{1,2}月)[-/.](\d{2}|\d{4})" + _TIME)
_ZERO = {"0", "00000000", "0000-00-00", "0000/00/00", "00010101", "0001-01-01", "19000101", "1900-01-00"}
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?")


def read_date(text: str) -> tuple[date | None, str | None]:
    """Read one cleaned cell: (date, None), (date, a warning), or (None, why not). Ids are those of rules.yaml."""
    if text.startswith("#"):
        return None, "excel_error"
    if text in _ZERO:
        return None, "date_zero"
    match = _YMD.fullmatch(text) or _COMPACT.fullmatch(text)
    if match:
        groups = [part for part in match.groups() if part is not None and part.isdigit()]
        return _day(*(int(part) for part in groups))
    serial = _SERIAL.fullmatch(text)
    if serial and int(serial.group(1)) in _SERIALS:
        return _EPOCH + timedelta(days=int(serial.group(1))), "date_from_serial"
    if _DAY_MONTH.fullmatch(text) or re.fullmatch(r"\d{6}", text):
        return None, "date_ambiguous"
    return None, "date_unread"


def _day(year: int, month: int, day: int) -> tuple[date | None, str | None]:
    if (year, month, day) == (9999, 12, 31):
        return None, "date_never"
    if year == month == day == 0:
        return None, "date_zero"
    try:
        found = date(year, month, day)
    except ValueError:
        return None, "date_impossible"
    return (found, None) if year in _YEARS else (None, "date_out_of_range")
