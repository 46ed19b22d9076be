"""Reads one text: spelling, concepts, patterns with scope, then what the scene adds; a finding says which words did it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from math import inf
from pathlib import Path

from forbear.language.book import Book, Category, load_book
from forbear.language.meaning import REACH, sense
from forbear.language.opinion import Opinion, Weights, chance
from forbear.language.page import Page, Span
from forbear.language.patterns import Pattern
from forbear.language.text import Text, plain_text

CERTAIN = 3.0  # log-odds: a clause alone shows little, so it has to be far above the limit
# Windows of one text whose meaning is asked, some seconds; of an endless text the words alone judge.
MOST = 200
SHORT = 4  # Chinese characters; of fewer the patterns alone judge
OPINION, LEARNED = "opinion", "learned"  # kinds of what only the learned weights find: weak, strong
REVIEW, CRITICAL = "review", "critical"  # a kind and a severity of a signal
DISCLOSURE, LISTENERS = "disclosure", frozenset(("third", "unverified", "voicemail", "public"))
FORMAL = frozenset(("letter",))  # kinds of text unlike what the weights learned from: alone they only ask
OPENING_BRACKETS = ("(", "（")
FACTS = frozenset(("case_number", "window_open"))  # flags that hold facts, not impressions
NO_FLAGS: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Scene:
    """What is known about the moment: the kind of text, and flags such as `third` or `unverified`."""

    kind: str = ""
    flags: frozenset[str] = NO_FLAGS


CALL = Scene("call", frozenset(["outgoing"]))  # as labelled sentences are read


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
        self._stakes = {
            name: (one.found, one.pattern, one.strong, one.strong + CERTAIN)
            for name, one in book.limits.items()
        }
        self._by_head: dict[str, list[tuple[Category, str, Pattern]]] = {}
        for category in book.categories.values():
            for kind, pattern in category.patterns:
                for concept in pattern.sequence[pattern.head]:
                    self._by_head.setdefault(concept, []).append((category, kind, pattern))

    def read(self, original: str, scene: Scene | None = None) -> list[Finding]:
        """Return the findings in a text, the first of each category and kind, in order of place."""
        page = self.page(original, scene)
        kept = self._second_opinion(page, self._patterns(page))
        if scene is not None and scene.kind in FORMAL:
            kept = [replace(one, kind=OPINION) if one.kind == LEARNED else one for one in kept]
        return sorted(kept, key=lambda one: (one.start, one.category))

    def learned_from(self, original: str, scene: Scene) -> tuple[list[str], str]:
        """Return what the weights learn from of a whole text: its features, and what was said for the meaning."""
        page = self.page(original, scene)
        whole = (0, len(page.text.plain))
        return page.features(whole, {one.category for one in self._patterns(page)}), page.said(whole)

    def _patterns(self, page: Page) -> list[Finding]:
        found: dict[tuple[str, str], Finding] = {}
        for concept in page.spans:
            for category, kind, pattern in self._by_head.get(concept, ()):
                key = (category.name, kind)
                if key not in found and (words := page.match(pattern)):
                    found[key] = _finding(category, kind, pattern, words, page.text)
        return list(found.values())

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
        windows = page.windows()
        opinions = [(w, self._opinion(weights, page, w, found)) for w in windows[:MOST]]
        opinions += [(w, weights.opinion(_seen_in(page, w, found))) for w in windows[MOST:]]
        weighed = (one if one.sure else self._weighed(weights, page, one, opinions) for one in found)
        kept = list({(one.category, one.kind): one for one in weighed if one is not None}.values())
        seen = {one.category for one in kept} | self._unheard(page)
        short = page.text.units[len(page.text.plain)] < SHORT
        for window, opinion in opinions:
            asked = {n: self._asked(n, short=short) for n in opinion.scores if n not in seen}
            added = [n for n, limit in asked.items() if opinion.scores[n] >= limit]
            kept += [self._judged(weights, name, opinion, window, page) for name in added]
            seen.update(added)
        return kept

    def _opinion(self, weights: Weights, page: Page, window: Span, found: list[Finding]) -> Opinion:
        """Return the opinion on the words of a window, moved by what it means where that could change a judgement."""
        opinion = weights.opinion(_seen_in(page, window, found))
        if self.book.meaning is None or not self._is_open(opinion):
            return opinion
        return opinion.nudged(self.book.meaning.nudges(sense(page.said(window))))

    def _is_open(self, opinion: Opinion) -> bool:
        return any(
            abs(limit - score) <= REACH
            for name, score in opinion.scores.items()
            for limit in self._stakes[name]
        )

    def _asked(self, name: str, *, short: bool) -> float:
        """Return the score that the weights alone must reach: a word or two tell them enough only of a cry for help."""
        if not short:
            return self.book.limits[name].found
        return self.book.limits[name].strong if self._can_be_reviewed(name) else inf

    def _unheard(self, page: Page) -> set[str]:
        """Return what the weights alone cannot say of a scene: disclosure where nobody else is known to listen."""
        told = page.text.stage and page.text.original.lstrip().startswith(OPENING_BRACKETS)
        return set() if told or page.flags & LISTENERS else {DISCLOSURE}

    def _judged(self, weights: Weights, name: str, opinion: Opinion, window: Span, page: Page) -> Finding:
        """Return a finding of the learned weights; it covers the words that moved them most, else the window."""
        because = weights.because(opinion, name)
        places = [place for feature in because for place in page.places(feature, window)]
        first, last = (min(s for s, _ in places), max(e for _, e in places)) if places else window
        start, end = page.text.span(first, last)
        words = tuple(dict.fromkeys(page.text.plain[s:e] for s, e in places or [window]))
        score = opinion.scores[name]
        kind = self._kind(name, strong=score >= self.book.limits[name].strong)
        return Finding(name, kind, start, end, f"{OPINION} {chance(score):.2f}", words)

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
        harmless = self._harmless(weights, page, one, opinions)
        if not self._can_be_reviewed(one.category):
            return None if harmless else one
        strong = self.book.limits[one.category].strong
        if any(o.scores[one.category] >= strong for w, o in opinions if _meets(w, one, page.text)):
            return replace(one, kind=one.category)
        return replace(one, kind=REVIEW) if harmless else one

    def _harmless(
        self, weights: Weights, page: Page, one: Finding, opinions: list[tuple[Span, Opinion]]
    ) -> bool:
        """Say whether text, clause and the words themselves all look proper: courtesy around them is no excuse."""
        limits = self.book.limits[one.category]
        if any(o.scores[one.category] >= limits.pattern for w, o in opinions if _meets(w, one, page.text)):
            return False
        closest = [(page.clause_at(one.start), limits.strong + CERTAIN)]
        if len(opinions) > 1:  # in a long text even the clause may be mostly a template's
            closest.append((page.around(one.start, one.end), limits.strong))
        return all(
            self._opinion(weights, page, window, [one]).scores[one.category] < limit
            for window, limit in closest
        )

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


def _seen_in(page: Page, window: Span, found: list[Finding]) -> list[str]:
    """Return the features of a window, with the categories of which patterns hit in it."""
    return page.features(window, {one.category for one in found if _meets(window, one, page.text)})


def _meets(window: Span, one: Finding, text: Text) -> bool:
    """Say whether a finding lies at least partly within a window of the plain text."""
    start, end = text.span(*window)
    return one.start < end and one.end > start


@lru_cache(maxsize=8)
def shared_reader(speaker: str, folder: Path | None = None) -> Reader:
    """Return the reader of a speaker's words, "collector" or "debtor", built once per process."""
    return Reader(load_book(speaker, folder))
