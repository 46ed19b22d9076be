"""Files are judged by what they hold: disguised ones, bombs and names with paths are refused."""

from __future__ import annotations

import io
import zipfile
import zlib
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.web.complaints.conftest import png

from forbear.web.complaints.uploads import UploadRefused, take

pytestmark = pytest.mark.django_db  # the policy in force is what was published

ON = date(2026, 5, 12)
JPEG = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    b"\xff\xc0\x00\x0b\x08\x00\x10\x00\x10\x01\x01\x11\x00" + b"\xff\xda" + b"\x00" * 20 + b"\xff\xd9"
)
PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
WAV = b"RIFF\x24\x00\x00\x00WAVEfmt " + b"\0" * 40


def zipped() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", b"\0" * 10_000_000)
    return packed.getvalue()


def taken(content: bytes, name: str = "photo.jpg", *, sound: bool = False) -> str:
    return take([SimpleUploadedFile(name, content)], ON, sound=sound)[0].media_type


@pytest.mark.parametrize(
    ("content", "is_a"),
    [(png(), "image/png"), (JPEG, "image/jpeg"), (PDF, "application/pdf"), (png(300, 200), "image/png")],
)
def test_photos_and_papers_are_taken_whatever_they_are_called(content: bytes, is_a: str) -> None:
    assert taken(content, "whatever.exe") == is_a


def test_recordings_are_taken_where_they_prove_something() -> None:
    assert taken(WAV, "call.wav", sound=True) == "audio/wav"
    with pytest.raises(UploadRefused):
        taken(WAV, "call.wav")


@pytest.mark.parametrize(
    "content",
    [
        b"", b"MZ\x90\x00" + b"\0" * 100, b"<html><script>alert(1)</script></html>", b"<svg onload=alert(1)>", b"GIF89a",
        zipped(), b"\x7fELF", b"#!/bin/sh\n", b"\xff\xd8\xff", b"%PDF-1.7 no end", PDF + b"x" * 2000,
        JPEG + b"<script>alert(1)</script>", png() + b"PK\x03\x04", png()[:-6],
        PDF.replace(b"/Type", b"/OpenAction 2 0 R/Type"), PDF.replace(b"/Type", b"/J#61vaScript(app.alert(1))/Type"),
        PDF.replace(b"/Type", b"/EmbeddedFiles 3 0 R/Type"),
    ],
)  # fmt: skip
def test_disguised_and_damaged_files_are_refused(content: bytes) -> None:
    with pytest.raises(UploadRefused):
        taken(content, "photo.jpg")


def test_a_picture_that_unfolds_into_a_huge_one_is_refused() -> None:
    with pytest.raises(UploadRefused):
        taken(png(4, 3, rows=b"\0" * 50_000_000))


def test_a_picture_that_says_it_is_huge_is_refused() -> None:
    with pytest.raises(UploadRefused):
        taken(png(100_000, 100_000, rows=b"\0"))
    with pytest.raises(UploadRefused):
        taken(JPEG.replace(b"\x00\x10\x00\x10\x01", b"\xff\xff\xff\xff\x01"))


def test_a_picture_whose_checksum_is_wrong_is_refused() -> None:
    broken = bytearray(png(40, 40))
    broken[60] ^= 1
    with pytest.raises(UploadRefused):
        taken(bytes(broken))


def test_a_small_bomb_costs_little() -> None:
    bomb = png(1000, 1000, rows=b"\0" * 200_000_000)
    assert len(bomb) < 300_000 < len(zlib.compress(b"")) + 300_000
    with pytest.raises(UploadRefused):
        taken(bomb)


@pytest.mark.parametrize("name", ["a\u202egpj.exe", "a\x00.png", "a\n.png"])
def test_names_that_lie_are_refused(name: str) -> None:
    file = SimpleUploadedFile("x.png", png())
    file._name = name
    with pytest.raises(UploadRefused):
        take([file], ON)


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "c:\\boot.ini", ".."])
def test_names_with_paths_are_refused(name: str) -> None:
    file = SimpleUploadedFile("x.png", png())
    file._name = name  # Django takes the path off; whoever calls us in another way does not
    with pytest.raises(UploadRefused):
        take([file], ON)


def test_too_many_and_too_large_are_refused() -> None:
    with pytest.raises(UploadRefused, match="10 files"):
        take([SimpleUploadedFile("x.png", png())] * 11, ON)
    with pytest.raises(UploadRefused, match="10 MB"):
        taken(png() + b"\0" * 10_000_000)
