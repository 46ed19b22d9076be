"""The units a value of law or policy may have, and how each is read from YAML.

Money, rates and ratios are quoted decimals in the file and `Decimal` here, so that no float ever enters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forbear.packs.errors import PackError, gettext_noop

LOCAL_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d):([0-5]\d)|24:00:00")
SECONDS_A_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Ladder:
    """Bands of a day count, lowest first, without gap or overlap; the last one is open."""

    starts: tuple[int, ...]
    names: tuple[str, ...]

    def code(self, days: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
        """Return for each day count the index of its band in `names`; under the first start gives the first."""
        found = np.searchsorted(np.asarray(self.starts), days, side="right") - 1
        return np.maximum(found, 0)

    def name(self, days: int) -> str:
        """Name the band of one day count."""
        return self.names[int(self.code(np.array([days]))[0])]


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise PackError(gettext_noop("write a whole number"))
    return value


def _decimal(value: Any) -> Decimal:
    if not isinstance(value, str):
        raise PackError(
            gettext_noop('write a quoted decimal such as "10.00"; an unquoted one would be read as a float')
        )
    try:
        number = Decimal(value)
    except InvalidOperation as error:
        raise PackError(gettext_noop('write a quoted decimal such as "10.00"')) from error
    if not number.is_finite():
        raise PackError(gettext_noop("write a finite decimal"))
    return number


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise PackError(gettext_noop("write true or false"))
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise PackError(gettext_noop("write a quoted text"))
    return value


def _local_time(value: Any) -> int:
    """Return seconds since local midnight; "24:00:00" is the end of the day."""
    if not isinstance(value, str) or not LOCAL_TIME.fullmatch(value):
        raise PackError(gettext_noop('write a quoted time "HH:MM:SS" between "00:00:00" and "24:00:00"'))
    hours, minutes, seconds = (int(part) for part in value.split(":"))
    return (hours * 60 + minutes) * 60 + seconds


def clock_time(seconds: int) -> str:
    """Write seconds since local midnight as a pack writes them, HH:MM:SS."""
    minutes, left = divmod(int(seconds), 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{left:02d}"


def _ladder(value: Any) -> Ladder:
    if not isinstance(value, list) or not value:
        raise PackError(gettext_noop("write a list of {name, from, to}, lowest first, the last without `to`"))
    expected = None
    for band in value:
        if not isinstance(band, dict) or not {"name", "from"} <= set(band) <= {"name", "from", "to"}:
            raise PackError(gettext_noop("band %(band)s: write {name, from, to}"), band=band)
        if expected is not None and _whole(band["from"]) != expected:
            overlaps = gettext_noop("band %(band)s overlaps the band before it: start it at %(expected)s")
            gap = gettext_noop("band %(band)s leaves a gap before it: start it at %(expected)s")
            template = overlaps if band["from"] < expected else gap
            raise PackError(template, band=band["name"], expected=expected)
        last = band is value[-1]
        if last == ("to" in band):
            raise PackError(
                gettext_noop("band %(band)s: only the last band is open, so only it has no `to`"),
                band=band["name"],
            )
        if not last and _whole(band["to"]) < _whole(band["from"]):
            raise PackError(gettext_noop("band %(band)s ends before it starts"), band=band["name"])
        expected = None if last else band["to"] + 1
    return Ladder(tuple(_whole(band["from"]) for band in value), tuple(_text(band["name"]) for band in value))


def _table(value: Any) -> tuple[Mapping[str, Any], ...]:
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise PackError(gettext_noop("write a list of mappings"))
    _no_float(value)
    return tuple(value)


def _mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise PackError(gettext_noop("write a mapping"))
    _no_float(value)
    return value


def _words(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise PackError(gettext_noop("write a list of texts"))
    return tuple(value)


def _no_float(value: Any) -> None:
    if isinstance(value, float):
        raise PackError(
            gettext_noop('%(value)s is a float: write it as a quoted decimal, "%(value)s"'), value=value
        )
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _no_float(inner)


COUNTS = (
    "days",
    "working_days",
    "months",
    "years",
    "hours",
    "minutes",
    "seconds",
    "calls",
    "attempts",
    "people",
    "count",
)
DECIMALS = ("CNY", "ratio", "per_day", "per_year")
READERS: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys(COUNTS, _whole),
    **dict.fromkeys(DECIMALS, _decimal),
    "boolean": _boolean,
    "text": _text,
    "local_time": _local_time,
    "dpd_ladder": _ladder,
    "table": _table,
    "mapping": _mapping,
    "words": _words,
}
COMPARABLE = frozenset((*COUNTS, *DECIMALS, "local_time", "boolean"))
