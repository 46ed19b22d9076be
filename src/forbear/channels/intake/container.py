"""Find out what a file really is, whatever its name says, and open it."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable
from pathlib import PurePath

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from forbear.channels.intake.decode import decode
from forbear.channels.intake.delimited import read_delimited
from forbear.channels.intake.model import Options, Refused
from forbear.channels.intake.sheet import RawSheet, Source, text_table
from forbear.channels.intake.workbook import read_workbook

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_EXPECTED = {"csv": "text", "tsv": "text", "txt": "text", "dat": "text", "xlsx": "xlsx", "xlsm": "xlsx",
             "parquet": "parquet", "zip": "zip", "xls": "ole"}  # fmt: skip
_FOUND_NAMES = {"text": "text", "xlsx": "an XLSX workbook", "parquet": "Parquet", "zip": "a ZIP archive",
                "ole": "an old Excel workbook", "html": "an HTML page"}  # fmt: skip
HeadingRow = Callable[[list[list[str]]], int | None]


def sniff(raw: bytes) -> str:
    """Name what the bytes are: text, html, xlsx, zip, ole or parquet."""
    if raw.startswith(_OLE):
        return "ole"
    if raw.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "xlsx" if b"[Content_Types].xml" in raw and b"xl/" in raw else "zip"
    if raw[:4] == b"PAR1" and raw[-4:] == b"PAR1":
        return "parquet"
    start = raw[:2048].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"<head", b"<meta", b"<style")):
        return "html"
    return "text"


def open_source(
    raw: bytes, received_name: str, options: Options, *, heading_row: HeadingRow, knows: Callable[[str], int]
) -> Source:
    """Read the file as sheets of text cells; raise Refused when it cannot be, or is not what its name claims."""
    if not raw:
        raise Refused("file_empty")
    kind = sniff(raw)
    extension = PurePath(received_name).suffix.lstrip(".").lower()
    _check_claim(kind, extension, raw)
    if kind == "zip":
        name, inner = _only_member(raw, options)
        return open_source(inner, name, options, heading_row=heading_row, knows=knows)
    if kind == "xlsx":
        return read_workbook(raw, options, heading_row=heading_row)
    if kind == "parquet":
        return _read_parquet(raw)
    decoded = decode(raw, knows=knows)
    sheet = read_delimited(decoded, heading_row=heading_row)
    return Source("csv", (sheet,), decoded.encoding, _encoding_remark(decoded.encoding, options))


def _check_claim(kind: str, extension: str, raw: bytes) -> None:
    if kind == "ole":
        encrypted = "EncryptedPackage".encode("utf-16-le") in raw
        raise Refused("encrypted_workbook" if encrypted else "old_excel")
    expected = _EXPECTED.get(extension)
    if kind == "html" or (expected is not None and expected != kind):
        raise Refused("not_what_it_claims", extension=f".{extension}", found=_FOUND_NAMES[kind])


def _encoding_remark(found: str, options: Options) -> tuple[tuple[str, dict[str, str]], ...]:
    declared = (options.declared_encoding or "").lower().replace("_", "-")
    family = {
        "utf8": "utf-8",
        "utf-8-sig": "utf-8",
        "gbk": "gb18030",
        "gb2312": "gb18030",
        "cp936": "gb18030",
    }
    declared = family.get(declared, declared)
    if not declared or found in (declared, "ascii"):
        return ()
    return (("encoding_not_as_declared", {"declared": declared, "found": found}),)


def _only_member(raw: bytes, options: Options) -> tuple[str, bytes]:
    """Unpack the one data file of an archive, within limits; companion files (.ok, .md5) are passed over."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(raw))
        members = [
            one
            for one in archive.infolist()
            if not one.is_dir()
            and PurePath(one.filename).suffix.lower() not in (".ok", ".md5", ".sha256", ".flg")
        ]
        if len(members) != 1:
            raise Refused("archive_many_files", count=len(members))
        member = members[0]
        if member.flag_bits & 1:
            raise Refused("archive_encrypted")
        limit = min(options.unpacked_bytes_max, max(len(raw) * options.unpack_ratio_max, 1 << 24))
        with archive.open(member) as stream:
            content = stream.read(limit + 1)
    except (
        zipfile.BadZipFile,
        EOFError,
        OSError,
        NotImplementedError,
        ValueError,
        RuntimeError,
        zlib.error,
    ) as error:
        raise Refused("unreadable", kind="ZIP", detail=type(error).__name__) from error
    if len(content) > limit:
        raise Refused("archive_too_large", size=member.file_size, limit=limit)
    if sniff(content) == "zip":
        raise Refused("archive_many_files", count="nested")
    return _member_name(member), content


def _member_name(member: zipfile.ZipInfo) -> str:
    """Undo zipfile's reading of GB18030 file names as code page 437."""
    if member.flag_bits & 0x800:
        return member.filename
    try:
        return member.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return member.filename


def _read_parquet(raw: bytes) -> Source:
    try:
        table = pq.read_table(io.BytesIO(raw))
        columns = [_as_text(column) for column in table.columns]
    except (pa.ArrowException, OSError, ValueError) as error:
        raise Refused("unreadable", kind="Parquet", detail=type(error).__name__) from error
    row_no = np.arange(1, table.num_rows + 1, dtype=np.int64)
    return Source("parquet", (RawSheet(None, tuple(table.column_names), text_table(columns), row_no),))


def _as_text(column: pa.ChunkedArray) -> pa.Array:
    """Write a typed column as the text that the same validators read."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _as_text(column.cast(kind.value_type))
    if pa.types.is_timestamp(kind):
        column = column.cast(pa.date32(), safe=False)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        column = pa.chunked_array([pa.array([";".join(map(str, one or [])) for one in column.to_pylist()])])
    if pa.types.is_floating(kind):
        column = pa.chunked_array(
            [pa.array([None if v is None else f"{v:.15g}".upper() for v in column.to_pylist()], pa.string())]
        )
    text = pc.fill_null(column.cast(pa.string()), "")
    return text.combine_chunks() if isinstance(text, pa.ChunkedArray) else text
