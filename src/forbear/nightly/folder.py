"""A run folder: each step's outputs written whole or not at all, with a manifest that says what made them.

    inputs/<table>.parquet        the snapshot
    steps/<step>/<name>.parquet   what a step made
    steps/<step>/manifest.json    digest of what it read, digest of each output, counts, seconds, peak MB

A step's folder appears by one rename, so a killed process leaves either nothing or the whole.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

MANIFEST = "manifest.json"
READ_AT_ONCE = 1 << 22


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a finished step wrote, and from what."""

    step: str
    inputs: str  # digest of all it read
    outputs: Mapping[str, str]  # file name to SHA-256
    rows_in: int
    rows_out: int
    seconds: float
    peak_mb: float
    note: Mapping[str, Any] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Return one digest over all outputs."""
        return digest_of(dict(sorted(self.outputs.items())))


@dataclass(frozen=True, slots=True)
class Folder:
    """Where one run keeps its tables."""

    root: Path

    def input_path(self, name: str) -> Path:
        """Return where a table of the snapshot lies."""
        return self.root / "inputs" / f"{name}.parquet"

    def step_path(self, step: str, name: str) -> Path:
        """Return where an output of a step lies."""
        return self.root / "steps" / step / f"{name}.parquet"

    def manifest(self, step: str) -> Manifest | None:
        """Return the manifest of a finished step whose outputs are intact, else None."""
        path = self.root / "steps" / step / MANIFEST
        if not path.exists():
            return None
        found = Manifest(**json.loads(path.read_text()))
        for name, digest in found.outputs.items():
            output = path.parent / name
            if not output.exists() or file_digest(output) != digest:
                return None
        return found

    def begin(self, step: str) -> Path:
        """Return an empty scratch folder for a step, removing what a killed process left."""
        scratch = self.root / "steps" / f".{step}.tmp"
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)
        return scratch

    def finish(self, step: str, manifest: Manifest) -> None:
        """Put a step's scratch folder in its place by one rename."""
        scratch = self.root / "steps" / f".{step}.tmp"
        (scratch / MANIFEST).write_text(
            json.dumps(asdict(manifest), sort_keys=True, ensure_ascii=False, indent=1)
        )
        place = self.root / "steps" / step
        if place.exists():
            old = self.root / "steps" / f".{step}.old"
            shutil.rmtree(old, ignore_errors=True)
            place.rename(old)
            scratch.rename(place)
            shutil.rmtree(old)
        else:
            scratch.rename(place)


def write_table(table: pa.Table, path: Path) -> None:
    """Write a table whole or not at all; the same table always gives the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.table([_distinct(column) for column in table.columns], schema=table.schema)
    scratch = path.with_name(f".{path.name}.tmp")
    pq.write_table(table, scratch, compression="lz4", row_group_size=1 << 18, write_statistics=False)
    os.replace(scratch, path)


def _distinct(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a dictionary column whose dictionary holds no word twice.

    The Parquet writer would leave unwritten memory in the file otherwise: not reproducible, and not ours to disclose.
    """
    if not pa.types.is_dictionary(column.type):
        return column
    words = column.combine_chunks().dictionary
    if len(words.unique()) == len(words):
        return column
    return column.cast(column.type.value_type).dictionary_encode().cast(column.type)


def read_table(path: Path, columns: list[str] | None = None) -> pa.Table:
    """Read a table of a run folder."""
    return pq.read_table(path, columns=columns)


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    total = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(READ_AT_ONCE):
            total.update(part)
    return total.hexdigest()


def digest_of(content: Any) -> str:
    """Return the SHA-256 of the canonical JSON of content."""
    written = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(written.encode()).hexdigest()
