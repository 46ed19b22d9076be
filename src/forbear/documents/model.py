"""What a template declares and what a finished document is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# What a value may be; `money` shows its currency, `amount` leaves it to the heading of a column.
SCALARS = ("text", "money", "amount", "date", "moment", "count", "share", "rate", "flag")
TYPES = (*SCALARS, "texts", "table")


class BadTemplate(ValueError):
    """A template can't be used; names the file and what to change."""


class BadDocument(ValueError):
    """A document can't be made of this data; names the template, the variable and what was expected."""


@dataclass(frozen=True, slots=True)
class Variable:
    """One value a template takes: its type, and of a table the type of each column."""

    type: str
    optional: bool
    columns: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sum:
    """A figure that must equal the sum of others; a part is a variable or a table's column, `rows.amount`."""

    total: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """A template as data: its words are Typst source, its values typed, its duties declared."""

    name: str
    title: Mapping[str, str]
    version: str
    languages: tuple[str, ...]
    variables: Mapping[str, Variable]
    items: Mapping[str, tuple[str, ...]]  # what law wants said, and the variables that say it
    sums: tuple[Sum, ...]
    dated: str  # the variable whose day dates the document
    source: str
    path: Path
    body: bytes
    sha256: str  # of front, body and the paper beside it


@dataclass(frozen=True, slots=True)
class Document:
    """A finished PDF and what it was made from; `sha256` is that of its bytes."""

    pdf: bytes
    name: str
    lang: str
    title: str
    version: str
    template_sha256: str
    sha256: str
