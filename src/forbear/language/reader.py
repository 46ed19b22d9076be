"""Reads one text: spelling, concepts, patterns with scope, then what the scene adds; a finding says which words did it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from forbear.language.book import TOPIC, Book, Category, load_book
from forbear.language.lexicon import Spans
from forbear.language.opinion import Opinion, Weights, features
from forbear.language.patterns import Pattern
from forbear.language.text import Text, plain_text

Span = tuple[int, int]
DENIAL_REACH, NEAR_DENIAL_REACH = 8, 2  # Chinese characters from a denial to what it denies
CLAUSE = 0.5  # a clause alone shows little, so less has to speak for its being harmless
WINDOW = 60  # Chinese characters that are judged as a whole
OPINION, LEARNED = "opinion", "learned"  # kinds of what only the learned weights find: weak, strong
REVIEW, CRITICAL = "review", "critical"  # a kind and a severity of a signal
FACTS = frozenset(("case_number", "window_open"))  # flags that hold facts, not impressions
NO_FLAGS: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Scene:
    """What is known about the moment: the kind of text, and flags such as `third` or `unverified`."""

    kind: str = ""
    flags: frozenset[str] = NO_FLAGS


@dataclass(frozen=True, slots=True)
class Finding:
    """One find: the category, where in the original, by which pattern, on which words."""

    category: str
    kind: str
    start: int
    end: int
    pattern: str
    words: tuple[str, ...]
    sure: bool = False  # follows from facts of the scene, so that no second opinion is asked


class Reader:
    """A book of categories made ready to read with."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self._by_head: dict[str, list[tuple[Category, str, Pattern]]] = {}
        for category in book.categories.values():
            for kind, pattern in category.patterns:
                for concept in pattern.sequence[pattern.head]:
                    self._by_head.setdefault(concept, []).append((category, kind, pattern))

    def read(self, original: str, scene: Scene | None = None) -> list[Finding]:
        """Return the findings in a text, the first of each category and kind, in order of place."""
        page = self.page(original, scene)
        found: dict[tuple[str, str], Finding] = {}
        for concept in page.spans:
            for category, kind, pattern in self._by_head.get(concept, ()):
                key = (category.name, kind)
                if key not in found and (words := page.match(pattern)):
                    found[key] = _finding(category, kind, pattern, words, page.text)
        kept = self._second_opinion(page, list(found.values()))
        return sorted(kept, key=lambda one: (one.start, one.category))

    def page(self, original: str, scene: Scene | None = None) -> Page:
        """Return a text brought to one spelling, with its concepts found."""
        text = plain_text(original, self.book.spelling)
        return Page(
            text, self.book.lexicon.scan(text.plain), self._flags(text, scene or Scene()), self.book.scopes
        )

    def _second_opinion(self, page: Page, found: list[Finding]) -> list[Finding]:
        """Drop what the learned weights find harmless, add what they find though no pattern says so."""
        weights = self.book.weights
        if weights is None or not page.text.plain:
            return found
        opinions = [(window, weights.opinion(page.features(window))) for window in page.windows()]
        weighed = (one if one.sure else self._weighed(weights, page, one, opinions) for one in found)
        kept = list({(one.category, one.kind): one for one in weighed if one is not None}.values())
        seen = {one.category for one in kept}
        for window, opinion in opinions:
            added = [n for n in weights.named(opinion, page.flags) if n not in seen]
            kept += [self._judged(weights, name, opinion, window, page) for name in added]
            seen.update(added)
        return kept

    def _judged(self, weights: Weights, name: str, opinion: Opinion, window: Span, page: Page) -> Finding:
        """Return a finding of the learned weights; it covers the words that moved them most, else the window."""
        because = weights.because(page.features(window), name)
        places = [place for feature in because for place in page.places(feature, window)]
        first, last = (min(s for s, _ in places), max(e for _, e in places)) if places else window
        start, end = page.text.span(first, last)
        words = tuple(dict.fromkeys(page.text.plain[s:e] for s, e in places))
        kind = self._kind(name, strong=weights.is_strong(opinion, name))
        return Finding(name, kind, start, end, f"{OPINION} {1 - opinion.harmless:.2f}", words)

    def _kind(self, name: str, *, strong: bool) -> str:
        """Return the kind of what only the learned weights say; a grave signal is as grave as a pattern's if strong."""
        if self._can_be_reviewed(name):
            return name if strong else REVIEW
        return LEARNED if strong else OPINION

    def _can_be_reviewed(self, name: str) -> bool:
        category = self.book.categories[name]
        return category.severity == CRITICAL and REVIEW in category.kinds

    def _weighed(
        self, weights: Weights, page: Page, one: Finding, opinions: list[tuple[Span, Opinion]]
    ) -> Finding | None:
        """Return a finding of a pattern unless it is harmless; a grave signal is then only for review, never dropped."""
        if not self._harmless(weights, page, one, opinions):
            return one
        return replace(one, kind=REVIEW) if self._can_be_reviewed(one.category) else None

    def _harmless(
        self, weights: Weights, page: Page, one: Finding, opinions: list[tuple[Span, Opinion]]
    ) -> bool:
        """Say whether neither the text nor the clause around a finding looks improper: courtesy around it is no excuse."""
        limit = weights.limits[one.category].pattern if one.category in weights.limits else 1.0
        if any(o.harmless < limit for w, o in opinions if _meets(w, one, page.text)):
            return False
        clause = weights.opinion(page.features(page.clause_at(one.start)))
        return clause.harmless >= min(limit, CLAUSE)

    def _flags(self, text: Text, scene: Scene) -> frozenset[str]:
        """Return the flags of the scene and those that the stage directions of the text set."""
        flags = set(scene.flags)
        if text.stage:
            flags |= {flag for flag, pattern in self.book.stage.items() if pattern.search(text.stage)}
        return frozenset(flags)


