"""The answer of message_lint: every hit with its place, gravity, rule and what to say instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from forbear.language import Book, Finding, shared_reader
from forbear.language.book import FOLDER
from forbear.packs import NoLawInForce, Packs
from forbear.questions.columns import Columns, facts_of
from forbear.questions.envelope import envelope
from forbear.questions.message_lint.facts import MessageLintFacts
from forbear.questions.message_lint.scene import QUIET_FROM, scene_of, wrong_facts
from forbear.questions.periods import newest

HOUSE, HOUSE_RULE = "house", "HOUSE-LANGUAGE"
BLOCKED, REVIEW, CLEAN = "blocked", "review", "clean"
OPINION = "opinion"  # of the learned weights alone: a person decides


@dataclass(frozen=True)
class MessageLintAnswer:
    """Findings by row, shape (n,); `verdicts` is blocked, review or clean."""

    n: int
    texts: Sequence[str]
    found: Sequence[Sequence[Finding]]
    days: Sequence[date]
    book: Book
    packs: Packs

    def verdict(self, i: int) -> str:
        """Return what follows for one row: blocked, review (a person decides) or clean."""
        grave = {self.severity(one) for one in self.found[i]}
        return BLOCKED if "block" in grave else REVIEW if grave else CLEAN

    def severity(self, one: Finding) -> str:
        """Return how grave a finding is; what only the learned weights say is for a person to review."""
        return (
            "review"
            if one.kind == OPINION
            else str(self.book.categories[one.category].of(one.kind, "severity"))
        )

    def rendered(self, i: int, lang: str) -> dict[str, Any]:
        """Return the public JSON object of one row."""
        on, reasons = self.days[i], {}
        for one in self.found[i]:
            reason = self._reason(one, on, lang)
            reasons[reason["rule"]] = reason
        verdict = self.verdict(i)
        hits = [self._hit(i, one, on, lang) for one in self.found[i]]
        return envelope(verdict, {"hits": hits}, list(reasons.values()), on=on, packs=self.packs, needs=())

    def _hit(self, i: int, one: Finding, on: date, lang: str) -> dict[str, Any]:
        category = self.book.categories[one.category]
        return {
            "category": one.category,
            "code": category.code,
            "title": category.title[lang],
            "kind": one.kind,
            "start": one.start,
            "end": one.end,
            "text": self.texts[i][one.start : one.end],
            "severity": self.severity(one),
            "rule": self._reason(one, on, lang)["rule"],
            "suggestion": category.of(one.kind, "suggestion")[lang],
            "because": {"pattern": one.pattern, "words": list(one.words)},
        }

    def _reason(self, one: Finding, on: date, lang: str) -> dict[str, Any]:
        rule = self.book.categories[one.category].of(one.kind, "rule")
        try:
            return self.packs.reason(rule, on=on, effect="refuse", lang=lang)
        except (
            NoLawInForce,
            KeyError,
        ):  # older than the rule, or its text needs figures that a wording has not
            return self.packs.reason(HOUSE_RULE, on=on, lang=lang)


def answer(columns: Columns, *, packs: Packs, n: int) -> MessageLintAnswer:
    """Read n texts, each in its own context."""
    folder = Path(packs.instruments[HOUSE].path).parents[2].joinpath(*FOLDER)
    reader = shared_reader("collector", folder)
    texts, found, days = [], [], []
    for text, kind, context in zip(columns["text"], _kinds(columns["kind"]), columns["context"], strict=True):
        facts = MessageLintFacts(text=text, kind=kind, context=context)
        on = context.on or (context.at.date() if context.at else newest(packs, (QUIET_FROM,)))
        read = reader.read(text, scene_of(facts, packs, on))
        texts.append(text)
        days.append(on)
        found.append([*read, *wrong_facts(facts)])
    return MessageLintAnswer(n, texts, found, days, reader.book, packs)


def _kinds(codes: Any) -> list[Any]:
    choices = facts_of(MessageLintFacts)["kind"].choices
    return [choices[code] for code in codes]
