"""Variables of templates and their types: what a value must look like before it is put into a text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from forbear.web.law.current import packs_at

# By type: the whole value must match. A type that is not here is a mistake in the policy, not a free text.
TYPES = {
    "text": re.compile(r"[^\n\r{}]{1,60}"),
    "phone": re.compile(r"\+?[0-9](?:[0-9 ()-]{1,18}[0-9])"),
    "digits4": re.compile(r"[0-9]{4}"),
}


@dataclass(frozen=True, slots=True)
class Slot:
    """One variable: its name, type, words by language and an example."""

    name: str
    type: str
    words: dict[str, str]
    example: str

    def fits(self, value: str) -> bool:
        """Return whether a value is of the type."""
        return bool(TYPES[self.type].fullmatch(value.strip()))


def slots(at: datetime) -> dict[str, Slot]:
    """Return the variables by name, as policy lists them; raises KeyError for a type nobody knows."""
    rows = packs_at(at).value("house/messages/variables", at.date())
    found = {
        r["name"]: Slot(r["name"], r["type"], {"zh": r["zh"], "en": r["en"]}, r["example"]) for r in rows
    }
    if unknown := sorted({slot.type for slot in found.values()} - set(TYPES)):
        raise KeyError(f"house/messages/variables: no type {unknown[0]!r}; known: {', '.join(TYPES)}")
    return found
