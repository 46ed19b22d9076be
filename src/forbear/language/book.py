"""The words and patterns of one speaker, read from policy/house/language/ and checked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forbear.language.lexicon import Lexicon, entries
from forbear.language.meaning import Meaning, load_meaning
from forbear.language.opinion import Limits, Weights, load_weights
from forbear.language.patterns import Pattern, parse
from forbear.language.text import Spelling
from forbear.packs.files import packs_root, read_yaml

FOLDER = ("policy", "house", "language")
KEYS = frozenset(("code", "severity", "rule", "title", "suggestion", "concepts", "patterns", "kinds"))
TOPIC = "of_"  # how names of topics begin
SIGNAL_SEVERITIES = ("critical", "act", "note")
SEVERITIES = ("block", "review", "warn", *SIGNAL_SEVERITIES)


class LanguageError(ValueError):
    """A file of the language data is wrong; says where and what to change."""


@dataclass(frozen=True, slots=True)
class Category:
    """One kind of wording or signal: what finds it, how grave it is, under which rule, what to say instead."""

    name: str
    code: str
    severity: str
    rule: str
    title: Mapping[str, str]
    suggestion: Mapping[str, str]
    patterns: tuple[tuple[str, Pattern], ...]
    kinds: Mapping[str, Mapping[str, Any]]

    def of(self, kind: str, key: str) -> Any:
        """Return severity, rule or suggestion of a kind within the category, or of the category."""
        return self.kinds.get(kind, {}).get(key) or getattr(self, key)


@dataclass(frozen=True, slots=True)
class Book:
    """All categories of one speaker with their words."""

    speaker: str
    categories: Mapping[str, Category]
    lexicon: Lexicon
    spelling: Spelling
    stage: Mapping[str, re.Pattern[str]]
    scopes: frozenset[str]
    weights: Weights | None
    meaning: Meaning | None
    limits: Mapping[str, Limits]


def load_book(speaker: str, folder: Path | None = None) -> Book:
    """Read the data of a speaker; raises LanguageError naming file and entry."""
    root = folder or packs_root().joinpath(*FOLDER)
    common = read_yaml(root / "common.yaml")
    concepts = {name: entries(words) for name, words in common["concepts"].items()}
    concepts.update(_topics(root, speaker))
    categories = {}
    for path in sorted((root / speaker).glob("*.yaml")):
        written = read_yaml(path)
        if unknown := set(written) - KEYS:
            raise LanguageError(
                f"{path}: unknown key {sorted(unknown)[0]!r}; known: {', '.join(sorted(KEYS))}"
            )
        for name, words in (written.get("concepts") or {}).items():
            concepts.setdefault(name, []).extend(entries(words))
        categories[path.stem] = _category(path, written)
    _check(categories, concepts, root)
    scopes = frozenset(common["scopes"])
    stage = {flag: re.compile(pattern) for flag, pattern in common["stage"].items()}
    return Book(
        speaker, categories, Lexicon(concepts), _spelling(read_yaml(root / "spelling.yaml")), stage, scopes,
        load_weights(root / f"{speaker}.weights.npz"), load_meaning(root / f"{speaker}.meaning.npz"),
        _limits(root / f"{speaker}.limits.yaml", categories),
    )  # fmt: skip


def _topics(root: Path, speaker: str) -> dict[str, list[str]]:
    """Return the words by topic, which only the learned weights read; none where the file is absent."""
    path = root / "topics.yaml"
    listed = read_yaml(path)[speaker] if path.exists() else {}
    if wrong := [name for name in listed if not name.startswith(TOPIC)]:
        raise LanguageError(f"{path}: {wrong[0]!r}: the name of a topic begins with {TOPIC!r}")
    return {name: entries(words) for name, words in listed.items()}


def _limits(path: Path, categories: Mapping[str, Category]) -> dict[str, Limits]:
    """Return the limits of each category; none where the file is absent, as for patterns alone."""
    listed = read_yaml(path) if path.exists() else {}
    if listed and (wrong := set(listed) ^ set(categories)):
        raise LanguageError(
            f"{path}: {sorted(wrong)[0]!r} stands on one side only: limits go with categories"
        )
    return {name: Limits(**limits) for name, limits in listed.items()}


def _category(path: Path, written: Mapping[str, Any]) -> Category:
    patterns: list[tuple[str, Pattern]] = []
    for kind, lines in written["patterns"].items():
        for line in lines:
            try:
                patterns.append((kind, parse(line)))
            except ValueError as error:
                raise LanguageError(f"{path}: {kind}: {error}") from error
    if written["severity"] not in SEVERITIES:
        raise LanguageError(f"{path}: severity {written['severity']!r}: one of {', '.join(SEVERITIES)}")
    return Category(
        path.stem, written["code"], written["severity"], written.get("rule", ""), written["title"],
        written["suggestion"], tuple(patterns), written.get("kinds") or {},
    )  # fmt: skip


def _check(categories: Mapping[str, Category], concepts: Mapping[str, Any], root: Path) -> None:
    for category in categories.values():
        for _, pattern in category.patterns:
            if unknown := pattern.concepts - set(concepts):
                raise LanguageError(
                    f"{root}: {category.name}: {pattern.written!r} reads {sorted(unknown)[0]!r}, which is no concept"
                )


def _spelling(written: Mapping[str, Any]) -> Spelling:
    pairs = written["characters"].split()
    sounds = dict(item.split(">") for item in written["sounds"].split())
    return Spelling(
        {ord(pair[0]): pair[1] for pair in pairs},
        sounds,
        re.compile("|".join(sorted(map(re.escape, sounds), key=len, reverse=True))) if sounds else None,
        re.compile(written["fillers"]) if written.get("fillers") else None,
        re.compile(written["directions"]) if written.get("directions") else None,
    )
