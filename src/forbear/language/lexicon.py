"""Concepts as word lists: an automaton that finds every word of every concept in one walk over a text.

The lists of the files are short for many words ("让你{难看|好看}"), up to thousands an entry, so they are never
written out: each entry becomes a small graph, and the states that texts really reach are made when first reached.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import product

from forbear.language.text import is_cjk

Spans = dict[str, list[tuple[int, int]]]
ENDINGS = ("", "s", "es", "d", "ed", "ing", "'s", "n't")
_GROUP = re.compile(r"\{([^{}]*)\}")
_ENTRY = re.compile(r"(?:\{[^{}]*\}|[^\s{}])+")


def entries(written: str) -> list[str]:
    """Split a list into its entries; blanks separate them, except within braces."""
    return _ENTRY.findall(written)


def choices(entry: str) -> list[list[str]]:
    """Return the parts of an entry, each with its choices; `_` stands for a blank."""
    parts = _GROUP.split(entry.replace("_", " ").lower())
    split = [part.split("|") if i % 2 else [part] for i, part in enumerate(parts)]
    return [part for part in split if part != [""]]


def expand(entry: str) -> list[str]:
    """Write out the words of one entry."""
    return ["".join(chosen) for chosen in product(*choices(entry))]


class _State:
    """A set of graph nodes that a text has reached, with what it accepts and where each character leads."""

    __slots__ = ("accepts", "next", "nodes")

    def __init__(self, nodes: tuple[int, ...], accepts: tuple[str, ...]) -> None:
        self.nodes, self.accepts = nodes, accepts
        self.next: dict[str, _State | None] = {}


class Lexicon:
    """All words of all concepts."""

    def __init__(self, concepts: Mapping[str, Iterable[str]]) -> None:
        self._edges: list[dict[str, list[int]]] = [{}]
        self._accepts: dict[int, list[str]] = {}
        self._states: dict[tuple[int, ...], _State] = {}
        for concept, listed in concepts.items():
            for entry in listed:
                self._add(concept, choices(entry))
        self._root = self._state((0,))

    def _add(self, concept: str, parts: list[list[str]]) -> None:
        ends = {0}
        for part in parts:
            reached: set[int] = set()
            for word in part:
                reached |= {self._chain(ends, word)} if word else ends
            ends = reached
        for end in ends - {0}:
            found = self._accepts.setdefault(end, [])
            if concept not in found:
                found.append(concept)

    def _chain(self, starts: set[int], word: str) -> int:
        """Add a path for a word from each start to one new end."""
        froms = starts
        for char in word:
            node = len(self._edges)
            self._edges.append({})
            for start in froms:
                self._edges[start].setdefault(char, []).append(node)
            froms = {node}
        return node

    def _state(self, nodes: tuple[int, ...]) -> _State:
        state = self._states.get(nodes)
        if state is None:
            accepts = dict.fromkeys(concept for node in nodes for concept in self._accepts.get(node, ()))
            state = self._states[nodes] = _State(nodes, tuple(accepts))
        return state

    def _step(self, state: _State, char: str) -> _State | None:
        nodes = {node for at in state.nodes for node in self._edges[at].get(char, ())}
        after = state.next[char] = self._state(tuple(sorted(nodes))) if nodes else None
        return after

    def scan(self, text: str) -> Spans:
        """Return for each concept where its words stand, in order of their start."""
        spans: Spans = {}
        size = len(text)
        for start in range(size):
            if start and _same_word(text[start - 1], text[start]):
                continue
            state = self._root
            for at in range(start, size):
                char = text[at]
                after = state.next[char] if char in state.next else self._step(state, char)
                if after is None:
                    break
                state = after
                if state.accepts and (end := _whole_word(text, at + 1)):
                    for concept in state.accepts:
                        spans.setdefault(concept, []).append((start, end))
        return spans


def _same_word(before: str, char: str) -> bool:
    """Say whether two characters belong to one word of letters."""
    return before.isalpha() and char.isalpha() and not is_cjk(before) and not is_cjk(char)


def _whole_word(text: str, end: int) -> int:
    """Return where the word ends that a match reaches into; 0 where it is a longer, other word."""
    at = end
    while at < len(text) and _same_word(text[at - 1], text[at]):
        at += 1
    return at if text[end:at] in ENDINGS else 0
