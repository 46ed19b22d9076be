"""Facts as columns: how each declared type becomes an array, and how a caller's arrays are checked.

| declared type           | column                | not given (None)  |
|-------------------------|-----------------------|-------------------|
| Literal[...]            | int8 index of the choice | -1             |
| bool                    | int8 0 or 1           | -1                |
| int (at least 0)        | int64                 | -1                |
| date                    | datetime64[D]         | NaT               |
| Moment (datetime)       | datetime64[us] in UTC | NaT               |
| Amount (money)          | int64 minor units     | -1                |
| anything else           | object                | None              |
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from operator import attrgetter
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
import numpy as np
from numpy.typing import NDArray

from forbear.questions.facts import Amount, BadFact, Facts

Column = NDArray[Any]
Columns = Mapping[str, Column]
UNKNOWN = -1
MICROS = 1_000_000
_MINOR_DIGITS = 2
_MONEY = get_args(Amount)[1]


@dataclass(frozen=True, slots=True)
class Fact:
    """One declared fact: its kind of column, its choices, its bounds and its default."""

    name: str
    kind: str  # choice, flag, count, day, moment, money, other
    choices: tuple[Any, ...]
    low: int | None
    high: int | None
    default: Any  # msgspec.NODEFAULT where the fact is required
    optional: bool  # None is a value of the type, and means "not known"


@cache
def facts_of(schema: type[Facts]) -> Mapping[str, Fact]:
    """Return the declared facts of a schema in order."""
    hints = get_type_hints(schema, include_extras=True)
    return {field.name: _fact(field, hints[field.name]) for field in msgspec.structs.fields(schema)}


def _fact(field: msgspec.structs.FieldInfo, hint: Any) -> Fact:
    low = high = None
    optional = False
    members = [hint]
    money = False
    while members:
        part = members.pop()
        if get_origin(part) is Annotated:
            part, *metas = get_args(part)
            money = (
                money or _MONEY in metas
            )  # nested Annotated is flat: an Amount may carry a description of its own
            low = next((m.ge for m in metas if isinstance(m, msgspec.Meta) and m.ge is not None), low)
            high = next((m.le for m in metas if isinstance(m, msgspec.Meta) and m.le is not None), high)
            members.append(part)
        elif get_origin(part) in (Union, types.UnionType):
            members.extend(get_args(part))
        elif part is types.NoneType:
            optional = True
        else:
            kept = part
    default = field.default
    if default is msgspec.NODEFAULT and field.default_factory is not msgspec.NODEFAULT:
        default = field.default_factory()
    single = _kind(kept, money) if _is_simple(hint) else "other"
    choices = get_args(kept) if single == "choice" else ()
    least, most = (None if bound is None else int(bound) for bound in (low, high))
    return Fact(field.name, single, choices, least, most, default, optional)


def _is_simple(hint: Any) -> bool:
    """Say whether a hint is one type, annotated or not, with or without None."""
    if get_origin(hint) is Annotated:
        return _is_simple(get_args(hint)[0])
    if get_origin(hint) in (Union, types.UnionType):
        parts = [part for part in get_args(hint) if part is not types.NoneType]
        return len(parts) == 1 and _is_simple(parts[0])
    return True


def _kind(kept: Any, money: bool) -> str:
    if get_origin(kept) is Literal:
        return "choice"
    kinds: dict[Any, str] = {bool: "flag", int: "count", date: "day", datetime: "moment"}
    return "money" if money else kinds.get(kept, "other")


def columns_of(rows: Sequence[Facts], schema: type[Facts]) -> dict[str, Column]:
    """Turn checked facts into columns of shape (n,); a fact that all rows leave alike becomes one broadcast value."""
    facts = facts_of(schema)
    names = tuple(facts)
    n = len(rows)
    taken = (
        zip(*map(attrgetter(*names), rows), strict=True)
        if len(names) > 1
        else [[getattr(r, names[0]) for r in rows]]
    )
    return {name: _column(facts[name], values, n) for name, values in zip(names, taken, strict=True)}


def _column(fact: Fact, values: Any, n: int) -> Column:
    first = values[0]
    if (
        n > 1
        and fact.kind != "other"
        and (first is None or first.__class__ in (bool, str))
        and values.count(first) == n
    ):
        return np.broadcast_to(_array(fact, (first,)), n)
    return _array(fact, values)


def _array(fact: Fact, values: Sequence[Any]) -> Column:
    return _ENCODERS[fact.kind](fact, values)


def _choice(fact: Fact, values: Sequence[Any]) -> Column:
    code = {choice: index for index, choice in enumerate(fact.choices)}
    code[None] = UNKNOWN
    return np.fromiter(map(code.__getitem__, values), np.int8, len(values))


def _flag(fact: Fact, values: Sequence[Any]) -> Column:
    return np.fromiter((UNKNOWN if value is None else value for value in values), np.int8, len(values))


def _count(fact: Fact, values: Sequence[Any]) -> Column:
    return np.fromiter((UNKNOWN if value is None else value for value in values), np.int64, len(values))


def _day(fact: Fact, values: Sequence[Any]) -> Column:
    return np.array(values, dtype="datetime64[D]")


def _moment(fact: Fact, values: Sequence[Any]) -> Column:
    seconds = [np.nan if value is None else value.timestamp() for value in values]
    # A double holds microseconds exactly enough until 2100, so rounding restores them.
    micros = np.rint(np.array(seconds) * MICROS)
    return np.where(np.isnan(micros), np.iinfo(np.int64).min, micros).astype(np.int64).view("datetime64[us]")


def _money(fact: Fact, values: Sequence[Any]) -> Column:
    return np.fromiter((UNKNOWN if v is None else minor_units(v) for v in values), np.int64, len(values))


def _other(fact: Fact, values: Sequence[Any]) -> Column:
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


_ENCODERS: Mapping[str, Callable[[Fact, Sequence[Any]], Column]] = {
    "choice": _choice, "flag": _flag, "count": _count, "day": _day, "moment": _moment, "money": _money, "other": _other,
}  # fmt: skip


def minor_units(amount: str) -> int:
    """Return the minor units of an `Amount`: "1050.00" is 105000, "1050" too."""
    whole, _, cents = amount.partition(".")
    return int(whole + cents.ljust(_MINOR_DIGITS, "0"))


def given_columns(columns: Mapping[str, Any], schema: type[Facts], n: int) -> dict[str, Column]:
    """Check a caller's arrays and add the defaults of the facts not given; raises BadFact.

    Choices may come as strings or as int8 codes, flags as bool or int8, moments as datetime64 in UTC. An array of
    shape (n,), (1,) or () is taken; the shorter ones are broadcast.
    """
    facts = facts_of(schema)
    if unknown := sorted(set(columns) - set(facts)):
        raise BadFact(unknown[0], None, f"no such fact; known: {', '.join(facts)}")
    full = {}
    for name, fact in facts.items():
        if name in columns:
            full[name] = _given(fact, np.asarray(columns[name]), n)
        elif fact.default is msgspec.NODEFAULT:
            raise BadFact(name, None, "this fact is required")
        else:
            full[name] = np.broadcast_to(_array(fact, (fact.default,)), n)
    return full


def _given(fact: Fact, column: Column, n: int) -> Column:
    if column.shape not in ((), (1,), (n,)):
        raise BadFact(fact.name, column.shape, f"a column of {n} rows, or one value for all")
    typed = _typed(fact, column)
    if fact.kind in ("count", "choice", "flag") and typed.size:
        high = {"choice": len(fact.choices) - 1, "flag": 1}.get(fact.kind, fact.high)
        low = UNKNOWN if fact.optional else (fact.low if fact.kind == "count" else 0)
        for bound, reached in ((low, typed.min()), (high, typed.max())):
            if bound is not None and (reached < bound if bound is low else reached > bound):
                raise BadFact(fact.name, int(reached), f"between {low} and {high}")
    return np.broadcast_to(typed, n) if typed.shape != (n,) else typed


def _typed(fact: Fact, column: Column) -> Column:
    kind = column.dtype.kind
    if fact.kind == "choice" and kind in "OUT":
        names, codes = np.unique(column, return_inverse=True)
        if unknown := [str(name) for name in names if name not in fact.choices]:
            raise BadFact(fact.name, unknown[0], f"one of {', '.join(map(str, fact.choices))}")
        return np.array([fact.choices.index(name) for name in names], dtype=np.int8)[
            codes.reshape(column.shape)
        ]
    wanted = {"choice": "iu", "flag": "biu", "count": "iu", "money": "iu", "day": "M", "moment": "M"}.get(
        fact.kind
    )
    if wanted is not None and kind not in wanted:
        raise BadFact(
            fact.name, str(column.dtype), f"a column of kind {fact.kind}; see forbear.questions.columns"
        )
    if fact.kind == "day":
        return column.astype("datetime64[D]")
    if fact.kind == "moment":
        if np.isnat(column).any():
            raise BadFact(fact.name, "NaT", "a moment in every row")
        return column.astype("datetime64[us]")
    return column.astype({"choice": np.int8, "flag": np.int8}.get(fact.kind, np.int64)) if wanted else column