def _finding(category: Category, kind: str, pattern: Pattern, words: list[Span], text: Text) -> Finding:
    start, end = text.span(min(s for s, _ in words), max(e for _, e in words))
    sure = bool(pattern.flags or FACTS & set(pattern.without))
    return Finding(
        category.name, kind, start, end, pattern.written, tuple(text.plain[s:e] for s, e in words), sure
    )


def _meets(window: Span, one: Finding, text: Text) -> bool:
    """Say whether a finding lies at least partly within a window of the plain text."""
    start, end = text.span(*window)
    return one.start < end and one.end > start


class Page:
    """One text with its concepts found: answers whether a pattern holds in it."""

    def __init__(self, text: Text, spans: Spans, flags: frozenset[str], scopes: frozenset[str]) -> None:
        self.text, self.spans, self.flags = text, spans, flags
        longer = [
            span
            for concept, found in spans.items()
            if concept not in scopes and not concept.startswith(TOPIC)
            for span in found
        ]
        self._deny = _outside(spans.get("deny", []), longer)
        self._deny_near = _outside(spans.get("deny_near", []), [*longer, *spans.get("deny", [])])
        self._report = spans.get("report", [])
        self._warn = spans.get("warn", [])
        self._mention = spans.get("mention", [])

    def windows(self) -> list[Span]:
        """Return what is judged at a time: a short text whole, of a longer one each two sentences in a row."""
        size = len(self.text.plain)
        if self.text.units[size] <= WINDOW or not size:
            return [(0, size)]
        starts = [i for i in range(size) if i == 0 or self.text.sentence[i] != self.text.sentence[i - 1]]
        ends = [*starts[1:], size]
        return [(starts[i], ends[min(i + 1, len(ends) - 1)]) for i in range(max(len(starts) - 1, 1))]

    def clause_at(self, place: int) -> Span:
        """Return the clause, in the plain text, that stands at a place of the original."""
        at = next((i for i, p in enumerate(self.text.places[:-1]) if p >= place), 0)
        inside = [i for i, clause in enumerate(self.text.clause) if clause == self.text.clause[at]]
        return inside[0], inside[-1] + 1

    def features(self, window: Span) -> list[str]:
        """Return the features of one window for the second opinion."""
        first, last = window
        concepts = {
            name: all(self._denied(span) for span in inside)
            for name, found in self.spans.items()
            if name not in ("deny_near", "whole")
            and (inside := [span for span in found if first <= span[0] < last])
        }
        return features(self.text.plain[first:last], concepts, self.flags)

    def places(self, feature: str, window: Span) -> list[Span]:
        """Return where in a window of the plain text the words of a feature stand, a concept's all, a piece's first."""
        if feature.startswith("<"):
            name = feature.strip("<>").removeprefix("not ")
            return [span for span in self.spans.get(name, ()) if window[0] <= span[0] < window[1]]
        piece = feature.strip()
        at = self.text.plain.find(piece, *window)
        return [(at, at + len(piece))] if at >= 0 and not feature.startswith("[") else []

    def match(self, pattern: Pattern) -> list[Span] | None:
        """Return the spans of the words that make a pattern hold, or None."""
        if not (self.flags.issuperset(pattern.flags) and self.flags.isdisjoint(pattern.without)):
            return None
        if any(concept in self.spans for concept in pattern.nowhere):
            return None
        if not all(any(c in self.spans for c in group) for group in pattern.anywhere):
            return None
        return next((words for words in self._sequences(pattern) if self._holds(pattern, words)), None)

    def _sequences(self, pattern: Pattern) -> Iterator[list[Span]]:
        """Yield the ways in which the concepts of a pattern follow each other."""
        columns = []
        for group in pattern.sequence:
            found = [span for concept in group for span in self.spans.get(concept, ())]
            if not found:
                return
            columns.append(sorted(found))
        stack: list[list[Span]] = [[span] for span in reversed(columns[0])]
        while stack:
            words = stack.pop()
            if len(words) == len(columns):
                yield words
                continue
            last = words[-1][1]
            reach = self.text.units[last] + pattern.distance
            stack += [
                [*words, span]
                for span in reversed(columns[len(words)])
                if span[0] >= last and self.text.units[span[0]] <= reach
            ]

    def _holds(self, pattern: Pattern, words: list[Span]) -> bool:
        head = words[pattern.head]
        sentence = self.text.sentence[head[0]]
        for group in pattern.near:
            if not any(self._in(sentence, span) for c in group for span in self.spans.get(c, ())):
                return False
        if any(self._in(sentence, span) for c in pattern.absent for span in self.spans.get(c, ())):
            return False
        return pattern.bare or not self._excused(head, words[0], sentence)

    def _excused(self, head: Span, first: Span, sentence: int) -> bool:
        """Say whether the words are denied, reported of somebody else, warned against or only mentioned."""
        if self._denied(head) or (first != head and self._denied(first)):
            return True
        if any(self._in(sentence, span) for span in self._warn):
            return True
        if any(self._in(sentence, span) and span[1] <= head[0] for span in self._report):
            return True
        if not self.text.quoted[head[0]]:
            return False
        return any(
            self._in(sentence, s) for s in (*self._mention, *self._report, *self._deny, *self._deny_near)
        )

    def _denied(self, head: Span) -> bool:
        clause, at = self.text.clause[head[0]], self.text.units[head[0]]
        for reach, found in ((DENIAL_REACH, self._deny), (NEAR_DENIAL_REACH, self._deny_near)):
            for start, end in found:
                if (
                    end <= head[0]
                    and self.text.clause[start] == clause
                    and at - self.text.units[end] <= reach
                ):
                    return True
        return False

    def _in(self, sentence: int, span: Span) -> bool:
        return self.text.sentence[span[0]] == sentence


def _outside(found: list[Span], longer: list[Span]) -> list[Span]:
    """Return the spans that lie within no longer word."""
    return [
        (start, end)
        for start, end in found
        if not any(s <= start and end <= e and e - s > end - start for s, e in longer)
    ]


@lru_cache(maxsize=8)
def shared_reader(speaker: str, folder: Path | None = None) -> Reader:
    """Return the reader of a speaker's words, "collector" or "debtor", built once per process."""
    return Reader(load_book(speaker, folder))
