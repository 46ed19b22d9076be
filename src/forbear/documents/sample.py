"""Sample values by type, with which every template is printed once when it is read."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from forbear.documents.model import Template, Variable
from forbear.money import Money

SCALAR: dict[str, Any] = {
    "text": "样张 Sample",
    "money": Money(123_456),
    "amount": Money(123_456),
    "date": date(2026, 1, 31),
    "moment": datetime(2026, 1, 31, 9, 30, tzinfo=UTC),
    "count": 12,
    "share": Decimal("0.25"),
    "rate": Decimal("0.0005"),
    "flag": True,
}


def sample(template: Template) -> dict[str, Any]:
    """Return one value for each variable of a template."""
    return {name: _value(variable) for name, variable in template.variables.items()}


def _value(variable: Variable) -> Any:
    if variable.type == "texts":
        return [SCALAR["text"], SCALAR["text"]]
    if variable.type == "table":
        return [{name: SCALAR[kind] for name, kind in variable.columns.items()}] * 2
    return SCALAR[variable.type]
