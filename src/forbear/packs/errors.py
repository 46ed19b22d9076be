"""What can be wrong with law or policy as data; each message says what to do."""

from __future__ import annotations

from typing import Any


class NoLawInForce(LookupError):
    """No value or rule was in force on the date asked for; `rows` marks the rows of a column it concerns."""

    def __init__(self, message: str, rows: Any = None) -> None:
        super().__init__(message)
        self.rows = rows


class PackError(ValueError):
    """A pack file is wrong; the message names the file, the entry and the remedy."""


class PolicyLoosensLaw(PackError):
    """A house policy is more permissive than the law it says it tightens; both are shown."""
