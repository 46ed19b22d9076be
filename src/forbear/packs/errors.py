"""What can be wrong with law or policy as data; each message says what to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class NoLawInForce(LookupError):
    """No value or rule was in force on the date asked for.

    Of a column: `rows` marks the rows it concerns, and `of_row` tells of each of those what is missing.
    """

    def __init__(self, message: str, rows: Any = None, of_row: Callable[[int], str] | None = None) -> None:
        super().__init__(message)
        self.rows = rows
        self.of_row = of_row


class PackError(ValueError):
    """A pack file is wrong; the message names the file, the entry and the remedy."""


class PolicyLoosensLaw(PackError):
    """A house policy is more permissive than the law it says it tightens; both are shown."""
