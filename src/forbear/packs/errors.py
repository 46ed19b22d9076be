"""What can be wrong with law or policy as data; each message says what to do.

A message is a template, which is its code, and fields. The command line prints it in English; a screen translates the
template by its own catalogue and fills in the fields (`told`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

ENGLISH = "en"


def gettext_noop(template: str) -> str:
    """Return a template as it is; marks it as one that the catalogues of the screens translate."""
    return template


class Told(Exception):
    """An error whose words can be given in a reader's language."""

    def __init__(self, template: str, **fields: Any) -> None:
        self.template, self.fields = template, fields
        super().__init__(self.told(str, ENGLISH))

    def told(self, translate: Callable[[str], str], lang: str) -> str:
        """Return the message with its template translated; without fields a template is the message itself."""
        said = translate(self.template)
        return (
            said % {name: _told(field, translate, lang) for name, field in self.fields.items()}
            if self.fields
            else said
        )


class NoLawInForce(Told, LookupError):
    """No value or rule was in force on the date asked for.

    Of a column: `rows` marks the rows it concerns, and `of_row` gives of each of those its own error.
    """

    def __init__(
        self,
        template: str,
        rows: Any = None,
        of_row: Callable[[int], NoLawInForce] | None = None,
        **fields: Any,
    ) -> None:
        super().__init__(template, **fields)
        self.rows = rows
        self.of_row = of_row

    @classmethod
    def of_rows(cls, of_row: Callable[[int], NoLawInForce], rows: Any) -> NoLawInForce:
        """Return the error of a column, rows marked by a mask of shape (n,); it says what is missing of the first."""
        first = of_row(int(rows.argmax()))
        return cls(first.template, rows, of_row, **first.fields)


class PackError(Told, ValueError):
    """A pack file is wrong; the message names the file, the entry and the remedy."""


class PolicyLoosensLaw(PackError):
    """A house policy is more permissive than the law it says it tightens; both are shown."""


def _told(field: Any, translate: Callable[[str], str], lang: str) -> Any:
    """Return a field in a language: an error within an error, and a text in several languages, are told too."""
    if isinstance(field, Told):
        return field.told(translate, lang)
    if isinstance(field, Mapping) and lang in field:
        return field[lang]
    return field
