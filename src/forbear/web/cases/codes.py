"""Result codes: line x party x outcome, which combinations make sense, and what each outcome forces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from forbear.web.law.current import packs_now
from forbear.web.reading import reading_lang


@dataclass(frozen=True, slots=True)
class Line:
    """What the telephone line said (L01..L12)."""

    code: str
    names: Mapping[str, str]
    answered: bool
    needs_outcome: bool
    parties: tuple[str, ...]
    point: str  # the state the contact point takes; empty leaves it
    key: str


@dataclass(frozen=True, slots=True)
class Party:
    """Who spoke (P1..P9)."""

    code: str
    names: Mapping[str, str]
    law: str
    right_party: bool
    effective: bool
    third: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What it came to (B01..B99)."""

    code: str
    names: Mapping[str, str]
    parties: tuple[str, ...]
    needs: tuple[str, ...]
    do: tuple[Mapping[str, Any], ...]
    care: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the debtor is in arrears."""

    code: str
    names: Mapping[str, str]
    key: str


@dataclass(frozen=True, slots=True)
class Codes:
    """The code list in force on a day."""

    lines: Mapping[str, Line]
    parties: Mapping[str, Party]
    outcomes: Mapping[str, Outcome]
    reasons: Mapping[str, Reason]
    reason_required: bool

    def outcomes_of(self, party: str) -> tuple[Outcome, ...]:
        """Return the outcomes one party can give, in list order."""
        return tuple(outcome for outcome in self.outcomes.values() if party in outcome.parties)


class CodeRefused(ValueError):
    """A combination of result codes that cannot happen; `field` names the one to change."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.field = field


def codes(on: date) -> Codes:
    """Return the code list in force on a day; raises NoLawInForce where there is none."""

    def table(name: str) -> Any:
        return packs_now().value(f"house/result_codes/{name}", on)

    return Codes(
        lines={row["code"]: _line(row) for row in table("lines")},
        parties={row["code"]: _party(row) for row in table("parties")},
        outcomes={row["code"]: _outcome(row) for row in table("outcomes")},
        reasons={
            row["code"]: Reason(row["code"], _names(row), row.get("key", "")) for row in table("reasons")
        },
        reason_required=table("reason_required"),
    )


def _names(row: Mapping[str, Any]) -> dict[str, str]:
    return {"zh": row["zh"], "en": row["en"]}


def _line(row: Mapping[str, Any]) -> Line:
    return Line(
        row["code"], _names(row), row["answered"], row.get("needs_outcome", False),
        tuple(row.get("parties", ())), row.get("point", ""), row.get("key", ""),
    )  # fmt: skip


def _party(row: Mapping[str, Any]) -> Party:
    return Party(
        row["code"], _names(row), row["law"], row.get("right_party", False), row.get("effective", False),
        row.get("third", False),
    )  # fmt: skip


def _outcome(row: Mapping[str, Any]) -> Outcome:
    return Outcome(
        row["code"], _names(row), tuple(row["parties"]), tuple(row.get("needs", ())), tuple(row.get("do", ())),
        row.get("care", False), row.get("reason", ""),
    )  # fmt: skip


def name_of(entry: Line | Party | Outcome | Reason | Mapping[str, str]) -> str:
    """Return a name in the language of the reader."""
    names = entry if isinstance(entry, Mapping) else entry.names
    return names[reading_lang()]


def check(found: Codes, *, line: str, party: str, outcome: str) -> tuple[Line, Party | None, Outcome | None]:
    """Return the entries of one combination; raises CodeRefused when it cannot happen."""
    the_line = found.lines.get(line)
    if the_line is None:
        raise CodeRefused(_("Line code %(code)s is unknown.") % {"code": line or "-"}, "line")
    if party and party not in the_line.parties:
        raise CodeRefused(
            _("“%(line)s” leaves nobody of this kind to speak to.") % {"line": name_of(the_line)}, "party"
        )
    if not the_line.needs_outcome:
        if outcome:
            raise CodeRefused(
                _("“%(line)s” has no outcome of a talk.") % {"line": name_of(the_line)}, "outcome"
            )
        return the_line, found.parties.get(party), None
    if not party:
        raise CodeRefused(_("Say who spoke."), "party")
    the_outcome = found.outcomes.get(outcome)
    if the_outcome is None:
        raise CodeRefused(_("Say what the talk came to."), "outcome")
    if party not in the_outcome.parties:
        words = {"outcome": name_of(the_outcome), "party": name_of(found.parties[party])}
        raise CodeRefused(_("“%(outcome)s” cannot come from: %(party)s.") % words, "outcome")
    return the_line, found.parties[party], the_outcome
