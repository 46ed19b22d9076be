"""Files from outside, judged by what they hold and never by their name; nothing is unpacked without a limit."""

from __future__ import annotations

import hashlib
import re
import struct
import unicodedata
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from forbear.web.complaints import policy

PNG, JPEG, PDF = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"%PDF-"
# Of a PDF: what runs, opens or carries other files. Names may be written with #-escapes, so those are undone first.
ACTIVE = re.compile(rb"/(JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA|OpenAction|AA)\b")
ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
SOF = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # JPEG markers that carry the size
LONE = frozenset(range(0xD0, 0xD9)) | {0x01}  # JPEG markers without a length
INFLATE_CHUNK = 1 << 16
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # PNG colour types
NAME_MAX = 80


class UploadRefused(ValueError):
    """A file can't be taken; the message says why."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A file that was judged: a harmless name, what it is, its bytes and their digest."""

    name: str
    media_type: str
    content: bytes
    sha256: str


def take(files: list[UploadedFile[bytes]], on: date, *, sound: bool = False) -> list[Taken]:
    """Judge files; with `sound` recordings are taken too. Raises UploadRefused for the first that is not right."""
    if len(files) > policy.value("files_max", on):
        raise UploadRefused(
            ngettext(
                "At most %(most)d file at a time.",
                "At most %(most)d files at a time.",
                policy.value("files_max", on),
            )
            % {"most": policy.value("files_max", on)}
        )
    return [judged(each, on, sound=sound) for each in files]


def judged(file: UploadedFile[bytes], on: date, *, sound: bool) -> Taken:
    """Judge one file."""
    most = policy.value("file_bytes_max", on)
    if file.size is None or file.size > most:
        raise UploadRefused(_("This file is larger than %(most)d MB.") % {"most": most // 1_000_000})
    name = safe_name(file.name or "")
    content = file.read()
    media_type = media_type_of(content, pixels_max=policy.value("image_pixels_max", on), sound=sound)
    return Taken(name, media_type, content, hashlib.sha256(content).hexdigest())


def safe_name(name: str) -> str:
    """Return a name as it may be shown; one with a path, a control character or a reversed order is refused."""
    if any(mark in name for mark in ("/", "\\", "\0", "..")) or any(
        unicodedata.category(each) in ("Cc", "Cf") for each in name
    ):
        raise UploadRefused(_("The name of this file is not a plain name. Rename it and try again."))
    return name.strip()[-NAME_MAX:] or "file"


def media_type_of(content: bytes, *, pixels_max: int, sound: bool) -> str:
    """Return what the bytes are; raises UploadRefused for what is none of the kinds taken."""
    if content.startswith(PNG):
        return checked("image/png", png_is_whole, content, pixels_max)
    if content.startswith(JPEG):
        return checked("image/jpeg", jpeg_is_whole, content, pixels_max)
    if content.startswith(PDF):
        return checked("application/pdf", pdf_is_quiet, content, pixels_max)
    if sound and (found := sound_type(content)):
        return found
    raise UploadRefused(
        _("Only photos (JPEG, PNG), PDF files and recordings (MP3, M4A, WAV) can be taken.")
        if sound
        else _("Only photos (JPEG, PNG) and PDF files can be taken.")
    )


def checked(media_type: str, check: Callable[[bytes, int], bool], content: bytes, pixels_max: int) -> str:
    """Return the type of a file that passes its check."""
    if not check(content, pixels_max):
        raise UploadRefused(_("This file is damaged, too large when opened, or not what it says it is."))
    return media_type


def png_is_whole(content: bytes, pixels_max: int) -> bool:
    """Return whether a PNG has sound chunks, ends where it should, and unfolds to its own size and no more."""
    chunks = list(png_chunks(content))
    if len(chunks) < 3 or chunks[0][0] != b"IHDR" or len(chunks[0][1]) != 13 or chunks[-1][0] != b"IEND":
        return False
    width, height, depth, colour, _method, _filter, interlaced = struct.unpack(">IIBBBBB", chunks[0][1])
    if not 0 < width * height <= pixels_max or colour not in CHANNELS:
        return False
    row = (width * depth * CHANNELS[colour] + 7) // 8 + 1
    most = row * height * (2 if interlaced else 1) + INFLATE_CHUNK
    return unfolds_within(b"".join(data for kind, data in chunks if kind == b"IDAT"), most)


def png_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield kind and data of each chunk; stop at damage, so that the end is missing then."""
    place = len(PNG)
    while place + 12 <= len(content):
        length, kind = struct.unpack(">I4s", content[place : place + 8])
        data, check = (
            content[place + 8 : place + 8 + length],
            content[place + 8 + length : place + 12 + length],
        )
        if len(check) < 4 or zlib.crc32(kind + data) != int.from_bytes(check):
            return
        place += 12 + length
        if kind == b"IEND" and place != len(content):
            return  # something hides behind the picture
        yield kind, data


def unfolds_within(packed: bytes, most: int) -> bool:
    """Return whether packed bytes unfold to at most so many, never holding more than one piece."""
    machine, size, rest = zlib.decompressobj(), 0, packed
    try:
        while rest and not machine.eof:
            size += len(machine.decompress(rest, INFLATE_CHUNK))
            if size > most:
                return False
            rest = machine.unconsumed_tail
    except zlib.error:
        return False
    return size > 0


def jpeg_is_whole(content: bytes, pixels_max: int) -> bool:
    """Return whether a JPEG names a size within the limit and ends with its end mark."""
    place = 2
    while place + 9 <= len(content) and content[place] == 0xFF:
        marker = content[place + 1]
        if marker in LONE or marker == 0xFF:
            place += 1 if marker == 0xFF else 2
            continue
        if marker in SOF:
            height, width = struct.unpack(">HH", content[place + 5 : place + 9])
            return 0 < width * height <= pixels_max and content.rstrip(b"\0").endswith(b"\xff\xd9")
        place += 2 + int.from_bytes(content[place + 2 : place + 4])
    return False


def pdf_is_quiet(content: bytes, pixels_max: int) -> bool:
    """Return whether a PDF ends as one, and names nothing that runs, opens or carries other files."""
    plain = ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), content)
    return b"%%EOF" in content[-1024:] and not ACTIVE.search(plain)


def sound_type(content: bytes) -> str:
    """Return the type of a recording, or nothing."""
    if content.startswith(b"RIFF") and content[8:12] == b"WAVE":
        return "audio/wav"
    if content.startswith(b"ID3") or (
        content[:1] == b"\xff" and content[1:2] in b"\xfb\xf3\xf2" and content[1:2]
    ):
        return "audio/mpeg"
    if content[4:8] == b"ftyp" and content[8:11] in (b"M4A", b"mp4", b"iso", b"3gp"):
        return "audio/mp4"
    return ""
