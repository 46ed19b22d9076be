"""Find out how the bytes of a text file spell characters, whatever was declared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

UTF8_BOM = b"\xef\xbb\xbf"
_HEAD_BYTES = 8192


@dataclass(frozen=True, slots=True)
class Decoded:
    """UTF-8 bytes of the text, the encoding found, and the physical lines (from 1) that did not decode."""

    content: bytes
    encoding: str
    bad_lines: dict[int, bytes]


def decode(raw: bytes, *, knows: Callable[[str], int]) -> Decoded:
    """Bring bytes to UTF-8. `knows` counts the known headings in a text and settles what both could be.

    UTF-8 is tried first: GB18030 text is almost never valid UTF-8, the reverse often is. Where neither decodes the
    whole, the encoding with fewer bad lines wins and those lines are given back by number.
    """
    if raw.startswith(UTF8_BOM):
        raw = raw[len(UTF8_BOM) :]
    elif raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _by_lines(raw.decode("utf-16", "replace").encode(), "utf-16", "utf-8")
    if raw.isascii():
        return Decoded(raw, "ascii", {})
    candidates = [_whole(raw, encoding) for encoding in ("utf-8", "gb18030")]
    whole = [one for one in candidates if one is not None]
    if len(whole) == 2:
        scores = [knows(one.content[:_HEAD_BYTES].decode("utf-8", "ignore")) for one in whole]
        return whole[1] if scores[1] > scores[0] else whole[0]
    if whole and (whole[0].encoding == "utf-8" or not _looks_utf8(raw)):
        return whole[0]
    by_lines = [_by_lines(raw, encoding, encoding) for encoding in ("utf-8", "gb18030")]
    return min(by_lines, key=lambda one: len(one.bad_lines))


def _whole(raw: bytes, encoding: str) -> Decoded | None:
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        return None
    return Decoded(raw if encoding == "utf-8" else text.encode(), encoding, {})


def _looks_utf8(raw: bytes) -> bool:
    """Say whether most non-ASCII lines are valid UTF-8, which GB18030 text is not by chance."""
    lines = [
        line for line in raw[: 64 * _HEAD_BYTES].replace(b"\r", b"\n").split(b"\n") if not line.isascii()
    ]
    good = sum(_decodes(line, "utf-8") for line in lines)
    return good * 2 > len(lines)


def _decodes(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _by_lines(raw: bytes, name: str, encoding: str) -> Decoded:
    """Decode line by line; bad lines are emptied and kept by number. Needs LF as only line end to count right."""
    raw = unify_line_ends(raw)
    bad: dict[int, bytes] = {}
    lines = raw.split(b"\n")
    for position, line in enumerate(lines):
        try:
            lines[position] = line.decode(encoding).encode()
        except UnicodeDecodeError:
            bad[position + 1] = line
            lines[position] = b""
    return Decoded(b"\n".join(lines), name, bad)


def unify_line_ends(raw: bytes) -> bytes:
    """Turn CRLF and lone CR (old Mac) into LF."""
    if b"\r" not in raw:
        return raw
    return raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
