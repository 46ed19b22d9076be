"""One text with its concepts found: what holds in it, what is denied, and which features a part of it shows."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterator

from forbear.language.book import TOPIC
from forbear.language.lexicon import Spans
from forbear.language.opinion import features, is_piece
from forbear.language.patterns import Pattern
from forbear.language.text import Text

Span = tuple[int, int]
DENIAL_REACH, NEAR_DENIAL_REACH = 8, 2  # Chinese characters from a denial to what it denies
WINDOW = 60  # Chinese characters that are judged as a whole
BEFORE = 6  # characters before a finding that tell what it is said of


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

    def around(self, start: int, end: int) -> Span:
        """Return what stands at a place of the original and a few characters before it, in the plain text."""
        first, last = (bisect_left(self.text.places, place) for place in (start, end))
        return max(first - BEFORE, 0), last

    def said(self, window: Span) -> str:
        """Return one window in one spelling, after the stage direction that it was said under."""
        stage = f"({self.text.stage})" if self.text.stage else ""
        return stage + self.text.plain[slice(*window)]

    def features(self, window: Span, hits: Collection[str] = ()) -> list[str]:
        """Return the features of one window for the second opinion."""
        first, last = window
        concepts = {
            name: all(self._denied(span) for span in inside)
            for name, found in self.spans.items()
            if name not in ("deny_near", "whole")
            and (inside := [span for span in found if first <= span[0] < last])
        }
        return features(self.text.plain[first:last], concepts, hits, self.flags)

    def places(self, feature: str, window: Span) -> list[Span]:
        """Return where in a window of the plain text the words of a feature stand, a concept's all, a piece's first."""
        if is_piece(feature):
            piece = feature.strip()
            at = self.text.plain.find(piece, *window)
            return [(at, at + len(piece))] if piece and at >= 0 else []
        if feature.startswith("<"):
            name = feature.strip("<>").removeprefix("not ")
            return [span for span in self.spans.get(name, ()) if window[0] <= span[0] < window[1]]
        return []

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
