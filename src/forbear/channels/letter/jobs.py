"""A print job: a folder with one PDF a letter and a manifest that says what must come out of the printer.

`manifest.csv` has a line per letter (file, letter, pages, bytes, sha256, address); `job.json` the totals and the hash
of the manifest. A job appears whole or not at all: it is written under a name that begins with a dot, then renamed.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from forbear.channels.contract import Outgoing

COLUMNS = ("file", "letter", "pages", "bytes", "sha256", "address")
PAGES = re.compile(rb"/Type\s*/Pages\s*/Count\s+(\d+)")  # the page tree of a PDF as Typst writes it
PDF = b"%PDF-"
OUT, ARRIVING = "out", "."
OWNER_ONLY = 0o700  # a job holds names, debts and addresses


class BadJob(ValueError):
    """A job is not what its manifest says; names the file and what differs."""


@dataclass(frozen=True, slots=True)
class Printed:
    """One line of a manifest."""

    file: str
    letter: str  # the message's key, by which results come back
    pages: int
    bytes: int
    sha256: str
    address: str


def page_count(pdf: bytes) -> int:
    """Return how many pages a PDF has; 0 where it is none."""
    found = PAGES.search(pdf) if pdf.startswith(PDF) else None
    return int(found[1]) if found else 0


def job_name(letters: Iterable[Outgoing], stamp: str) -> str:
    """Name a job by when it was made and what is in it."""
    return f"{stamp}-{hashlib.sha256(' '.join(each.key for each in letters).encode()).hexdigest()[:12]}"


def lines_of(letters: Sequence[Outgoing]) -> list[Printed]:
    """Return the manifest's lines, in the order of the letters."""
    return [
        Printed(
            file=f"{place:05d}.pdf", letter=each.key, pages=page_count(each.document), bytes=len(each.document),
            sha256=hashlib.sha256(each.document).hexdigest(), address=each.address,
        )
        for place, each in enumerate(letters, 1)
    ]  # fmt: skip


def write_job(root: Path, letters: Sequence[Outgoing], *, name: str, sender: str) -> list[Printed]:
    """Write one job below root/out; raises OSError, and then nothing of it is there."""
    lines, out = lines_of(letters), root / OUT
    arriving, final = out / f"{ARRIVING}{name}", out / name
    try:
        arriving.mkdir(mode=OWNER_ONLY)
        for line, letter in zip(lines, letters, strict=True):
            kept(arriving / line.file, letter.document)
        manifest = as_csv(lines)
        kept(arriving / "manifest.csv", manifest)
        totals = {
            "job": name, "sender": sender, "letters": len(lines), "pages": sum(line.pages for line in lines),
            "bytes": sum(line.bytes for line in lines), "manifest_sha256": hashlib.sha256(manifest).hexdigest(),
        }  # fmt: skip
        kept(arriving / "job.json", json.dumps(totals, ensure_ascii=False, indent=1).encode())
        arriving.rename(final)
    except OSError:
        shutil.rmtree(arriving, ignore_errors=True)
        raise
    return lines


def kept(path: Path, content: bytes) -> None:
    """Write a file for its owner alone, and through to the disk."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def as_csv(lines: Sequence[Printed]) -> bytes:
    """Return a manifest; an address never begins a formula for whoever opens it in a spreadsheet."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for line in lines:
        row = asdict(line)
        row["address"] = f"'{line.address}" if line.address[:1] in "=+-@\t\r" else line.address
        writer.writerow(row)
    return text.getvalue().encode()


def read_job(folder: Path) -> list[Printed]:
    """Read a job as a printer should: every count and hash is checked; raises BadJob naming what differs."""
    totals = json.loads((folder / "job.json").read_text())
    manifest = (folder / "manifest.csv").read_bytes()
    if hashlib.sha256(manifest).hexdigest() != totals["manifest_sha256"]:
        raise BadJob(f"{folder.name}: manifest.csv is not the one that was written")
    rows = csv.DictReader(io.StringIO(manifest.decode()))
    lines = [
        Printed(r["file"], r["letter"], int(r["pages"]), int(r["bytes"]), r["sha256"], r["address"])
        for r in rows
    ]
    said = {"letters": len(lines), "pages": sum(line.pages for line in lines), "bytes": sum(line.bytes for line in lines)}  # fmt: skip
    for name, count in said.items():
        if totals[name] != count:
            raise BadJob(
                f"{folder.name}: {name}: job.json says {totals[name]}, the manifest comes to {count}"
            )
    for line in lines:
        content = (folder / line.file).read_bytes()
        if hashlib.sha256(content).hexdigest() != line.sha256:
            raise BadJob(f"{folder.name}/{line.file}: its hash is not the manifest's")
    return lines
