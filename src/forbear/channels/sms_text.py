"""Text of short messages as octets: the GSM alphabet or UCS-2, cut into parts that a phone joins again.

3GPP TS 23.038 (alphabets) and 23.040 9.2.3.24.1 (concatenation by a user data header with an 8-bit reference).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

GSM_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENDED = {"\f": 0x0A, "^": 0x14, "{": 0x28, "}": 0x29, "\\": 0x2F, "[": 0x3C, "~": 0x3D, "]": 0x3E, "|": 0x40, "€": 0x65}  # fmt: skip
ESCAPE = 0x1B
GSM_CODES = {char: bytes([code]) for code, char in enumerate(GSM_BASIC) if code != ESCAPE}
GSM_CODES |= {char: bytes([ESCAPE, code]) for char, code in GSM_EXTENDED.items()}
EXTENDED_CHARS = {code: char for char, code in GSM_EXTENDED.items()}

DEFAULT, UCS2 = 0, 8  # data_coding of SMPP and Msg_Fmt of CMPP alike
WHOLE_MAX = {DEFAULT: 160, UCS2: 140}  # octets (septets sent as octets) of a message in one part
PART_MAX = {DEFAULT: 153, UCS2: 134}  # beside the six octets of the header
HEADER = bytes([5, 0, 3])  # header length, element "concatenated, 8-bit reference", its length
PARTS_MAX = 255
BYTE = 0xFF


class TextTooLong(ValueError):
    """The text needs more parts than a phone can join."""


@dataclass(frozen=True, slots=True)
class Parts:
    """A text as octets; with more than one part each begins with its header."""

    coding: int
    octets: tuple[bytes, ...]

    @property
    def headed(self) -> bool:
        """Say whether the parts carry the header that joins them."""
        return len(self.octets) > 1


@dataclass(frozen=True, slots=True)
class Place:
    """Where a part belongs: reference of the whole, number of parts, this part counted from one."""

    reference: int
    parts: int
    part: int


def cut(text: str, reference: int) -> Parts:
    """Return a text as the parts to send; raises TextTooLong."""
    coding = DEFAULT if all(char in GSM_CODES for char in text) else UCS2
    chars = [GSM_CODES[c] if coding == DEFAULT else c.encode("utf-16-be", "replace") for c in text]
    if sum(map(len, chars)) <= WHOLE_MAX[coding]:
        return Parts(coding, (b"".join(chars),))
    pieces = list(filled(chars, PART_MAX[coding]))
    if len(pieces) > PARTS_MAX:
        raise TextTooLong(
            f"{len(text)} characters need {len(pieces)} parts; at most {PARTS_MAX} can be joined"
        )
    return Parts(
        coding,
        tuple(
            HEADER + bytes([reference & BYTE, len(pieces), part]) + piece
            for part, piece in enumerate(pieces, start=1)
        ),
    )


def filled(chars: list[bytes], most: int) -> Iterator[bytes]:
    """Yield runs of whole characters, none longer than `most` octets: neither an escape nor a pair is torn."""
    run = b""
    for char in chars:
        if len(run) + len(char) > most:
            yield run
            run = b""
        run += char
    yield run


def part_of(octets: bytes) -> tuple[Place | None, bytes]:
    """Split user data that begins with a header into its place and its text; no place for any other header."""
    length = octets[0] if octets else 0
    header, text = octets[1 : 1 + length], octets[1 + length :]
    if header[:2] == HEADER[1:] and len(header) >= len(HEADER) + 2 and header[3] and header[4]:
        return Place(header[2], header[3], header[4]), text
    return None, text


def read(octets: bytes, coding: int) -> str:
    """Return octets as text; what cannot be read becomes the replacement character, never an error."""
    if coding == UCS2:
        return octets.decode("utf-16-be", errors="replace")
    if coding == DEFAULT:
        return read_gsm(octets)
    return octets.decode("gb18030" if coding == 15 else "latin-1", errors="replace")  # 15: GB, as CMPP has it


def read_gsm(octets: bytes) -> str:
    """Return septets, one an octet, as text."""
    chars, escaped = [], False
    for code in octets:
        if escaped:
            chars.append(EXTENDED_CHARS.get(code, " "))
            escaped = False
        elif code == ESCAPE:
            escaped = True
        else:
            chars.append(GSM_BASIC[code] if code < len(GSM_BASIC) else "�")
    return "".join(chars)
