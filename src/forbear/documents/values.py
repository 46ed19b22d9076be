"""Typed values to the strings a document shows: one place where amounts, dates and shares are written.

Everything leaves here as JSON, so no value is ever read as Typst source.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from forbear.documents.model import BadDocument, Template, Variable
from forbear.money import Money

TEXT_MAX = 20_000  # a page of words; a longer value is a mistake of the caller
ROWS_MAX = 5_000  # a day-by-day statement of many years
UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn")  # control, direction, surrogate, private, unassigned


def amount_text(amount: Money) -> str:
    """Write a bare figure with thousands separators: 53,210.47."""
    whole, point, part = str(amount).partition(".")
    return f"{int(whole):,}{point}{part}" if whole != "-0" else f"-0{point}{part}"


def money_text(amount: Money) -> str:
    """Write a figure with its currency: CNY 53,210.47."""
    return f"{amount.currency} {amount_text(amount)}"


def written(template: Template, data: Mapping[str, Any], lang: str, *, sums: bool = True) -> str:
    """Return the JSON a template is printed from; raises BadDocument naming the variable."""
    if lang not in template.languages:
        raise BadDocument(f"{template.name}: no words in {lang!r}; it has {', '.join(template.languages)}")
    if unknown := sorted(set(data) - set(template.variables)):
        raise BadDocument(
            f"{template.name}: {unknown[0]!r} is no variable of it; it takes {', '.join(sorted(template.variables))}"
        )
    values = {
        name: _value(template, name, variable, data.get(name))
        for name, variable in template.variables.items()
    }
    if sums:
        _check_sums(template, data)
    given = {
        "lang": lang,
        "name": template.name,
        "title": template.title[lang],
        "version": template.version,
        "dated": values[template.dated][: len("2026-01-31")],
        "d": values,
    }
    return json.dumps(given, ensure_ascii=False, sort_keys=True)


def _value(template: Template, name: str, variable: Variable, value: Any) -> Any:
    where = f"{template.name}: {name}"
    if value is None or (isinstance(value, str | list | tuple) and not value):
        if variable.optional:
            return [] if variable.type in ("texts", "table") else None
        raise BadDocument(f"{where} is missing or empty; the document needs it")
    if variable.type == "texts":
        return [_scalar(f"{where}, line {i}", "text", line) for i, line in _several(where, value)]
    if variable.type == "table":
        return [_row(f"{where}, row {i}", variable.columns, row) for i, row in _several(where, value)]
    return _scalar(where, variable.type, value)


def _several(where: str, value: Any) -> Iterable[tuple[int, Any]]:
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        raise BadDocument(f"{where}: {type(value).__name__} is no list")
    if len(value) > ROWS_MAX:
        raise BadDocument(f"{where}: {len(value)} rows; at most {ROWS_MAX}")
    return enumerate(value, 1)


def _row(where: str, columns: Mapping[str, str], row: Any) -> dict[str, Any]:
    if not isinstance(row, Mapping) or set(row) != set(columns):
        raise BadDocument(f"{where}: give exactly the columns {', '.join(columns)}")
    return {name: _scalar(f"{where}, {name}", kind, row[name]) for name, kind in columns.items()}


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("text")
    if not value.strip():
        raise ValueError("it is blank")
    if len(value) > TEXT_MAX:
        raise ValueError(f"{len(value)} characters, at most {TEXT_MAX}")
    for sign in value:
        if unicodedata.category(sign) in UNSEEN:
            raise ValueError(
                f"it holds U+{ord(sign):04X}, which nobody can see or which turns the line round"
            )
    return value


def _money(value: Any) -> str:
    if not isinstance(value, Money):
        raise TypeError("Money")
    return money_text(value)


def _amount(value: Any) -> str:
    if not isinstance(value, Money):
        raise TypeError("Money")
    return amount_text(value)


def _date(value: Any) -> str:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise TypeError("a date")
    return value.isoformat()


def _moment(value: Any) -> str:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise TypeError("a datetime with its offset")
    offset = value.isoformat()[-6:]
    return f"{value:%Y-%m-%d %H:%M:%S} {offset}"


def _count(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError("a whole number")
    return f"{value:,}"


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("true or false")
    return value


def _decimal(value: Any) -> Decimal:
    if not isinstance(value, Decimal) or not value.is_finite():
        raise TypeError("a finite Decimal")
    return value * 100


def _share(value: Any) -> str:
    return f"{_decimal(value).quantize(Decimal('0.01')):f}%"


def _rate(value: Any) -> str:
    exact = _decimal(value)
    return f"{exact.normalize():f}%" if exact else "0%"


WRITERS: Mapping[str, Callable[[Any], Any]] = {
    "text": _text, "money": _money, "amount": _amount, "date": _date, "moment": _moment, "count": _count,
    "share": _share, "rate": _rate, "flag": _flag,
}  # fmt: skip


def _scalar(where: str, kind: str, value: Any) -> Any:
    try:
        return WRITERS[kind](value)
    except TypeError as expected:
        raise BadDocument(f"{where}: {type(value).__name__} given, {expected} expected") from None
    except ValueError as wrong:
        raise BadDocument(f"{where}: {wrong}") from None


def _check_sums(template: Template, data: Mapping[str, Any]) -> None:
    for rule in template.sums:
        total = data.get(rule.total)
        parts = [amount for part in rule.parts for amount in _amounts(data, part)]
        if total is None and not parts:
            continue
        if total is None:
            raise BadDocument(
                f"{template.name}: {' + '.join(rule.parts)} is given, but not its sum {rule.total}"
            )
        if any(part.currency != total.currency for part in parts):
            raise BadDocument(f"{template.name}: {rule.total} and its parts are of different currencies")
        found = Money(sum(part.minor for part in parts), total.currency)
        if found != total:
            raise BadDocument(
                f"{template.name}: {rule.total} is {money_text(total)}, but {' + '.join(rule.parts)} is"
                f" {money_text(found)}: a document whose figures do not sum is not made"
            )


def _amounts(data: Mapping[str, Any], part: str) -> list[Money]:
    table, _, column = part.partition(".")
    held = data.get(table)
    if held is None:
        return []
    return [row[column] for row in held] if column else [held]
