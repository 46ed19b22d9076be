"""Clean text as people and spreadsheets leave it: full-width forms, odd spaces, invisible characters."""

from __future__ import annotations

import re
from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

_INVISIBLE = [
    *range(0x09), *range(0x0E, 0x20), 0x7F, 0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F),
    *range(0x2060, 0x2065), *range(0x2066, 0x206A), 0xFEFF,
]  # fmt: skip
_SPACES = [0xA0, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000]
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_TABLE = _FULL_WIDTH | dict.fromkeys(_SPACES, 0x20) | dict.fromkeys(_INVISIBLE)
_FREE_TABLE = dict.fromkeys(_SPACES, 0x20) | dict.fromkeys(_INVISIBLE)
_NAME_TABLE = dict.fromkeys(map(ord, "•‧∙・･．"), "·")  # middle dots in names such as 阿依古丽·买买提

# RE2: characters that `clean` changes, besides plain white space at the edges.
ODD = r"[\x00-\x08\x0E-\x1F\x7F\x{A0}\x{AD}\x{2000}-\x{200F}\x{2028}-\x{202F}\x{205F}-\x{2064}\x{2066}-\x{2069}\x{3000}\x{FEFF}\x{FF01}-\x{FF5E}]"
UNTRIMMED = r"^[ \t\r\n\v\f]|[ \t\r\n\v\f]$"
LOST = r"[\x{FFFD}\x{E000}-\x{F8FF}\x{F0000}-\x{FFFFD}]|锟斤拷"
FORMULA = r"^[=+\-@\t\r]"
SCIENTIFIC = r"^[+-]?[0-9](\.[0-9]+)?[eE]\+?[0-9]+$"

_EXCEL_TEXT = re.compile(r'^="(.*)"$', re.DOTALL)  # ="0012", the way to keep zeros in a spreadsheet's CSV
_BRACKETS = re.compile(r"[(（\[【].*?[)）\]】]")


def clean(text: str) -> str:
    """Normalise full-width ASCII, odd spaces and invisible characters; trim; unwrap ="..." and a leading '."""
    text = text.translate(_TABLE).strip()
    wrapped = _EXCEL_TEXT.match(text)
    if wrapped:
        text = wrapped.group(1).strip()
    return text[1:] if text[:1] == "'" else text


def clean_free(text: str) -> str:
    """Clean free text: odd spaces and invisible characters go, Chinese full-width punctuation stays."""
    return text.translate(_FREE_TABLE).strip()


def clean_name(text: str) -> str:
    """Clean a person's name: one space between parts, one kind of middle dot."""
    return re.sub(r"\s+", " ", clean(text)).translate(_NAME_TABLE)


def clean_column(column: pa.Array, *, how: Callable[[str], str]) -> tuple[pa.Array, pa.Array]:
    """Clean every cell that needs it; return the cells (empty becomes null) and where odd characters were found."""
    odd = pc.fill_null(pc.match_substring_regex(column, ODD), False)
    touch = pc.or_(odd, pc.fill_null(pc.match_substring_regex(column, _TOUCH[how]), False))
    if pc.any(touch).as_py():
        changed = pc.filter(column, touch)
        column = pc.replace_with_mask(column, touch, map_distinct(changed, how))
    return pc.if_else(pc.equal(column, ""), None, column), odd


_TOUCH: dict[Callable[[str], str], str] = {
    clean: UNTRIMMED + "|^[='\"]",
    clean_free: UNTRIMMED,
    clean_name: "[•‧∙・･．]|\\s|^[='\"]",
}


def map_distinct(column: pa.Array, change: Callable[[str], str]) -> pa.Array:
    """Apply a Python function once per distinct value of a string column."""
    coded = column.dictionary_encode()
    values = [change(value) for value in coded.dictionary.to_pylist()]
    return pa.array(values, pa.string()).take(coded.indices)


def normalise_heading(text: str) -> str:
    """Bring a heading to the form in which two are compared: no space, no brackets, lower case."""
    text = re.sub(r"\s+", "", clean(text)).strip("*＊:：")
    without = _BRACKETS.sub("", text)
    return (without or text).casefold()


def heading_unit(text: str) -> str | None:
    """Return the unit a heading names in brackets: yuan, fen or None."""
    for bracket in _BRACKETS.findall(clean(text)):
        inner = bracket[1:-1].strip().casefold()
        if inner in ("元", "人民币元", "单位:元", "yuan", "cny"):
            return "yuan"
        if inner in ("分", "人民币分", "单位:分", "fen", "cent", "cents"):
            return "fen"
    return None


def normalise_code(text: str) -> str:
    """Bring a code value to the form in which two are compared."""
    return re.sub(r"\s+", "", clean(text)).casefold()


def escape_for_export(value: str) -> str:
    """Make a text harmless in a spreadsheet: a leading = + - @ TAB CR would be run as a formula.

    Plain signed numbers stay as they are. Source: OWASP, CSV injection.
    """
    if value[:1] in ("=", "+", "-", "@", "\t", "\r") and not re.fullmatch(r"[+-]?\d[\d,]*(\.\d+)?%?", value):
        return "'" + value
    return value
