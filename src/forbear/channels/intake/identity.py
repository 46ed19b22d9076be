"""Read identity and card numbers: check digits, 15 digits, what a spreadsheet destroyed."""

from __future__ import annotations

import re
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])  # GB 11643-1999, ISO 7064 MOD 11-2
_CHECK = "10X98765432"
_CHECK_BYTES = np.frombuffer(_CHECK.encode(), np.uint8)
_ID_SHAPE = r"^[0-9]{17}[0-9X]$"
_OTHER_ID = {
    "passport": r"[A-Z0-9]{5,17}",
    "military": r"[一-龥A-Z]{0,4}第?[A-Z0-9]{5,18}号?",
    "hk_macao": r"[HM]\d{8}(?:\d{2})?|\d{18}|8[123]0000\d{11}[0-9X]",
    "taiwan": r"\d{8}(?:\d{2})?|[A-Z]\d{9}|8[123]0000\d{11}[0-9X]",
    "other": r"[^\s]{3,40}",
}
TEST_REGION = "9999"
TEST_CARD = "999999"
CARD_LENGTHS = range(13, 20)  # ISO/IEC 7812-1


def check_digit(first17: str) -> str:
    """Return the 18th character of an identity number."""
    return _CHECK[sum(int(digit) * int(weight) for digit, weight in zip(first17, _WEIGHTS, strict=True)) % 11]


def read_id(
    text: str, id_type: str | None, regions: frozenset[str], *, test: bool
) -> tuple[str | None, str | None]:
    """Read one number, spaces removed: (number, None or a warning), or (None, why not)."""
    if text.startswith("#"):
        return None, "excel_error"
    upper = text.upper()
    warning = "id_lower_x" if text.endswith("x") else None
    if id_type in (None, "id_card") and re.fullmatch(r"\d{15}|\d{17}[\dX]", upper):
        return _read_id_card(upper, warning, regions, test=test)
    if re.fullmatch(r"\d(?:\.\d+)?E\+?\d+", upper):
        return None, "key_damaged"
    if id_type == "id_card":
        return None, "id_unread"
    if id_type is None:
        return (upper, None) if re.fullmatch(r"[A-Z0-9()\-]{5,20}", upper) else (None, "id_unread")
    return (upper, None) if re.fullmatch(_OTHER_ID[id_type], upper) else (None, "id_unread")


def _read_id_card(
    number: str, warning: str | None, regions: frozenset[str], *, test: bool
) -> tuple[str | None, str | None]:
    if len(number) == 15:
        first17 = f"{number[:6]}19{number[6:]}"
        number, warning = first17 + check_digit(first17), "id_15_digits"
    elif check_digit(number[:17]) != number[17]:
        return None, "id_digits_lost" if number.endswith("000") else "id_checksum"
    if not region_known(number, regions, test=test):
        return None, "id_region"
    return (number, warning) if birth_of(number) else (None, "id_checksum")


def region_known(number: str, regions: frozenset[str], *, test: bool) -> bool:
    """Say whether the first digits name a province, or the test region where that is allowed."""
    return number[:2] in regions or (test and number.startswith(TEST_REGION))


def birth_of(number: str) -> date | None:
    """Return the birth date inside an 18-digit identity number, None when there is no such day."""
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def good_ids(column: pa.Array, regions: frozenset[str], *, test: bool) -> np.ndarray:
    """Say at once which cells are 18-digit numbers with right check digit, region and birth date. Shape (n,)."""
    shaped = pc.fill_null(pc.match_substring_regex(column, _ID_SHAPE), False).to_numpy(zero_copy_only=False)
    good = np.zeros(len(column), bool)
    at = np.flatnonzero(shaped)
    if not len(at):
        return good
    chars = fixed_width(column.take(pa.array(at)), 18)
    digits = chars[:, :17].astype(np.int64) - 48
    fits = _CHECK_BYTES[(digits @ _WEIGHTS) % 11] == chars[:, 17]
    prefixes = sorted(regions)
    heads = digits[:, 0] * 10 + digits[:, 1]
    known = np.isin(heads, [int(one) for one in prefixes])
    if test:
        known |= (digits[:, :4] == 9).all(axis=1)
    good[at] = fits & known & _real_days(digits[:, 6:14])
    return good


def _real_days(digits: np.ndarray) -> np.ndarray:
    """Say which rows of 8 digits yyyymmdd are days of the calendar."""
    number = digits @ np.array([10**power for power in range(7, -1, -1)])
    distinct, inverse = np.unique(number, return_inverse=True)
    real = np.array([_real_day(int(one)) for one in distinct], bool)
    return real[inverse]


def _real_day(number: int) -> bool:
    try:
        date(number // 10000, number // 100 % 100, number % 100)
    except ValueError:
        return False
    return number // 10000 >= 1850


def fixed_width(column: pa.Array, width: int) -> np.ndarray:
    """View a null-free ASCII string column of one width as (n, width) bytes."""
    offsets = np.frombuffer(column.buffers()[1], np.int32)[column.offset : column.offset + len(column) + 1]
    data = np.frombuffer(column.buffers()[2], np.uint8)[offsets[0] : offsets[-1]]
    return data.reshape(-1, width)


def luhn_ok(numbers: pa.Array) -> np.ndarray:
    """Say which digit strings have a right Luhn check digit (ISO/IEC 7812-1 annex B). Shape (n,)."""
    lengths = pc.utf8_length(numbers).to_numpy(zero_copy_only=False)
    good = np.zeros(len(numbers), bool)
    for length in np.unique(lengths):
        at = np.flatnonzero(lengths == length)
        digits = fixed_width(numbers.take(pa.array(at)), int(length)).astype(np.int64) - 48
        doubled = digits[:, -2::-2] * 2
        total = digits[:, ::-2].sum(axis=1) + np.where(doubled > 9, doubled - 9, doubled).sum(axis=1)
        good[at] = total % 10 == 0
    return good


def read_cards(column: pa.Array, *, test: bool) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Say which cells are good card numbers; positions by rule id for the others. Nulls are neither."""
    present = column.is_valid().to_numpy(zero_copy_only=False)
    digits = pc.fill_null(pc.match_substring_regex(column, r"^[0-9]{13,19}$"), False).to_numpy(
        zero_copy_only=False
    )
    power = pc.fill_null(pc.match_substring_regex(column, r"^[0-9](\.[0-9]+)?[eE]\+?[0-9]+$"), False)
    damaged = power.to_numpy(zero_copy_only=False)
    at = np.flatnonzero(digits)
    right = np.zeros(len(column), bool)
    if len(at):
        right[at] = luhn_ok(column.take(pa.array(at)))
    is_test = pc.fill_null(pc.starts_with(column, TEST_CARD), False).to_numpy(zero_copy_only=False) & digits
    problems = {
        "key_damaged": np.flatnonzero(damaged),
        "card_unread": np.flatnonzero(present & ~digits & ~damaged),
        "card_checksum": np.flatnonzero(digits & ~right),
    }
    if not test:
        problems["card_test"] = np.flatnonzero(right & is_test)
        right &= ~is_test
    return right, {rule: rows for rule, rows in problems.items() if len(rows)}
