"""What a rule says, in the reader's language: whole for a table, cut for the label of a chart, wrapped for its hint."""

from __future__ import annotations

from datetime import date

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from forbear.web.law.current import packs_now
from forbear.web.law.library import rendered
from forbear.web.reading import reading_lang

LABEL, LINE = 40, 64  # columns of a label and of a line of a hint; a Chinese character takes two
CUT = "…"


def title(rule_id: str, on: date) -> str:
    """Return what a rule says with the numbers of a day; its id where the packs no longer hold it."""
    rule = packs_now().rules.get(rule_id)
    return rendered(packs_now(), rule, on)[reading_lang()] if rule else rule_id


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
    if cell_len(text) <= most:
        return text
    return f"{lines(text, most - cell_len(CUT))[0].rstrip(' ,;:，；：、')}{CUT}"


def lines(text: str, most: int = LINE) -> list[str]:
    """Break a text at spaces, or between Chinese characters, into lines of at most so many columns."""
    return [line.plain.rstrip() for line in Text(text).wrap(Console(), most)]
