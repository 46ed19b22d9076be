"""Writes the place of a norm in a Chinese text in English: 第三十四条第二款 as art. 34 para. 2.

Source of the units: Legislation Law, article 65 (编、章、节、条、款、项、目). Chinese words that are no number of a place
have no English here; such an article is written in both languages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise

DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
TENS = {"十": 10, "百": 100, "千": 1000}
UNITS: Mapping[str, str] = {
    "编": "part", "章": "ch.", "节": "sec.", "条": "art.", "款": "para.", "项": "item", "目": "sub-item",
}  # fmt: skip
MANY: Mapping[str, str] = {
    "编": "parts", "章": "chs.", "节": "secs.", "条": "arts.", "款": "paras.", "项": "items", "目": "sub-items",
}  # fmt: skip
JOINS: Mapping[str, str] = {"至": " to ", "、": ", ", "和": ", ", "及": ", ", "，": ", ", "；": "; "}
NUMBER = "[零〇一二两三四五六七八九十百千]+|[0-9]{1,4}"
PART = re.compile(rf"第({NUMBER})([{''.join(UNITS)}])(?:之({NUMBER}))?")
JOIN = re.compile(f"([{''.join(JOINS)}])")
CHINESE = re.compile("[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")

Place = list[tuple[str, str]]  # units and numbers from the outermost in


def number(written: str) -> int:
    """Return a number under 10,000 written in Chinese or in digits; raises ValueError."""
    if written.isascii():
        return int(written)
    total, digit, place = 0, None, max(TENS.values()) + 1
    for sign in written:
        if sign in TENS:
            if TENS[sign] >= place or (digit is None and sign != "十") or digit == 0:
                raise ValueError(f"no place: {written!r} is no number")
            place = TENS[sign]
            total += place * (1 if digit is None else digit)
            digit = None
        elif DIGITS[sign] == 0 and digit is None:
            continue  # a zero only marks an empty place
        elif digit is None:
            digit = DIGITS[sign]
        else:
            raise ValueError(f"no place: {written!r} is no number")
    return total + (digit or 0)


def english(article: str) -> str:
    """Return a place in English; text without Chinese stays as it is; raises ValueError for other words."""
    if not CHINESE.search(article):
        return article
    pieces = JOIN.split(article)
    places, joins = [_place(piece) for piece in pieces[::2]], [JOINS[sign] for sign in pieces[1::2]]
    units = {place[0][0] for place in places}
    shared = len(places) > 1 and len(units) == 1 and all(len(place) == 1 for place in places)
    said = [place[0][1] if shared else _said(place) for place in places]
    texts = [text for join, one in zip(["", *joins], said, strict=True) for text in (join, one)]
    return f"{MANY[units.pop()]} {''.join(texts)}" if shared else "".join(texts)


def _place(piece: str) -> Place:
    found = list(PART.finditer(piece))
    order = [list(UNITS).index(part[2]) for part in found]
    if not found or "".join(part[0] for part in found) != piece or any(b <= a for a, b in pairwise(order)):
        raise ValueError(f"no place: {piece!r}")
    return [
        (part[2], f"{number(part[1])}-{number(part[3])}" if part[3] else str(number(part[1])))
        for part in found
    ]


def _said(place: Place) -> str:
    return " ".join(f"{UNITS[unit]} {value}" for unit, value in place)
