"""One spelling for what was written many ways, with the place of every character in the original."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

BRACKETED = re.compile(r"[(（\[【]([^()（）\[\]【】]{1,60})[)）\]】]")
SENTENCE_END = frozenset("。！？!?；;\n")
CLAUSE_END = frozenset("，,、：:…—()（）[]【】《》")
OPENING, CLOSING = '“"「『‘', '”"」』’'
TRICK = frozenset(
    " \t*·•._-~|/\\^+=#&﹒・‧　'`"
)  # put between two characters so that a filter does not see the word
WORD_UNITS, LONG_WORD = 2, 4  # an English word is about two Chinese characters long


def is_cjk(char: str) -> bool:
    """Say whether a character is a Chinese one."""
    return "㐀" <= char <= "鿿"


@dataclass(frozen=True, slots=True)
class Spelling:
    """How texts are brought to one spelling: characters, sounds-alike words, fillers, words of a stage direction."""

    characters: Mapping[int, str]
    sounds: Mapping[str, str]
    sound: re.Pattern[str] | None
    fillers: re.Pattern[str] | None
    directions: re.Pattern[str] | None


@dataclass(frozen=True, slots=True)
class Text:
    """A text in one spelling: `places[i]` is where character i stood in the original; ends with the length."""

    original: str
    plain: str
    places: tuple[int, ...]
    units: tuple[int, ...]  # length so far, in Chinese characters
    sentence: tuple[int, ...]
    clause: tuple[int, ...]
    quoted: tuple[bool, ...]
    stage: str  # what stood in brackets as a stage direction: to whom, when, with what consent

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the place in the original of a span here."""
        return self.places[start], self.places[end - 1] + 1


def plain_text(original: str, spelling: Spelling) -> Text:
    """Bring a text to one spelling."""
    spoken, stage = _stage(original, spelling)
    chars: list[str] = []
    places: list[int] = []
    for place, char in enumerate(spoken):
        if is_cjk(char):  # stays itself under every folding below
            chars.append(spelling.characters.get(ord(char), char))
            places.append(place)
            continue
        for folded in unicodedata.normalize("NFKC", char).lower():
            if unicodedata.category(folded) in ("Cf", "Mn", "Cc") and folded != "\n":
                continue
            chars.append(spelling.characters.get(ord(folded), folded))
            places.append(place)
    chars, places = _without_tricks(chars, places)
    for pattern, words in ((spelling.fillers, {}), (spelling.sound, spelling.sounds)):
        if pattern is not None:
            chars, places = _replaced(chars, places, pattern, words)
    text = "".join(chars)
    places.append(len(original))
    return Text(original, text, tuple(places), *_structure(text), stage)


def _stage(original: str, spelling: Spelling) -> tuple[str, str]:
    """Blank out the stage directions and return them: bracketed words at the start, or with the words of a direction."""
    if spelling.directions is None or not ("(" in original or "（" in original):
        return original, ""
    kept, notes = list(original), []
    for match in BRACKETED.finditer(original):
        if original[match.start()] not in "（(":
            continue
        if match.start() == 0 or spelling.directions.search(match[1]):
            notes.append(unicodedata.normalize("NFKC", match[1]).lower())
            kept[match.start() : match.end()] = "​" * (match.end() - match.start())
    return "".join(kept), " ".join(notes)


def _without_tricks(chars: list[str], places: list[int]) -> tuple[list[str], list[int]]:
    """Drop blanks and symbols that stand between two Chinese characters; keep one blank between words."""
    kept: list[int] = []
    for i, char in enumerate(chars):
        if char not in TRICK:
            kept.append(i)
            continue
        before = chars[kept[-1]] if kept else ""
        after = next((c for c in chars[i + 1 :] if c not in TRICK), "")
        if before and after and (is_cjk(before) or is_cjk(after)):
            continue
        if char.isspace() and before.isspace():
            continue
        kept.append(i)
    return [chars[i] if not chars[i].isspace() or chars[i] == "\n" else " " for i in kept], [
        places[i] for i in kept
    ]


def _replaced(
    chars: list[str], places: list[int], pattern: re.Pattern[str], words: Mapping[str, str]
) -> tuple[list[str], list[int]]:
    text = "".join(chars)
    out: list[str] = []
    at: list[int] = []
    done = 0
    for match in pattern.finditer(text):
        out += chars[done : match.start()]
        at += places[done : match.start()]
        word = words.get(match[0], "")
        out += word
        last = match.end() - 1
        at += [places[min(match.start() + k, last)] for k in range(len(word))]
        done = match.end()
    return out + chars[done:], at + places[done:]


def _structure(
    text: str,
) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...], tuple[bool, ...]]:
    units, sentences, clauses, quoted = [0], [], [], []
    sentence = clause = 0
    inside = False
    for i, char in enumerate(text):
        previous = text[i - 1] if i else " "
        word_start = char.isalnum() and not is_cjk(char) and not (previous.isalnum() and not is_cjk(previous))
        units.append(units[-1] + (1 if is_cjk(char) else WORD_UNITS if word_start else 0))
        if inside and char in CLOSING:
            inside = False
        elif char in OPENING:
            inside = True
        quoted.append(inside)
        sentences.append(sentence)
        clauses.append(clause)
        stop = char == "." and (i + 1 == len(text) or text[i + 1] == " ")
        if char in SENTENCE_END or stop:
            sentence, clause = sentence + 1, clause + 1
        elif char in CLAUSE_END:
            clause += 1
    return tuple(units), tuple(sentences), tuple(clauses), tuple(quoted)
