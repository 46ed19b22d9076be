"""What do a debtor's words tell, and what must be done at once?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta

from forbear.language import Book, Finding, shared_reader
from forbear.language.book import FOLDER
from forbear.language.reader import OPINION
from forbear.packs import Packs
from forbear.questions.columns import Columns
from forbear.questions.envelope import envelope
from forbear.questions.facts import BadFact, Facts
from forbear.questions.periods import newest
from forbear.questions.registry import Question

HOUSE, ACTIONS = "house", "house/signals/actions"
GRAVITY = ("critical", "act", "review", "note")  # gravest first
LONGEST = 20_000  # characters of a transcript
NONE, REVIEW = "none", "review"
ANY_WEAK = "any"  # the row of the policy for what only the learned weights say, on weak evidence


class DebtorSignalsFacts(Facts, frozen=True):
    """What do these words of a debtor, or of whoever answered, tell?"""

    text: Annotated[
        str, Meta(max_length=LONGEST, description="What was said or written, Chinese or English.")
    ]
    as_of: Annotated[
        date | None, Meta(description="The day, for the policy of actions. Default the newest.")
    ] = None


def check(facts: DebtorSignalsFacts) -> None:
    """Raise BadFact for a text that says nothing."""
    if not facts.text.strip():
        raise BadFact("text", facts.text, "a text that says something")


def forced(rows: Sequence[Mapping[str, Any]], signal: str, kind: str) -> list[Mapping[str, Any]]:
    """Return what the rows of the policy force for a signal; on weak evidence its holds, and a person looks at it."""
    weak = kind == OPINION
    own = [r for r in rows if r["signal"] == signal and r.get("kind", kind) == kind]
    does = [action for row in own for action in row["do"] if not weak or "hold" in action]
    return does + [a for row in rows if weak and row["signal"] == ANY_WEAK for a in row["do"]]


@dataclass(frozen=True)
class DebtorSignalsAnswer:
    """Signals found by row, shape (n,)."""

    n: int
    texts: Sequence[str]
    found: Sequence[Sequence[Finding]]
    days: Sequence[date]
    book: Book
    packs: Packs

    def severity(self, one: Finding) -> str:
        """Return how grave a signal is: critical, act, review or note; weak evidence of the weights alone is for review."""
        if one.kind == OPINION:
            return REVIEW
        return str(self.book.categories[one.category].of(one.kind, "severity"))

    def actions(self, i: int, one: Finding) -> list[Mapping[str, Any]]:
        """Return what policy forces for a signal of one row."""
        return forced(self.packs.value(ACTIONS, self.days[i]), one.category, one.kind)

    def rendered(self, i: int, lang: str) -> dict[str, Any]:
        """Return the public JSON object of one row; the answer is the gravest severity, or none."""
        on = self.days[i]
        grave = {self.severity(one) for one in self.found[i]}
        signals = [
            {
                "signal": one.category,
                "kind": one.kind,
                "title": self.book.categories[one.category].title[lang],
                "start": one.start,
                "end": one.end,
                "text": self.texts[i][one.start : one.end],
                "severity": self.severity(one),
                "suggestion": self.book.categories[one.category].of(one.kind, "suggestion")[lang],
                "actions": [dict(action) for action in self.actions(i, one)],
            }
            for one in self.found[i]
        ]
        return envelope(
            next((g for g in GRAVITY if g in grave), NONE), {"signals": signals}, [], on=on, packs=self.packs, needs=()
        )  # fmt: skip


def answer(columns: Columns, *, packs: Packs, n: int) -> DebtorSignalsAnswer:
    """Read n texts of debtors."""
    folder = Path(packs.instruments[HOUSE].path).parents[2].joinpath(*FOLDER)
    reader = shared_reader("debtor", folder)
    last = newest(packs, (ACTIONS,))
    days = [last if day is None else day for day in columns["as_of"].astype(object)]
    texts = list(columns["text"])
    return DebtorSignalsAnswer(n, texts, [reader.read(text) for text in texts], days, reader.book, packs)


QUESTION = Question(
    "debtor_signals", "What do a debtor's words tell?", DebtorSignalsFacts, answer, check=check
)
