"""What a rule says, in the reader's language: whole for a table, cut for the label of a chart, wrapped for its hint."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import date

from django.utils.translation import get_language

from forbear.web.law.current import packs_now
from forbear.web.law.library import rendered

LABEL, LINE = 40, 64  # columns of a label and of a line of a hint; a Chinese character takes two
CUT = "…"


def title(rule_id: str, on: date) -> str:
    """Return what a rule says with the numbers of a day; its id where the packs no longer hold it."""
    rule = packs_now().rules.get(rule_id)
    return (
        rendered(packs_now(), rule, on)["en" if (get_language() or "").startswith("en") else "zh"]
        if rule
        else rule_id
    )


def labels(titles: dict[str, str]) -> list[str]:
    """Return a short label for each id, none twice: two that would be cut alike keep their ids."""
    short = {key: cut(text, LABEL) for key, text in titles.items()}
    many = list(short.values())
    return [f"{text} {key}" if many.count(text) > 1 and text != key else text for key, text in short.items()]


def hint(key: str, text: str) -> str:
    """Return the id and the whole text in lines a hint has room for."""
    return "\n".join([key, *lines(text)]) if text != key else key


def cut(text: str, most: int) -> str:
    """Return a text of at most so many columns, with a mark where it was cut."""
    first, *rest = lines(text, most - 1) or [""]
    return text if width(text) <= most else f"{first.rstrip(' ,;:，；：、')}{CUT}" if rest else first


def lines(text: str, most: int = LINE) -> list[str]:
    """Break a text at spaces, or between Chinese characters, into lines of at most so many columns where that can be."""
    made = [""]
    for piece in pieces(text):
        if made[-1] and width(made[-1] + piece.rstrip()) > most:
            made[-1] = made[-1].rstrip()
            made.append("")
        made[-1] += piece
    return [line for line in made if line]


def pieces(text: str) -> Iterable[str]:
    """Yield what stays together: a word with the space behind it, or one wide character."""
    piece = ""
    for character in text:
        if wide(character) and piece:
            yield piece
            piece = ""
        piece += character
        if wide(character) or character == " ":
            yield piece
            piece = ""
    if piece:
        yield piece


def wide(character: str) -> bool:
    """Return whether a character takes two columns."""
    return unicodedata.east_asian_width(character) in "WF"


def width(text: str) -> int:
    """Return how many columns a text takes."""
    return sum(2 if wide(character) else 1 for character in text)
