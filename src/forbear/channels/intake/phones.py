"""Read telephone numbers as people write them, several to a cell, into one form per number."""

from __future__ import annotations

import re
from dataclasses import dataclass

from forbear.channels.intake.text import clean

_NONE = {"无", "没有", "同上", "不详", "未知", "暂无", "none", "null", "n/a", "na", "-", "--", "—", "/", "0"}
_SPLIT = re.compile(r"[/;,、；，|\n]|(?:\s+(?=\+?\d{7,}))|和|或")
_EXTENSION = re.compile(r"(?:转分机|转接|转|分机|ext\.?|x|#)\s*(\d{1,6})$", re.IGNORECASE)
_MOBILE = re.compile(r"1[3-9]\d{9}")
_TEST = re.compile(r"100\d{8}")
_LAND_LINE = re.compile(r"(0(?:10|2\d|[3-9]\d{2}))([2-9]\d{6,7})")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(?:\.[^@\s.]+)+")


@dataclass(frozen=True, slots=True)
class Phone:
    """One number in its stored form: mobile 11 digits, land line 0AREA-NUMBER[xEXT], foreign +CC..."""

    kind: str  # mobile, land_line, foreign
    number: str


def read_phone(text: str, *, test: bool) -> tuple[Phone | None, str | None]:
    """Read one number: (phone, None), or (None, why not)."""
    if text.casefold() in _NONE:
        return None, "phone_none"
    if text.startswith("#"):
        return None, "excel_error"
    if re.fullmatch(r"\d(?:\.\d+)?E\+?\d+", text, re.IGNORECASE):
        return None, "key_damaged"
    extension = _EXTENSION.search(text)
    body = text[: extension.start()] if extension else text
    digits = re.sub(r"[\s\-()（）.·—_]", "", body)
    digits = re.sub(r"^(?:\+|00)", "+", digits)
    home = re.sub(r"^(?:\+?86|086)(?=0?[1-9]\d{8,})", "", digits)
    if home.startswith("+"):
        return _read_foreign(home)
    if not home.isdigit():
        return None, "phone_unread"
    return _read_home(home, extension.group(1) if extension else None, test=test)


def _read_foreign(number: str) -> tuple[Phone | None, str | None]:
    digits = number[1:]  # E.164: at most 15 digits
    return (
        (Phone("foreign", number), None)
        if digits.isdigit() and 8 <= len(digits) <= 15
        else (None, "phone_unread")
    )


def _read_home(digits: str, extension: str | None, *, test: bool) -> tuple[Phone | None, str | None]:
    if len(digits) == 12 and digits.startswith("01") and _MOBILE.fullmatch(digits[1:]):
        digits = digits[1:]  # a mobile number with the old trunk 0
    if _MOBILE.fullmatch(digits):
        return Phone("mobile", digits), None
    if _TEST.fullmatch(digits):
        return (Phone("mobile", digits), None) if test else (None, "phone_test")
    line = _LAND_LINE.fullmatch(digits)
    if line:
        number = f"{line.group(1)}-{line.group(2)}"
        return Phone("land_line", f"{number}x{extension}" if extension else number), None
    return None, "phone_bad_prefix" if len(digits) == 11 and digits.startswith("1") else "phone_unread"


def read_phones(text: str, *, test: bool) -> tuple[list[Phone], list[str]]:
    """Read all numbers of one cell; return them without repeats, and the rule ids of the bad parts."""
    text = clean(text)
    whole, problem = read_phone(text, test=test)
    if whole:
        return [whole], []
    parts = [part.strip() for part in _SPLIT.split(text) if part and part.strip()]
    if len(parts) < 2:
        return [], [problem or "phone_unread"]
    found: dict[Phone, None] = {}
    problems: list[str] = []
    for part in parts:
        phone, why = read_phone(part, test=test)
        if phone:
            found[phone] = None
        else:
            problems.append(why or "phone_unread")
    return list(found), problems


def is_email(text: str) -> bool:
    """Say whether a text has the form of an e-mail address."""
    return _EMAIL.fullmatch(text) is not None
