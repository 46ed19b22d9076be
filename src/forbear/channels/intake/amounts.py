"""Read amounts in every form into int64 minor units, never through a float."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

MINOR_PER_MAJOR = 100  # ISO 4217: CNY, USD, HKD, EUR, GBP and TWD have two decimals
_LARGEST_MINOR = 10**15
_PLAIN = {"yuan": r"^-?[0-9]{1,13}(\.[0-9]{1,2})?$", "fen": r"^-?[0-9]{1,15}$"}
_NOTHING = {"-", "--", "---", "—", "——", "/", "\\", "无", "空", "null", "none", "n/a", "na", "nil", "nan"}
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_NUMBER = re.compile(r"\d+(?:\.\d*)?|\.\d+")
_POWER = re.compile(r"\d(?:\.\d+)?E[+-]?\d{1,2}", re.IGNORECASE)
_CURRENCY = re.compile(r"^(?:[￥¥$€£]|CNY|RMB|人民币|USD|HKD|NT\$?)\s*|\s*(?:元整?|CNY|RMB)$", re.IGNORECASE)


def read_amount(text: str, unit: str) -> tuple[int | None, str | None]:
    """Read one cleaned cell into minor units: (amount, None or a warning), or (None, why not)."""
    if text.startswith("#"):
        return None, "excel_error"
    if text.casefold() in _NOTHING:
        return None, "amount_blank"
    negative, body = _sign(text.replace("−", "-").replace("–", "-"))
    warning = "amount_scientific" if _POWER.fullmatch(body) else None
    if _GROUPED.fullmatch(body):
        body = body.replace(",", "")
    elif not _NUMBER.fullmatch(body) and warning is None:
        return None, "amount_unread"
    try:
        exact = Decimal(body) * (MINOR_PER_MAJOR if unit == "yuan" else 1)
    except InvalidOperation:
        return None, "amount_unread"
    if exact >= _LARGEST_MINOR:
        return None, "amount_too_large"
    if exact != int(exact):
        return None, "amount_decimals" if unit == "yuan" else "amount_fen_fraction"
    return (-int(exact) if negative else int(exact)), warning


def _sign(text: str) -> tuple[bool, str]:
    """Take the sign off: -1, 1-, (1), -￥1, ￥-1."""
    negative = False
    if text.startswith("(") and text.endswith(")"):
        negative, text = True, text[1:-1].strip()
    for _ in range(2):
        text = _CURRENCY.sub("", text).strip()
        if text.startswith(("-", "+")):
            negative, text = negative or text[0] == "-", text[1:].strip()
        elif text.endswith("-"):
            negative, text = True, text[:-1].strip()
    return negative, text


def read_amounts(column: pa.Array, unit: str) -> tuple[pa.Array, dict[str, np.ndarray]]:
    """Read a cleaned column, (n,) strings to (n,) int64 minor units; positions by rule id for what was doubtful."""
    plain = pc.fill_null(pc.match_substring_regex(column, _PLAIN[unit]), False)
    numbers = pc.if_else(plain, column, None).cast(pa.decimal128(20, 2 if unit == "yuan" else 0))
    values = np.frombuffer(numbers.buffers()[1], np.int64)[2 * numbers.offset :][::2][: len(column)].copy()
    plain_mask = plain.to_numpy(zero_copy_only=False)
    known = plain_mask.copy()
    problems: dict[str, list[int]] = {}
    rest = np.flatnonzero(~plain_mask & column.is_valid().to_numpy(zero_copy_only=False))
    memo: dict[str, tuple[int | None, str | None]] = {}
    for at, text in zip(rest.tolist(), column.take(pa.array(rest)).to_pylist(), strict=True):
        if text not in memo:
            memo[text] = read_amount(text, unit)
        amount, problem = memo[text]
        if problem:
            problems.setdefault(problem, []).append(at)
        if amount is not None:
            values[at], known[at] = amount, True
    return pa.array(values, pa.int64(), mask=~known), {
        rule: np.array(rows, np.int64) for rule, rows in problems.items()
    }


def amount_text(minor: int) -> str:
    """Write minor units with two decimals: -12345 -> -123.45."""
    sign = "-" if minor < 0 else ""
    return f"{sign}{abs(minor) // MINOR_PER_MAJOR}.{abs(minor) % MINOR_PER_MAJOR:02d}"
