"""Who reads a parameter that no rule names: questions, other parameters and programs, as `readers.yaml` records them.

tools/parameter_readers.py writes the record from the worked cases and the source; a test holds it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml
from django.utils.translation import pgettext_lazy

PROGRAMS: Mapping[str, object] = {
    "agreements": pgettext_lazy("program", "Agreements"), "cases": pgettext_lazy("program", "Case work"),
    "codes": pgettext_lazy("program", "One-time codes"), "complaints": pgettext_lazy("program", "Complaints"),
    "contact": pgettext_lazy("program", "Contact gate"), "credit": pgettext_lazy("program", "Credit reporting"),
    "debtor": pgettext_lazy("program", "Pages of the debtor"), "desk": pgettext_lazy("program", "Collector's desk"),
    "documents": pgettext_lazy("program", "Documents"), "genuine": pgettext_lazy("program", "Proof that it is the bank"),
    "disposal": pgettext_lazy("program", "Write-off and transfer"), "letters": pgettext_lazy("program", "Letters"),
    "ledger": pgettext_lazy("program", "Ledger"), "litigation": pgettext_lazy("program", "Litigation"),
    "nightly": pgettext_lazy("program", "Night run"), "outbox": pgettext_lazy("program", "Outbox"),
    "payments": pgettext_lazy("program", "Payments"), "reach": pgettext_lazy("program", "Reach"),
    "reception": pgettext_lazy("program", "Reception"), "recordings": pgettext_lazy("program", "Recordings"),
    "replies": pgettext_lazy("program", "Replies"), "runs": pgettext_lazy("program", "Day plans"),
    "telephony": pgettext_lazy("program", "Telephone"), "visits": pgettext_lazy("program", "Visits"),
    "wording": pgettext_lazy("program", "Wording"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Readers:
    """The names of what reads a parameter."""

    question: tuple[str, ...] = ()
    parameter: tuple[str, ...] = ()
    program: tuple[str, ...] = ()

    def programs(self) -> list[str]:
        """Return the programs in the reader's words."""
        return [str(PROGRAMS[each]) for each in self.program]


@lru_cache(maxsize=1)
def record() -> Mapping[str, Readers]:
    """Return the record of the shipped packs by name of the parameter."""
    written = yaml.safe_load(Path(__file__).with_name("readers.yaml").read_text(encoding="utf-8"))
    return {name: of_line(who) for name, who in written.items()}


def of_line(who: list[str]) -> Readers:
    """Return the readers of one parameter from words such as "question/deadline"."""
    pairs = [each.split("/", 1) for each in who]
    kinds = ("question", "parameter", "program")
    return Readers(*(tuple(name for kind, name in pairs if kind == wanted) for wanted in kinds))


def readers_of(name: str) -> Readers:
    """Return who reads a parameter; nobody where the record does not know it, as of one just published."""
    return record().get(name, Readers())
