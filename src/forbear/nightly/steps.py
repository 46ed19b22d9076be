"""The frame of the day: named steps in order, each reading what earlier ones wrote, each restartable.

A step that finds its own finished output, made from the same inputs under the same settings, is kept as it is. So a
day that was killed goes on where it stopped and ends with the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import ibis
import pyarrow as pa

from forbear.nightly.day import Day
from forbear.nightly.folder import Folder, Manifest, digest_of, file_digest, read_table, write_table
from forbear.nightly.inputs import OUTSIDE_DIGEST, SNAPSHOT
from forbear.nightly.measure import measured

CODE_VERSION = 1  # raise it when a step computes something else from the same inputs


class UndeclaredRead(LookupError):
    """A step read a table it does not declare, so its restart could miss a change of that table."""


@dataclass(frozen=True, slots=True)
class Made:
    """What a step made: tables by name, rows that went in and came out, and what is worth telling."""

    tables: Mapping[str, pa.Table]
    rows_in: int
    rows_out: int
    note: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """One named step: a stable id, a name for people, what it reads, and the pure function that does it."""

    id: str
    en: str
    zh: str
    reads: tuple[str, ...]  # "inputs/accounts" or "ageing/ageing"
    run: Callable[[Reader, Day], Made]


@dataclass(frozen=True, slots=True)
class Reader:
    """Gives a step the tables it declares, as Arrow or as Ibis expressions, and nothing else."""

    folder: Folder
    reads: tuple[str, ...]

    def path(self, name: str) -> Path:
        """Return the file of a declared table."""
        if name not in self.reads:
            raise UndeclaredRead(
                f"{name} is not among the tables this step declares: {', '.join(self.reads)}"
            )
        room, table = name.split("/")
        return self.folder.input_path(table) if room == "inputs" else self.folder.step_path(room, table)

    def table(self, name: str, columns: list[str] | None = None) -> pa.Table:
        """Return a declared table as Arrow, in its stored order."""
        return read_table(self.path(name), columns)

    def frames(self, *names: str) -> tuple[Any, ...]:
        """Return declared tables as Ibis expressions over one DuckDB connection."""
        connection = ibis.duckdb.connect()
        return tuple(
            connection.read_parquet(str(self.path(name)), table_name=name.replace("/", "_")) for name in names
        )


class Progress(Protocol):
    """Told about each step: state is started, done or kept; manifest is there unless started."""

    def __call__(self, ordinal: int, step: Step, state: str, manifest: Manifest | None) -> None: ...


def put_snapshot(folder: Folder, tables: Mapping[str, pa.Table]) -> str:
    """Write the tables of a snapshot into a run folder; return the digest of the inputs."""
    for name, table in tables.items():
        write_table(table, folder.input_path(name))
    return inputs_digest(folder)


def inputs_digest(folder: Folder) -> str:
    """Return one digest over the snapshot's tables that decide outcomes."""
    return digest_of(
        {
            name: file_digest(folder.input_path(name))
            for name in sorted(SNAPSHOT)
            if name not in OUTSIDE_DIGEST
        }
    )


def run_steps(
    folder: Folder,
    day: Day,
    steps: Sequence[Step],
    settings: Mapping[str, Any],
    progress: Progress | None = None,
) -> list[Manifest]:
    """Run the steps in order, keeping finished ones; return their manifests.

    settings is everything besides the tables that decides what a step makes.
    """
    digests = {f"inputs/{name}": file_digest(folder.input_path(name)) for name in SNAPSHOT}
    finished = []
    for ordinal, step in enumerate(steps, start=1):
        read = {name: digests[name] for name in step.reads}
        inputs = digest_of({"step": step.id, "code": CODE_VERSION, "settings": settings, "read": read})
        manifest = _run_step(folder, day, step, ordinal, inputs, progress)
        for name, digest in manifest.outputs.items():
            digests[f"{step.id}/{name.removesuffix('.parquet')}"] = digest
        finished.append(manifest)
    return finished


def _run_step(
    folder: Folder, day: Day, step: Step, ordinal: int, inputs: str, progress: Progress | None
) -> Manifest:
    kept = folder.manifest(step.id)
    if kept is not None and kept.inputs == inputs:
        if progress:
            progress(ordinal, step, "kept", kept)
        return kept
    if progress:
        progress(ordinal, step, "started", None)
    manifest = _make(folder, day, step, inputs)
    if progress:
        progress(ordinal, step, "done", manifest)
    return manifest


def _make(folder: Folder, day: Day, step: Step, inputs: str) -> Manifest:
    scratch = folder.begin(step.id)
    with measured() as used:
        made = step.run(Reader(folder, step.reads), day)
        for name, table in made.tables.items():
            write_table(table, scratch / f"{name}.parquet")
    outputs = {f"{name}.parquet": file_digest(scratch / f"{name}.parquet") for name in sorted(made.tables)}
    manifest = Manifest(
        step.id, inputs, outputs, made.rows_in, made.rows_out, used.seconds, used.peak_mb, dict(made.note)
    )
    folder.finish(step.id, manifest)
    return manifest
